//! What a client can be told: plain data, made from properties by whoever starts it.

use std::time::Duration;

use alluxio_common::{ByteSize, Mode, ReadType, TtlAction, WriteType};

use crate::file_system::LoadMetadata;
use crate::worker_choice::WorkerChoice;

/// The settings of a [`crate::FileSystem`], each with the property that it comes from.
#[derive(Debug, Clone)]
pub struct ClientConf {
    /// Who the caller is: `alluxio.security.login.username`, or the user of the process.
    pub user: String,
    /// This machine's name, to find local workers: `alluxio.user.hostname`.
    pub hostname: String,
    /// `alluxio.user.file.readtype.default`
    pub read_type: ReadType,
    /// `alluxio.user.file.writetype.default`
    pub write_type: WriteType,
    /// `alluxio.user.block.size.bytes.default`
    pub block_size: ByteSize,
    /// `alluxio.security.authorization.permission.umask`
    pub umask: Mode,
    /// `alluxio.user.file.create.ttl`, in milliseconds; -1 for none.
    pub create_ttl_ms: i64,
    /// `alluxio.user.file.create.ttl.action`
    pub create_ttl_action: TtlAction,
    /// `alluxio.user.file.replication.min`, `.max`, `.durable`
    pub replication: Replication,
    /// `alluxio.user.file.metadata.sync.interval`, in milliseconds; -1 for never.
    pub sync_interval_ms: i64,
    /// `alluxio.user.file.metadata.load.type`
    pub load_metadata: LoadMetadata,
    /// `alluxio.user.update.file.accesstime.disabled`
    pub access_times: AccessTimes,
    /// `alluxio.user.short.circuit.enabled` and `.preferred`
    pub short_circuit: ShortCircuit,
    /// `alluxio.worker.data.server.domain.socket.as.uuid`, of which clients must know, too.
    pub domain_sockets: DomainSocketNames,
    /// `alluxio.user.file.passive.cache.enabled`
    pub passive_cache: PassiveCache,
    /// `alluxio.user.block.write.location.policy.class`
    pub write_choice: WorkerChoice,
    /// `alluxio.user.ufs.block.read.location.policy`
    pub ufs_read_choice: WorkerChoice,
    /// `alluxio.user.worker.list.refresh.interval`
    pub worker_list_refresh: Duration,
    /// `alluxio.user.block.read.retry.max.duration`, `.sleep.base`, `.sleep.max`
    pub block_read_retry: BlockReadRetry,
    /// `alluxio.user.streaming.reader.chunk.size.bytes`
    pub reader_chunk: ByteSize,
    /// `alluxio.user.streaming.writer.chunk.size.bytes`
    pub writer_chunk: ByteSize,
    /// `alluxio.user.file.reserved.bytes`
    pub reserved_bytes: ByteSize,
    /// `alluxio.user.file.write.tier.default`; 0 is the fastest tier, -1 the slowest.
    pub write_tier: i32,
    /// `alluxio.user.file.target.media`; any medium when it is empty.
    pub target_medium: String,
    /// `alluxio.user.block.avoid.eviction.policy.reserved.size.bytes`
    pub avoid_eviction_reserved: ByteSize,
    /// `alluxio.user.streaming.data.write.timeout`
    pub write_timeout: Duration,
    /// `alluxio.user.streaming.writer.flush.timeout`
    pub writer_flush_timeout: Duration,
    /// `alluxio.user.streaming.writer.close.timeout`
    pub writer_close_timeout: Duration,
    /// `alluxio.user.streaming.data.read.timeout`
    pub read_timeout: Duration,
    /// `alluxio.user.file.persistence.initial.wait.time`, in milliseconds; -1 for never.
    pub persistence_wait_ms: i64,
    /// `alluxio.user.ufs.block.read.concurrency.max`
    pub ufs_read_concurrency: i32,
}

/// How many copies of a block there should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replication {
    /// At least this many, made by the job service.
    pub min: i32,
    /// At most this many; -1 for no limit.
    pub max: i32,
    /// How many an `ASYNC_THROUGH` writer makes itself.
    pub durable: i32,
}

/// How a read goes on when all workers have failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockReadRetry {
    /// For so long.
    pub total: Duration,
    /// Before the workers are tried again for the first time.
    pub first_pause: Duration,
    /// Each further pause is twice as long, up to this.
    pub longest_pause: Duration,
}

/// Whether reading a file moves its access time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTimes {
    /// It does.
    Noted,
    /// It does not, which spares the master a journal entry for each read.
    LeftAlone,
}

/// Whether block files of a worker on this host are opened directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortCircuit {
    /// Opened directly, unless the worker offers a domain socket.
    Enabled,
    /// Opened directly in any case.
    Preferred,
    /// Everything goes through the worker.
    Disabled,
}

/// How the domain sockets of workers are named, and so what tells that a worker is on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainSocketNames {
    /// All alike: the worker's host has the name of this one.
    Fixed,
    /// Each by a UUID: where a socket of this name is seen, it is the worker's. Containers on one
    /// machine have different names and share the folder.
    Unique,
}

/// Whether a remote or store read leaves a copy on the local worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassiveCache {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

impl ClientConf {
    /// The defaults of Alluxio 2.9 for this user on this host.
    pub fn new(user: impl Into<String>, hostname: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            hostname: hostname.into(),
            read_type: ReadType::Cache,
            write_type: WriteType::AsyncThrough,
            block_size: ByteSize::from_bytes(64 << 20),
            umask: Mode::from_bits(0o022),
            create_ttl_ms: -1,
            create_ttl_action: TtlAction::Free,
            replication: Replication {
                min: 0,
                max: -1,
                durable: 1,
            },
            sync_interval_ms: -1,
            load_metadata: LoadMetadata::Once,
            access_times: AccessTimes::Noted,
            short_circuit: ShortCircuit::Enabled,
            domain_sockets: DomainSocketNames::Fixed,
            passive_cache: PassiveCache::Enabled,
            write_choice: WorkerChoice::LocalFirst,
            ufs_read_choice: WorkerChoice::LocalFirst,
            worker_list_refresh: Duration::from_secs(120),
            block_read_retry: BlockReadRetry {
                total: Duration::from_secs(300),
                first_pause: Duration::from_millis(250),
                longest_pause: Duration::from_secs(2),
            },
            reader_chunk: ByteSize::from_bytes(1 << 20),
            writer_chunk: ByteSize::from_bytes(1 << 20),
            reserved_bytes: ByteSize::from_bytes(64 << 20),
            write_tier: 0,
            target_medium: String::new(),
            avoid_eviction_reserved: ByteSize::default(),
            write_timeout: Duration::from_secs(180),
            writer_flush_timeout: Duration::from_secs(1800),
            writer_close_timeout: Duration::from_secs(1800),
            read_timeout: Duration::from_secs(180),
            persistence_wait_ms: 0,
            ufs_read_concurrency: i32::MAX,
        }
    }
}
