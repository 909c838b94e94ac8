//! `open` and `read_at`: ranges of one version of an object. A reader that goes on gets its next
//! ranges read ahead.

use std::collections::VecDeque;
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::ObjectError;
use super::connector::{Objects, file_key};
use super::stream::{ObjectStream, PIECE_BYTES, read_whole};
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsReader};

/// What the request reads that opens an object for somebody who has not said how much he wants: all
/// of most objects, and not much more than is wanted of a large one of which a few bytes are.
const FIRST_BYTES: u64 = 1 << 20;

/// The requests of one reader that are under way or wait to be read.
const PIECES_OF_ONE: usize = 4;

/// The requests of all readers of a connector beyond the first of each: 256 MiB.
pub(super) const PIECES_AHEAD: usize = 32;

#[derive(Debug)]
struct ObjectReader {
    objects: Arc<Objects>,
    path: UfsPath,
    etag: String,
    /// Where the next request begins.
    asked: u64,
    /// Where the next byte stands that was not handed out.
    position: u64,
    /// Where nothing more is asked for: the end of the object, or of what will be read.
    end: u64,
    /// How many requests may be under way. It grows when one has been read to its end.
    at_once: usize,
    /// In the order of the object.
    pieces: VecDeque<Piece>,
    /// Read, but not yet handed out.
    ready: Bytes,
}

/// A range that is being read.
#[derive(Debug)]
struct Piece {
    stream: ObjectStream,
    /// How many bytes it must still have: it lies inside the object.
    left: u64,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Where the request ends that begins at `offset`. All end at the same places, which are also those
/// where most uploads were cut into parts.
fn piece_end(offset: u64) -> u64 {
    (offset / PIECE_BYTES + 1).saturating_mul(PIECE_BYTES)
}

impl Objects {
    /// See [`crate::UnderFileSystem::open`], and with an `expected` length
    /// [`crate::UnderFileSystem::open_range`].
    pub(super) async fn open(
        objects: &Arc<Self>,
        path: &UfsPath,
        offset: u64,
        expected: Option<u64>,
    ) -> Result<Box<dyn UfsReader>, UfsError> {
        check_no_root(path, UfsOperation::Open)?;
        let asked = match expected {
            Some(length) => offset.saturating_add(length).min(piece_end(offset)),
            None => offset.saturating_add(FIRST_BYTES),
        };
        let mut stream = ObjectStream::begin(objects, file_key(path), offset..asked, None);
        let version = match stream.version().await {
            Ok(version) => version.clone(),
            Err(error) => return Err(objects.failed(error, path, UfsOperation::Open).await),
        };
        let asked = asked.min(version.length.max(offset));
        let first = Piece {
            stream,
            left: asked - offset,
            _permit: None,
        };
        let mut reader = ObjectReader {
            objects: Arc::clone(objects),
            path: path.clone(),
            etag: version.etag,
            asked,
            position: offset,
            end: version.length,
            at_once: 1,
            pieces: VecDeque::from([first]),
            ready: Bytes::new(),
        };
        if let Some(length) = expected {
            reader.expect(length);
            reader.read_ahead();
        }
        Ok(Box::new(reader))
    }

    /// See [`crate::UnderFileSystem::read_at`].
    pub(super) async fn read_at(
        &self,
        path: &UfsPath,
        offset: u64,
        length: usize,
    ) -> Result<Bytes, UfsError> {
        check_no_root(path, UfsOperation::ReadAt)?;
        let range = offset..offset.saturating_add(length as u64);
        match read_whole(self.store.as_ref(), file_key(path), range).await {
            Ok(data) => Ok(data),
            Err(error) => Err(self.failed(error, path, UfsOperation::ReadAt).await),
        }
    }

    /// What an error of a request is to a reader.
    async fn failed(
        &self,
        error: ObjectError,
        path: &UfsPath,
        operation: UfsOperation,
    ) -> UfsError {
        if error.kind == UfsErrorKind::NotFound {
            // A directory deserves its own error; the extra request is made only here.
            if let Err(other) = self.check_file(path, operation).await {
                return other;
            }
        }
        error.on(operation, path)
    }
}

fn check_no_root(path: &UfsPath, operation: UfsOperation) -> Result<(), UfsError> {
    match path.is_root() {
        true => Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path)),
        false => Ok(()),
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
            let end = piece_end(self.asked).min(self.end);
            let (key, range) = (file_key(&self.path), self.asked..end);
            let stream = ObjectStream::begin(&self.objects, key, range, Some(&self.etag));
            self.pieces.push_back(Piece {
                stream,
                left: end - self.asked,
                _permit: permit,
            });
            self.asked = end;
        }
    }

    /// The next bytes of the requests that have begun; none when they are over.
    async fn next_frame(&mut self) -> Result<Bytes, UfsError> {
        while let Some(piece) = self.pieces.front_mut() {
            let frame = piece.next(&self.etag).await;
            let frame = frame.map_err(|error| error.on(UfsOperation::Read, &self.path))?;
            if !frame.is_empty() {
                return Ok(frame);
            }
            self.pieces.pop_front();
            self.at_once = (self.at_once + 1).min(PIECES_OF_ONE);
            self.read_ahead();
        }
        Ok(Bytes::new())
    }
}

impl Piece {
    /// The next bytes, none at the end of the range.
    async fn next(&mut self, etag: &str) -> Result<Bytes, ObjectError> {
        // Not every store keeps to the version and to the range that it is asked for.
        let is_another = self.stream.version().await?.etag != etag;
        let frame = self.stream.next().await?;
        let bytes = frame.len() as u64;
        let is_cut = frame.is_empty() && self.left > 0;
        if is_another || is_cut || bytes > self.left {
            return Err(ObjectError {
                kind: UfsErrorKind::ChangedMeanwhile,
                reason: "The store gave something else than was asked for".to_owned(),
                property: None,
            });
        }
        self.left -= bytes;
        Ok(frame)
    }
}

#[async_trait]
impl UfsReader for ObjectReader {
    fn content_hash(&self) -> &str {
        &self.etag
    }

    fn expect(&mut self, length: u64) {
        self.end = self.end.min(self.position.saturating_add(length));
        self.at_once = PIECES_OF_ONE;
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        self.read_ahead();
        if self.ready.is_empty() {
            self.ready = self.next_frame().await?;
        }
        let length = max.min(self.ready.len());
        self.position += length as u64;
        Ok(self.ready.split_to(length))
    }
}
