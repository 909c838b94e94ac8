//! Unmounting a store: what it holds leaves the namespace, nothing leaves the store.

use alluxio_common::{Access, AlluxioPath};

use super::namespace::Draft;
use super::new_inode::find_target;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeTree;
use crate::journal_entry::{DeleteEntry, DeleteMountPointEntry, JournalEntry};
use crate::mount::MountTable;
use crate::permission::check_parent;
use crate::reservation::ReservedPath;

impl FileSystemMaster {
    /// Unmounts the store at a path.
    ///
    /// # Errors
    /// When the path is no mount point, or the root, or holds other mounts, or the caller may not.
    pub async fn unmount(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<(), FileSystemError> {
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        let reservation = self
            .reservations
            .reserve([ReservedPath::subtree(path)])
            .await;
        let gone = self.mounts.load().at(path).map(|mount| mount.id);
        self.change(request, Scope::Reserved(&reservation), |draft| {
            check_unmount(draft.tree, draft.mounts, request, path)?;
            draft_unmount(draft, path)
        })
        .await?;
        if let Some(id) = gone {
            self.stores.forget(id);
        }
        Ok(())
    }
}

/// Takes a mount, and all that is known of what it holds, out of the namespace.
pub(super) fn draft_unmount(
    draft: &mut Draft<'_>,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    let id = find_target(&draft.tree.trace(path), path)?.id();
    let operation_time = draft.now;
    draft.push(JournalEntry::DeleteMountPoint(DeleteMountPointEntry {
        path: path.to_string(),
    }));
    draft.push(JournalEntry::Delete(DeleteEntry { id, operation_time }));
    Ok(())
}

/// # Errors
/// When the path is no mount point, or the root, or holds other mounts, or the caller may not.
pub(super) fn check_unmount(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    let trace = tree.trace(path);
    check_parent(&request.caller, &trace, path, Access::WRITE)?;
    if path.is_root() {
        return Err(FileSystemError::UnmountRoot);
    }
    let path = path.clone();
    if trace.target().is_none() {
        return Err(FileSystemError::UnmountNotFound { path });
    }
    if mounts.at(&path).is_none() {
        return Err(FileSystemError::UnmountNotMountPoint { path });
    }
    let below = mounts.all_at_or_below(&path);
    if let Some(nested) = below.iter().find(|mount| mount.path != path) {
        let nested = nested.path.clone();
        return Err(FileSystemError::UnmountNested { path, nested });
    }
    Ok(())
}
