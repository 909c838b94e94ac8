//! One worker per directory: a lock that lives as long as its process.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// The file that is locked, in the worker's folder. Its content means nothing.
const FILE_NAME: &str = ".in_use.lock";

/// How often a lock that is held is tried again, for a worker that is just ending.
const TRIES: u32 = 40;

/// How long to wait in between.
const PAUSE: Duration = Duration::from_millis(50);

/// The right to use a directory. The system takes it back when the process ends, however it does.
#[derive(Debug)]
pub(super) struct Ownership {
    _lock: Flock<File>,
}

/// Why a directory cannot be owned.
#[derive(Debug)]
pub(super) enum NotOwned {
    /// A running worker has it.
    InUse,
    /// The file cannot be opened or locked.
    Failed(io::Error),
}

impl Ownership {
    /// Takes the worker's folder `root`. Blocking, for a moment, when another worker has it.
    pub(super) fn take(root: &Path) -> Result<Self, NotOwned> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(root.join(FILE_NAME))
            .map_err(NotOwned::Failed)?;
        for _ in 0..TRIES {
            file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => return Ok(Self { _lock: lock }),
                Err((file, Errno::EWOULDBLOCK)) => file,
                Err((_, error)) => return Err(NotOwned::Failed(error.into())),
            };
            std::thread::sleep(PAUSE);
        }
        Err(NotOwned::InUse)
    }
}
