//! The directory of a store that a command works in, without master and workers.

use std::sync::Arc;

use alluxio_common::conf::Conf;
use alluxio_common::{BoxedError, UfsPath};
use alluxio_ufs::{UfsError, UfsProperties, UfsRegistry, UfsStatus, UnderFileSystem};

use super::environment::Call;
use crate::shell::advise;

/// Connects to the store of a directory, which must be there: nothing else is made or removed.
///
/// # Errors
/// The exit code; what is wrong has been printed.
pub(super) async fn connect(
    call: &Call,
    conf: &Conf,
    root: &UfsPath,
) -> Result<Arc<dyn UnderFileSystem>, u8> {
    let failed = |error| print_failure(call, conf, error);
    let registry = UfsRegistry::standard(Arc::clone(&call.clock));
    let ufs = registry
        .connect(root, &UfsProperties::of_site(conf))
        .map_err(failed)?;
    let sentence = match ufs.find_status(root).await.map_err(failed)? {
        Some(UfsStatus::Directory(_)) => return Ok(ufs),
        Some(UfsStatus::File(_)) => format!("{root} is a file, not a directory"),
        None => format!("There is no directory {root}"),
    };
    call.output.error_line(sentence);
    Err(1)
}

/// Prints what a store has refused, and what may help; the exit code.
pub(super) fn print_failure(call: &Call, conf: &Conf, error: UfsError) -> u8 {
    call.output.error_line(&error);
    advise(&call.output, conf, &BoxedError::new(error));
    1
}
