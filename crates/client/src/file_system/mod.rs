//! [`FileSystem`]: the entry point; one operation, one file.
//!
//! **Owns** the requests to the file-system master.
//! **Must never know** how block data travels.
//! **Start reading** at `file_system.rs`, then at the operation that you look for.

mod check_access;
mod check_consistency;
mod create_directory;
mod create_file;
mod delete;
mod exists;
#[expect(
    clippy::module_inception,
    reason = "the struct has the name of its folder"
)]
mod file_system;
mod free;
mod get_state_lock_holders;
mod get_status;
mod get_sync_path_list;
mod list_status;
mod mount;
mod open_file;
mod options;
mod paths;
mod persist;
mod rename;
mod set_acl;
mod set_attribute;
mod start_sync;
mod stop_sync;
mod update_ufs_mode;
mod withdraw;
mod write_type;

pub use create_directory::{CreateDirectoryOptions, IfExists, Parents};
pub use create_file::{CreateFileOptions, Overwrite};
pub use delete::{DeleteOptions, MountPoints, UfsDelete};
pub use file_system::FileSystem;
pub use free::FreePinned;
pub use get_status::StatusPurpose;
pub use list_status::ListStatusOptions;
pub use mount::{MountAccess, MountOptions, MountPointStatus, Sharing};
pub use options::{Descend, LoadMetadata, SyncInterval};
pub use set_attribute::SetAttributeOptions;
pub use update_ufs_mode::UfsMode;
pub(crate) use withdraw::InStore;
