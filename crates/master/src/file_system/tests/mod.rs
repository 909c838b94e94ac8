//! The promises of the operations that need more room than their own files have, one file each.

mod change;
mod check_consistency;
mod checkpoint;
mod crash;
mod create_file;
mod delete;
mod free;
mod list_status;
mod maintenance;
mod model;
mod mount;
mod path_configuration;
mod persist;
mod rename;
mod set_acl;
mod set_attribute;
mod silent_store;
mod steps;
mod sync_metadata;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    CompleteFileOptions, CreateFileOptions, DeleteOptions, GetStatusOptions, RenameOptions,
};

/// Every call copies its future; what works in a store is boxed, so that the others stay small.
#[tokio::test]
async fn the_future_of_a_frequent_operation_takes_less_than_a_kilobyte() {
    const LIMIT: usize = 1_024;
    let fixture = Fixture::new().await;
    let (master, request, target) = (&fixture.master, fixture.root(), path("/f"));
    let status = GetStatusOptions::default();
    assert!(size_of_val(&master.get_status(&request, &target, status)) < LIMIT);
    let create = CreateFileOptions::default();
    assert!(size_of_val(&master.create_file_id(&request, &target, create)) < LIMIT);
    let complete = CompleteFileOptions::default();
    assert!(size_of_val(&master.complete_file(&request, &target, complete)) < LIMIT);
    let rename = RenameOptions::default();
    assert!(size_of_val(&master.rename(&request, &target, &target, rename)) < LIMIT);
    let delete = DeleteOptions::default();
    assert!(size_of_val(&master.delete(&request, &target, delete)) < LIMIT);
}
