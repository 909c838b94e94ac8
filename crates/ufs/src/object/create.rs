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
use super::ledger::LedgerEntry;
use super::{ObjectError, ObjectOptions, ObjectPart};
use crate::{UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsStatus, UfsWriter};

#[derive(Debug)]
struct ObjectWriter {
    objects: Arc<Objects>,
    path: UfsPath,
    part: BytesMut,
    /// `None` while everything fits into one part.
    upload: Option<Upload>,
}

/// The most parts of one upload, as S3 has it.
const MOST_PARTS: u32 = 10_000;

/// So many parts have the size that the options say.
const EQUAL_PARTS: u32 = 2_000;

/// From then on, so many parts have the same size,
const PARTS_OF_ONE_SIZE: u32 = 100;

/// and the next ones are larger by so much: 10,000 parts hold 5 TiB, the largest object of S3.
const GROWTH: usize = 16 << 20;

#[derive(Debug)]
struct Upload {
    id: String,
    /// Tells the next process of it, should this one crash.
    entry: Option<LedgerEntry>,
    /// How many parts were begun.
    begun: u32,
    under_way: FuturesUnordered<BoxFuture<'static, Result<ObjectPart, ObjectError>>>,
    /// Those that the store has, in the order in which it got them.
    parts: Vec<ObjectPart>,
}

impl Upload {
    async fn begin(
        objects: &Objects,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> Result<Self, UfsError> {
        let key = file_key(path);
        let begun = objects.store.begin_upload(key).await;
        let id = begun.map_err(|error| error.on(operation, path))?;
        let entry = objects.note_upload(key, &id).await;
        Ok(Self {
            id,
            entry,
            begun: 0,
            under_way: FuturesUnordered::new(),
            parts: Vec::new(),
        })
    }

    /// The size of the part that is collected when so many were begun.
    fn part_bytes(base: usize, begun: u32) -> usize {
        let larger = begun.saturating_sub(EQUAL_PARTS) as usize;
        base + larger.div_ceil(PARTS_OF_ONE_SIZE as usize) * GROWTH
    }

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
    fn part_bytes(&self) -> usize {
        let begun = self.upload.as_ref().map_or(0, |upload| upload.begun);
        Upload::part_bytes(self.objects.options.part_bytes.max(1), begun)
    }

    /// How many parts may be under way: fewer of the larger ones, in the same memory.
    fn parts_at_once(&self) -> usize {
        let ObjectOptions {
            part_bytes,
            parts_at_once,
            ..
        } = self.objects.options;
        (parts_at_once * part_bytes / self.part_bytes()).max(1)
    }

    /// Sends what is buffered as the next part.
    async fn send_part(&mut self, operation: UfsOperation) -> Result<(), UfsError> {
        let at_once = self.parts_at_once();
        let upload = match self.upload.take() {
            Some(upload) => upload,
            None => Upload::begin(&self.objects, &self.path, operation).await?,
        };
        let upload = self.upload.insert(upload);
        let failed = |error: ObjectError| error.on(operation, &self.path);
        let key = file_key(&self.path);
        if upload.begun == MOST_PARTS {
            let error = UfsError::new(UfsErrorKind::Unsupported, operation, &self.path);
            return Err(error.with_reason("The store takes no larger file"));
        }
        upload.wait_below(at_once).await.map_err(failed)?;
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
        while !data.is_empty() {
            let part_bytes = self.part_bytes();
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
        if let Some(entry) = self.upload.take().and_then(|upload| upload.entry) {
            entry.forget();
        }
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
        aborted.await.map_err(failed)?;
        if let Some(entry) = upload.entry {
            entry.forget();
        }
        Ok(())
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
            match (aborted.await, upload.entry) {
                (Ok(()), Some(entry)) => entry.forget(),
                (Ok(()), None) => {}
                (Err(error), _) => {
                    tracing::warn!(ufs_path = %path, %error, "unfinished upload left behind");
                }
            }
        };
        drop(self.objects.tasks.spawn("abort upload", abort));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_parts_hold_the_largest_object_and_few_of_them_are_large() {
        let whole: u64 = (0..MOST_PARTS)
            .map(|begun| Upload::part_bytes(8 << 20, begun) as u64)
            .sum();
        assert!(whole >= 5 << 40, "{whole}");
        assert_eq!(Upload::part_bytes(8 << 20, EQUAL_PARTS), 8 << 20);
        assert!(Upload::part_bytes(8 << 20, MOST_PARTS - 1) < 1300 << 20);
    }
}
