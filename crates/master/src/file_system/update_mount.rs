//! Changing how a store is mounted.

use alluxio_common::{Access, AlluxioPath, MountId};

use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeTree, MountOptions};
use crate::journal_entry::{JournalEntry, UpdateMountPointEntry};
use crate::mount::{MountPoint, MountTable};
use crate::permission::check_parent;

impl FileSystemMaster {
    /// Replaces the options of a mount. It gets a new id, so that workers ask for the new options.
    ///
    /// # Errors
    /// When the path is no mount point, or the root, the caller may not, or the store does not show
    /// the directory to those who come with these options.
    pub async fn update_mount(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: &MountOptions,
    ) -> Result<(), FileSystemError> {
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        let mount_id = MountId::from_raw(self.random_id());
        let check = |tree: &InodeTree, mounts: &MountTable| {
            check_parent(&request.caller, &tree.trace(path), path, Access::WRITE)?;
            if path.is_root() {
                return Err(FileSystemError::UpdateRootMount);
            }
            let mount = mounts.at(path).cloned();
            mount.ok_or_else(|| FileSystemError::UpdateNotMountPoint { path: path.clone() })
        };
        let before = {
            let mounts = self.mounts.load_full();
            self.read(|tree| check(tree, &mounts))?
        };
        self.check_reachable(&before, options).await?;
        self.change(request, Scope::Paths(&[path]), |draft| {
            check(draft.tree, draft.mounts)?;
            draft.push(JournalEntry::UpdateMountPoint(UpdateMountPointEntry {
                path: path.to_string(),
                mount_id,
                options: options.clone(),
            }));
            Ok(())
        })
        .await?;
        self.stores.forget(before.id);
        Ok(())
    }

    /// Whether the store shows the mounted directory to those who come with these options: wrong
    /// ones are refused before they replace what works.
    async fn check_reachable(
        &self,
        mount: &MountPoint,
        options: &MountOptions,
    ) -> Result<(), FileSystemError> {
        let store = self.stores.connect(&mount.ufs, &options.properties)?;
        let status = store.find_status(&mount.ufs).await?;
        let is_there = status.is_some_and(|status| status.is_directory());
        is_there
            .then_some(())
            .ok_or_else(|| FileSystemError::UfsPathNotFound {
                ufs_path: mount.ufs.to_string(),
            })
    }

    /// What a worker needs to reach the store of a mount: its URI, and all settings, secrets too.
    ///
    /// # Errors
    /// When no mount has this id.
    pub fn ufs_info(&self, mount_id: MountId) -> Result<UfsInfo, FileSystemError> {
        let mounts = self.mounts.load();
        let mount = mounts
            .by_id(mount_id)
            .ok_or(FileSystemError::MountNotFound { mount_id })?;
        Ok(UfsInfo {
            uri: mount.ufs.to_string(),
            options: MountOptions {
                read_only: mount.read_only,
                shared: mount.shared,
                properties: mount.properties.clone(),
            },
        })
    }
}

/// What a worker needs to reach the store of a mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UfsInfo {
    /// The mounted directory.
    pub uri: String,
    /// How it is mounted.
    pub options: MountOptions,
}
