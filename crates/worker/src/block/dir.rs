//! [`StorageDir`]: one directory of a tier, its quota, and the order in which its blocks leave.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use alluxio_common::{BlockId, SessionId};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, statfs};
use nix::sys::statvfs::statvfs;
use parking_lot::Mutex;

use super::checksum::ChecksumLog;
use super::tier::{BlockPlace, QuotaFit, StoreConf};

/// What `statfs` says about ramfs, the other file system that lives in memory.
const RAMFS_MAGIC: FsType = FsType(0x8584_58f6);

/// The permission bits that a plain file of data needs while it is written.
const FILE_PERMISSIONS: u32 = 0o666;

/// A block is begun in a directory whose file system has room for so much of it. The quota is what
/// counts; this finds out that somebody else has filled the disk before a client of this machine does,
/// who could not go elsewhere.
const WORTH_BEGINNING: u64 = 1 << 20;

/// Those of a committed block, and of one that this process writes itself: whoever could cut it short
/// would end this process, which maps it.
const BLOCK_PERMISSIONS: u32 = 0o444;

/// One directory of a tier.
///
/// **Accounting.** `used` counts every byte that a committed block has and every byte that is
/// reserved for a block being written; it never exceeds the quota. Bytes are taken with
/// [`StorageDir::try_reserve`] and belong to exactly one owner (a block being written, a block, or
/// an eviction under way) until that owner gives them back.
#[derive(Debug)]
pub struct StorageDir {
    pub(super) index: usize,
    pub(super) level: usize,
    pub(super) place: BlockPlace,
    configured: PathBuf,
    root: PathBuf,
    tmp: PathBuf,
    tmp_subdir_max: u32,
    permissions: u32,
    quota: AtomicU64,
    pub(super) fit: QuotaFit,
    used: AtomicU64,
    /// What the file system below was seen to take, when that is less than the quota.
    physical_limit: AtomicU64,
    serving: AtomicBool,
    in_memory: bool,
    /// The blocks of this directory by the rank they had when they were put here; see
    /// [`super::order`]. Locked before a shard of the block map, never the other way round.
    pub(super) order: Mutex<BTreeSet<(u64, BlockId)>>,
    pub(super) checksums: ChecksumLog,
}

/// Who writes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// Perhaps a client of this machine.
    Anybody,
    /// This process alone.
    ThisWorker,
}

/// Which directory of the store this is, and what it is for.
#[derive(Debug)]
pub(super) struct DirRole {
    pub(super) index: usize,
    pub(super) level: usize,
    pub(super) place: BlockPlace,
    pub(super) quota: u64,
    pub(super) fit: QuotaFit,
}

impl StorageDir {
    /// Creates the folders of the worker in `configured` where they are missing.
    pub(super) fn open(conf: &StoreConf, configured: &Path, role: DirRole) -> io::Result<Self> {
        let root = data_root(conf, configured);
        let tmp = root.join(&conf.tmp_folder);
        ensure_directory(configured, conf.permissions)?;
        ensure_directory(&root, conf.permissions)?;
        ensure_directory(&tmp, conf.permissions)?;
        let kind = statfs(&root).map_err(io::Error::from)?.filesystem_type();
        Ok(Self {
            index: role.index,
            level: role.level,
            place: role.place,
            configured: configured.to_owned(),
            checksums: ChecksumLog::new(&root),
            root,
            tmp,
            tmp_subdir_max: conf.tmp_subdir_max.max(1),
            permissions: conf.permissions,
            quota: AtomicU64::new(role.quota),
            fit: role.fit,
            used: AtomicU64::new(0),
            physical_limit: AtomicU64::new(u64::MAX),
            serving: AtomicBool::new(true),
            in_memory: kind == TMPFS_MAGIC || kind == RAMFS_MAGIC,
            order: Mutex::new(BTreeSet::new()),
        })
    }

    /// The folder of the worker: blocks lie directly in it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory as configured, which `fsadmin doctor storage` names.
    pub fn configured(&self) -> &Path {
        &self.configured
    }

    /// The tier and medium.
    pub fn place(&self) -> &BlockPlace {
        &self.place
    }

    /// How many bytes it may hold.
    pub fn quota(&self) -> u64 {
        self.quota.load(Ordering::Relaxed)
    }

    /// Lowers the quota, while nobody uses the directory yet.
    pub(super) fn shrink_quota(&self, to: u64) {
        self.quota.store(to, Ordering::Relaxed);
    }

    /// How many bytes are taken, reservations included.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }

    /// How many bytes can still be reserved.
    pub fn free(&self) -> u64 {
        let limit = self
            .quota()
            .min(self.physical_limit.load(Ordering::Relaxed));
        limit.saturating_sub(self.used())
    }

    /// Whether it is in use. A directory that failed is not, until the worker starts again.
    pub fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Acquire)
    }

    /// Whether its files live in memory, so that reading one never waits for a device.
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }

    /// Takes the directory out of use. True the first time.
    pub(super) fn mark_lost(&self) -> bool {
        self.serving.swap(false, Ordering::AcqRel)
    }

    /// Reserves `bytes`, or nothing.
    pub(super) fn try_reserve(&self, bytes: u64) -> bool {
        if !self.is_serving() {
            return false;
        }
        let limit = self
            .quota()
            .min(self.physical_limit.load(Ordering::Relaxed));
        let reserve = |used: u64| used.checked_add(bytes).filter(|total| *total <= limit);
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, reserve)
            .is_ok()
    }

    /// Reserves what is free, at most `bytes`; returns how much that was.
    pub(super) fn reserve_up_to(&self, bytes: u64) -> u64 {
        loop {
            let part = self.free().min(bytes);
            if part == 0 || !self.is_serving() {
                return 0;
            }
            if self.try_reserve(part) {
                return part;
            }
        }
    }

    /// Takes bytes that exist whether the quota likes them or not: blocks found at start.
    pub(super) fn adopt(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Gives reserved bytes back.
    pub(super) fn release(&self, bytes: u64) {
        let before = self.used.fetch_sub(bytes, Ordering::AcqRel);
        debug_assert!(before >= bytes, "more bytes given back than were taken");
    }

    /// The file system below is full although the quota is not reached: nothing more is promised
    /// until [`StorageDir::forget_full`].
    pub(super) fn note_full(&self) {
        self.physical_limit.store(self.used(), Ordering::Relaxed);
    }

    /// What the file system below has room for, when it was found full before: others may have made
    /// room. Without an answer nothing changes.
    pub(super) fn look_again(&self) {
        if self.physical_limit.load(Ordering::Relaxed) == u64::MAX {
            return;
        }
        if let Ok(capacity) = self.physical_capacity() {
            self.physical_limit.store(capacity, Ordering::Relaxed);
        }
    }

    /// Whether the file system below could take what was just reserved, or the beginning of it. What
    /// it cannot take is noted.
    pub(super) fn has_room_for(&self, reserved: u64) -> bool {
        let Ok(capacity) = self.physical_capacity() else {
            return true;
        };
        // This much may be promised, which the reservation is a part of.
        if capacity.saturating_sub(self.used()) >= reserved.min(WORTH_BEGINNING) {
            return true;
        }
        self.physical_limit
            .store(capacity.saturating_sub(reserved), Ordering::Relaxed);
        false
    }

    /// Trusts the quota again.
    pub(super) fn forget_full(&self) {
        self.physical_limit.store(u64::MAX, Ordering::Relaxed);
    }

    /// How much the file system below could take for blocks, what is there already included.
    pub(super) fn physical_capacity(&self) -> io::Result<u64> {
        let stat = statvfs(&self.root).map_err(io::Error::from)?;
        let available = stat.blocks_available() * stat.fragment_size();
        Ok(available.saturating_add(self.used()))
    }

    /// Where a committed block lies. Local clients open this path themselves.
    pub fn block_path(&self, block_id: BlockId) -> PathBuf {
        self.root.join(block_id.to_string())
    }

    /// Where a block lies while `session_id` writes it.
    pub(super) fn temp_path(&self, session_id: SessionId, block_id: BlockId) -> PathBuf {
        let subdir = session_id.raw().unsigned_abs() % u64::from(self.tmp_subdir_max);
        let name = format!("{:x}-{:x}", session_id.raw(), block_id.raw());
        self.tmp.join(subdir.to_string()).join(name)
    }

    /// The folder of all blocks being written.
    pub(super) fn tmp(&self) -> &Path {
        &self.tmp
    }

    /// Creates the file of a block being written, empty and readable for the clients of this machine;
    /// writable for them only where they write it.
    pub(super) fn create_temp(&self, path: &Path, writer: Writer) -> io::Result<File> {
        let create = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(path)
        };
        let file = match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = path.parent().unwrap_or(&self.tmp);
                ensure_directory(folder, self.permissions)?;
                create()?
            }
            other => other?,
        };
        let allowed = match writer {
            Writer::Anybody => FILE_PERMISSIONS,
            Writer::ThisWorker => BLOCK_PERMISSIONS,
        };
        file.set_permissions(fs::Permissions::from_mode(self.permissions & allowed))?;
        Ok(file)
    }

    /// Gives a file that is complete the name of its block. Nobody but its owner opens it for writing
    /// from now on.
    pub(super) fn seal(&self, path: &Path, block_id: BlockId) -> io::Result<()> {
        let sealed = fs::Permissions::from_mode(self.permissions & BLOCK_PERMISSIONS);
        fs::set_permissions(path, sealed)?;
        fs::rename(path, self.block_path(block_id))
    }

    /// Whether the directory can still be used: a small file can be created in it.
    pub(super) fn probe(&self) -> io::Result<()> {
        let path = self.tmp.join(".probe");
        match OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
        {
            Ok(_file) => match fs::remove_file(&path) {
                // Somebody else probes at the same time, and was first.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            },
            // Full is not broken, and neither is a process that has run out of descriptors.
            Err(error) if is_no_space(&error) || is_exhausted(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The folder of the worker in a configured directory. The configured name (`/alluxioworker/`)
/// starts with a slash, which must not make it absolute.
pub(super) fn data_root(conf: &StoreConf, configured: &Path) -> PathBuf {
    configured.join(conf.data_folder.trim_matches('/'))
}

/// Creates `path` with exactly these permissions if it is missing; its parents as usual.
pub(super) fn ensure_directory(path: &Path, permissions: u32) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(io::Error::from(io::ErrorKind::NotADirectory)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(permissions)
        .create(path)?;
    // The process's umask took bits away that clients of other users need.
    fs::set_permissions(path, fs::Permissions::from_mode(permissions))
}

/// Whether the file system below is full, or the user's share of it.
pub(super) fn is_no_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Whether this process or the machine has run out of something other than space, so that the error
/// says nothing about the file.
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    use nix::errno::Errno;
    let exhausted = [
        Errno::EMFILE,
        Errno::ENFILE,
        Errno::ENOMEM,
        Errno::EAGAIN,
        Errno::EINTR,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| exhausted.contains(&Errno::from_raw(code)))
}

/// Whether an error says that the directory itself is broken, not just this one operation.
pub(super) fn is_broken(error: &io::Error) -> bool {
    use nix::errno::Errno;
    let broken = [
        Errno::EIO,
        Errno::EROFS,
        Errno::ENODEV,
        Errno::ENXIO,
        Errno::ESTALE,
    ];
    error
        .raw_os_error()
        .is_some_and(|code| broken.contains(&Errno::from_raw(code)))
        || error.kind() == io::ErrorKind::NotFound
}

/// Shared by whoever holds bytes of a directory.
pub(super) type SharedDir = Arc<StorageDir>;
