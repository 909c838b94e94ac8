//! [`Block`]: a committed block on this worker, and what is told about it.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use alluxio_common::BlockId;
use arc_swap::ArcSwapOption;

use super::checksum::{BlockChecksum, Known};
use super::dir::SharedDir;
use super::mapped::Mapping;
use super::tier::BlockPlace;

/// What is told about a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockMeta {
    /// The block.
    pub block_id: BlockId,
    /// Its bytes.
    pub length: u64,
    /// Its tier and medium.
    pub place: BlockPlace,
    /// The level of the tier, 0 being the fastest.
    pub level: usize,
    /// Its file.
    pub path: PathBuf,
}

/// A committed block. It never changes; only what is known about it does.
///
/// Whoever holds an `Arc` of it can read it, also after it was removed: then the file has lost its
/// name, as after `unlink`. The block's bytes are given back to the directory when the last `Arc`
/// is dropped, because only then the memory or the disk is free again.
#[derive(Debug)]
pub struct Block {
    pub(super) id: BlockId,
    pub(super) length: u64,
    pub(super) dir: SharedDir,
    /// See [`super::order`].
    pub(super) rank: AtomicU64,
    /// The rank under which the directory's order holds it; written under that lock only.
    pub(super) queued_rank: AtomicU64,
    pub(super) checksum: BlockChecksum,
    /// Set once it is known that the store has the bytes too, so that they may go from here.
    pub(super) in_store: AtomicBool,
    /// When the master was last asked about that, in milliseconds since the worker's start; 0 for
    /// never.
    pub(super) asked_at_ms: AtomicU64,
    /// The open file, for as long as it is among the recently used ones.
    file: ArcSwapOption<File>,
    /// Read since the open file was last looked at by [`super::open_files`].
    pub(super) recently_read: AtomicBool,
    /// The mapped file, for as long as it is kept.
    pub(super) mapping: ArcSwapOption<Mapping>,
    /// Read since the mapping was last looked at by [`super::mappings`].
    pub(super) mapping_used: AtomicBool,
    /// To how many processes of this machine the path was told; see [`ShownBlock`].
    shown: AtomicUsize,
    /// Whether dropping this gives the bytes back; not so when an eviction has passed them on.
    owns_space: AtomicBool,
}

/// A committed block as it comes to life.
#[derive(Debug)]
pub(super) struct NewBlock {
    pub(super) id: BlockId,
    pub(super) length: u64,
    pub(super) dir: SharedDir,
    pub(super) known: Known,
    pub(super) in_store: bool,
}

impl Block {
    /// Takes over `length` bytes that are reserved in the directory.
    pub(super) fn new(new: NewBlock) -> Self {
        Self {
            id: new.id,
            length: new.length,
            dir: new.dir,
            rank: AtomicU64::new(0),
            queued_rank: AtomicU64::new(0),
            checksum: BlockChecksum::new(new.known),
            in_store: AtomicBool::new(new.in_store),
            asked_at_ms: AtomicU64::new(0),
            file: ArcSwapOption::empty(),
            recently_read: AtomicBool::new(false),
            mapping: ArcSwapOption::empty(),
            mapping_used: AtomicBool::new(false),
            shown: AtomicUsize::new(0),
            owns_space: AtomicBool::new(true),
        }
    }

    /// The block's id.
    pub fn id(&self) -> BlockId {
        self.id
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where its file lies, for clients of this machine that open it themselves.
    pub fn path(&self) -> PathBuf {
        self.dir.block_path(self.id)
    }

    /// Whether reading it never waits for a device.
    pub fn is_in_memory(&self) -> bool {
        self.dir.is_in_memory()
    }

    /// Whether the machine went down since the block was written, and nobody compared it yet.
    pub fn is_unverified(&self) -> bool {
        matches!(self.checksum.load(), Known::Unverified(_))
    }

    /// What is told about it.
    pub fn meta(&self) -> BlockMeta {
        BlockMeta {
            block_id: self.id,
            length: self.length,
            place: self.dir.place().clone(),
            level: self.dir.level,
            path: self.path(),
        }
    }

    /// The open file, or a newly opened one.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn handle(&self) -> io::Result<Arc<File>> {
        match self.opened() {
            Some(file) => Ok(file),
            None => File::open(self.path()).map(Arc::new),
        }
    }

    /// The open file, if it is open.
    pub(super) fn opened(&self) -> Option<Arc<File>> {
        self.file.load_full()
    }

    /// Opens the file and keeps it open.
    pub(super) fn open(&self) -> io::Result<Arc<File>> {
        let file = Arc::new(File::open(self.path())?);
        self.file.store(Some(Arc::clone(&file)));
        Ok(file)
    }

    /// Lets go of the open file; readers that have it go on.
    pub(super) fn close(&self) {
        self.file.store(None);
    }

    /// Lets go of everything that keeps the file's space when it has lost its name.
    pub(super) fn let_go(&self) {
        self.close();
        self.mapping.store(None);
    }

    /// Whether somebody was told the path and may open it at any moment.
    pub(super) fn is_shown(&self) -> bool {
        self.shown.load(Ordering::Acquire) > 0
    }

    /// Takes the block's bytes away from it: the caller owns them now.
    pub(super) fn take_space(&self) -> u64 {
        if self.owns_space.swap(false, Ordering::AcqRel) {
            self.length
        } else {
            0
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let bytes = self.take_space();
        if bytes > 0 {
            self.dir.release(bytes);
        }
    }
}

/// A block whose path was told to another process of this machine. While this exists, the block is
/// neither evicted nor moved: the path stays good, unless the block is removed.
#[derive(Debug)]
pub struct ShownBlock {
    block: Arc<Block>,
}

impl ShownBlock {
    /// To be called while the shard of the map that has the block is locked, so that whoever
    /// replaces the block there sees the mark.
    pub(super) fn new(block: &Arc<Block>) -> Self {
        block.shown.fetch_add(1, Ordering::AcqRel);
        Self {
            block: Arc::clone(block),
        }
    }

    /// Where the file lies.
    pub fn path(&self) -> PathBuf {
        self.block.path()
    }

    /// Whether reading it never waits for a device.
    pub fn is_in_memory(&self) -> bool {
        self.block.is_in_memory()
    }
}

impl Drop for ShownBlock {
    fn drop(&mut self) {
        self.block.shown.fetch_sub(1, Ordering::AcqRel);
    }
}
