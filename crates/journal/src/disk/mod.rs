//! The few calls to a file system that a journal needs.
//!
//! **Owns** the [`Disk`] and [`DiskFile`] traits, the machine's own disk ([`RealDisk`]), and a disk
//! in memory that breaks on command ([`SimulatedDisk`]), so that a test can stop at every step.
//! **Must never know** segments, checkpoints, or frames.
//! **Start reading** at [`Disk`].

mod real;
mod simulated;
mod transfer;

use std::fmt;
use std::io;
use std::path::Path;

pub use real::RealDisk;
pub use simulated::{CrashImage, Fault, SimulatedDisk};

/// What a file system does for a journal. All calls block; they run on the journal's own threads.
///
/// What a new name, a rename or a removal means after a power loss is settled only by
/// [`Disk::sync_dir`]; what bytes of a file mean, only by [`DiskFile::sync_data`].
pub trait Disk: Send + Sync + fmt::Debug + 'static {
    /// Creates a file, or empties the one that is there, for reading and writing.
    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens an existing file for reading.
    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name in place of what had that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, file: &Path) -> io::Result<()>;

    /// Creates a folder for this user alone, and its parents as usual; fine when it is there.
    fn create_dir_all(&self, folder: &Path) -> io::Result<()>;

    /// Takes a folder away from all other users.
    fn make_private(&self, folder: &Path) -> io::Result<()>;

    /// The names of the files in a folder, sorted, without its sub-folders.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Makes the names in a folder durable.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;

    /// Takes the exclusive right to `file` until the result is dropped or the process ends, and
    /// leaves `owner` in it for others to read.
    fn lock(&self, file: &Path, owner: &str) -> io::Result<LockAttempt>;

    /// How full the file system of this folder is.
    fn space(&self, folder: &Path) -> io::Result<DiskSpace>;
}

/// One open file. Offsets are explicit, so that threads may share it.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Reads at most `buffer.len()` bytes; 0 means the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes at least one byte of `bytes`, and says how many.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Makes the bytes durable, and what is needed to find them.
    fn sync_data(&self) -> io::Result<()>;

    /// Reserves room up to `length` and makes the file that long; the new bytes read as zero.
    fn preallocate(&self, length: u64) -> io::Result<()>;

    /// Cuts or extends the file.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// The file's length in bytes.
    fn length(&self) -> io::Result<u64>;
}

/// The answer to [`Disk::lock`].
#[derive(Debug)]
pub enum LockAttempt {
    /// The lock is held as long as this value lives.
    Held(Box<dyn DiskLock>),
    /// Another process has it.
    Taken {
        /// What that process left in the file.
        owner: String,
    },
}

/// Proof of the exclusive right to a file; dropping it gives the right back.
pub trait DiskLock: Send + Sync + fmt::Debug {}

/// How full a file system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Its size in bytes.
    pub total_bytes: u64,
    /// What an ordinary process may still write.
    pub free_bytes: u64,
}
