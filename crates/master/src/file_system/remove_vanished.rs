//! Removing directories that a store has no more, with all that was there and without what was not.
//!
//! A directory may hold millions of inodes, and among them what lives nowhere but here: files that
//! are not persisted or still being written, and mount points. Looking for those with the tree
//! locked would keep everybody waiting, so it is done in steps; the digest of the directory tells
//! whether something came or went meanwhile.

use alluxio_common::{InodeId, PersistenceState};

use super::sync_metadata::{draft_delete, is_nowhere_else};
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::SubtreeWalk;
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};

/// How many inodes are looked at in one go with the tree locked: about a tenth of a millisecond.
const LOOKED_AT_ONCE: usize = 1_000;

/// How often a directory is looked through that changes meanwhile. Somebody works there; then it
/// stays until the next comparison.
const LOOKS: usize = 3;

/// What a look through a directory has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Nothing that lives nowhere else; with the digest under which that is so.
    All { digest: u64 },
    /// Something that must not go with it.
    Some,
    /// The directory is gone.
    None,
}

/// How the removal of a directory went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removal {
    Done,
    /// Something had changed below it since it was looked through.
    Stale,
}

impl FileSystemMaster {
    /// Removes directories from the namespace. One that holds something that lives nowhere else
    /// stays for it, and is no longer in the store; so do the directories on the way to it.
    pub(super) async fn remove_directories(
        &self,
        request: &Request,
        scope: Scope<'_>,
        directories: Vec<InodeId>,
    ) -> Result<(), FileSystemError> {
        let mut left = directories;
        while let Some(directory) = left.pop() {
            for _look in 0..LOOKS {
                let removal = match self.look_through(directory).await {
                    Content::None => Removal::Done,
                    Content::All { digest } => {
                        self.remove_unchanged(request, scope, (directory, digest))
                            .await?
                    }
                    Content::Some => {
                        self.keep_directory(request, scope, (directory, &mut left))
                            .await?;
                        Removal::Done
                    }
                };
                if removal == Removal::Done {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Looks for the first thing below a directory that must not go with it.
    async fn look_through(&self, directory: InodeId) -> Content {
        let start = self.read(|tree| {
            let inode = tree.inode(directory)?;
            Some((tree.digest_below(directory)?, is_nowhere_else(inode)))
        });
        let Some((digest, mut is_holder)) = start else {
            return Content::None;
        };
        let mut walk = SubtreeWalk::below(directory);
        while !walk.is_finished() && !is_holder {
            self.read(|tree| {
                walk.next_batch(tree, LOOKED_AT_ONCE, |inode| {
                    is_holder = is_holder || is_nowhere_else(inode);
                });
            });
            // The thread also serves others: nobody looks at its sockets while it walks.
            tokio::task::yield_now().await;
        }
        if is_holder {
            Content::Some
        } else {
            Content::All { digest }
        }
    }

    async fn remove_unchanged(
        &self,
        request: &Request,
        scope: Scope<'_>,
        (directory, digest): (InodeId, u64),
    ) -> Result<Removal, FileSystemError> {
        let removed = self.change_soon(request, scope, |draft| {
            let Some(inode) = draft.tree.inode(directory) else {
                return Ok(Removal::Done);
            };
            if draft.tree.digest_below(directory) != Some(digest) || is_nowhere_else(inode) {
                return Ok(Removal::Stale);
            }
            draft_delete(draft, directory);
            Ok(Removal::Done)
        });
        let (removal, _) = removed.await?;
        Ok(removal)
    }

    /// Notes that a directory is not in the store, and removes the files in it that were; what is
    /// to become of the directories in it, `left` asks next.
    async fn keep_directory(
        &self,
        request: &Request,
        scope: Scope<'_>,
        (directory, left): (InodeId, &mut Vec<InodeId>),
    ) -> Result<(), FileSystemError> {
        let mut last: Option<String> = None;
        loop {
            let mut below = Vec::new();
            let (next, _) = self
                .change_soon(request, scope, |draft| {
                    below.clear();
                    let tree = draft.tree;
                    let Some(inode) = tree.inode(directory) else {
                        return Ok(None);
                    };
                    if inode.persistence() == PersistenceState::Persisted {
                        let mut update = UpdateInodeEntry::of(directory);
                        update.persistence = Some(PersistenceState::NotPersisted);
                        draft.push(JournalEntry::UpdateInode(Box::new(update)));
                    }
                    let mut next = None;
                    for child in tree
                        .children(directory, last.as_deref())
                        .take(LOOKED_AT_ONCE)
                    {
                        next = Some(child.name().to_owned());
                        if child.is_directory() && !child.is_mount_point() {
                            below.push(child.id());
                        } else if !is_nowhere_else(child) {
                            draft_delete(draft, child.id());
                        }
                    }
                    Ok(next)
                })
                .await?;
            left.append(&mut below);
            if next.is_none() {
                return Ok(());
            }
            last = next;
            tokio::task::yield_now().await;
        }
    }
}
