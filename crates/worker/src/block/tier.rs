//! What the storage of a worker consists of: tiers from fast to slow, each with directories.

use std::path::PathBuf;
use std::sync::Arc;

use alluxio_common::ByteSize;

use super::allocate::AllocationPolicy;
use super::dir::StorageDir;
use super::order::EvictionOrder;

/// The storage of one worker, as configured. Plain data.
#[derive(Debug, Clone)]
pub struct StoreConf {
    /// From fast to slow.
    pub tiers: Vec<TierConf>,
    /// The folder of the worker in each directory (`alluxio.worker.data.folder`).
    pub data_folder: String,
    /// The folder below it for blocks that are being written.
    pub tmp_folder: String,
    /// Over how many sub-folders the blocks being written are spread.
    pub tmp_subdir_max: u32,
    /// Permissions of the folders; files get the same without the execute bits.
    pub permissions: u32,
    /// Which directory takes a new block.
    pub allocation: AllocationPolicy,
    /// Which block leaves first.
    pub order: EvictionOrder,
    /// How much an eviction frees beyond what is needed at once.
    pub free_ahead: ByteSize,
    /// How many block files are kept open for reading.
    pub open_files: usize,
    /// This worker's name in sentences: `host/<unresolved>:29999`.
    pub worker: String,
}

/// One tier, as configured.
#[derive(Debug, Clone)]
pub struct TierConf {
    /// `MEM`, `SSD`, `HDD`, or whatever the administrator calls it.
    pub alias: String,
    /// At least one.
    pub dirs: Vec<DirConf>,
}

/// One directory, as configured.
#[derive(Debug, Clone)]
pub struct DirConf {
    /// The directory; the worker's own folder lies below it.
    pub path: PathBuf,
    /// What kind of device it is; usually the alias of the tier.
    pub medium: String,
    /// How many bytes of blocks it may hold.
    pub quota: ByteSize,
    /// What happens when the file system has less.
    pub fit: QuotaFit,
}

/// What happens when a memory file system has less room than the quota of a directory in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaFit {
    /// Somebody has asked for this size: the worker does not start.
    Required,
    /// The size is a guess: it becomes what there is.
    Shrink,
}

/// One tier of an open store.
#[derive(Debug)]
pub struct StorageTier {
    pub(super) alias: Arc<str>,
    pub(super) dirs: Vec<Arc<StorageDir>>,
}

impl StorageTier {
    /// Its name.
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// Its directories, lost ones included.
    pub fn dirs(&self) -> &[Arc<StorageDir>] {
        &self.dirs
    }

    /// The sum of the quotas of the directories that serve.
    pub fn capacity(&self) -> ByteSize {
        self.sum(StorageDir::quota)
    }

    /// What the blocks in the directories that serve take, reservations included.
    pub fn used(&self) -> ByteSize {
        self.sum(StorageDir::used)
    }

    fn sum(&self, amount: impl Fn(&StorageDir) -> u64) -> ByteSize {
        let serving = self.dirs.iter().filter(|dir| dir.is_serving());
        ByteSize::from_bytes(serving.map(|dir| amount(dir)).sum())
    }
}

/// Where a block should go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The fastest tier that has room.
    AnyTier,
    /// The tier at this level, 0 being the fastest; slower ones when it is full.
    Level(usize),
    /// Any directory of this medium.
    Medium(String),
}

/// Where a block lies on this worker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BlockPlace {
    /// The alias of the tier.
    pub tier: Arc<str>,
    /// The medium of the directory.
    pub medium: Arc<str>,
}
