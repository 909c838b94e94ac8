//! [`LateCommits`]: how long the commit of a withdrawn block may still come from its writer.
//!
//! A file can be completed although some of its blocks on workers may hold the bytes of another
//! place; the journal says which. What a worker tells of such a block later is either the writer's
//! copy, which is wrong, or one that a reader has cached from the store, which is right. Only their
//! time tells them apart, and only when a worker commits a block: a list of all that a worker holds
//! has no times, so there no copy is believed.

use std::time::Duration;

use alluxio_common::BlockId;
use parking_lot::Mutex;

use super::FileSystemMaster;
use crate::inode::InodeRef;

/// A worker commits what a writer has sent within minutes, or drops it.
const LATE_COMMITS: Duration = Duration::from_mins(30);

/// Since when nobody has withdrawn blocks. One time for all files: it costs no memory, and makes
/// readers at most wait a little longer before they can cache the few blocks that it is about.
#[derive(Debug)]
pub(super) struct LateCommits {
    /// Monotonic. Before the start of the master, files may have been completed at any time.
    quiet_since: Mutex<Duration>,
}

impl LateCommits {
    pub(super) fn since(start: Duration) -> Self {
        Self {
            quiet_since: Mutex::new(start),
        }
    }

    /// Blocks were withdrawn now.
    pub(super) fn expect(&self, now: Duration) {
        let mut quiet_since = self.quiet_since.lock();
        *quiet_since = now.max(*quiet_since);
    }

    fn are_over(&self, now: Duration) -> bool {
        now.saturating_sub(*self.quiet_since.lock()) >= LATE_COMMITS
    }
}

impl FileSystemMaster {
    /// Whether a worker that commits this block of a complete file may have it from its writer, at
    /// the wrong place.
    pub(crate) fn refuses_late_commit(&self, inode: InodeRef<'_>, block: BlockId) -> bool {
        is_withdrawn(inode, block) && !self.late_commits.are_over(self.clock.monotonic())
    }
}

/// Whether copies of this block may hold the bytes of another place.
pub(crate) fn is_withdrawn(inode: InodeRef<'_>, block: BlockId) -> bool {
    let from = inode.withdrawn_from();
    from.is_some_and(|from| block.index() >= from)
}
