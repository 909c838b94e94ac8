//! Freeing: cached copies go, the file stays in the store.

use alluxio_common::{Access, AlluxioPath, BlockId, InodeId, PersistenceState};

use super::block_locations::BlockRemoval;
use super::maintenance::Expired;
use super::new_inode::find_target;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, Replication, SubtreeWalk};
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};
use crate::permission::check_access;

/// How many inodes are freed in one go with the tree locked.
const FREED_AT_ONCE: usize = 500;

/// How to free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FreeOptions {
    /// Whether a directory is freed with everything in it.
    pub recursive: bool,
    /// Whether pinned files are unpinned and freed.
    pub forced: bool,
}

impl FileSystemMaster {
    /// Orders the workers to drop their copies of a file, or of all files of a directory.
    ///
    /// # Errors
    /// When nothing is there, a file is not persisted or is pinned, or the caller may not read it.
    /// Nothing is freed then.
    pub async fn free(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: FreeOptions,
    ) -> Result<(), FileSystemError> {
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        self.load_if_missing(request, path).await?;
        let top = self.read(|tree| {
            let trace = tree.trace(path);
            check_access(&request.caller, &trace, path, Access::READ)?;
            let inode = find_target(&trace, path)?;
            if inode.is_directory() && inode.child_count() > 0 && !options.recursive {
                return Err(FileSystemError::FreeNotEmpty { path: path.clone() });
            }
            check_free(inode, options)?;
            Ok(inode.id())
        })?;
        self.free_from(top, options).await
    }

    /// As [`Self::free`], for an inode that is expired: whatever its path leads to by now.
    pub(super) async fn free_expired(
        &self,
        expired: Expired,
        options: FreeOptions,
    ) -> Result<(), FileSystemError> {
        let id = expired.id;
        self.read(|tree| {
            let inode = tree.inode(id).filter(|inode| expired.is_so(Some(*inode)));
            let inode = inode.ok_or(FileSystemError::IdNotFound { id })?;
            check_free(inode, options)
        })?;
        self.free_from(id, options).await
    }

    async fn free_from(&self, top: InodeId, options: FreeOptions) -> Result<(), FileSystemError> {
        self.check_free_below(top, options).await?;
        self.free_batch(&[top], options).await?;
        let mut walk = SubtreeWalk::below(top);
        while !walk.is_finished() {
            let mut batch = Vec::new();
            self.read(|tree| {
                walk.next_batch(tree, FREED_AT_ONCE, |inode| batch.push(inode.id()));
            });
            self.free_batch(&batch, options).await?;
            // Where nothing had to change, nothing was waited for.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn check_free_below(
        &self,
        top: InodeId,
        options: FreeOptions,
    ) -> Result<(), FileSystemError> {
        let mut checked = Ok(());
        let mut walk = SubtreeWalk::below(top);
        while !walk.is_finished() && checked.is_ok() {
            self.read(|tree| {
                walk.next_batch(tree, FREED_AT_ONCE, |inode| {
                    if checked.is_ok() {
                        checked = check_free(inode, options);
                    }
                });
            });
            // The thread also serves others: nobody looks at its sockets while it walks.
            tokio::task::yield_now().await;
        }
        checked
    }

    async fn free_batch(
        &self,
        ids: &[InodeId],
        options: FreeOptions,
    ) -> Result<(), FileSystemError> {
        let request = self.own_request();
        let blocks = self
            .change(&request, Scope::Paths(&[]), |draft| {
                let mut blocks: Vec<BlockId> = Vec::new();
                for id in ids {
                    // What has changed since the check is left alone.
                    let Some(inode) = draft.tree.inode(*id).filter(|inode| inode.is_file()) else {
                        continue;
                    };
                    if check_free(inode, options).is_err() {
                        continue;
                    }
                    if inode.is_pinned() {
                        let mut update = UpdateInodeEntry::of(*id);
                        update.pinned = Some(false);
                        update.replication = Some(Replication {
                            min: 0,
                            ..inode.replication()
                        });
                        draft.push(JournalEntry::UpdateInode(Box::new(update)));
                    }
                    blocks.extend(inode.block_ids());
                }
                Ok(blocks)
            })
            .await?;
        if !blocks.is_empty() {
            // That the files are in the store may itself be a change that a crash takes back.
            self.wait_shown_durable().await?;
        }
        self.blocks.remove(&blocks, BlockRemoval::Free);
        Ok(())
    }
}

fn check_free(inode: InodeRef<'_>, options: FreeOptions) -> Result<(), FileSystemError> {
    if inode.is_directory() {
        return Ok(());
    }
    if inode.persistence() != PersistenceState::Persisted {
        return Err(FileSystemError::FreeNotPersisted { path: inode.path() });
    }
    if inode.is_pinned() && !options.forced {
        return Err(FileSystemError::FreePinned { path: inode.path() });
    }
    Ok(())
}
