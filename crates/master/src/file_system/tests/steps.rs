//! Whatever goes over a whole directory goes in steps, and lets others in between them.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{FreeOptions, ListStatusOptions, LoadMetadata, SetAttributeOptions};

/// More than any step looks at, several times.
const FILES: usize = 6_000;

/// `/d` with many files that are in the store.
async fn large_directory() -> Fixture {
    let fixture = Fixture::new().await;
    std::fs::create_dir(fixture.ufs_file("/d")).unwrap();
    for index in 0..FILES {
        std::fs::File::create(fixture.ufs_file(&format!("/d/{index}"))).unwrap();
    }
    let (request, target) = (fixture.root(), path("/d"));
    let options = ListStatusOptions::default();
    let listed = fixture.master.list_status(&request, &target, options).await;
    listed.unwrap();
    assert_eq!(
        fixture.master.read(|tree| tree.counts()).files,
        FILES as u64
    );
    fixture
}

/// How often the work lets go of its thread before it ends.
async fn rests<T>(work: impl Future<Output = T>) -> (usize, T) {
    let mut work = pin!(work);
    let mut polls = 0;
    let done = poll_fn(|context| {
        polls += 1;
        work.as_mut().poll(context)
    });
    let done = done.await;
    (polls - 1, done)
}

#[tokio::test]
async fn a_change_of_everything_below_rests_while_it_checks_and_while_it_changes() {
    let fixture = large_directory().await;
    let (request, target) = (fixture.root(), path("/d"));
    let options = SetAttributeOptions {
        replication_min: Some(0),
        recursive: true,
        ..SetAttributeOptions::default()
    };
    let changed = fixture.master.set_attribute(&request, &target, options);
    let (rests, changed) = rests(changed).await;
    changed.unwrap();
    assert!(rests >= 2 * FILES / 500, "{rests}");
}

#[tokio::test]
async fn a_recursive_free_rests_while_it_checks_and_while_it_frees() {
    let fixture = large_directory().await;
    let (request, target) = (fixture.root(), path("/d"));
    let options = FreeOptions {
        recursive: true,
        forced: false,
    };
    let freed = fixture.master.free(&request, &target, options);
    let (rests, freed) = rests(freed).await;
    freed.unwrap();
    assert!(rests >= 2 * FILES / 500, "{rests}");
}

#[tokio::test]
async fn a_directory_that_vanished_is_looked_through_in_steps() {
    let fixture = large_directory().await;
    fixture.advance(Duration::from_secs(1));
    std::fs::remove_dir_all(fixture.ufs_file("/d")).unwrap();
    let (request, target) = (fixture.syncing(), path("/d"));
    let options = ListStatusOptions::default();
    let listed = fixture.master.list_status(&request, &target, options);
    let (rests, listed) = rests(listed).await;
    assert!(listed.unwrap_err().is_not_found());
    assert!(rests >= FILES / 1_000, "{rests}");
    assert_eq!(fixture.master.read(|tree| tree.counts()).files, 0);
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_large_directory_that_vanished_leaves_the_one_file_that_was_never_in_its_store() {
    let fixture = large_directory().await;
    fixture.write_file("/d/cached", &[1]).await;
    fixture.advance(Duration::from_secs(1));
    std::fs::remove_dir_all(fixture.ufs_file("/d")).unwrap();
    let (request, target) = (fixture.syncing(), path("/d"));
    let options = ListStatusOptions {
        load: LoadMetadata::Never,
        ..ListStatusOptions::default()
    };
    let before = fixture.journal.entries.lock().len();
    let listed = fixture.master.list_status(&request, &target, options).await;
    listed.unwrap();
    assert_eq!(fixture.master.read(|tree| tree.counts()).files, 1);
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    let entries = fixture.journal.entries.lock();
    assert!(entries.len() - before >= FILES / 1_000);
    let largest = entries.iter().map(Vec::len).max();
    assert!(largest.unwrap() < 1 << 20, "{largest:?}");
}
