//! `open` and `read_at`: ranges of one version of an object. A reader that goes on gets its next
//! ranges read ahead.

use std::collections::VecDeque;
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::ObjectRange;
use super::begun::Begun;
use super::connector::{Objects, file_key};
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsReader};

/// What the request reads that opens an object: all of most objects, and not much more than is
/// wanted of a large one of which a few bytes are.
const FIRST_BYTES: usize = 1 << 20;

/// The further requests: large enough to make the time of a request matter little.
const PIECE_BYTES: u64 = 4 << 20;

/// The requests of one reader that are under way or wait to be read.
const PIECES_OF_ONE: usize = 4;

/// The requests of all readers of a connector beyond the first of each: 256 MiB.
pub(super) const PIECES_AHEAD: usize = 64;

#[derive(Debug)]
struct ObjectReader {
    objects: Arc<Objects>,
    path: UfsPath,
    etag: String,
    /// Where the next request begins.
    asked: u64,
    /// Where nothing more is asked for: the end of the object, or of what will be read.
    end: u64,
    /// How many requests may be under way. It grows while somebody reads on.
    at_once: usize,
    /// In the order of the object.
    pieces: VecDeque<Piece>,
    /// Read, but not yet asked for.
    ready: Bytes,
}

/// A range that is being read.
#[derive(Debug)]
struct Piece {
    range: Begun<ObjectRange>,
    /// How many bytes it must have: it lies inside the object.
    length: u64,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Objects {
    /// See [`crate::UnderFileSystem::open`].
    pub(super) async fn open(
        objects: &Arc<Self>,
        path: &UfsPath,
        offset: u64,
    ) -> Result<Box<dyn UfsReader>, UfsError> {
        let operation = UfsOperation::Open;
        let first = objects.read_range(path, (offset, FIRST_BYTES), operation);
        let first = first.await?;
        let asked = offset.saturating_add(first.data.len() as u64);
        Ok(Box::new(ObjectReader {
            objects: Arc::clone(objects),
            path: path.clone(),
            etag: first.etag,
            asked,
            end: first.length,
            at_once: 0,
            pieces: VecDeque::new(),
            ready: first.data,
        }))
    }

    /// See [`crate::UnderFileSystem::read_at`].
    pub(super) async fn read_at(
        &self,
        path: &UfsPath,
        offset: u64,
        length: usize,
    ) -> Result<Bytes, UfsError> {
        let range = (offset, length);
        let read = self.read_range(path, range, UfsOperation::ReadAt).await;
        Ok(read?.data)
    }

    async fn read_range(
        &self,
        path: &UfsPath,
        (offset, length): (u64, usize),
        operation: UfsOperation,
    ) -> Result<ObjectRange, UfsError> {
        if path.is_root() {
            return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path));
        }
        match self.store.read(file_key(path), offset, length, None).await {
            Ok(range) => Ok(range),
            Err(error) if error.kind == UfsErrorKind::NotFound => {
                // A directory deserves its own error; the extra request is made only here.
                self.check_file(path, operation).await?;
                Err(error.on(operation, path))
            }
            Err(error) => Err(error.on(operation, path)),
        }
    }
}

impl ObjectReader {
    /// Begins as many requests as may be under way.
    fn read_ahead(&mut self) {
        while self.pieces.len() < self.at_once && self.asked < self.end {
            let permit = Arc::clone(&self.objects.ahead).try_acquire_owned().ok();
            if permit.is_none() && !self.pieces.is_empty() {
                return;
            }
            let length = PIECE_BYTES.min(self.end - self.asked);
            let piece = self.begin(self.asked, length, permit);
            self.pieces.push_back(piece);
            self.asked += length;
        }
    }

    fn begin(&self, offset: u64, length: u64, permit: Option<OwnedSemaphorePermit>) -> Piece {
        let objects = Arc::clone(&self.objects);
        let (key, etag) = (file_key(&self.path).to_owned(), self.etag.clone());
        let range = Begun::new(&self.objects.tasks, "read ahead", async move {
            // No piece is longer than a `usize` can say.
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            objects.store.read(&key, offset, length, Some(&etag)).await
        });
        Piece {
            range,
            length,
            _permit: permit,
        }
    }

    async fn next_piece(&mut self) -> Result<Bytes, UfsError> {
        let Some(piece) = self.pieces.pop_front() else {
            return Ok(Bytes::new());
        };
        let read = piece.range.await;
        let ObjectRange { data, etag, .. } =
            read.map_err(|error| error.on(UfsOperation::Read, &self.path))?;
        // Not every store keeps to the version that it is asked for.
        if etag != self.etag || data.len() as u64 != piece.length {
            let kind = UfsErrorKind::ChangedMeanwhile;
            let error = UfsError::new(kind, UfsOperation::Read, &self.path);
            return Err(error.with_reason("The store gave something else than was asked for"));
        }
        Ok(data)
    }
}

#[async_trait]
impl UfsReader for ObjectReader {
    fn content_hash(&self) -> &str {
        &self.etag
    }

    fn expect(&mut self, length: u64) {
        let read = self.asked - self.ready.len() as u64;
        self.end = self.end.min(read.saturating_add(length));
        self.at_once = PIECES_OF_ONE;
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        if self.ready.is_empty() {
            self.at_once = (self.at_once + 1).min(PIECES_OF_ONE);
            self.read_ahead();
            self.ready = self.next_piece().await?;
        }
        // While this is being used, the next comes.
        self.read_ahead();
        let length = max.min(self.ready.len());
        Ok(self.ready.split_to(length))
    }
}
