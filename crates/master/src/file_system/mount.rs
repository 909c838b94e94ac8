//! Mounting a store at a path.

use std::collections::BTreeMap;

use alluxio_common::{Access, AlluxioPath, Mode, MountId, PersistenceState, UfsPath};
use alluxio_ufs::UfsStatus;

use super::create_file::UnknownPath;
use super::namespace::Draft;
use super::new_inode::{check_parent_exists, check_writable, draft_directory};
use super::unmount::{check_unmount, draft_unmount};
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree, MountOptions};
use crate::journal_entry::{AddMountPointEntry, JournalEntry};
use crate::mount::MountTable;
use crate::permission::check_parent;
use crate::reservation::ReservedPath;

/// What to mount, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountRequest {
    /// The directory in a store.
    pub ufs: UfsPath,
    /// How the request wrote it: error texts repeat that.
    pub ufs_text: String,
    /// Whether nothing below may be changed in the store.
    pub read_only: bool,
    /// Whether everybody gets the permissions of the owner.
    pub shared: bool,
    /// Settings of the connector.
    pub properties: BTreeMap<String, String>,
    /// Whether a mount that is there already is replaced.
    pub remount: bool,
}

impl FileSystemMaster {
    /// Mounts a store.
    ///
    /// # Errors
    /// When the path is taken, its parent is missing, the store is mounted already, there is no
    /// such directory in it, the mount would hide something, or the caller may not.
    pub async fn mount(
        &self,
        request: &Request,
        path: &AlluxioPath,
        mount: &MountRequest,
    ) -> Result<(), FileSystemError> {
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        if !mount.remount {
            self.load_before_create(request, path, UnknownPath::IsFree)
                .await?;
        }
        let check = || {
            let mounts = self.mounts.load();
            self.read(|tree| check_mount(tree, &mounts, request, path, mount))
        };
        check()?;
        // Nobody knows this store yet, and it may hang: whoever lists the directory above must not
        // wait for it. The path is checked again when it is reserved.
        let status = self.connect_and_check(mount).await?;
        // In its turn, however silent the store is: a new mount may be what mends it.
        let reservation = self
            .reservations
            .reserve([ReservedPath::subtree(path)])
            .await;
        check()?;
        let replaced = self.mounts.load().at(path).map(|mount| mount.id);
        if replaced.is_none() {
            self.check_shadows(path).await?;
        }
        let id = MountId::from_raw(self.random_id());
        self.change(request, Scope::Reserved(&reservation), |draft| {
            check_mount(draft.tree, draft.mounts, request, path, mount)?;
            // Both at once, or neither.
            if mount.remount {
                draft_unmount(draft, path)?;
            }
            draft_mount(draft, path, mount, id, &status)
        })
        .await?;
        if let Some(id) = replaced {
            self.stores.forget(id);
        }
        self.sync_times.forget_all_absent();
        Ok(())
    }

    /// The directory in the store that is to be mounted.
    async fn connect_and_check(&self, mount: &MountRequest) -> Result<UfsStatus, FileSystemError> {
        let store = self.stores.connect(&mount.ufs, &mount.properties)?;
        let status = store.find_status(&mount.ufs).await?;
        status
            .filter(UfsStatus::is_directory)
            .ok_or_else(|| FileSystemError::UfsPathNotFound {
                ufs_path: mount.ufs_text.clone(),
            })
    }

    /// Whether the store of the mount above has something at the path, which nobody could reach
    /// any more.
    async fn check_shadows(&self, path: &AlluxioPath) -> Result<(), FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        match store.find_status(&resolution.ufs_path).await? {
            None => Ok(()),
            Some(_) => Err(FileSystemError::MountShadows {
                path: path.clone(),
                ufs_path: resolution.ufs_path.to_string(),
            }),
        }
    }
}

fn check_mount(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    path: &AlluxioPath,
    mount: &MountRequest,
) -> Result<(), FileSystemError> {
    if mount.remount {
        check_unmount(tree, mounts, request, path)?;
    } else {
        let trace = tree.trace(path);
        check_parent(&request.caller, &trace, path, Access::WRITE)?;
        check_writable(mounts, path)?;
        if trace.target().is_some() {
            return Err(FileSystemError::MountPathExists { path: path.clone() });
        }
    }
    let mut others = mounts.overlapping(&mount.ufs);
    if let Some(other) = others.find(|other| !mount.remount || other.path != *path) {
        let (known, new) = (other.ufs.to_string(), mount.ufs_text.clone());
        let other_is_above = other.ufs.relative(&mount.ufs).is_some();
        let (prefix, whole) = if other_is_above {
            (known, new)
        } else {
            (new, known)
        };
        return Err(FileSystemError::MountOverlaps { prefix, whole });
    }
    Ok(())
}

fn draft_mount(
    draft: &mut Draft<'_>,
    path: &AlluxioPath,
    mount: &MountRequest,
    mount_id: MountId,
    status: &UfsStatus,
) -> Result<(), FileSystemError> {
    let tree: &InodeTree = draft.tree;
    let trace = tree.trace(path);
    check_parent_exists(&trace, path).map_err(|source| FileSystemError::MountParent {
        ufs_path: mount.ufs_text.clone(),
        path: path.clone(),
        source: Box::new(source),
    })?;
    // Of a mount that is replaced, the inode is there until this is applied.
    let parent = trace
        .target()
        .map_or_else(|| trace.nearest().id(), InodeRef::parent_id);
    let id = draft.next_directory_id();
    let mut entry = draft_directory(id, parent, path.name(), draft.now);
    status.owner().clone_into(&mut entry.owner);
    status.group().clone_into(&mut entry.group);
    entry.mode = if mount.shared {
        shared_mode(status.mode())
    } else {
        status.mode()
    };
    entry.persistence = PersistenceState::Persisted;
    entry.mount_point = true;
    draft.push(JournalEntry::InodeDirectory(Box::new(entry)));
    draft.push(JournalEntry::AddMountPoint(AddMountPointEntry {
        path: path.to_string(),
        ufs_uri: mount.ufs_text.clone(),
        mount_id,
        options: MountOptions {
            read_only: mount.read_only,
            shared: mount.shared,
            properties: mount.properties.clone(),
        },
    }));
    Ok(())
}

/// The mode in a shared mount, where everybody may do what the owner may.
pub(super) fn shared_mode(mode: Mode) -> Mode {
    Mode::from_bits(mode.bits() | (mode.bits() >> 6 & 7))
}
