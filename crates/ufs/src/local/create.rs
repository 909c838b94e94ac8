//! `create`: a file is written without its name, or under a temporary one in the same directory, and
//! gets its name on close, so that nobody ever sees half of it.

use std::fs::{self, File};
use std::io::{ErrorKind, IoSlice, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;

use super::connector::{Local, os_path};
use super::error::parse_error;
use super::temporary::TemporaryFile;
use crate::{
    CreateOptions, Durability, Parents, UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsWriter,
};

/// Written with one hop to a blocking thread. While one such piece is on its way to the system the
/// next one fills, so a writer holds twice this, and at most the last piece that it was given.
const HOP_BYTES: usize = 1 << 20;

/// Pieces smaller than this are copied together; larger ones stay where they are.
const COPY_BELOW: usize = 64 << 10;

#[derive(Debug)]
struct LocalWriter {
    local: Arc<Local>,
    path: UfsPath,
    durability: Durability,
    file: Arc<File>,
    temporary: TemporaryFile,
    /// Full pieces, then the one that small writes are copied to.
    pieces: Vec<Bytes>,
    tail: BytesMut,
    buffered: usize,
    /// The hop that is under way.
    hop: Option<JoinHandle<Result<(), UfsError>>>,
}

impl Local {
    /// See [`crate::UnderFileSystem::create`].
    pub(super) fn create(
        local: &Arc<Self>,
        path: &UfsPath,
        options: &CreateOptions,
    ) -> Result<Box<dyn UfsWriter>, UfsError> {
        let failed = |error| parse_error(error, UfsOperation::Create, path);
        let Some(parent) = path.parent() else {
            return Err(UfsError::new(
                UfsErrorKind::IsADirectory,
                UfsOperation::Create,
                path,
            ));
        };
        local.check_target(path)?;
        if let Parents::Create(mode) = options.parents {
            local.ensure_parents(path, mode, UfsOperation::Create)?;
        }
        let (temporary, file) = local
            .temporary
            .create_in(os_path(&parent))
            .map_err(failed)?;
        if let Some(mode) = options.mode {
            let permissions = fs::Permissions::from_mode(mode.bits().into());
            file.set_permissions(permissions).map_err(failed)?;
        }
        let chown = |user, group| std::os::unix::fs::fchown(&*file, user, group);
        let (owner, group) = (options.owner.as_deref(), options.group.as_deref());
        local.give_to(path, owner, group, chown);
        Ok(Box::new(LocalWriter {
            local: Arc::clone(local),
            path: path.clone(),
            durability: options.durability,
            file,
            temporary,
            pieces: Vec::new(),
            tail: BytesMut::new(),
            buffered: 0,
            hop: None,
        }))
    }

    /// Refuses early what `close` could not replace or name.
    fn check_target(&self, path: &UfsPath) -> Result<(), UfsError> {
        match fs::metadata(os_path(path)) {
            Ok(metadata) if metadata.is_dir() => Err(UfsError::new(
                UfsErrorKind::IsADirectory,
                UfsOperation::Create,
                path,
            )),
            Ok(_replaced_by_close) => Ok(()),
            Err(error) => {
                let error = parse_error(error, UfsOperation::Create, path);
                if error.is_not_found() {
                    Ok(())
                } else {
                    Err(error)
                }
            }
        }
    }
}

impl LocalWriter {
    fn take_buffered(&mut self) -> Vec<Bytes> {
        if !self.tail.is_empty() {
            let tail = self.tail.split().freeze();
            self.pieces.push(tail);
        }
        self.buffered = 0;
        std::mem::take(&mut self.pieces)
    }

    /// Waits for the hop under way.
    async fn settle(&mut self) -> Result<(), UfsError> {
        let Some(hop) = self.hop.as_mut() else {
            return Ok(());
        };
        let written = hop.await;
        self.hop = None;
        match written {
            Ok(answer) => answer,
            Err(join_error) => {
                Err(
                    UfsError::new(UfsErrorKind::Unexpected, UfsOperation::Write, &self.path)
                        .with_source(join_error),
                )
            }
        }
    }

    /// Sends what is buffered on its way; the one before must have arrived.
    async fn start_hop(&mut self) -> Result<(), UfsError> {
        self.settle().await?;
        let pieces = self.take_buffered();
        if pieces.is_empty() {
            return Ok(());
        }
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        let work = move || {
            write_pieces(&file, &pieces)
                .map_err(|error| parse_error(error, UfsOperation::Write, &path))
        };
        self.hop = Some(self.local.threads.start(work).await);
        Ok(())
    }
}

#[async_trait]
impl UfsWriter for LocalWriter {
    async fn write(&mut self, data: Bytes) -> Result<(), UfsError> {
        self.buffered += data.len();
        if data.len() < COPY_BELOW {
            if self.tail.capacity() == 0 {
                self.tail.reserve(HOP_BYTES);
            }
            self.tail.extend_from_slice(&data);
        } else {
            if !self.tail.is_empty() {
                let tail = self.tail.split().freeze();
                self.pieces.push(tail);
            }
            self.pieces.push(data);
        }
        if self.buffered >= HOP_BYTES {
            self.start_hop().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), UfsError> {
        self.start_hop().await?;
        self.settle().await
    }

    async fn close(mut self: Box<Self>) -> Result<UfsFile, UfsError> {
        self.settle().await?;
        let pieces = self.take_buffered();
        let (threads, path) = (self.local.threads.clone(), self.path.clone());
        let work = move || (*self).finish(&pieces);
        threads.run(UfsOperation::Close, &path, work).await
    }

    async fn abort(mut self: Box<Self>) -> Result<(), UfsError> {
        // An error of a write does not matter any more.
        drop(self.settle().await);
        let (threads, path) = (self.local.threads.clone(), self.path.clone());
        let work = move || {
            let failed = |error| parse_error(error, UfsOperation::Abort, &self.path);
            self.temporary.remove().map_err(failed)
        };
        threads.run(UfsOperation::Abort, &path, work).await
    }
}

impl LocalWriter {
    /// Writes the rest and makes the file visible.
    fn finish(self, pieces: &[Bytes]) -> Result<UfsFile, UfsError> {
        let Self {
            local,
            path,
            durability,
            file,
            temporary,
            ..
        } = self;
        let failed = |error| parse_error(error, UfsOperation::Close, &path);
        write_pieces(&file, pieces).map_err(failed)?;
        if durability == Durability::Synced {
            file.sync_all().map_err(failed)?;
        }
        let named = local.temporary.finish(temporary, os_path(&path));
        named.map_err(failed)?;
        if durability == Durability::Synced
            && let Some(parent) = path.parent()
        {
            sync_directory(os_path(&parent)).map_err(failed)?;
        }
        // Of the file that was written, even if another writer has replaced it by now.
        let metadata = file.metadata().map_err(failed)?;
        Ok(local.file_of(path.name().to_owned(), &metadata))
    }
}

fn write_pieces(file: &File, pieces: &[Bytes]) -> std::io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = slices.as_mut_slice();
    let mut file = file;
    while !rest.is_empty() {
        let written = match file.write_vectored(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        IoSlice::advance_slices(&mut rest, written);
    }
    Ok(())
}

/// Makes names in a directory survive the machine, where that can be asked for: a directory that
/// may be written and not read cannot be opened, and some file systems do not sync directories. The
/// names are there all the same, so that neither is an error of whoever made them.
pub(super) fn sync_directory(path: &Path) -> std::io::Result<()> {
    match File::open(path).and_then(|directory| directory.sync_all()) {
        Err(error) if cannot_be_asked(&error) => {
            tracing::debug!(path = %path.display(), %error, "directory cannot be synced");
            Ok(())
        }
        synced => synced,
    }
}

fn cannot_be_asked(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_that_syncs_no_directories_fails_nobody() {
        let proc = Path::new("/proc/self");
        assert!(File::open(proc).unwrap().sync_all().is_err());
        sync_directory(proc).unwrap();
        assert!(sync_directory(&proc.join("absent")).is_err());
    }
}
