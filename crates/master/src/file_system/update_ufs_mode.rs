//! Maintenance of a store: while it lasts, nothing is written there, or nothing happens there.

use alluxio_common::{AlluxioPath, UfsPath};

use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeTree;
use crate::journal_entry::{JournalEntry, UfsMode, UfsModeEntry};
use crate::mount::MountTable;
use crate::permission::check_superuser;

/// Scheme and authority of a store, as its mode is kept: `/` for the local file system.
fn store_root(ufs: &UfsPath) -> String {
    if ufs.is_local() {
        return "/".to_owned();
    }
    format!("{}://{}/", ufs.scheme(), ufs.authority())
}

impl FileSystemMaster {
    /// Sets what may be done with a store.
    ///
    /// # Errors
    /// When the path is more than a scheme and an authority, no mount is in that store, or the
    /// caller is no superuser.
    pub async fn update_ufs_mode(
        &self,
        request: &Request,
        ufs: &UfsPath,
        mode: UfsMode,
    ) -> Result<(), FileSystemError> {
        check_superuser(&request.caller)?;
        if !ufs.is_root() {
            return Err(FileSystemError::UfsModePath);
        }
        let ufs_uri = store_root(ufs);
        let is_mounted = self
            .mounts
            .load()
            .iter()
            .any(|mount| store_root(&mount.ufs) == ufs_uri);
        if !is_mounted {
            return Err(FileSystemError::UnknownStore {
                ufs_path: ufs.to_string(),
            });
        }
        self.change(request, Scope::Paths(&[]), |draft| {
            let ufs_uri = ufs_uri.clone();
            draft.push(JournalEntry::UfsMode(UfsModeEntry { ufs_uri, mode }));
            Ok(())
        })
        .await
    }

    /// Whether the store of a path takes changes now.
    pub(super) fn check_store_writable(&self, path: &AlluxioPath) -> Result<(), FileSystemError> {
        let mounts = self.mounts.load();
        self.read(|tree| check_store_mode(tree, &mounts, path))
    }
}

/// Whether the store of a path takes changes now, for those who have the tree locked: they must not
/// lock it once more, for a writer that came in between would wait for them, and they for it.
pub(super) fn check_store_mode(
    tree: &InodeTree,
    mounts: &MountTable,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    let resolution = mounts.resolve(path);
    let root = store_root(&resolution.mount.ufs);
    let mode = match tree.settings().ufs_modes.get(&root) {
        None | Some(UfsMode::ReadWrite) => return Ok(()),
        Some(UfsMode::ReadOnly) => "READ_ONLY",
        Some(UfsMode::NoAccess) => "NO_ACCESS",
    };
    Err(FileSystemError::UfsMaintenance {
        operation: "WRITE",
        ufs_path: resolution.ufs_path.to_string(),
        mode,
    })
}
