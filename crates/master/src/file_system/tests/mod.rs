//! The promises of the operations that need more room than their own files have, one file each.

mod checkpoint;
mod crash;
mod create_file;
mod delete;
mod free;
mod list_status;
mod maintenance;
mod model;
mod mount;
mod persist;
mod rename;
mod set_acl;
mod set_attribute;
mod sync_metadata;
