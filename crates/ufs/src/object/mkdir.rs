//! `mkdir`: a marker. Parents are implied, so none are made.

use alluxio_common::UfsPath;

use super::connector::{Objects, directory_key};
use super::{ObjectError, Payload};
use crate::{UfsError, UfsOperation};

impl Objects {
    /// See [`crate::UnderFileSystem::mkdir`].
    pub(super) async fn mkdir(&self, path: &UfsPath) -> Result<(), UfsError> {
        let operation = UfsOperation::Mkdir;
        self.check_absent(path, operation).await?;
        let marker = directory_key(path);
        let put = self.store.put(&marker, Payload::default()).await;
        put.map(|_marker| ())
            .map_err(|error: ObjectError| error.on(operation, path))
    }
}
