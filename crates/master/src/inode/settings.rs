//! [`Settings`]: the few things that the journal carries beside the inodes.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{InodeId, MountId};

use super::MountOptions;
use super::state_hash::StateHasher;
use crate::journal_entry::codec::{Record, record, record_field};
use crate::journal_entry::{
    AddMountPointEntry, JournalEntry, StoreDeleteEntry, StoreRenameEntry, UfsMode,
    UpdateMountPointEntry,
};

/// Mounts, id reservations, path properties, modes of stores, the cluster's name, and what is on
/// its way to stores. Small, so it is held in plain maps; owners of these domains derive what they
/// need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The mount table by its place in the namespace.
    pub mounts: BTreeMap<String, Mount>,
    /// The first container id that is certainly free.
    pub next_container_id: i64,
    /// From where directories get their ids; `None` before the first reservation.
    pub directory_ids: Option<DirectoryIdReservation>,
    /// Default properties of clients by the path at and below which they hold.
    pub path_properties: BTreeMap<String, BTreeMap<String, String>>,
    /// Stores that are not in [`UfsMode::ReadWrite`], by scheme and authority.
    pub ufs_modes: BTreeMap<String, UfsMode>,
    /// The name of the cluster; empty before its first primary.
    pub cluster_id: String,
    /// Deletions that are on their way to the stores, by their paths.
    pub store_deletes: BTreeMap<String, StoreDeleteEntry>,
    /// Moves that are on their way to a store, by their sources.
    pub store_renames: BTreeMap<String, StoreRenameEntry>,
    /// The store that the namespace was over last; empty in journals that do not say it.
    pub root_store: String,
    /// Inodes that have to be compared with their stores, with what is below them.
    pub store_unknown: BTreeSet<InodeId>,
}

/// One row of the mount table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The URI of the mounted directory in its store.
    pub ufs_uri: String,
    /// The id of the mount.
    pub mount_id: MountId,
    /// How it is mounted.
    pub options: MountOptions,
}

/// Where the next directory ids come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryIdReservation {
    /// The container.
    pub container_id: i64,
    /// The first sequence in it that is certainly free.
    pub next_sequence: u32,
}

record!(Settings {
    1 => mounts,
    2 => next_container_id,
    3 => directory_ids,
    4 => path_properties,
    5 => ufs_modes,
    6 => cluster_id,
    7 => store_deletes,
    8 => store_renames,
    9 => root_store,
    10 => store_unknown,
});
record!(Mount { 1 => ufs_uri, 2 => mount_id, 3 => options });
record!(DirectoryIdReservation { 1 => container_id, 2 => next_sequence });
record_field!(Mount, DirectoryIdReservation);

impl Default for Mount {
    fn default() -> Self {
        Self {
            ufs_uri: String::new(),
            mount_id: MountId::ROOT,
            options: MountOptions::default(),
        }
    }
}

impl Settings {
    /// Applies an entry that is about settings; entries about inodes change nothing here.
    pub(super) fn apply(&mut self, entry: &JournalEntry) -> Result<(), &'static str> {
        match entry {
            JournalEntry::AddMountPoint(add) => self.add_mount(add),
            JournalEntry::UpdateMountPoint(update) => self.update_mount(update)?,
            JournalEntry::DeleteMountPoint(delete) => {
                let mount = self.mounts.remove(&delete.path);
                mount.ok_or("there is no such mount")?;
            }
            JournalEntry::ContainerId(reserve) => self.next_container_id = reserve.next,
            JournalEntry::DirectoryId(reserve) => {
                self.directory_ids = Some(DirectoryIdReservation {
                    container_id: reserve.container_id,
                    next_sequence: reserve.next_sequence,
                });
            }
            JournalEntry::PathProperties(set) => {
                let properties = set.properties.clone();
                self.path_properties.insert(set.path.clone(), properties);
            }
            JournalEntry::RemovePathProperties(remove) => {
                self.path_properties.remove(&remove.path);
            }
            JournalEntry::UfsMode(set) if set.mode == UfsMode::ReadWrite => {
                self.ufs_modes.remove(&set.ufs_uri);
            }
            JournalEntry::UfsMode(set) => {
                self.ufs_modes.insert(set.ufs_uri.clone(), set.mode);
            }
            JournalEntry::ClusterInfo(info) => self.cluster_id.clone_from(&info.cluster_id),
            JournalEntry::RootStore(root) => self.root_store.clone_from(&root.ufs_uri),
            JournalEntry::StoreDelete(begun) => {
                self.store_deletes
                    .insert(begun.path.clone(), begun.as_ref().clone());
            }
            JournalEntry::StoreDeleteDone(done) => {
                let pending = self.store_deletes.remove(&done.path);
                pending.ok_or("no such deletion is pending")?;
            }
            JournalEntry::StoreRename(begun) => {
                self.store_renames
                    .insert(begun.source.clone(), begun.as_ref().clone());
            }
            JournalEntry::StoreRenameDone(done) => {
                let pending = self.store_renames.remove(&done.source);
                pending.ok_or("no such move is pending")?;
            }
            JournalEntry::StoreUnknown(unknown) => {
                self.store_unknown.insert(unknown.id);
            }
            JournalEntry::StoreCompared(compared) => {
                let was_unknown = self.store_unknown.remove(&compared.id);
                was_unknown
                    .then_some(())
                    .ok_or("no comparison is pending")?;
            }
            JournalEntry::InodeFile(_)
            | JournalEntry::InodeDirectory(_)
            | JournalEntry::CompleteFile(_)
            | JournalEntry::NewBlock(_)
            | JournalEntry::BlockCommitted(_)
            | JournalEntry::Rename(_)
            | JournalEntry::Delete(_)
            | JournalEntry::UpdateInode(_) => {}
        }
        Ok(())
    }

    fn add_mount(&mut self, add: &AddMountPointEntry) {
        let mount = Mount {
            ufs_uri: add.ufs_uri.clone(),
            mount_id: add.mount_id,
            options: add.options.clone(),
        };
        self.mounts.insert(add.path.clone(), mount);
    }

    fn update_mount(&mut self, update: &UpdateMountPointEntry) -> Result<(), &'static str> {
        let mount = self.mounts.get_mut(&update.path);
        let mount = mount.ok_or("there is no such mount")?;
        mount.mount_id = update.mount_id;
        mount.options.clone_from(&update.options);
        Ok(())
    }

    /// The bytes that a checkpoint holds; equal for equal settings.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        bytes
    }

    /// The settings' part of the digest of the tree's state.
    pub(super) fn digest(&self) -> u64 {
        StateHasher::new().bytes(&self.to_bytes()).finish()
    }
}
