//! What the namespace does by itself: expiring, reclaiming what was deleted, noting lost data.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{
    AlluxioPath, BlockId, Heartbeat, InodeId, MountId, PersistenceState, Tasks, Timestamp,
    TtlAction,
};
use futures::{StreamExt, stream};
use tokio::task::JoinHandle;

use super::block_locations::BlockRemoval;
use super::{DeleteOptions, FileSystemMaster, FreeOptions, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, SubtreeWalk, Ttl};
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};

/// How many inodes are freed in one go with the tree locked: about a fifth of a millisecond.
const RECLAIMED_AT_ONCE: usize = 250;

/// How long the tree is left to others in between. Without it whoever comes meets a locked tree
/// nearly always, and waits for its turn several times as long as its own work takes. Two million
/// inodes still go in a dozen seconds.
const RECLAIM_PAUSE: Duration = Duration::from_millis(1);

/// How many expired inodes are looked up in one go with the tree locked.
const EXPIRED_AT_ONCE: usize = 10_000;

/// How many of them are deleted or freed at once in one store.
const EXPIRING_AT_ONCE: usize = 8;

/// How many inodes are looked at in one go with the tree locked: about a tenth of a millisecond.
const LOOKED_AT_ONCE: usize = 2_000;

/// How many inodes change with one journal entry, to keep the tree's lock short.
const CHANGED_AT_ONCE: usize = 500;

/// How often the namespace looks after itself.
#[derive(Debug, Clone, Copy)]
pub struct Intervals {
    /// `alluxio.master.ttl.checker.interval`
    pub ttl: Duration,
    /// `alluxio.master.file.access.time.journal.flush.interval`
    pub access_times: Duration,
    /// `alluxio.master.lost.worker.file.detection.interval`
    pub lost_files: Duration,
}

/// What is to happen to an inode whose time is over.
type Expiry = (Expired, AlluxioPath, TtlAction);

/// An inode that was found expired. Its path may by now lead to another, and its TTL be taken back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expired {
    pub(super) id: InodeId,
    /// When it was looked at.
    pub(super) at: Timestamp,
}

impl Expired {
    /// Whether this is the inode, and it still is expired.
    pub(super) fn is_so(self, inode: Option<InodeRef<'_>>) -> bool {
        inode.is_some_and(|inode| {
            inode.id() == self.id && inode.expiry().is_some_and(|expiry| expiry <= self.at)
        })
    }
}

impl FileSystemMaster {
    /// Starts what the namespace does by itself.
    pub fn start(self: &Arc<Self>, tasks: &Tasks, intervals: Intervals) {
        let master = Arc::clone(self);
        tasks.spawn_vital("namespace-reclaim", async move {
            loop {
                if let Err(error) = master.reclaim().await {
                    tracing::warn!(%error, "deleted files could not be reclaimed");
                }
                master.garbage.notified().await;
            }
        });
        self.start_expiring(tasks, intervals.ttl);
        self.start_store_work(tasks);
        self.start_comparing(tasks);
        self.start_detecting_lost_files(tasks, intervals.lost_files);
        let master = Arc::clone(self);
        Heartbeat::new("namespace-access-times", intervals.access_times).start(tasks, move || {
            let master = Arc::clone(&master);
            async move {
                if let Err(error) = master.flush_access_times().await {
                    tracing::warn!(%error, "access times could not be journalled");
                }
            }
        });
    }

    /// Each mount by itself: a store that hangs holds up what expires in it, and nothing else.
    pub(super) fn start_expiring(self: &Arc<Self>, tasks: &Tasks, interval: Duration) {
        let (master, of_mounts) = (Arc::clone(self), tasks.clone());
        let mut running = HashMap::new();
        Heartbeat::new("namespace-ttl", interval).start(tasks, move || {
            running.retain(|_mount, task: &mut JoinHandle<()>| !task.is_finished());
            for mount in master.mount_ids() {
                running.entry(mount).or_insert_with(|| {
                    let master = Arc::clone(&master);
                    of_mounts.spawn("namespace-ttl of a mount", async move {
                        master.expire_in(mount).await;
                    })
                });
            }
            std::future::ready(())
        });
    }

    fn start_detecting_lost_files(self: &Arc<Self>, tasks: &Tasks, interval: Duration) {
        let master = Arc::clone(self);
        Heartbeat::new("namespace-lost-files", interval).start(tasks, move || {
            let master = Arc::clone(&master);
            async move {
                if let Err(error) = master.detect_lost_files().await {
                    tracing::warn!(%error, "lost files could not be noted");
                }
            }
        });
    }

    /// Looks for files that lost their only copy, and for lost ones that have it again.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn detect_lost_files(&self) -> Result<(), FileSystemError> {
        let Some(root) = self.read(|tree| tree.root().map(|root| root.id())) else {
            return Ok(());
        };
        let mut walk = SubtreeWalk::below(root);
        while !walk.is_finished() {
            let (mut lost, mut found) = (Vec::new(), Vec::new());
            self.read(|tree| {
                walk.next_batch(tree, LOOKED_AT_ONCE, |inode| {
                    if inode.is_directory() || !inode.is_completed() {
                        return;
                    }
                    match inode.persistence() {
                        PersistenceState::Persisted => {}
                        PersistenceState::Lost => found.extend(inode.block_ids()),
                        PersistenceState::NotPersisted | PersistenceState::ToBePersisted => {
                            let is_lost = |block: &BlockId| self.blocks.is_lost(*block);
                            lost.extend(inode.block_ids().find(is_lost));
                        }
                    }
                });
            });
            self.blocks_lost(&lost).await?;
            self.blocks_found(&found).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Frees what deletes have left, step by step, and orders the workers to drop the blocks, as
    /// soon as the deletes are durable.
    ///
    /// # Errors
    /// When the journal does not become durable; the blocks are then found as orphans later.
    pub async fn reclaim(&self) -> Result<(), FileSystemError> {
        loop {
            let (reclaimed, has_more) = {
                let mut namespace = self.namespace.write();
                let reclaimed = namespace.tree.reclaim(RECLAIMED_AT_ONCE);
                (reclaimed, namespace.tree.has_garbage())
            };
            let blocks: Vec<BlockId> = reclaimed
                .files
                .iter()
                .flat_map(|file| file.block_ids())
                .collect();
            if !blocks.is_empty() {
                // A delete that a crash takes back must not have cost the data.
                let newest = self.journal.status().next.raw();
                if let Some(last) = newest.checked_sub(1) {
                    let last = alluxio_common::SequenceNumber::from_raw(last);
                    self.journal.wait_durable(last).await?;
                }
                self.blocks.remove(&blocks, BlockRemoval::Delete);
            }
            if !has_more {
                return Ok(());
            }
            tokio::time::sleep(RECLAIM_PAUSE).await;
        }
    }

    /// Does what the TTLs of expired inodes say.
    #[cfg(test)]
    pub(super) async fn expire(&self) {
        for mount in self.mount_ids() {
            self.expire_in(mount).await;
        }
    }

    fn mount_ids(&self) -> Vec<MountId> {
        self.mounts.load().iter().map(|mount| mount.id).collect()
    }

    /// Does what the TTLs of a mount's expired inodes say.
    async fn expire_in(&self, mount: MountId) {
        let now = self.clock.now();
        // What cannot be deleted keeps its TTL, and must not keep others from their turn.
        let mut last = None;
        loop {
            let expired = self.expired_in(mount, &mut last, now);
            stream::iter(expired)
                .for_each_concurrent(EXPIRING_AT_ONCE, async |(expired, path, action)| {
                    if let Err(error) = self.expire_one(expired, &path, action).await
                        && !error.is_not_found()
                    {
                        tracing::warn!(%path, %action, %error, "ttl action did not succeed");
                    }
                })
                .await;
            if last.is_none() {
                return;
            }
        }
    }

    /// The expired inodes of a mount among the next ones; `last` is the last that was looked at,
    /// `None` at the end.
    fn expired_in(
        &self,
        mount: MountId,
        last: &mut Option<(Timestamp, InodeId)>,
        now: Timestamp,
    ) -> Vec<Expiry> {
        let mounts = self.mounts.load();
        self.read(|tree| {
            let known = last.take();
            let mut found = Vec::new();
            for inode in tree.expired_after(known, now).take(EXPIRED_AT_ONCE) {
                *last = inode.expiry().map(|expiry| (expiry, inode.id()));
                let path = inode.path();
                if mounts.mount_of(&path).id == mount {
                    let id = inode.id();
                    found.push((Expired { id, at: now }, path, inode.ttl().action));
                }
            }
            found
        })
    }

    async fn expire_one(
        &self,
        expired: Expired,
        path: &AlluxioPath,
        action: TtlAction,
    ) -> Result<(), FileSystemError> {
        let request = self.own_request();
        match action {
            TtlAction::Delete | TtlAction::DeleteAlluxio => {
                let options = DeleteOptions {
                    recursive: true,
                    unchecked: true,
                    alluxio_only: action == TtlAction::DeleteAlluxio,
                    ..DeleteOptions::default()
                };
                self.delete_expired(&request, path, options, expired).await
            }
            TtlAction::Free => {
                let options = FreeOptions {
                    recursive: true,
                    forced: true,
                };
                let freed = self.free_expired(expired, options).await;
                // Freed or not, it is not tried again and again.
                self.change(&request, Scope::Paths(&[]), |draft| {
                    if expired.is_so(draft.tree.inode(expired.id)) {
                        let mut update = UpdateInodeEntry::of(expired.id);
                        update.ttl = Some(Ttl::NONE);
                        draft.push(JournalEntry::UpdateInode(Box::new(update)));
                    }
                    Ok(())
                })
                .await?;
                freed
            }
        }
    }

    /// The files whose blocks workers must keep: pinned ones, and those on their way to the store.
    pub fn pinned_file_ids(&self) -> Vec<InodeId> {
        self.read(|tree| {
            let ids: BTreeSet<InodeId> = tree
                .pinned()
                .chain(tree.to_be_persisted())
                .map(|inode| inode.id())
                .collect();
            ids.into_iter().collect()
        })
    }

    /// Notes that nobody holds these blocks any more: files that are not in the store are lost.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn blocks_lost(&self, blocks: &[BlockId]) -> Result<(), FileSystemError> {
        self.change_files_of(blocks, lost).await
    }

    /// Notes that a worker has come back with these blocks: their files are no longer lost, and
    /// those that waited to be persisted wait again.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn blocks_found(&self, blocks: &[BlockId]) -> Result<(), FileSystemError> {
        self.change_files_of(blocks, |inode, _now| {
            let is_back =
                inode.persistence() == PersistenceState::Lost && self.is_whole(inode.block_ids());
            is_back.then(|| found(inode))
        })
        .await
    }

    async fn change_files_of(
        &self,
        blocks: &[BlockId],
        decide: impl Fn(InodeRef<'_>, Timestamp) -> Option<UpdateInodeEntry>,
    ) -> Result<(), FileSystemError> {
        let files: BTreeSet<InodeId> = blocks.iter().map(|block| block.file_id()).collect();
        let files: Vec<InodeId> = files.into_iter().collect();
        for batch in files.chunks(CHANGED_AT_ONCE) {
            self.change(&self.own_request(), Scope::Paths(&[]), |draft| {
                for id in batch {
                    let inode = draft.tree.inode(*id).filter(|inode| inode.is_completed());
                    if let Some(update) = inode.and_then(|inode| decide(inode, draft.now)) {
                        draft.push(JournalEntry::UpdateInode(Box::new(update)));
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Whether every block is somewhere. A master that has just started has not heard of any worker
    /// yet, so that a block is not known to be lost says nothing.
    fn is_whole(&self, mut blocks: impl Iterator<Item = BlockId>) -> bool {
        blocks.all(|block| !self.blocks.copies(block).is_empty())
    }
}

/// A file whose only copy is gone. If it waited to be persisted, it keeps a time from which on it
/// may be, which other lost files do not have: [`found`] makes it wait again.
fn lost(inode: InodeRef<'_>, now: Timestamp) -> Option<UpdateInodeEntry> {
    let persist_time = inode.should_persist_time();
    let mut update = UpdateInodeEntry::of(inode.id());
    update.persistence = Some(PersistenceState::Lost);
    update.should_persist_time = match inode.persistence() {
        PersistenceState::Persisted | PersistenceState::Lost => return None,
        PersistenceState::ToBePersisted => Some(persist_time.unwrap_or(now)),
        PersistenceState::NotPersisted => persist_time.map(|_| Timestamp::from_millis(-1)),
    };
    Some(update)
}

fn found(inode: InodeRef<'_>) -> UpdateInodeEntry {
    let mut update = UpdateInodeEntry::of(inode.id());
    update.persistence = Some(match inode.should_persist_time() {
        Some(_) => PersistenceState::ToBePersisted,
        None => PersistenceState::NotPersisted,
    });
    update
}
