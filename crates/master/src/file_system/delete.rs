//! Deleting files and directories, in the namespace and in the store.
//!
//! The store comes first (`delete_in_store`): only it can refuse for reasons of its own, and what it
//! keeps must keep its owner, its pin and what only workers have of it. What it is about to delete is
//! in the journal, so that after a crash in between the next start goes on, and lets the namespace
//! follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use alluxio_common::{Access, AlluxioPath, InodeId, PersistenceState};
use alluxio_ufs::ListOptions;

use super::delete_in_store::StoreWork;
use super::maintenance::Expired;
use super::namespace::Draft;
use super::new_inode::{check_writable, find_target};
use super::store_work::{HeldWork, PendingWork};
use super::update_ufs_mode::check_store_mode;
use super::{Depth, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree, SubtreeWalk};
use crate::journal_entry::{
    DeleteEntry, DeleteMountPointEntry, JournalEntry, StoreDeleteEntry, UpdateInodeEntry,
};
use crate::mount::MountTable;
use crate::permission::{check_access, check_parent, is_granted};
use crate::reservation::ReservedPath;

/// How many inodes are looked at in one go with the tree locked: some tenths of a millisecond.
const CHECKED_AT_ONCE: usize = 1_000;

/// How many reasons are told when children cannot be deleted.
const REASONS_LIMIT: usize = 10;

/// What is said of a directory that holds something the namespace does not know.
const NOT_IN_SYNC: &str = "UFS dir not in sync. Sync UFS, or delete with unchecked flag.";

/// How to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the independent flags of the protocol"
)]
pub struct DeleteOptions {
    /// Whether a directory goes with everything in it.
    pub recursive: bool,
    /// Whether the store keeps it.
    pub alluxio_only: bool,
    /// Whether directories go even if the store has something in them that nobody knows.
    pub unchecked: bool,
    /// Whether mount points go, too.
    pub delete_mount_point: bool,
    /// Whether the parent is listed from the store at the next access.
    pub sync_parent_next_time: bool,
    /// What the caller means, if it says so: another one at the path is left alone.
    pub inode: Option<InodeId>,
}

impl FileSystemMaster {
    /// Deletes a file or directory.
    ///
    /// # Errors
    /// When nothing is there, a directory has children or holds a mount point and the options do
    /// not allow that, the store refuses, or the caller may not.
    pub async fn delete(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: DeleteOptions,
    ) -> Result<(), FileSystemError> {
        self.delete_if(request, path, (options, None)).await
    }

    /// As [`Self::delete`], but only if the path leads to an inode that still is expired.
    pub(super) async fn delete_expired(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: DeleteOptions,
        expired: Expired,
    ) -> Result<(), FileSystemError> {
        self.delete_if(request, path, (options, Some(expired)))
            .await
    }

    async fn delete_if(
        &self,
        request: &Request,
        path: &AlluxioPath,
        (options, expired): (DeleteOptions, Option<Expired>),
    ) -> Result<(), FileSystemError> {
        let in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        self.refresh(request, path, Depth::This).await?;
        self.load_if_missing(request, path).await?;
        let reservation = self.reserve([ReservedPath::subtree(path)]).await?;
        let mounts = self.mounts.load_full();
        let store_work = self.read(|tree| {
            check_expired(tree, path, expired)?;
            check_delete(tree, &mounts, request, path, options)?;
            Ok::<_, FileSystemError>(self.store_work(tree, &mounts, path, options))
        })?;
        self.check_descendants(request, path, &mounts, options)
            .await?;
        for work in &store_work {
            self.check_store_writable_for_delete(work)?;
            if work.is_directory && !options.unchecked {
                Box::pin(self.check_in_sync(path, work)).await?;
            }
        }
        let scope = Scope::Reserved(&reservation);
        let check = |draft: &Draft<'_>| {
            check_expired(draft.tree, path, expired)?;
            check_delete(draft.tree, draft.mounts, request, path, options)
        };
        let deleted = if store_work.is_empty() {
            self.change(request, scope, |draft| {
                check(draft)?;
                let id = find_target(&draft.tree.trace(path), path)?.id();
                follow_delete(draft, path, id, options.sync_parent_next_time);
                Ok(())
            })
            .await
        } else {
            // It counts as done when the namespace has followed the stores, not before.
            let (entry, noted) = self
                .change_soon(&request.as_part(), scope, |draft| {
                    check(draft)?;
                    let entry = store_delete(draft, request, path, (options, &store_work));
                    draft.push(JournalEntry::StoreDelete(entry.clone()));
                    Ok(entry)
                })
                .await?;
            let held = HeldWork::new(PendingWork::Delete(entry), reservation, in_flight);
            let held = match options.inode {
                Some(file) if self.read(|tree| is_incomplete(tree, file)) => held.into_withdrawal(),
                Some(_) | None => held,
            };
            Box::pin(self.carry_out(held, noted)).await
        };
        for mount in mounts.all_at_or_below(path) {
            self.stores.forget(mount.id);
        }
        deleted
    }

    /// Whether the caller may delete everything below, and no read-only mount is in it.
    async fn check_descendants(
        &self,
        request: &Request,
        path: &AlluxioPath,
        mounts: &MountTable,
        options: DeleteOptions,
    ) -> Result<(), FileSystemError> {
        let mut reasons = Vec::new();
        if !options.alluxio_only {
            for mount in mounts.all_at_or_below(path) {
                if mount.read_only && mount.path != *path {
                    reasons.push(format!(
                        "A write operation on {} under a readonly mount point \
                         MountInfo{{AlluxioURI={}, UfsURI={}}} is not allowed",
                        mount.path, mount.path, mount.ufs
                    ));
                }
            }
        }
        if !request.caller.is_superuser() {
            self.check_descendant_permissions(request, path, &mut reasons)
                .await;
        }
        if reasons.is_empty() {
            return Ok(());
        }
        reasons.truncate(REASONS_LIMIT);
        Err(FileSystemError::ChildrenNotDeletable {
            path: path.clone(),
            reasons,
        })
    }

    async fn check_descendant_permissions(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reasons: &mut Vec<String>,
    ) {
        let top = self.read(|tree| tree.find(path).map(|inode| inode.id()));
        let Some(top) = top else { return };
        let mut walk = SubtreeWalk::below(top);
        while !walk.is_finished() && reasons.len() < REASONS_LIMIT {
            self.read(|tree| {
                // Its children can be reached: the next one need not be looked up from the root.
                let mut reachable = None;
                walk.next_batch(tree, CHECKED_AT_ONCE, |inode| {
                    if reachable == Some(inode.parent_id())
                        && is_granted(&request.caller, inode, Access::WRITE)
                    {
                        return;
                    }
                    let child = inode.path();
                    let trace = tree.trace(&child);
                    match check_access(&request.caller, &trace, &child, Access::WRITE) {
                        Ok(()) => reachable = Some(inode.parent_id()),
                        Err(error) if reasons.len() < REASONS_LIMIT => {
                            reasons.push(error.to_string());
                        }
                        Err(_one_too_many) => {}
                    }
                });
            });
            // The thread also serves others: nobody looks at its sockets while it walks.
            tokio::task::yield_now().await;
        }
    }

    fn store_work(
        &self,
        tree: &InodeTree,
        mounts: &MountTable,
        path: &AlluxioPath,
        options: DeleteOptions,
    ) -> Vec<StoreWork> {
        if options.alluxio_only {
            return Vec::new();
        }
        let mut work = Vec::new();
        // The deepest mounts first, so that a directory is empty when its turn comes.
        for mount in mounts.all_at_or_below(path) {
            if mount.path != *path {
                work.push(StoreWork {
                    path: mount.path.clone(),
                    mount,
                    is_directory: true,
                    is_copy: false,
                });
            }
        }
        match tree.find(path) {
            Some(inode) if inode.persistence() == PersistenceState::Persisted => {
                work.push(StoreWork {
                    path: path.clone(),
                    mount: Arc::clone(mounts.mount_of(path)),
                    is_directory: inode.is_directory(),
                    is_copy: false,
                });
            }
            Some(inode) => work.extend(self.copies_to_delete(tree, mounts, inode)),
            None => {}
        }
        work
    }

    /// What may stand in stores of what is not persisted there.
    pub(super) fn copies_to_delete(
        &self,
        tree: &InodeTree,
        mounts: &MountTable,
        inode: InodeRef<'_>,
    ) -> Vec<StoreWork> {
        let copies = self.named_copies(tree, inode).into_iter();
        let copies = copies.filter(|path| check_store_mode(tree, mounts, path).is_ok());
        let to_work = |path: AlluxioPath| StoreWork {
            mount: Arc::clone(mounts.mount_of(&path)),
            path,
            is_directory: false,
            is_copy: true,
        };
        copies.map(to_work).collect()
    }

    fn check_store_writable_for_delete(&self, work: &StoreWork) -> Result<(), FileSystemError> {
        let Err(error) = self.check_store_writable(&work.path) else {
            return Ok(());
        };
        Err(FileSystemError::UfsDelete {
            failures: vec![(work.path.clone(), error.to_string())],
            check: None,
        })
    }

    /// Whether the namespace knows everything that the store has below a directory.
    async fn check_in_sync(
        &self,
        deleted: &AlluxioPath,
        work: &StoreWork,
    ) -> Result<(), FileSystemError> {
        let store = self.stores.of(&work.mount)?;
        let top = work.mount.ufs_path(&work.path);
        let mut listing = match store.list(&top, ListOptions::recursive()).await {
            Ok(listing) => listing,
            Err(error) if error.is_absence() => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // What persisting leaves there is no file of anybody.
        let is_top = work.path == work.mount.path;
        let is_ours = |below: &str| is_top && self.is_working_path(below);
        let mut unknown = BTreeSet::new();
        loop {
            let page = match listing.next_page().await {
                Ok(page) => page,
                Err(error) if error.is_absence() => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            for directory in listing.take_left_out() {
                // The namespace has no way to know it.
                unknown.extend(match directory.as_str() {
                    below if is_ours(below) => None,
                    "" => Some(work.path.clone()),
                    below => work.path.join(below).ok(),
                });
            }
            if page.is_empty() {
                break;
            }
            self.read(|tree| {
                for status in page.iter().filter(|status| !is_ours(status.name())) {
                    let Ok(path) = work.path.join(status.name()) else {
                        continue;
                    };
                    if let Err(unresolved) = tree.resolve(&path)
                        && unresolved.nearest.is_directory()
                        && unknown.len() < REASONS_LIMIT
                    {
                        unknown.insert(unresolved.nearest.path());
                    }
                }
            });
        }
        if unknown.is_empty() {
            return Ok(());
        }
        Err(FileSystemError::UfsDelete {
            failures: not_in_sync(deleted, unknown),
            check: None,
        })
    }
}

/// The directories that hold something unknown, and those above them that then cannot go either.
fn not_in_sync(
    deleted: &AlluxioPath,
    unknown: BTreeSet<AlluxioPath>,
) -> Vec<(AlluxioPath, String)> {
    let mut failures = Vec::new();
    let mut above = BTreeSet::new();
    for path in unknown.iter().rev() {
        failures.push((path.clone(), NOT_IN_SYNC.to_owned()));
        let mut current = path.clone();
        while current != *deleted {
            let Some(parent) = current.parent() else {
                break;
            };
            current = parent;
            above.insert(current.clone());
        }
    }
    for path in above.into_iter().rev() {
        if !unknown.contains(&path) {
            failures.push((path, "Directory not empty".to_owned()));
        }
    }
    failures
}

/// Whether this is a file that its writer has yet to complete.
pub(super) fn is_incomplete(tree: &InodeTree, file: InodeId) -> bool {
    let inode = tree.inode(file);
    inode.is_some_and(|inode| inode.is_file() && !inode.is_completed())
}

/// A path is looked up long before its turn comes: by then another inode may be there.
fn check_expired(
    tree: &InodeTree,
    path: &AlluxioPath,
    expired: Option<Expired>,
) -> Result<(), FileSystemError> {
    if expired.is_none_or(|expired| expired.is_so(tree.find(path))) {
        return Ok(());
    }
    Err(FileSystemError::PathNotFound { path: path.clone() })
}

fn check_delete(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    path: &AlluxioPath,
    options: DeleteOptions,
) -> Result<(), FileSystemError> {
    let trace = tree.trace(path);
    check_parent(&request.caller, &trace, path, Access::WRITE)?;
    if !options.alluxio_only {
        check_writable(mounts, path)?;
    }
    let inode = find_target(&trace, path)?;
    if options.inode.is_some_and(|meant| meant != inode.id()) {
        return Err(FileSystemError::PathNotFound { path: path.clone() });
    }
    if inode.is_directory() && inode.child_count() > 0 && !options.recursive {
        return Err(FileSystemError::DirectoryNotEmpty {
            name: inode.name().to_owned(),
        });
    }
    let holds_mount = path.is_root() || mounts.any_at_or_below(path).is_some();
    if holds_mount && !options.delete_mount_point {
        return Err(FileSystemError::ContainsMountPoint { path: path.clone() });
    }
    if path.is_root() {
        return Err(FileSystemError::DeleteRoot);
    }
    Ok(())
}

/// Deletes an inode from the namespace, with the mounts at and below it. Everything was checked
/// before, and the reservation has kept it like that.
#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the entry carries it as a flag"
)]
pub(super) fn follow_delete(
    draft: &mut Draft<'_>,
    path: &AlluxioPath,
    id: InodeId,
    sync_parent: bool,
) {
    let Some(inode) = draft.tree.find(path).filter(|inode| inode.id() == id) else {
        return;
    };
    for mount in draft.mounts.all_at_or_below(path) {
        draft.push(JournalEntry::DeleteMountPoint(DeleteMountPointEntry {
            path: mount.path.to_string(),
        }));
    }
    let operation_time = draft.now;
    draft.push(JournalEntry::Delete(DeleteEntry { id, operation_time }));
    if let Some(parent) = inode.parent()
        && parent.children_loaded()
        && sync_parent
    {
        draft.push(note_children(parent.id(), Children::Unknown));
    }
}

/// What stores have to do now, and again after a crash.
fn store_delete(
    draft: &Draft<'_>,
    request: &Request,
    path: &AlluxioPath,
    (options, store_work): (DeleteOptions, &[StoreWork]),
) -> Box<StoreDeleteEntry> {
    Box::new(StoreDeleteEntry {
        recursive: options.recursive,
        inode: draft.tree.find(path).map(|inode| inode.id()),
        sync_parent: options.sync_parent_next_time,
        ..*store_delete_of_copies(draft, request, path, store_work)
    })
}

/// The same when the namespace does not follow: what moves away leaves its copies behind.
pub(super) fn store_delete_of_copies(
    draft: &Draft<'_>,
    request: &Request,
    path: &AlluxioPath,
    copies: &[StoreWork],
) -> Box<StoreDeleteEntry> {
    let targets = copies
        .iter()
        .map(|work| (work.path.to_string(), work.to_target()));
    Box::new(StoreDeleteEntry {
        path: path.to_string(),
        operation_id: request.operation_id,
        time: draft.now,
        targets: targets.collect(),
        ..StoreDeleteEntry::default()
    })
}

/// Whether the namespace knows all that the store has in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Children {
    /// It does; no listing needs to ask the store.
    Known,
    /// The next listing asks the store.
    Unknown,
}

/// Notes whether the namespace knows all that the store has in a directory.
pub(super) fn note_children(directory: InodeId, children: Children) -> JournalEntry {
    let mut update = UpdateInodeEntry::of(directory);
    update.children_loaded = Some(children == Children::Known);
    JournalEntry::UpdateInode(Box::new(update))
}
