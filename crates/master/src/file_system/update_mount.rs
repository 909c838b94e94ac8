//! Changing how a store is mounted.

use alluxio_common::{Access, AlluxioPath, MountId};

use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::MountOptions;
use crate::journal_entry::{JournalEntry, UpdateMountPointEntry};
use crate::permission::check_parent;

impl FileSystemMaster {
    /// Replaces the options of a mount. It gets a new id, so that workers ask for the new options.
    ///
    /// # Errors
    /// When the path is no mount point, or the root, or the caller may not.
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
        let before = self.mounts.load().at(path).cloned();
        if let Some(mount) = &before {
            // Refuses properties that the connector does not take, before they are kept.
            self.stores.connect(&mount.ufs, &options.properties)?;
        }
        self.change(request, Scope::Paths(&[path]), |draft| {
            let trace = draft.tree.trace(path);
            check_parent(&request.caller, &trace, path, Access::WRITE)?;
            if path.is_root() {
                return Err(FileSystemError::UpdateRootMount);
            }
            if draft.mounts.at(path).is_none() {
                return Err(FileSystemError::UpdateNotMountPoint { path: path.clone() });
            }
            draft.push(JournalEntry::UpdateMountPoint(UpdateMountPointEntry {
                path: path.to_string(),
                mount_id,
                options: options.clone(),
            }));
            Ok(())
        })
        .await?;
        if let Some(mount) = before {
            self.stores.forget(mount.id);
        }
        Ok(())
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
