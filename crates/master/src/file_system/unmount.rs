//! Unmounting a store: what it holds leaves the namespace, nothing leaves the store.

use alluxio_common::{Access, AlluxioPath, InodeId};
use tracing::warn;

use super::namespace::Draft;
use super::new_inode::find_target;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree};
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
        let waiting = self.waiting_below(path);
        self.change(request, Scope::Reserved(&reservation), |draft| {
            check_unmount(draft.tree, draft.mounts, request, path)?;
            draft_unmount(draft, path)
        })
        .await?;
        if let Some(id) = gone {
            self.stores.forget(id);
        }
        // As with 2.9 they go with the mount; whoever has unmounted it should be able to know.
        if let Some(first) = waiting.first {
            let count = waiting.count;
            warn!(%path, count, %first, "files had not been persisted when their store was unmounted");
        }
        Ok(())
    }

    /// The files at or below a path that are to be persisted.
    fn waiting_below(&self, path: &AlluxioPath) -> Waiting {
        let mut waiting = Waiting::default();
        let Some(top) = self.read(|tree| tree.find(path).map(InodeRef::id)) else {
            return waiting;
        };
        let mut last = None;
        loop {
            let (seen, next) = self.read(|tree| waiting.look_on(tree, top, last));
            if seen < LOOKED_AT_ONCE {
                return waiting;
            }
            last = next;
        }
    }
}

/// How many files are looked at in one go with the tree locked: well below a millisecond.
const LOOKED_AT_ONCE: usize = 1_000;

/// Files that are to be persisted.
#[derive(Debug, Default)]
struct Waiting {
    count: u64,
    first: Option<AlluxioPath>,
}

impl Waiting {
    /// Counts those of the next files that are below `top`; returns how many were looked at, and the
    /// last of them.
    fn look_on(
        &mut self,
        tree: &InodeTree,
        top: InodeId,
        after: Option<InodeId>,
    ) -> (usize, Option<InodeId>) {
        let (mut seen, mut last) = (0, after);
        for file in tree.to_be_persisted_behind(after).take(LOOKED_AT_ONCE) {
            (seen, last) = (seen + 1, Some(file.id()));
            let above = std::iter::successors(Some(file), |inode| inode.parent());
            if above.into_iter().any(|inode| inode.id() == top) {
                self.count += 1;
                self.first.get_or_insert_with(|| file.path());
            }
        }
        (seen, last)
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

#[cfg(test)]
mod tests {
    use crate::file_system::testing::{Fixture, path};

    #[tokio::test]
    async fn what_waits_to_be_persisted_in_a_mount_is_known_when_it_is_unmounted() {
        let fixture = Fixture::new().await;
        fixture.mount("/m", "m").await;
        fixture.mkdir("/m/d").await.unwrap();
        for file in ["/before", "/m/1", "/m/d/2", "/behind"] {
            fixture.write_async(file, b"content").await;
        }
        fixture.create("/m/3").await.unwrap();
        let waiting = fixture.master.waiting_below(&path("/m"));
        assert_eq!((waiting.count, waiting.first), (2, Some(path("/m/1"))));
        assert_eq!(fixture.master.waiting_below(&path("/m/3")).count, 0);
    }
}
