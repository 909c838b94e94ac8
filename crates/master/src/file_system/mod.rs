//! The namespace: one operation, one file.
//!
//! **Owns** [`FileSystemMaster`]: deciding what an operation changes, with Alluxio's rules and
//! sentences; logging and applying it; and the work in stores that belongs to it.
//! **Must never know** gRPC, how the tree keeps its inodes, or how the journal reaches a disk.
//! **Start reading** at [`FileSystemMaster`] for how an operation runs, then `create_directory.rs`
//! for a short one from end to end. What users may rely on stands in `docs/semantics.md`.

mod access_times;
mod beside_root;
mod block_locations;
mod change_found;
mod check_consistency;
mod checkpoint;
mod compare_later;
mod complete_abandoned;
mod complete_file;
mod create_directory;
mod create_file;
mod delete;
mod delete_in_store;
mod file_info;
mod file_system_master;
mod free;
mod get_status;
mod ids;
mod late_upload;
mod leftovers;
mod list_status;
mod list_status_partial;
mod load_metadata;
mod maintenance;
mod make_in_store;
mod mount;
mod mount_problems;
mod mount_table;
mod moved_fingerprints;
mod named_copies;
mod namespace;
mod namespace_loader;
mod new_block_id;
mod new_inode;
mod operations;
mod persist;
mod presence;
mod remove_path_configuration;
mod remove_vanished;
mod rename;
mod rename_in_store;
mod request;
mod retry_cache;
mod root_store_change;
mod set_acl;
mod set_attribute;
mod set_path_configuration;
mod status_view;
mod store_failures;
mod store_permits;
mod store_work;
mod sync_metadata;
mod sync_times;
mod unmount;
mod update_mount;
mod update_ufs_mode;
mod wait_shown_durable;
mod waiting_calls;
mod withdrawn_blocks;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use block_locations::{BlockCopies, BlockLocation, BlockLocations, BlockRemoval};
pub use checkpoint::NamespaceCheckpoint;
pub use complete_file::CompleteFileOptions;
pub use create_directory::CreateDirectoryOptions;
pub use create_file::CreateFileOptions;
pub use delete::DeleteOptions;
pub use file_info::{FileBlock, FileInfo};
pub use file_system_master::{FileSystemConf, FileSystemMaster, Parts};
pub use free::FreeOptions;
pub use get_status::GetStatusOptions;
pub use list_status::{ListStatusOptions, Listing};
pub use list_status_partial::{ListStatusPartialOptions, Offset, PartialListing};
pub use load_metadata::LoadMetadata;
pub use maintenance::Intervals;
pub use mount::MountRequest;
pub use mount_problems::MountProblem;
pub use mount_table::{AskStores, MountInfo};
pub use namespace::Namespace;
pub use namespace_loader::NamespaceLoader;
pub use persist::{PersistRoom, PersistTask, Scheduled};
pub use presence::Presence;
pub use rename::RenameOptions;
pub use request::{Request, SyncInterval};
pub use retry_cache::RetryCache;
pub use set_acl::{AclEntry, AclSubject, SetAcl, SetAclAction};
pub use set_attribute::{SetAttributeOptions, XattrUpdate};
pub use status_view::{Cached, PathPieces, StatusView};
pub use sync_times::Depth;
pub use update_mount::UfsInfo;

pub(crate) use file_system_master::Scope;
pub(crate) use withdrawn_blocks::is_withdrawn;
