//! The changes of the namespace as the journal keeps them.
//!
//! **Owns** [`JournalEntry`], one file for every kind with its fields and their numbers, the
//! [`Transaction`] that makes several of them one, and their bytes.
//! **Must never know** how a tree holds inodes, what a user may do, or how bytes reach a disk. An
//! entry is already decided: it states results, never conditions, so that replaying it cannot fail.
//! **Start reading** at [`JournalEntry`], then [`InodeFileEntry`] for how a kind is declared, then
//! [`codec`] for the bytes. The format is drawn in `docs/formats/journal-entry.md`.

pub mod codec;

mod add_mount_point;
mod block_committed;
mod cluster_info;
mod complete_file;
mod container_id;
mod delete;
mod delete_mount_point;
mod directory_id;
mod entry;
mod inode_directory;
mod inode_file;
mod new_block;
mod path_properties;
mod remove_path_properties;
mod rename;
mod root_store;
mod store_compared;
mod store_delete;
mod store_delete_done;
mod store_rename;
mod store_rename_done;
mod store_unknown;
mod transaction;
mod ufs_mode;
mod update_inode;
mod update_mount_point;
mod values;

#[cfg(test)]
mod tests;

pub use add_mount_point::AddMountPointEntry;
pub use block_committed::BlockCommittedEntry;
pub use cluster_info::ClusterInfoEntry;
pub use codec::DecodeError;
pub use complete_file::CompleteFileEntry;
pub use container_id::ContainerIdEntry;
pub use delete::DeleteEntry;
pub use delete_mount_point::DeleteMountPointEntry;
pub use directory_id::DirectoryIdEntry;
pub use entry::JournalEntry;
pub use inode_directory::InodeDirectoryEntry;
pub use inode_file::InodeFileEntry;
pub use new_block::NewBlockEntry;
pub use path_properties::PathPropertiesEntry;
pub use remove_path_properties::RemovePathPropertiesEntry;
pub use rename::RenameEntry;
pub use root_store::RootStoreEntry;
pub use store_compared::StoreComparedEntry;
pub use store_delete::{StoreDeleteEntry, StoreTarget};
pub use store_delete_done::StoreDeleteDoneEntry;
pub use store_rename::StoreRenameEntry;
pub use store_rename_done::StoreRenameDoneEntry;
pub use store_unknown::StoreUnknownEntry;
pub use transaction::Transaction;
pub use ufs_mode::{UfsMode, UfsModeEntry};
pub use update_inode::{DefaultAclChange, UpdateInodeEntry};
pub use update_mount_point::UpdateMountPointEntry;
