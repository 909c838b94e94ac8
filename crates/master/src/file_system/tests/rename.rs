//! `docs/semantics.md`, "Renaming".

use std::sync::atomic::Ordering;

use alluxio_common::{PersistenceState, UfsPath};
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};
use futures::FutureExt;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{DeleteOptions, Depth, RenameOptions, SetAttributeOptions};
use crate::inode::InodeTree;

async fn rename(fixture: &Fixture, source: &str, target: &str) -> String {
    let request = fixture.root();
    let options = RenameOptions::default();
    let (source, target) = (path(source), path(target));
    let renamed = fixture.master.rename(&request, &source, &target, options);
    renamed
        .await
        .map_or_else(|error| error.to_string(), |()| "ok".to_owned())
}

async fn tree() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.mkdir("/q/d").await.unwrap();
    fixture.mkdir("/q/d/sub").await.unwrap();
    fixture.write_file("/q/f", &[80]).await;
    fixture.write_through("/q/p", b"persisted").await;
    fixture
}

#[tokio::test]
async fn rename_refuses_what_cannot_move() {
    let fixture = tree().await;
    fixture.mount_read_only("/q/ro", "ro").await;
    fixture.mount("/q/rw", "rw").await;
    let taken = "Cannot rename because destination already exists. src: /q/f dst: ";
    let cases = [
        ("/q/no", "/q/x", "Path \"/q/no\" does not exist.".to_owned()),
        ("/q/f", "/q/p", format!("{taken}/q/p")),
        ("/q/f", "/q/d", format!("{taken}/q/d")),
        (
            "/q/d",
            "/q/d/sub/d2",
            "Cannot rename because /q/d is a prefix of /q/d/sub/d2".to_owned(),
        ),
        ("/q/d", "/q/d", "ok".to_owned()),
        (
            "/",
            "/q/x",
            "The root directory cannot be renamed".to_owned(),
        ),
        (
            "/q/f",
            "/",
            "Cannot rename a path to the root directory".to_owned(),
        ),
        (
            "/q/p",
            "/q/rw/p",
            "Renaming /q/p to /q/rw/p is a cross mount operation".to_owned(),
        ),
        (
            "/q/rw",
            "/q/rw2",
            "Renaming /q/rw to /q/rw2 is a cross mount operation".to_owned(),
        ),
        (
            "/q",
            "/q9",
            "Renaming /q to /q9 is a cross mount operation".to_owned(),
        ),
        (
            "/q/f",
            "/q/nodir/f",
            "Path \"/q/nodir\" does not exist.".to_owned(),
        ),
        (
            "/q/f",
            "/q/p/x",
            "Traversal failed for path /q/p/x. Component 2(p) is a file, not a directory."
                .to_owned(),
        ),
        (
            "/q/p",
            "/q/ro/p",
            "A write operation on /q/ro/p under a readonly mount point /q/ro is not allowed"
                .to_owned(),
        ),
    ];
    for (source, target, expected) in cases {
        assert_eq!(rename(&fixture, source, target).await, expected);
    }
}

#[tokio::test]
async fn a_rename_of_what_is_persisted_happens_in_the_store_too() {
    let fixture = tree().await;
    assert_eq!(rename(&fixture, "/q/p", "/q/d/p2").await, "ok");
    assert!(!fixture.ufs_file("/q/p").try_exists().unwrap());
    assert_eq!(fixture.read_ufs("/q/d/p2"), b"persisted");
    let directory = fixture.status("/q/d").await.unwrap();
    assert_eq!(directory.persistence, PersistenceState::Persisted);
    assert_eq!(rename(&fixture, "/q", "/z").await, "ok");
    assert_eq!(fixture.read_ufs("/z/d/p2"), b"persisted");
    assert_eq!(fixture.status("/z/d/p2").await.unwrap().length, 9);
}

#[tokio::test]
async fn rename_needs_write_on_both_directories() {
    let fixture = tree().await;
    fixture.set_mode("/q/d", 0o777).await;
    let alice = fixture.user("alice");
    for (source, target, at) in [("/q/f", "/q/d/s", "/q/f"), ("/q/d/sub", "/q/s", "/q/s")] {
        let options = RenameOptions::default();
        let (source, target) = (path(source), path(target));
        let renamed = fixture.master.rename(&alice, &source, &target, options);
        assert_eq!(
            renamed.await.unwrap_err().to_string(),
            format!(
                "Permission denied: user=alice, access=-w-, path={at}: failed at q, inode \
                 owner=root, inode group=root, inode mode=rwxr-xr-x"
            )
        );
    }
}

#[tokio::test]
async fn a_file_that_only_the_store_knows_is_not_overwritten_by_a_rename() {
    let fixture = tree().await;
    fixture.write_ufs("/q/outside", b"theirs");
    let refused = rename(&fixture, "/q/p", "/q/outside").await;
    assert!(
        refused.starts_with("Cannot rename because destination"),
        "{refused}"
    );
    assert_eq!(fixture.read_ufs("/q/outside"), b"theirs");
}

/// Where a move is a copy, the store takes the copy for another file.
#[tokio::test]
async fn what_was_moved_by_copying_is_still_the_same_file_for_a_comparison() {
    let fixture = Fixture::new().await;
    fixture.mount_memory("/m", "bucket").await;
    let pin = SetAttributeOptions {
        pinned: Some(true),
        ..SetAttributeOptions::default()
    };
    for (file, from, to, moved) in [
        ("/m/f", "/m/f", "/m/g", "/m/g"),
        ("/m/d/sub/f", "/m/d", "/m/e", "/m/e/sub/f"),
    ] {
        fixture.put_memory(file, b"data").await;
        let before = fixture.status(file).await.unwrap();
        fixture.set(file, pin.clone()).await;
        assert_eq!(rename(&fixture, from, to).await, "ok");
        fixture.compare("/m", Depth::All).await;
        let after = fixture.status(moved).await.unwrap();
        assert_eq!((after.file_id, after.pinned), (before.file_id, true));
    }
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

/// Only what was moved: whoever replaces it afterwards has written another file.
#[tokio::test]
async fn what_others_write_over_a_moved_file_is_loaded_anew() {
    let fixture = Fixture::new().await;
    fixture.mount_memory("/m", "bucket").await;
    fixture.put_memory("/m/f", b"data").await;
    let before = fixture.status("/m/f").await.unwrap();
    assert_eq!(rename(&fixture, "/m/f", "/m/g").await, "ok");
    fixture.put_memory("/m/g", b"more").await;
    fixture.compare("/m/g", Depth::This).await;
    let after = fixture.status("/m/g").await.unwrap();
    assert_ne!(after.file_id, before.file_id);
}

#[tokio::test]
async fn a_rename_that_the_store_refuses_notes_what_the_store_has_made() {
    let fixture = Fixture::new().await;
    fixture.write_through("/f", b"data").await;
    fixture.mkdir("/x").await.unwrap();
    fixture.mkdir("/x/y").await.unwrap();
    let kind = UfsErrorKind::PermissionDenied;
    let refused = UfsPath::parse(&fixture.ufs("/x/y")).unwrap();
    let rule = FaultRule::on(UfsOperation::Mkdir, Fault::Fail(kind)).below(&refused);
    fixture.stores.faults.add(rule);
    let (request, source, target) = (fixture.root(), path("/f"), path("/x/y/f"));
    let options = RenameOptions::default();
    let renamed = fixture.master.rename(&request, &source, &target, options);
    renamed.await.unwrap_err();
    let state = async |text| fixture.status(text).await.unwrap().persistence;
    assert_eq!(state("/x").await, PersistenceState::Persisted);
    assert_eq!(state("/x/y").await, PersistenceState::NotPersisted);
    // So it goes from the store with the next delete.
    let options = DeleteOptions {
        recursive: true,
        ..DeleteOptions::default()
    };
    fixture.delete("/x", options).await.unwrap();
    assert!(!fixture.ufs_file("/x").try_exists().unwrap());
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

/// They would each wait for a sync of the journal of their own.
#[tokio::test]
async fn renames_of_what_is_in_no_store_do_not_wait_for_each_other() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    for file in ["/q/a", "/q/b"] {
        fixture.write_file(file, &[80]).await;
    }
    fixture.journal.stalls.store(true, Ordering::SeqCst);
    let first = rename(&fixture, "/q/a", "/q/c");
    let second = rename(&fixture, "/q/b", "/q/d");
    assert!(
        futures::future::join(first, second)
            .now_or_never()
            .is_none()
    );
    let names = |tree: &InodeTree| ["/q/c", "/q/d"].map(|name| tree.find(&path(name)).is_some());
    assert_eq!(fixture.master.read(names), [true, true]);
}
