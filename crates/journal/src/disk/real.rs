//! The machine's own file system.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::{Disk, DiskFile, DiskLock, DiskSpace, LockAttempt};

/// What a note in a lock file may take to be shown; more is not ours.
const OWNER_NOTE_LIMIT: u64 = 4096;

/// How many zero bytes one call writes when a file gets its room.
const ZERO_BLOCK: usize = 1 << 20;

/// Entries hold what must stay between the master and its stores, such as the keys of a mount: files and
/// folders are for the user of the master alone.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// The file system of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(FILE_MODE)
            .open(file)?;
        Ok(Box::new(RealFile(opened)))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(File::open(file)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }

    fn create_dir_all(&self, folder: &Path) -> io::Result<()> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(FOLDER_MODE).create(folder)
    }

    fn make_private(&self, folder: &Path) -> io::Result<()> {
        fs::set_permissions(folder, fs::Permissions::from_mode(FOLDER_MODE))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                // A name that is no text is none of ours; its replacement characters match nothing.
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn lock(&self, file: &Path, owner: &str) -> io::Result<LockAttempt> {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(file)?;
        match Flock::lock(opened, FlockArg::LockExclusiveNonblock) {
            Ok(mut held) => {
                held.set_len(0)?;
                held.rewind()?;
                held.write_all(owner.as_bytes())?;
                Ok(LockAttempt::Held(Box::new(RealLock { _held: held })))
            }
            Err((opened, nix::errno::Errno::EWOULDBLOCK)) => {
                let mut owner = Vec::new();
                opened.take(OWNER_NOTE_LIMIT).read_to_end(&mut owner)?;
                Ok(LockAttempt::Taken {
                    owner: String::from_utf8_lossy(&owner).trim().to_owned(),
                })
            }
            Err((_, errno)) => Err(errno.into()),
        }
    }

    fn space(&self, folder: &Path) -> io::Result<DiskSpace> {
        let space = nix::sys::statvfs::statvfs(folder)?;
        Ok(DiskSpace {
            total_bytes: space.blocks() * space.fragment_size(),
            free_bytes: space.blocks_available() * space.fragment_size(),
        })
    }
}

#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(&self.0, buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        FileExt::write_at(&self.0, bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    /// Writes real zeros. Merely reserved extents would have to be converted at the first write,
    /// and every sync would then commit metadata as well, which is what this call is to avoid.
    fn preallocate(&self, length: u64) -> io::Result<()> {
        let zeros = vec![0; ZERO_BLOCK];
        let mut end = self.length()?;
        while end < length {
            let count = usize::try_from(length - end).map_or(ZERO_BLOCK, |n| n.min(ZERO_BLOCK));
            self.0.write_all_at(&zeros[..count], end)?;
            end += count as u64;
        }
        Ok(())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// The operating system drops the lock with the descriptor, however the process ends.
#[derive(Debug)]
struct RealLock {
    _held: Flock<File>,
}

impl DiskLock for RealLock {}
