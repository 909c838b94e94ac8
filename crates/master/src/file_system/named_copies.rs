//! Copies that persisting has named in a store, and that the namespace does not know of.
//!
//! A copy gets its name first, and the file counts as persisted when the journal says so. When the
//! master dies, or the store does not answer, in between, the copy stands there until the next try
//! replaces it. A file that is deleted or moved before that next try must not leave it behind: it
//! would come back, as a file that nobody knows.

use alluxio_common::{AlluxioPath, InodeId, PersistenceState};

use super::FileSystemMaster;
use crate::inode::{InodeRef, InodeTree};

/// How many waiting files are looked at to find those of one directory, with the tree locked: a
/// few milliseconds. Most clusters have fewer that wait.
const LOOKED_AT: usize = 20_000;

/// How many bytes the paths of the copies may have that one change of the namespace takes along:
/// its journal entry holds each twice, and must stay far below the largest that there may be.
const COPIES_LIMIT: usize = 1024 * 1024;

impl FileSystemMaster {
    /// The files at or below an inode that are waiting to be persisted, and whose copies may have
    /// got their names already.
    pub(super) fn named_copies(&self, tree: &InodeTree, top: InodeRef<'_>) -> Vec<AlluxioPath> {
        if top.is_file() {
            let copy = self.may_be_named(top).then(|| top.path());
            return copy.into_iter().collect();
        }
        let waiting = tree.to_be_persisted().take(LOOKED_AT);
        let below = waiting.filter(|inode| {
            self.may_be_named(*inode) && inode.ancestors().any(|above| above.id() == top.id())
        });
        let mut room = COPIES_LIMIT;
        let fits = |path: &AlluxioPath| match room.checked_sub(path.as_str().len()) {
            Some(rest) => {
                room = rest;
                true
            }
            None => false,
        };
        below.map(InodeRef::path).take_while(fits).collect()
    }

    fn may_be_named(&self, inode: InodeRef<'_>) -> bool {
        let waits = match inode.persistence() {
            PersistenceState::ToBePersisted => true,
            // A file in workers' memory alone can be lost, too: what a store has at its path then
            // is somebody else's.
            PersistenceState::Lost => inode.should_persist_time().is_some(),
            PersistenceState::NotPersisted | PersistenceState::Persisted => false,
        };
        let is_tried = || {
            let id = inode.id();
            self.is_older_than_this_start(id) || self.persist_attempts.has_begun(id)
        };
        inode.is_file() && inode.is_completed() && waits && is_tried()
    }

    /// Nobody knows what an earlier primary was doing with its files.
    fn is_older_than_this_start(&self, file: InodeId) -> bool {
        file.container().raw() < self.first_own_container
    }
}
