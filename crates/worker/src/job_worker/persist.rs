//! The Persist task: copies the blocks of a file into the store, under a temporary name.

use std::sync::Arc;

use alluxio_common::{AlluxioPath, BlockId, Describe, InodeId, MountId, UfsPath, WorkerAddress};
use alluxio_proto::grpc::file::{FileBlockInfo, FileInfo};
use alluxio_proto::job_plan::{PersistPlan, PersistResult};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::convert::worker_address_from_proto;
use alluxio_rpc::{Connections, Login, ServerAddress};
use alluxio_ufs::{CreateOptions, Durability, Parents, UfsError, UfsWriter};

use crate::block_stream::{BlockStream, BlockStreamError, WantedBlock};
use crate::master_client::{MasterClient, MasterError, to_wire};
use crate::mounts::{MountError, Mounts};

/// Directories that only exist for temporary files belong to whoever runs this.
const PARENT_MODE: alluxio_common::Mode = alluxio_common::Mode::from_bits(0o700);

/// A file that was not persisted.
#[derive(Debug, thiserror::Error)]
pub(super) enum PersistError {
    /// The plan makes no sense.
    #[error("the plan names no place in a store: {0}")]
    Plan(#[from] alluxio_common::InvalidUfsPath),
    /// The master does not tell about the file.
    #[error("cannot learn about {path}: {source}")]
    File {
        /// Where the file was.
        path: String,
        /// What the master said.
        source: MasterError,
    },
    /// The mount cannot be used.
    #[error(transparent)]
    Mount(#[from] MountError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] UfsError),
    /// The file is being written.
    #[error("{path} is incomplete")]
    Incomplete {
        /// The file.
        path: String,
    },
    /// No worker could give a block.
    #[error("block {block_id} of {path} cannot be read: {reason}")]
    Block {
        /// The block.
        block_id: i64,
        /// The file.
        path: String,
        /// What the last worker said.
        reason: String,
    },
    /// The blocks are not as long as the file.
    #[error("{path} has {expected} bytes, and its blocks have {found}")]
    Length {
        /// The file.
        path: String,
        /// What the master says.
        expected: u64,
        /// What the workers gave.
        found: u64,
    },
}

/// What a Persist task works with.
#[derive(Debug, Clone)]
pub(super) struct PersistContext {
    pub(super) master: Arc<MasterClient>,
    pub(super) mounts: Arc<Mounts>,
    pub(super) connections: Connections,
    pub(super) login: Login,
}

/// Copies the file. What was written is taken back when anything fails.
pub(super) async fn persist(
    context: &PersistContext,
    plan: PersistPlan,
) -> Result<PersistResult, PersistError> {
    let temporary = UfsPath::parse(&plan.temporary_ufs_path)?;
    let info = context
        .master
        .fetch_file(InodeId::from_raw(plan.file_id))
        .await
        .map_err(|source| PersistError::File {
            path: plan.path.clone(),
            source,
        })?;
    if !info.completed() {
        return Err(PersistError::Incomplete { path: plan.path });
    }
    let mount = context
        .mounts
        .resolve(MountId::from_raw(plan.mount_id))
        .await?;
    // A plan is made by whoever asks the job master for one.
    mount.check_write(&temporary)?;
    let options = CreateOptions {
        mode: Some(alluxio_common::Mode::from_bits(
            (info.mode() & 0o777) as u16,
        )),
        owner: info.owner.clone().filter(|name| !name.is_empty()),
        group: info.group.clone().filter(|name| !name.is_empty()),
        parents: Parents::Create(PARENT_MODE),
        durability: Durability::Synced,
    };
    let mut writer = mount.ufs.create(&temporary, options).await?;
    match copy_blocks(context, &info, &mut *writer).await {
        Ok(length) => {
            let written = writer.close().await?;
            Ok(PersistResult {
                length: to_wire(length),
                content_hash: written.content_hash,
            })
        }
        Err(error) => {
            if let Err(left) = writer.abort().await {
                tracing::warn!(path = %temporary, error = %left, "a temporary file may be left in the store");
            }
            Err(error)
        }
    }
}

async fn copy_blocks(
    context: &PersistContext,
    info: &FileInfo,
    writer: &mut dyn UfsWriter,
) -> Result<u64, PersistError> {
    let mut copied = 0;
    for block in &info.file_block_infos {
        copied += copy_block(context, info.path(), block, writer).await?;
    }
    let expected = info.length().max(0).unsigned_abs();
    if copied != expected {
        let path = info.path().to_owned();
        return Err(PersistError::Length {
            path,
            expected,
            found: copied,
        });
    }
    Ok(copied)
}

/// Copies one block from the first worker that has it. A worker that fails in the middle fails the
/// task: the writer cannot go back, and the task is tried again.
async fn copy_block(
    context: &PersistContext,
    path: &str,
    block: &FileBlockInfo,
    writer: &mut dyn UfsWriter,
) -> Result<u64, PersistError> {
    let info = block.block_info.clone().unwrap_or_default();
    let failed = |reason: String| PersistError::Block {
        block_id: info.block_id(),
        path: path.to_owned(),
        reason,
    };
    let length = info.length().max(0).unsigned_abs();
    let mut reason = "no worker that is alive holds it".to_owned();
    for location in &info.locations {
        let address = location
            .worker_address
            .as_ref()
            .map(worker_address_from_proto);
        let Some(Ok(address)) = address else { continue };
        let wanted = WantedBlock {
            block_id: BlockId::from_raw(info.block_id()),
            length,
            ufs: Some(OpenUfsBlockOptions::default()),
        };
        let parts = (&context.connections, &context.login);
        let mut stream = match BlockStream::open(parts, &data_address(&address), wanted).await {
            Ok(stream) => stream,
            Err(silent_or_refused) => {
                reason = silent_or_refused.to_string();
                continue;
            }
        };
        let mut copied = 0;
        let failed_on_its_way = |error: BlockStreamError| failed(error.to_string());
        while let Some(bytes) = stream.next().await.map_err(failed_on_its_way)? {
            copied += bytes.len() as u64;
            writer.write(bytes).await?;
        }
        return Ok(copied);
    }
    Err(failed(reason))
}

/// Where a worker sends blocks.
fn data_address(worker: &WorkerAddress) -> ServerAddress {
    let host = if worker.container_host.is_empty() {
        &worker.host
    } else {
        &worker.container_host
    };
    ServerAddress::new(host.as_str(), worker.data_port)
}

impl Describe for PersistError {
    fn code(&self) -> alluxio_common::ErrorCode {
        use alluxio_common::ErrorCode;
        match self {
            Self::Plan(_) => ErrorCode::InvalidArgument,
            Self::File { source, .. } => source.code(),
            Self::Mount(source) => source.code(),
            Self::Store(source) => source.code(),
            Self::Incomplete { .. } => ErrorCode::FailedPrecondition,
            Self::Block { .. } => ErrorCode::BlockNotFound,
            Self::Length { .. } => ErrorCode::DataCorrupt,
        }
    }
}

/// The path in a plan, for messages; the root when it makes no sense.
pub(super) fn shown_path(plan: &PersistPlan) -> AlluxioPath {
    AlluxioPath::parse(&plan.path).unwrap_or_else(|_invalid| AlluxioPath::root())
}
