//! Renaming files and directories, in the namespace and in the store.
//!
//! The store comes first (`rename_in_store`): only it can refuse for reasons of its own, and a
//! rename loses nothing. That it is about to move something is in the journal, so that after a crash
//! in between the next start looks what it has done, and lets the namespace follow.

use alluxio_common::{Access, AlluxioPath, Mode, PersistenceState, Timestamp};

use super::create_file::UnknownPath;
use super::delete::store_delete_of_copies;
use super::namespace::Draft;
use super::new_inode::{
    Ancestors, NewPath, check_no_file_on_the_way, check_writable, draft_ancestors, find_target,
};
use super::store_work::{HeldWork, PendingWork};
use super::{DeleteOptions, Depth, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeTree;
use crate::journal_entry::{JournalEntry, RenameEntry, StoreRenameEntry, UpdateInodeEntry};
use crate::mount::MountTable;
use crate::permission::check_parent;
use crate::reservation::{Reservation, ReservedPath};

/// The directories above a target exist, so none gets a mode: only their state in the store changes.
const NO_UMASK: Mode = Mode::from_bits(0);

/// How to rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RenameOptions {
    /// Whether a file is to be persisted under its new name.
    pub persist: bool,
    /// Whether a file at the target is replaced.
    pub overwrite: bool,
}

/// What a rename moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moved {
    is_directory: bool,
    in_store: bool,
}

impl FileSystemMaster {
    /// What is in no store, and will not be, replaces nothing there.
    fn unknown_target(&self, source: &AlluxioPath) -> UnknownPath {
        let is_in_no_store = self.read(|tree| {
            let source = tree.find(source);
            source.is_none_or(|inode| inode.persistence() == PersistenceState::NotPersisted)
        });
        match is_in_no_store {
            true => UnknownPath::IsFree,
            false => UnknownPath::IsRefused,
        }
    }

    /// Moves a file or directory.
    ///
    /// # Errors
    /// When the source or the target's parent is missing, the target is taken, the two lie in
    /// different mounts, the store refuses, or the caller may not.
    pub async fn rename(
        &self,
        request: &Request,
        source: &AlluxioPath,
        target: &AlluxioPath,
        options: RenameOptions,
    ) -> Result<(), FileSystemError> {
        let in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        self.refresh(request, source, Depth::This).await?;
        self.load_if_missing(request, source).await?;
        let unknown = self.unknown_target(source);
        self.load_before_create(request, target, unknown).await?;
        if options.overwrite {
            Box::pin(self.delete_rename_target(request, source, target)).await?;
        }
        let reservation = Box::pin(self.reserve_rename(request, source, target)).await?;
        let mounts = self.mounts.load_full();
        let Some(moved) = self.read(|tree| check_rename(tree, &mounts, request, source, target))?
        else {
            return Ok(());
        };
        let scope = Scope::Reserved(&reservation);
        if !moved.in_store {
            let new = NewPath {
                request,
                path: target,
                ancestors: Ancestors::NamespaceOnly,
            };
            let copies = self.read(|tree| {
                let inode = tree.find(source);
                inode.map_or_else(Vec::new, |inode| {
                    self.copies_to_delete(tree, &mounts, inode)
                })
            });
            if copies.is_empty() {
                let decide = |draft: &mut Draft<'_>| decide_rename(draft, source, new, options);
                return self.change(request, scope, decide).await;
            }
            // They would stand at the old place, as files that nobody knows.
            let (entry, noted) = self
                .change_soon(&request.as_part(), scope, |draft| {
                    decide_rename(draft, source, new, options)?;
                    let entry = store_delete_of_copies(draft, request, source, &copies);
                    draft.push(JournalEntry::StoreDelete(entry.clone()));
                    Ok(entry)
                })
                .await?;
            let held = HeldWork::new(PendingWork::Delete(entry), reservation, in_flight);
            return Box::pin(self.carry_out(held, noted)).await;
        }
        self.check_store_writable(source)?;
        let entry = store_rename(&mounts, request, (source, target), moved);
        Box::pin(self.check_no_target_in_store(&entry)).await?;
        let fresh = Box::pin(self.make_ancestors_in_store(request, target, &reservation)).await?;
        let new = NewPath {
            request,
            path: target,
            ancestors: Ancestors::InStore { fresh: &fresh },
        };
        // It counts as done when store and namespace have moved, not before.
        let ((), noted) = self
            .change_soon(&request.as_part(), scope, |draft| {
                check_rename(draft.tree, draft.mounts, request, source, target)?;
                draft_ancestors(draft, new, NO_UMASK);
                draft.push(JournalEntry::StoreRename(entry.clone()));
                Ok(())
            })
            .await?;
        let held = HeldWork::new(PendingWork::Rename(entry), reservation, in_flight);
        Box::pin(self.carry_out(held, noted)).await
    }

    /// Reserves both paths. If the source is in the store, also the directories above the target that the
    /// store gets for it: nobody may take them back meanwhile. What is in no store needs none of them, so
    /// that it waits for no other rename in the same directory.
    async fn reserve_rename(
        &self,
        request: &Request,
        source: &AlluxioPath,
        target: &AlluxioPath,
    ) -> Result<Reservation, FileSystemError> {
        let above = || {
            let wanted = match self.read(|tree| is_in_store(tree, source)) {
                true => self.wanted_directories(request, target),
                false => Vec::new(),
            };
            let paths = wanted.into_iter().map(|directory| directory.path);
            paths.collect::<Vec<_>>()
        };
        let mut wanted = above();
        loop {
            let both = [source, target].map(ReservedPath::subtree);
            let entries = wanted.iter().map(ReservedPath::entry);
            let reservation = self.reserve(both.into_iter().chain(entries)).await?;
            // Meanwhile the source may have come to the store, or a directory have left it.
            let now = above();
            if now.iter().all(|path| wanted.contains(path)) {
                return Ok(reservation);
            }
            wanted = now;
        }
    }

    async fn delete_rename_target(
        &self,
        request: &Request,
        source: &AlluxioPath,
        target: &AlluxioPath,
    ) -> Result<(), FileSystemError> {
        let is_other_file = source != target
            && self.read(|tree| tree.find(target).is_some_and(|inode| inode.is_file()));
        if !is_other_file {
            return Ok(());
        }
        let mounts = self.mounts.load_full();
        self.read(|tree| check_source(tree, &mounts, request, source))?;
        self.delete(&request.as_part(), target, DeleteOptions::default())
            .await
    }
}

fn is_in_store(tree: &InodeTree, path: &AlluxioPath) -> bool {
    let inode = tree.find(path);
    inode.is_some_and(|inode| inode.persistence() == PersistenceState::Persisted)
}

fn check_source(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    source: &AlluxioPath,
) -> Result<(), FileSystemError> {
    let trace = tree.trace(source);
    check_parent(&request.caller, &trace, source, Access::WRITE)?;
    check_writable(mounts, source)?;
    find_target(&trace, source).map(|_source| ())
}

/// `None` when there is nothing to do: both paths are the same.
fn check_rename(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    source: &AlluxioPath,
    target: &AlluxioPath,
) -> Result<Option<Moved>, FileSystemError> {
    let from = tree.trace(source);
    let to = tree.trace(target);
    check_no_file_on_the_way(&from, source)?;
    check_no_file_on_the_way(&to, target)?;
    check_parent(&request.caller, &from, source, Access::WRITE)?;
    check_parent(&request.caller, &to, target, Access::WRITE)?;
    check_writable(mounts, source)?;
    check_writable(mounts, target)?;
    let inode = find_target(&from, source)?;
    if source == target {
        return Ok(None);
    }
    if source.is_root() {
        return Err(FileSystemError::RenameRoot);
    }
    if target.is_root() {
        return Err(FileSystemError::RenameToRoot);
    }
    let (source_path, target_path) = (source.clone(), target.clone());
    // A directory that holds mount points cannot move either: the mounts would stay behind.
    if mounts.mount_of(source).id != mounts.mount_of(target).id
        || mounts.any_at_or_below(source).is_some()
    {
        return Err(FileSystemError::RenameAcrossMounts {
            source_path,
            target_path,
        });
    }
    if source.is_ancestor_or_self_of(target) {
        return Err(FileSystemError::RenameBelowItself {
            source_path,
            target_path,
        });
    }
    if to.target().is_some() {
        return Err(FileSystemError::RenameTargetExists {
            source_path,
            target_path,
        });
    }
    if to.missing.len() > 1 {
        let path = target.parent().unwrap_or_else(AlluxioPath::root);
        return Err(FileSystemError::PathNotFound { path });
    }
    Ok(Some(Moved {
        is_directory: inode.is_directory(),
        in_store: inode.persistence() == PersistenceState::Persisted,
    }))
}

/// What the store is about to move, for whoever comes back to it after a crash.
fn store_rename(
    mounts: &MountTable,
    request: &Request,
    (source, target): (&AlluxioPath, &AlluxioPath),
    moved: Moved,
) -> Box<StoreRenameEntry> {
    let mount = mounts.mount_of(source);
    Box::new(StoreRenameEntry {
        source: source.to_string(),
        target: target.to_string(),
        operation_id: request.operation_id,
        is_directory: moved.is_directory,
        ufs_source: mount.ufs_path(source).to_string(),
        ufs_target: mount.ufs_path(target).to_string(),
    })
}

fn decide_rename(
    draft: &mut Draft<'_>,
    source: &AlluxioPath,
    new: NewPath<'_>,
    options: RenameOptions,
) -> Result<(), FileSystemError> {
    let (request, target) = (new.request, new.path);
    check_rename(draft.tree, draft.mounts, request, source, target)?;
    let inode = find_target(&draft.tree.trace(source), source)?;
    let (new_parent_id, _) = draft_ancestors(draft, new, NO_UMASK);
    let operation_time = draft.now;
    draft.push(JournalEntry::Rename(RenameEntry {
        id: inode.id(),
        new_parent_id,
        new_name: target.name().to_owned(),
        operation_time,
    }));
    let wants_persist = options.persist
        && inode.is_file()
        && inode.is_completed()
        && inode.persistence() == PersistenceState::NotPersisted;
    if wants_persist {
        let mut update = UpdateInodeEntry::of(inode.id());
        update.persistence = Some(PersistenceState::ToBePersisted);
        update.should_persist_time = Some(Timestamp::from_millis(-1));
        draft.push(JournalEntry::UpdateInode(Box::new(update)));
    }
    Ok(())
}
