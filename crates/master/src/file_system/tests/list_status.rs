//! `docs/semantics.md`, "Listing".

use alluxio_common::AlluxioPath;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{ListStatusOptions, Listing, LoadMetadata, Scope, StatusView};
use crate::journal_entry::{JournalEntry, RenameEntry};
use crate::reservation::{Reservation, ReservedPath};

const FLAT: ListStatusOptions = ListStatusOptions {
    load: LoadMetadata::Once,
    recursive: false,
};
const RECURSIVE: ListStatusOptions = ListStatusOptions {
    load: LoadMetadata::Once,
    recursive: true,
};

async fn list(
    fixture: &Fixture,
    text: &str,
    options: ListStatusOptions,
    page: usize,
) -> Vec<String> {
    let request = fixture.root();
    let listing = fixture
        .master
        .list_status(&request, &path(text), options)
        .await;
    drain(listing.unwrap(), page).await
}

async fn drain(mut listing: Listing, page: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let visit = |status: &StatusView<'_>| names.push(status.path.to_string());
        let shown = listing.next_page(page, visit).await.unwrap();
        assert!(shown <= page);
        if shown == 0 {
            return names;
        }
    }
}

async fn tree() -> Fixture {
    let fixture = Fixture::new().await;
    for directory in ["/b", "/b/x", "/a.d"] {
        fixture.mkdir(directory).await.unwrap();
    }
    for file in ["/a", "/b/x/1", "/b/x/2", "/b/y", "/c"] {
        fixture.create(file).await.unwrap();
    }
    fixture
}

#[tokio::test]
async fn children_come_by_name_and_a_file_lists_itself() {
    let fixture = tree().await;
    for page in [1, 2, 100] {
        assert_eq!(
            list(&fixture, "/", FLAT, page).await,
            ["/a", "/a.d", "/b", "/c"]
        );
        assert_eq!(list(&fixture, "/a", FLAT, page).await, ["/a"]);
        assert!(list(&fixture, "/a.d", FLAT, page).await.is_empty());
    }
}

#[tokio::test]
async fn a_recursive_listing_shows_a_directory_before_what_is_in_it() {
    let fixture = tree().await;
    let all = ["/a", "/a.d", "/b", "/b/x", "/b/x/1", "/b/x/2", "/b/y", "/c"];
    for page in [1, 3, 100] {
        assert_eq!(list(&fixture, "/", RECURSIVE, page).await, all);
    }
}

#[tokio::test]
async fn a_recursive_listing_goes_on_behind_any_entry() {
    let fixture = tree().await;
    let all = list(&fixture, "/", RECURSIVE, 100).await;
    for (index, entry) in all.iter().enumerate() {
        let options = ListStatusOptions {
            recursive: true,
            ..ListStatusOptions::default()
        };
        let (request, root) = (fixture.root(), AlluxioPath::root());
        let listing = fixture.master.list_status(&request, &root, options);
        let mut listing = listing.await.unwrap();
        listing.start_after(&entry[1..]);
        assert_eq!(drain(listing, 2).await, all[index + 1..], "after {entry}");
    }
}

#[tokio::test]
async fn the_first_listing_finds_what_the_store_has() {
    let fixture = Fixture::new().await;
    fixture.write_ufs("/d/one", b"1");
    fixture.write_ufs("/d/sub/two", b"2");
    let found = list(&fixture, "/d", RECURSIVE, 100).await;
    assert_eq!(found, ["/d/one", "/d/sub", "/d/sub/two"]);
    fixture.write_ufs("/d/three", b"3");
    assert_eq!(list(&fixture, "/d", FLAT, 100).await, ["/d/one", "/d/sub"]);
    let options = ListStatusOptions {
        load: LoadMetadata::Always,
        recursive: false,
    };
    let request = fixture.root();
    let listing = fixture
        .master
        .list_status(&request, &path("/d"), options)
        .await;
    let names = drain(listing.unwrap(), 10).await;
    assert_eq!(names, ["/d/one", "/d/sub", "/d/three"]);
}

#[tokio::test]
async fn listing_needs_read_on_the_directory() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/priv").await.unwrap();
    fixture.mkdir("/priv/in").await.unwrap();
    fixture.set_mode("/priv", 0o700).await;
    let alice = fixture.user("alice");
    let options = ListStatusOptions {
        recursive: true,
        ..ListStatusOptions::default()
    };
    let refused = fixture
        .master
        .list_status(&alice, &path("/priv"), options)
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Permission denied: user=alice, access=r--, path=/priv: failed at priv, inode \
         owner=root, inode group=root, inode mode=rwx------"
    );
    // In a listing from above it is shown, and what is in it is left out.
    let root = AlluxioPath::root();
    let listing = fixture.master.list_status(&alice, &root, options).await;
    assert_eq!(drain(listing.unwrap(), 10).await, ["/priv"]);
}

#[tokio::test]
async fn a_mount_point_is_listed_with_its_own_store() {
    let fixture = Fixture::new().await;
    let mounted = fixture.mount("/m", "other").await;
    let request = fixture.root();
    let options = ListStatusOptions::default();
    let root = AlluxioPath::root();
    let listing = fixture.master.list_status(&request, &root, options).await;
    let mut seen = Vec::new();
    let visit = |status: &StatusView<'_>| {
        let is_mount = status.inode.is_mount_point();
        seen.push((
            status.path.to_string(),
            status.ufs_path.to_string(),
            is_mount,
        ));
    };
    listing.unwrap().next_page(10, visit).await.unwrap();
    assert_eq!(seen, [("/m".to_owned(), mounted, true)]);
}

#[tokio::test]
async fn a_recursive_listing_of_what_is_not_loaded_says_how_much_is_in_each_directory() {
    for load in [LoadMetadata::Once, LoadMetadata::Always] {
        for page in [1, 2, 100] {
            let fixture = Fixture::new().await;
            for file in ["/a/1", "/a/b/2", "/a/b/3", "/c/4", "/z"] {
                fixture.write_ufs(file, b"x");
            }
            fixture.mount("/m", "mounted").await;
            let (request, root) = (fixture.root(), path("/"));
            let options = ListStatusOptions { load, ..RECURSIVE };
            let listing = fixture.master.list_status(&request, &root, options);
            let mut listing = listing.await.unwrap();
            let mut counts = Vec::new();
            loop {
                let visit = |status: &StatusView<'_>| {
                    counts.push((status.path.to_string(), status.inode.child_count()));
                };
                if listing.next_page(page, visit).await.unwrap() == 0 {
                    break;
                }
            }
            let expected = [
                ("/a", 2),
                ("/a/1", 0),
                ("/a/b", 2),
                ("/a/b/2", 0),
                ("/a/b/3", 0),
                ("/c", 1),
                ("/c/4", 0),
                ("/m", 0),
                ("/z", 0),
            ];
            assert_eq!(
                counts,
                expected.map(|(name, count)| (name.to_owned(), count))
            );
        }
    }
}

/// Moves `/d` away at once, as whoever holds the reservation may.
async fn move_away(fixture: &Fixture, reservation: &Reservation) {
    let entry = fixture.master.read(|tree| {
        let moved = tree.find(&path("/d")).unwrap();
        RenameEntry {
            id: moved.id(),
            new_parent_id: tree.root().unwrap().id(),
            new_name: "elsewhere".to_owned(),
            operation_time: fixture.now(),
        }
    });
    let scope = Scope::Reserved(reservation);
    let request = fixture.root();
    let moved = fixture.master.change(&request, scope, |draft| {
        draft.push(JournalEntry::Rename(entry.clone()));
        Ok(())
    });
    moved.await.unwrap();
}

/// The waiting is for the top itself, and for what is in it.
#[tokio::test]
async fn a_directory_that_is_moved_while_its_listing_waits_does_not_exist() {
    for is_listed_before in [false, true] {
        let fixture = Fixture::new().await;
        fixture.write_ufs("/d/s/f", b"content");
        fixture.status("/d").await.unwrap();
        if is_listed_before {
            list(&fixture, "/d", FLAT, 10).await;
        }
        let reserved = [ReservedPath::subtree(&path("/d"))];
        let reservation = fixture.master.reservations.reserve(reserved).await;
        let request = fixture.root();
        let directory = path("/d");
        let mut shown = Vec::new();
        let mut listed = Box::pin(async {
            let listing = fixture
                .master
                .list_status(&request, &directory, RECURSIVE)
                .await;
            let visit = |status: &StatusView<'_>| shown.push(status.path.to_string());
            listing?.next_page(10, visit).await
        });
        assert!(futures::poll!(&mut listed).is_pending());
        move_away(&fixture, &reservation).await;
        drop(reservation);
        let refused = listed.await.unwrap_err();
        assert_eq!(refused.to_string(), "Path \"/d\" does not exist.");
        assert_eq!(shown, [""; 0]);
    }
}
