//! Which worker a block is read from.

use std::collections::HashSet;

use alluxio_common::{ByteSize, PersistenceState, ReadType, WorkerAddress};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use rand::Rng;

use crate::block::Medium;
use crate::context::Context;
use crate::error::ClientError;
use crate::status::{FileBlock, FileStatus};
use crate::worker_choice::{BlockNeeds, Worker};

/// How the bytes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    /// From the block's own file.
    File(Medium),
    /// From the cache of the worker.
    Cache,
    /// From the store, through the worker.
    Ufs,
}

/// Whether a block on a slow tier moves to the fastest one of its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promote {
    Yes,
    No,
}

/// Whether a block that comes from the store may be read from its file while the worker fetches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    Yes,
    No,
}

impl From<ReadType> for Promote {
    fn from(read_type: ReadType) -> Self {
        match read_type {
            ReadType::CachePromote => Self::Yes,
            ReadType::Cache | ReadType::NoCache => Self::No,
        }
    }
}

/// A worker to read a block from.
#[derive(Debug, Clone)]
pub(crate) struct BlockSource {
    pub(crate) worker: WorkerAddress,
    pub(crate) via: Via,
    pub(crate) ufs: OpenUfsBlockOptions,
    pub(crate) promote: Promote,
    pub(crate) follow: Follow,
}

impl BlockSource {
    /// Chooses the nearest worker that has the block and has not failed before; when none has it,
    /// one that reads it from the store.
    pub(crate) async fn choose(
        context: &Context,
        status: &FileStatus,
        block: &FileBlock,
        read_type: ReadType,
        failed: &HashSet<String>,
    ) -> Result<Self, ClientError> {
        let ufs = ufs_options(context, status, block, read_type);
        let usable = |address: &WorkerAddress| !failed.contains(&address.data_address());
        let holders: Vec<_> = block
            .info
            .locations
            .iter()
            .filter(|location| usable(&location.address))
            .collect();
        if let Some(location) = holders
            .iter()
            .find(|location| context.reads.is_local(&location.address))
            .or_else(|| holders.get(random_below(context, holders.len())))
        {
            let via = if shares_files(context, &location.address) {
                Via::File(Medium::from_name(&location.medium))
            } else {
                Via::Cache
            };
            return Ok(Self {
                worker: location.address.clone(),
                via,
                ufs,
                promote: read_type.into(),
                follow: Follow::No,
            });
        }
        let in_store = status.persisted || status.persistence == PersistenceState::ToBePersisted;
        if !in_store {
            return Err(ClientError::BlockLost {
                block_id: block.info.id,
                path: status.path.clone(),
            });
        }
        let Some(worker) = reader_of_store(context, block, usable).await? else {
            return Err(ClientError::NoWorker);
        };
        let follows = read_type != ReadType::NoCache && shares_files(context, &worker);
        Ok(Self {
            follow: if follows { Follow::Yes } else { Follow::No },
            worker,
            via: Via::Ufs,
            ufs,
            promote: Promote::No,
        })
    }
}

/// The worker that shall read a block from the store.
async fn reader_of_store(
    context: &Context,
    block: &FileBlock,
    usable: impl Fn(&WorkerAddress) -> bool,
) -> Result<Option<WorkerAddress>, ClientError> {
    let all = context.live_workers().await?;
    let workers: Vec<Worker> = all
        .iter()
        .filter(|worker| usable(&worker.address))
        .cloned()
        .collect();
    let needs = BlockNeeds {
        block_id: block.info.id,
        length: ByteSize::from_bytes(block.info.length),
    };
    let mut rng = context.rng.lock();
    let chosen = context
        .reads
        .choose(&workers, needs, &mut *rng)
        .or_else(|| {
            // A block that no worker can hold can still be read through one.
            let needs = BlockNeeds {
                length: ByteSize::default(),
                ..needs
            };
            context.reads.choose(&workers, needs, &mut *rng)
        });
    Ok(chosen.map(|worker| worker.address.clone()))
}

/// Whether block files of this worker may be opened here.
fn shares_files(context: &Context, worker: &WorkerAddress) -> bool {
    context.reads.is_local(worker) && context.opens_files_of(worker)
}

fn random_below(context: &Context, count: usize) -> usize {
    if count <= 1 {
        0
    } else {
        context.rng.lock().random_range(0..count)
    }
}

/// What the worker needs to read the block from the store.
fn ufs_options(
    context: &Context,
    status: &FileStatus,
    block: &FileBlock,
    read_type: ReadType,
) -> OpenUfsBlockOptions {
    if !status.persisted {
        if status.persistence == PersistenceState::ToBePersisted {
            // A worker that had no room may have left the block in the store, as a file of its own.
            return OpenUfsBlockOptions {
                block_in_ufs_tier: Some(true),
                block_size: Some(block.info.length.cast_signed()),
                mount_id: Some(status.mount_id.raw()),
                ..Default::default()
            };
        }
        return OpenUfsBlockOptions::default();
    }
    OpenUfsBlockOptions {
        ufs_path: Some(status.ufs_path.clone()),
        offset_in_file: Some(block.offset.cast_signed()),
        block_size: Some(block.info.length.cast_signed()),
        max_ufs_read_concurrency: Some(context.conf.ufs_read_concurrency),
        mount_id: Some(status.mount_id.raw()),
        no_cache: Some(read_type == ReadType::NoCache),
        ..Default::default()
    }
}
