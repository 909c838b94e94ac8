//! `create_file`: makes a file and opens it for writing.

use alluxio_common::{AlluxioPath, ByteSize, Mode, WriteType};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::convert;

use super::FileSystem;
use super::create_directory::Parents;
use super::withdraw::InStore;
use super::write_type::write_type_to_proto;
use crate::conf::Replication;
use crate::error::ClientError;
use crate::file::FileWriter;
use crate::status::{FileStatus, Ttl};
use crate::worker_choice::WorkerChoice;

/// What to do when the file is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// That is an error.
    No,
    /// It is replaced; a directory never is.
    Yes,
}

/// How to make and write a file. `None` means the client's default.
#[derive(Debug, Clone)]
pub struct CreateFileOptions {
    /// When it is there already.
    pub overwrite: Overwrite,
    /// When a parent is missing.
    pub parents: Parents,
    /// Where the bytes go.
    pub write_type: Option<WriteType>,
    /// Size of all blocks but the last.
    pub block_size: Option<ByteSize>,
    /// Permission bits before the umask; 666 when `None`.
    pub mode: Option<Mode>,
    /// How long it lives.
    pub ttl: Option<Ttl>,
    /// How many copies there should be.
    pub replication: Option<Replication>,
    /// Who gets the blocks.
    pub worker_choice: Option<WorkerChoice>,
    /// Milliseconds until an `ASYNC_THROUGH` file is persisted; -1 for not until asked.
    pub persistence_wait_ms: Option<i64>,
}

impl Default for CreateFileOptions {
    /// A new file with the client's defaults, its parents made.
    fn default() -> Self {
        Self {
            overwrite: Overwrite::No,
            parents: Parents::Create,
            write_type: None,
            block_size: None,
            mode: None,
            ttl: None,
            replication: None,
            worker_choice: None,
            persistence_wait_ms: None,
        }
    }
}

impl FileSystem {
    /// Makes a file and opens it for writing. Nobody can read it until the writer is closed.
    ///
    /// # Errors
    /// `AlreadyExists`, `PathNotFound` for a missing parent, `InvalidPath`, `PermissionDenied`,
    /// `MountReadOnly`; and `Unavailable` or what the store says when the file is to be written
    /// through and that cannot begin. Nothing is left behind then.
    pub async fn create_file(
        &self,
        path: &AlluxioPath,
        options: CreateFileOptions,
    ) -> Result<FileWriter, ClientError> {
        let here = self.at(path);
        let conf = here.conf();
        let write_type = options.write_type.unwrap_or(conf.write_type);
        let replication = options.replication.unwrap_or(conf.replication);
        let ttl = options.ttl.unwrap_or(Ttl {
            millis: conf.create_ttl_ms,
            action: conf.create_ttl_action,
        });
        let wait_ms = options
            .persistence_wait_ms
            .unwrap_or(conf.persistence_wait_ms);
        let mode = options
            .mode
            .unwrap_or(Mode::from_bits(0o666))
            .without(conf.umask);
        let block_size = options.block_size.unwrap_or(conf.block_size);
        let mut common = here.changing();
        common.ttl_ms = ttl.millis;
        common.ttl_action = ttl.action;
        let request = pb::CreateFilePRequest {
            path: Some(path.to_string()),
            options: Some(pb::CreateFilePOptions {
                block_size_bytes: Some(i64::try_from(block_size.bytes()).unwrap_or(i64::MAX)),
                recursive: options.parents.to_proto(),
                mode: Some(convert::mode_to_proto(mode)),
                replication_max: Some(replication.max),
                replication_min: Some(replication.min),
                replication_durable: Some(replication.durable),
                write_type: Some(write_type_to_proto(write_type).into()),
                common_options: common.to_proto(),
                persistence_wait_time: Some(wait_ms),
                overwrite: Some(options.overwrite == Overwrite::Yes),
                ..Default::default()
            }),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.create_file(request).await
            })
            .await?;
        let status = FileStatus::from_proto(response.file_info.unwrap_or_default());
        let choice = options.worker_choice.unwrap_or(conf.write_choice);
        let id = status.id;
        let opened = FileWriter::open(here.clone(), status, write_type, choice, wait_ms).await;
        if opened.is_err() {
            // Else it would be in the way of the next try.
            self.withdraw(path, id, InStore::Nothing).await;
        }
        opened
    }
}
