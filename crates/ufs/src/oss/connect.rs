//! [`connect`]: the connector of one mount.

use std::sync::Arc;

use alluxio_common::{Clock, Tasks, UfsPath};

use super::options;
use crate::object::{ObjectUfs, UploadLedger};
use crate::s3;
use crate::{UfsError, UfsProperties, UnderFileSystem};

/// A connector to the bucket that `uri` names. It does no I/O, but for aborting in the background
/// what `ledger` says an earlier process left behind.
///
/// # Errors
/// `Misconfigured` when the URI has no bucket, or a property is missing or has no meaning.
pub fn connect(
    uri: &UfsPath,
    properties: &UfsProperties,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    ledger: Option<Arc<UploadLedger>>,
) -> Result<Arc<dyn UnderFileSystem>, UfsError> {
    let (store, options) = s3::objects_with(uri, options::of(properties), clock)?;
    let ufs = ObjectUfs::with_ledger(Box::new(store), options, tasks, ledger);
    Ok(Arc::new(ufs))
}
