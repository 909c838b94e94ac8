//! `open` and `read_at`: streams that hop to a blocking thread once per large piece.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::Bytes;
use nix::fcntl::OFlag;

use super::connector::{Local, os_path};
use super::error::parse_error;
use super::status::content_hash;
use super::threads::Threads;
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsReader};

/// The first piece, for readers that want only the head of a file.
const FIRST_HOP_BYTES: usize = 64 << 10;

/// Pieces double up to this, so a long stream costs one hop per MiB however little is asked for.
const HOP_BYTES: usize = 1 << 20;

/// More than this is not read at once, however much is asked for.
const HOP_BYTES_LIMIT: usize = 8 << 20;

#[derive(Debug)]
struct LocalReader {
    threads: Threads,
    path: UfsPath,
    file: Arc<File>,
    content_hash: String,
    /// Read, but not yet asked for.
    ahead: Bytes,
    next_hop: usize,
}

impl Local {
    /// See [`crate::UnderFileSystem::open`].
    pub(super) fn open(&self, path: &UfsPath, offset: u64) -> Result<Box<dyn UfsReader>, UfsError> {
        let (mut file, metadata) = open_file(path, UfsOperation::Open)?;
        file.seek(SeekFrom::Start(offset))
            .map_err(|error| parse_error(error, UfsOperation::Open, path))?;
        Ok(Box::new(LocalReader {
            threads: self.threads.clone(),
            path: path.clone(),
            file: Arc::new(file),
            content_hash: content_hash(&metadata),
            ahead: Bytes::new(),
            next_hop: FIRST_HOP_BYTES,
        }))
    }

    /// See [`crate::UnderFileSystem::read_at`].
    pub(super) fn read_at(
        &self,
        path: &UfsPath,
        offset: u64,
        length: usize,
    ) -> Result<Bytes, UfsError> {
        let operation = UfsOperation::ReadAt;
        let failed = |error| parse_error(error, operation, path);
        let (mut file, metadata) = open_file(path, operation)?;
        // A length far behind the end must not ask for memory.
        let left = metadata.len().saturating_sub(offset);
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        read_up_to(&file, length).map_err(failed)
    }
}

fn open_file(path: &UfsPath, operation: UfsOperation) -> Result<(File, Metadata), UfsError> {
    let failed = |error| parse_error(error, operation, path);
    // Opening a pipe would wait for its writer, but for the flag; files do not care about it.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(os_path(path))
        .map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(UfsError::new(UfsErrorKind::IsADirectory, operation, path));
    }
    if !metadata.is_file() {
        let error = UfsError::new(UfsErrorKind::NotFound, operation, path);
        return Err(error.with_reason("Neither a file nor a directory"));
    }
    Ok((file, metadata))
}

/// Reads from where the file stands, into memory that was not cleared first.
fn read_up_to(file: &File, length: usize) -> io::Result<Bytes> {
    let mut buffer = Vec::with_capacity(length);
    file.take(length as u64).read_to_end(&mut buffer)?;
    Ok(buffer.into())
}

#[async_trait]
impl UfsReader for LocalReader {
    fn content_hash(&self) -> &str {
        &self.content_hash
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        if self.ahead.is_empty() {
            let length = max.clamp(self.next_hop, HOP_BYTES_LIMIT);
            self.next_hop = (self.next_hop * 2).min(HOP_BYTES);
            let (file, path) = (Arc::clone(&self.file), self.path.clone());
            let work = move || {
                read_up_to(&file, length)
                    .map_err(|error| parse_error(error, UfsOperation::Read, &path))
            };
            let hop = self.threads.run(UfsOperation::Read, &self.path, work);
            self.ahead = hop.await?;
        }
        let length = max.min(self.ahead.len());
        Ok(self.ahead.split_to(length))
    }
}
