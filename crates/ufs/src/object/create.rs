//! `create`: small files in one request, larger ones in parts.

use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::runtime::Handle;

use super::begun::Begun;
use super::connector::{Objects, file_key};
use super::ledger::LedgerEntry;
use super::payload::Collected;
use super::{ObjectError, ObjectOptions, ObjectPart};
use crate::{UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsWriter};

#[derive(Debug)]
struct ObjectWriter {
    objects: Arc<Objects>,
    path: UfsPath,
    part: Collected,
    /// `None` while everything fits into one part.
    upload: Option<Upload>,
}

/// The most parts of one upload, as S3 has it.
pub(super) const MOST_PARTS: u32 = 10_000;

/// So many parts have the size that the options say.
const EQUAL_PARTS: u32 = 2_000;

/// From then on, so many parts have the same size,
const PARTS_OF_ONE_SIZE: u32 = 100;

/// and the next ones are larger by so much: 10,000 parts hold 5 TiB, the largest object of S3.
const GROWTH: usize = 16 << 20;

/// The parts of all writers of a connector that are under way, in units of [`PART_UNIT`]: 512 MiB.
/// A writer for which there is no room keeps to one part, and waits for the store with each.
pub(super) const PARTS_UNDER_WAY: usize = 512;

/// What the permits of parts count.
const PART_UNIT: usize = 1 << 20;

#[derive(Debug)]
struct Upload {
    id: String,
    /// Tells the next process of it, should this one crash.
    entry: Option<LedgerEntry>,
    /// How many parts were begun.
    begun: u32,
    under_way: FuturesUnordered<Begun<ObjectPart>>,
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
        let begun = objects.begin_upload(key).await;
        let (id, entry) = begun.map_err(|error| error.on(operation, path))?;
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

    /// Waits until no part is under way: one that comes after an abortion would stay in the store.
    async fn settle(&mut self) {
        while self.under_way.next().await.is_some() {}
    }
}

impl Objects {
    /// See [`crate::UnderFileSystem::create`].
    pub(super) async fn create(
        objects: &Arc<Self>,
        path: &UfsPath,
    ) -> Result<Box<dyn UfsWriter>, UfsError> {
        let operation = UfsOperation::Create;
        let failed = |error: ObjectError| error.on(operation, path);
        // A file of the same name is replaced, and hides the directory.
        let is_directory = objects.is_directory(path).await.map_err(failed)?;
        if is_directory && objects.find_file(path).await.map_err(failed)?.is_none() {
            return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path));
        }
        objects.load_permissions().await;
        Ok(Box::new(ObjectWriter {
            objects: Arc::clone(objects),
            path: path.clone(),
            part: Collected::default(),
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
        let data = self.part.take();
        let units = u32::try_from(data.len().div_ceil(PART_UNIT)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.objects.parts).try_acquire_many_owned(units);
        let is_room = room.is_ok();
        let (objects, key, id) = (Arc::clone(&self.objects), key.to_owned(), upload.id.clone());
        let part = Begun::new(&self.objects.tasks, "upload a part", async move {
            let _room = room;
            objects.store.upload_part(&key, &id, number, data).await
        });
        upload.under_way.push(part);
        let at_most = if is_room { at_once } else { 0 };
        upload.wait_below(at_most + 1).await.map_err(failed)
    }
}

#[async_trait]
impl UfsWriter for ObjectWriter {
    async fn write(&mut self, mut data: Bytes) -> Result<(), UfsError> {
        while !data.is_empty() {
            let part_bytes = self.part_bytes();
            let room = part_bytes - self.part.len();
            let piece = data.split_to(room.min(data.len()));
            self.part.push(piece);
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
            if upload.parts.len() != upload.begun as usize {
                // A write has failed for it before, and was told so once.
                let error = UfsError::new(UfsErrorKind::Unavailable, operation, &self.path);
                return Err(error.with_reason("A part was not uploaded"));
            }
        }
        let object = match &self.upload {
            None => store.put(key, self.part.take()).await,
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
        let Some(upload) = &mut self.upload else {
            return Ok(());
        };
        upload.settle().await;
        let key = file_key(&self.path);
        let aborted = self.objects.store.abort_upload(key, &upload.id).await;
        aborted.map_err(|error| error.on(UfsOperation::Abort, &self.path))?;
        if let Some(entry) = self.upload.take().and_then(|upload| upload.entry) {
            entry.forget();
        }
        Ok(())
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else {
            return;
        };
        // Without a runtime `cleanup` will find it.
        if Handle::try_current().is_err() {
            return;
        }
        let (objects, path) = (Arc::clone(&self.objects), self.path.clone());
        let abort = async move {
            upload.settle().await;
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
