//! `open` and `read_at`: ranges of one version of an object.

use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::Bytes;

use super::ObjectError;
use super::connector::{Objects, file_key};
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsReader, UfsStatus};

/// One request of a stream: large enough to make the time of a request matter little.
const REQUEST_BYTES: usize = 8 << 20;

#[derive(Debug)]
struct ObjectReader {
    objects: Arc<Objects>,
    path: UfsPath,
    offset: u64,
    length: u64,
    etag: String,
    /// Read, but not yet asked for.
    ahead: Bytes,
}

impl Objects {
    /// See [`crate::UnderFileSystem::open`].
    pub(super) async fn open(
        objects: &Arc<Self>,
        path: &UfsPath,
        offset: u64,
    ) -> Result<Box<dyn UfsReader>, UfsError> {
        let operation = UfsOperation::Open;
        match objects.status(path, operation).await? {
            UfsStatus::File(file) => Ok(Box::new(ObjectReader {
                objects: Arc::clone(objects),
                path: path.clone(),
                offset,
                length: file.length,
                etag: file.content_hash,
                ahead: Bytes::new(),
            })),
            UfsStatus::Directory(_) => {
                Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path))
            }
        }
    }

    /// See [`crate::UnderFileSystem::read_at`].
    pub(super) async fn read_at(
        &self,
        path: &UfsPath,
        offset: u64,
        length: usize,
    ) -> Result<Bytes, UfsError> {
        let operation = UfsOperation::ReadAt;
        match self.store.read(file_key(path), offset, length, None).await {
            Ok(data) => Ok(data),
            Err(error) if error.kind == UfsErrorKind::NotFound => {
                // A directory deserves its own error; the extra request is made only here.
                self.check_file(path, operation).await?;
                Err(error.on(operation, path))
            }
            Err(error) => Err(error.on(operation, path)),
        }
    }
}

#[async_trait]
impl UfsReader for ObjectReader {
    fn content_hash(&self) -> &str {
        &self.etag
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        if self.ahead.is_empty() && self.offset < self.length {
            let key = file_key(&self.path);
            let store = &self.objects.store;
            let read = store.read(key, self.offset, REQUEST_BYTES, Some(&self.etag));
            let failed = |error: ObjectError| error.on(UfsOperation::Read, &self.path);
            self.ahead = read.await.map_err(failed)?;
            self.offset += self.ahead.len() as u64;
        }
        let length = max.min(self.ahead.len());
        Ok(self.ahead.split_to(length))
    }
}
