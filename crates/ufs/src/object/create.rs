//! `create`: small files in one request, larger ones in parts.

use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::runtime::Handle;

use super::connector::{Objects, file_key};
use super::{ObjectError, ObjectPart};
use crate::{UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsStatus, UfsWriter};

#[derive(Debug)]
struct ObjectWriter {
    objects: Arc<Objects>,
    path: UfsPath,
    part: BytesMut,
    /// `None` while everything fits into one part.
    upload: Option<Upload>,
}

#[derive(Debug)]
struct Upload {
    id: String,
    /// How many parts were begun.
    begun: u32,
    under_way: FuturesUnordered<BoxFuture<'static, Result<ObjectPart, ObjectError>>>,
    /// Those that the store has, in the order in which it got them.
    parts: Vec<ObjectPart>,
}

impl Upload {
    /// Waits until fewer than `limit` parts are under way.
    async fn wait_below(&mut self, limit: usize) -> Result<(), ObjectError> {
        while self.under_way.len() >= limit.max(1) {
            if let Some(part) = self.under_way.next().await {
                self.parts.push(part?);
            }
        }
        Ok(())
    }
}

impl Objects {
    /// See [`crate::UnderFileSystem::create`].
    pub(super) async fn create(
        objects: &Arc<Self>,
        path: &UfsPath,
    ) -> Result<Box<dyn UfsWriter>, UfsError> {
        let operation = UfsOperation::Create;
        match objects.status(path, operation).await {
            Ok(UfsStatus::File(_)) => {}
            Ok(UfsStatus::Directory(_)) => {
                return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path));
            }
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        Ok(Box::new(ObjectWriter {
            objects: Arc::clone(objects),
            path: path.clone(),
            part: BytesMut::new(),
            upload: None,
        }))
    }
}

impl ObjectWriter {
    /// Sends what is buffered as the next part.
    async fn send_part(&mut self, operation: UfsOperation) -> Result<(), UfsError> {
        let failed = |error: ObjectError| error.on(operation, &self.path);
        let (store, key) = (&self.objects.store, file_key(&self.path));
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(Upload {
                id: store.begin_upload(key).await.map_err(failed)?,
                begun: 0,
                under_way: FuturesUnordered::new(),
                parts: Vec::new(),
            }),
        };
        let room = upload.wait_below(self.objects.options.parts_at_once);
        room.await.map_err(failed)?;
        upload.begun += 1;
        let number = upload.begun;
        let data = self.part.split().freeze();
        let (objects, key, id) = (Arc::clone(&self.objects), key.to_owned(), upload.id.clone());
        upload.under_way.push(Box::pin(async move {
            objects.store.upload_part(&key, &id, number, data).await
        }));
        // It begins now, and goes on while the next part is collected.
        if let Some(Some(part)) = upload.under_way.next().now_or_never() {
            upload.parts.push(part.map_err(failed)?);
        }
        Ok(())
    }
}

#[async_trait]
impl UfsWriter for ObjectWriter {
    async fn write(&mut self, mut data: Bytes) -> Result<(), UfsError> {
        let part_bytes = self.objects.options.part_bytes.max(1);
        while !data.is_empty() {
            let room = part_bytes - self.part.len();
            let piece = data.split_to(room.min(data.len()));
            self.part.extend_from_slice(&piece);
            if self.part.len() == part_bytes {
                self.send_part(UfsOperation::Write).await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), UfsError> {
        // A part must not be smaller than the store allows, so what is buffered stays here.
        Ok(())
    }

    async fn close(mut self: Box<Self>) -> Result<UfsFile, UfsError> {
        let operation = UfsOperation::Close;
        if self.upload.is_some() && !self.part.is_empty() {
            self.send_part(operation).await?;
        }
        let failed = |error: ObjectError| error.on(operation, &self.path);
        let (store, key) = (&self.objects.store, file_key(&self.path));
        if let Some(upload) = &mut self.upload {
            upload.wait_below(1).await.map_err(failed)?;
            upload.parts.sort_unstable_by_key(|part| part.number);
        }
        let object = match &self.upload {
            None => store.put(key, self.part.split().freeze()).await,
            Some(upload) => {
                let parts = upload.parts.clone();
                store.complete_upload(key, &upload.id, parts).await
            }
        };
        let object = object.map_err(failed)?;
        self.upload = None;
        Ok(self.objects.file(self.path.name().to_owned(), object))
    }

    async fn abort(mut self: Box<Self>) -> Result<(), UfsError> {
        let Some(upload) = self.upload.take() else {
            return Ok(());
        };
        let failed = |error: ObjectError| error.on(UfsOperation::Abort, &self.path);
        let aborted = self
            .objects
            .store
            .abort_upload(file_key(&self.path), &upload.id);
        aborted.await.map_err(failed)
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else {
            return;
        };
        // Without a runtime `cleanup` will find it.
        if Handle::try_current().is_err() {
            return;
        }
        let (objects, path) = (Arc::clone(&self.objects), self.path.clone());
        let abort = async move {
            let aborted = objects.store.abort_upload(file_key(&path), &upload.id);
            if let Err(error) = aborted.await {
                tracing::warn!(ufs_path = %path, %error, "unfinished upload left behind");
            }
        };
        drop(self.objects.tasks.spawn("abort upload", abort));
    }
}
