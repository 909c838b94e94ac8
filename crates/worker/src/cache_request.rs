//! Caching blocks on request: `Cache`, `AsyncCache`, and what partial reads leave behind.

use std::collections::HashMap;
use std::sync::Arc;

use alluxio_common::{BlockId, Describe, ErrorCode, Fact, MountId, SessionId, Tasks};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::{Connections, Login, ServerAddress};
use parking_lot::Mutex;
use tracing::{debug, warn};

use crate::block::{BlockError, CreateBlock, Origin, Target};
use crate::block_stream::{BlockStream, BlockStreamError, WantedBlock};
use crate::master_client::to_wire;
use crate::places::Places;
use crate::read_error::ReadBlockError;
use crate::ufs_read::{FetchParts, UfsBlock, UfsReads};

/// How many requests may wait. A client that finds the queue full reads without caching, which
/// costs it nothing now.
const QUEUE_LIMIT: usize = 512;

/// How many of them may be for one mount, so that others get in while its store hangs.
const QUEUE_LIMIT_OF_MOUNT: usize = QUEUE_LIMIT / 3 * 2;

/// How many blocks are cached on request at the same time.
const AT_ONCE: usize = 16;

/// The session in whose name blocks are copied from other workers.
const CACHE_SESSION: SessionId = SessionId::from_raw(-3);

/// A request to have a block here.
#[derive(Debug, Clone)]
pub struct CacheRequest {
    /// The block.
    pub block_id: BlockId,
    /// How many bytes it has.
    pub length: u64,
    /// Where the store has it, if it has.
    pub ufs: Option<UfsBlock>,
    /// A worker that has it, if it is another one than this.
    pub peer: Option<ServerAddress>,
}

/// A block that could not be cached.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The store did not give it.
    #[error(transparent)]
    Store(#[from] ReadBlockError),
    /// The other worker did not give it.
    #[error("Cannot cache block {block_id} from worker {peer}: {source}")]
    Peer {
        /// The block.
        block_id: BlockId,
        /// The other worker.
        peer: ServerAddress,
        /// What it said.
        source: BlockStreamError,
    },
    /// The other worker gave fewer bytes than the block has.
    #[error(
        "Cannot cache block {block_id} from worker {peer}: it sent {received} bytes of {length}."
    )]
    Short {
        /// The block.
        block_id: BlockId,
        /// The other worker.
        peer: ServerAddress,
        /// What came.
        received: u64,
        /// What should have come.
        length: u64,
    },
    /// It could not be kept.
    #[error(transparent)]
    Local(#[from] BlockError),
}

impl Describe for CacheError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Store(error) => error.code(),
            Self::Peer { source, .. } => source.code(),
            Self::Short { .. } => ErrorCode::Unavailable,
            Self::Local(error) => error.code(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Store(error) => error.facts(),
            Self::Local(error) => error.facts(),
            Self::Peer { block_id, .. } | Self::Short { block_id, .. } => {
                vec![("block_id", block_id.to_string())]
            }
        }
    }
}

impl CacheRequest {
    /// From the store, whatever other workers have.
    pub fn from_store(block: UfsBlock) -> Self {
        Self {
            block_id: block.block_id,
            length: block.length,
            ufs: Some(block),
            peer: None,
        }
    }
}

/// The requests of one worker.
#[derive(Debug, Clone)]
pub struct CacheRequests {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    parts: FetchParts,
    reads: Arc<UfsReads>,
    connections: Connections,
    login: Login,
    /// Blocks that are waiting or being cached, and their mounts, `None` for those that only another
    /// worker has: the second request for one is the first one.
    pending: Mutex<HashMap<BlockId, Option<MountId>>>,
    places: Places<Option<MountId>>,
}

impl CacheRequests {
    /// Nothing was requested yet.
    pub fn new(
        parts: FetchParts,
        reads: Arc<UfsReads>,
        connections: Connections,
        login: Login,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                parts,
                reads,
                connections,
                login,
                pending: Mutex::default(),
                places: Places::new(AT_ONCE),
            }),
        }
    }

    /// Caches a block in the background, if there is room in the queue. Nobody waits for it.
    pub fn offer(&self, request: CacheRequest, tasks: &Tasks) {
        let block_id = request.block_id;
        if self.shared.parts.store.contains(block_id) {
            return;
        }
        let mount = request.ufs.as_ref().map(|block| block.mount);
        {
            let mut pending = self.shared.pending.lock();
            if pending.contains_key(&block_id) {
                return;
            }
            let of_mount = pending.values().filter(|other| **other == mount).count();
            if pending.len() >= QUEUE_LIMIT || of_mount >= QUEUE_LIMIT_OF_MOUNT {
                self.shared.parts.metrics.cache_rejected.increment();
                return;
            }
            pending.insert(block_id, mount);
        }
        let entry = PendingEntry {
            shared: Arc::clone(&self.shared),
            block_id,
        };
        tasks.spawn("cache block", async move {
            let _place = entry.shared.places.enter(mount).await;
            if let Err(error) = entry.shared.cache(&request).await {
                debug!(%block_id, %error, "block not cached");
            }
        });
    }

    /// Caches a block, and waits for it.
    ///
    /// # Errors
    /// When the block cannot be had or kept.
    pub async fn cache(&self, request: &CacheRequest) -> Result<(), CacheError> {
        self.shared.cache(request).await
    }
}

/// See [`CacheRequests::offer`].
struct PendingEntry {
    shared: Arc<Shared>,
    block_id: BlockId,
}

impl Drop for PendingEntry {
    fn drop(&mut self) {
        self.shared.pending.lock().remove(&self.block_id);
    }
}

impl Shared {
    async fn cache(&self, request: &CacheRequest) -> Result<(), CacheError> {
        if self.parts.store.contains(request.block_id) {
            return Ok(());
        }
        let metrics = &self.parts.metrics;
        let result = match (&request.peer, &request.ufs) {
            (Some(peer), _) => {
                metrics.cache_remote_blocks.increment();
                self.copy_from(peer, request).await
            }
            (None, Some(block)) => {
                metrics.cache_ufs_blocks.increment();
                self.reads.ensure_cached(block).await.map_err(Into::into)
            }
            (None, None) => Err(CacheError::Store(ReadBlockError::NotHere {
                block_id: request.block_id,
            })),
        };
        let counter = match &result {
            Ok(()) => &metrics.cache_succeeded,
            Err(_) => &metrics.cache_failed,
        };
        counter.increment();
        result
    }

    /// Copies a block from another worker, which may itself read it from the store.
    async fn copy_from(
        &self,
        peer: &ServerAddress,
        request: &CacheRequest,
    ) -> Result<(), CacheError> {
        let (block_id, length) = (request.block_id, request.length);
        let created = self
            .parts
            .space
            .create(CreateBlock {
                block_id,
                session_id: CACHE_SESSION,
                target: Target::AnyTier,
                reserve: length,
                // Which may be evicted is the master's to say: the other worker's copy may go too.
                origin: Origin::Client,
            })
            .await;
        let mut temp = match created {
            Err(BlockError::AlreadyExists { .. } | BlockError::BeingWritten { .. }) => {
                return Ok(());
            }
            other => other?,
        };
        let failed = |source: BlockStreamError| CacheError::Peer {
            block_id,
            peer: peer.clone(),
            source,
        };
        let wanted = WantedBlock {
            block_id,
            length,
            ufs: request.ufs.as_ref().map(options_for),
        };
        let mut stream = BlockStream::open((&self.connections, &self.login), peer, wanted)
            .await
            .map_err(failed)?;
        while let Some(data) = stream.next().await.map_err(failed)? {
            temp = self.parts.space.append(temp, vec![data]).await?;
        }
        if temp.length() != length {
            return Err(CacheError::Short {
                block_id,
                peer: peer.clone(),
                received: temp.length(),
                length,
            });
        }
        let committed = self.parts.space.commit(temp).await?;
        let meta = committed.meta();
        let used = self.parts.store.used_on_tier(meta.level);
        if let Err(error) = self.parts.master.commit_block(&meta, used).await {
            warn!(%block_id, %error, "the master has not heard of a cached block");
        }
        Ok(())
    }
}

/// The options of a read that let the other worker find the block in the store.
fn options_for(block: &UfsBlock) -> OpenUfsBlockOptions {
    OpenUfsBlockOptions {
        ufs_path: block.path.as_ref().map(ToString::to_string),
        offset_in_file: Some(to_wire(block.offset_in_file)),
        block_size: Some(to_wire(block.length)),
        max_ufs_read_concurrency: None,
        mount_id: Some(block.mount.raw()),
        no_cache: Some(false),
        user: None,
        block_in_ufs_tier: Some(block.path.is_none()),
    }
}
