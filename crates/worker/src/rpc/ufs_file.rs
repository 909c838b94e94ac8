//! `WriteBlock` of kind `UFS_FILE`: a whole file, streamed through to the under store.
//!
//! Nothing of the file is kept here, and nothing is visible in the store before the client is done.

use std::sync::Arc;

use alluxio_common::{Describe, ErrorCode, Fact, Hint, InodeId, Mode, MountId, UfsPath};
use alluxio_proto::grpc::block::{WriteRequestCommand, WriteResponse};
use alluxio_proto::proto::dataserver::CreateUfsFileOptions;
use alluxio_ufs::{CreateOptions, Durability, Parents, UfsError, UfsErrorKind, UfsWriter};

use super::request::BadRequest;
use super::session::Ended;
use super::write_block::{self, Write, WriteSession};
use crate::master_client::to_wire;
use crate::mounts::Mount;
use crate::worker::Worker;

/// Permissions of directories that are missing on the way to a new file.
const PARENT_MODE: Mode = Mode::from_bits(0o755);

/// The bits of a mode that are permissions.
const PERMISSION_BITS: i32 = 0o7777;

/// A file that will be created with its first byte, or when it turns out to be empty.
struct PendingFile {
    mount: Mount,
    path: UfsPath,
    /// What the master calls the file, if the writer says it.
    file: Option<InodeId>,
    options: CreateOptions,
    writer: Option<Box<dyn UfsWriter>>,
}

/// Streams a file into the store.
pub(super) async fn write(
    mut session: WriteSession,
    command: WriteRequestCommand,
) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    let Some(options) = command.create_ufs_file_options else {
        return Err(BadRequest::Unexpected {
            call: "WriteBlock",
            expected: "options for the file in the under store",
        }
        .into());
    };
    let mut file = PendingFile::new(&worker, &options).await?;
    let mut received = 0;
    let outcome = async {
        copy(&mut session, &mut file, &mut received).await?;
        file.writer().await?;
        let Some(id) = file.file else { return Ok(()) };
        confirm(&worker, id, &file.path).await
    };
    match outcome.await {
        Ok(()) => {
            let written = file.close().await?;
            let answer = WriteResponse {
                offset: Some(to_wire(received)),
                content_hash: written,
            };
            session.answer(answer).await
        }
        Err(ended) => {
            file.abort().await;
            Err(ended)
        }
    }
}

/// Makes sure that the file is still there that is being written: once the store has it, it would
/// come back as somebody's file. A master that does not answer has deleted nothing, and what is
/// deleted in the next moment it notices when the writer completes the file.
async fn confirm(worker: &Worker, file: InodeId, ufs_path: &UfsPath) -> Result<(), Ended> {
    if worker.master.is_file_at(file, ufs_path).await {
        return Ok(());
    }
    let ufs_path = ufs_path.clone();
    Err(FileGone { ufs_path }.into())
}

async fn copy(
    session: &mut WriteSession,
    file: &mut PendingFile,
    received: &mut u64,
) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    loop {
        match write_block::next(session, *received).await? {
            Write::Data(data) => {
                let bytes = write_block::length_of(&data);
                let writer = file.writer().await?;
                for piece in data {
                    writer.write(piece).await?;
                }
                *received += bytes;
                worker.metrics.bytes_written_ufs.add(bytes);
            }
            Write::Flush => {
                file.writer().await?.flush().await?;
                write_block::flushed(session, *received).await?;
            }
            Write::Commit => return Ok(()),
        }
    }
}

impl PendingFile {
    async fn new(worker: &Worker, options: &CreateUfsFileOptions) -> Result<Self, Ended> {
        let mount = worker
            .mounts
            .resolve(MountId::from_raw(options.mount_id()))
            .await?;
        let path = UfsPath::parse(options.ufs_path()).map_err(InvalidTarget)?;
        mount.check_write(&path)?;
        // Nine bits: the mask makes it fit.
        let bits = |mode: i32| u16::try_from(mode & PERMISSION_BITS).unwrap_or(0);
        let name = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        Ok(Self {
            mount,
            path,
            file: options.file_id.map(InodeId::from_raw),
            options: CreateOptions {
                mode: options.mode.map(|mode| Mode::from_bits(bits(mode))),
                owner: name(&options.owner),
                group: name(&options.group),
                parents: Parents::Create(PARENT_MODE),
                durability: Durability::Synced,
            },
            writer: None,
        })
    }

    async fn writer(&mut self) -> Result<&mut Box<dyn UfsWriter>, Ended> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => {
                let options = self.options.clone();
                let created = self.mount.ufs.create(&self.path, options).await;
                created.map_err(not_created)?
            }
        };
        Ok(self.writer.insert(writer))
    }

    /// Makes the file visible; returns what changes when its content does.
    async fn close(mut self) -> Result<Option<String>, Ended> {
        let Some(writer) = self.writer.take() else {
            return Ok(None);
        };
        Ok(Some(writer.close().await?.content_hash))
    }

    async fn abort(mut self) {
        if let Some(writer) = self.writer.take()
            && let Err(error) = writer.abort().await
        {
            tracing::warn!(ufs_path = %self.path, %error, "an abandoned file may have left something behind");
        }
    }
}

/// The file was deleted or moved before its last byte came.
#[derive(Debug, thiserror::Error)]
#[error("{ufs_path} is not written: its file was deleted, moved or replaced meanwhile")]
struct FileGone {
    ufs_path: UfsPath,
}

impl Describe for FileGone {
    fn code(&self) -> ErrorCode {
        ErrorCode::PathNotFound
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("ufs_path", self.ufs_path.to_string())]
    }
}

/// The store cannot have a file of this name. 2.9 answers that as something that is not found.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct NameRefused(UfsError);

impl Describe for NameRefused {
    fn code(&self) -> ErrorCode {
        ErrorCode::PathNotFound
    }

    fn facts(&self) -> Vec<Fact> {
        self.0.facts()
    }

    fn hint(&self) -> Option<Hint> {
        self.0.hint()
    }
}

fn not_created(error: UfsError) -> Ended {
    match error.kind() == UfsErrorKind::InvalidPath {
        true => NameRefused(error).into(),
        false => error.into(),
    }
}

/// The path of the file to write is none.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct InvalidTarget(alluxio_common::InvalidUfsPath);

impl Describe for InvalidTarget {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidPath
    }
}
