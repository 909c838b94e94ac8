//! `docs/semantics.md`, "Changes in the store".

use std::time::Duration;

use alluxio_common::Mode;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    Depth, GetStatusOptions, ListStatusOptions, SetAttributeOptions, StatusView,
};

async fn listed(fixture: &Fixture, text: &str, options: ListStatusOptions) -> Vec<String> {
    let (request, directory) = (fixture.syncing(), path(text));
    let listing = fixture
        .master
        .list_status(&request, &directory, options)
        .await;
    let mut names = Vec::new();
    let visit = |status: &StatusView<'_>| names.push(status.path.to_string());
    listing.unwrap().next_page(1_000, visit).await.unwrap();
    names
}

#[tokio::test]
async fn what_changed_in_the_store_is_loaded_again_and_its_blocks_are_dropped() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"old").await;
    let old = fixture.status("/d/f").await.unwrap();
    fixture.advance(Duration::from_secs(1));
    fixture.write_ufs("/d/f", b"something longer");
    assert_eq!(
        fixture.status("/d/f").await.unwrap().length,
        3,
        "nobody asked the store"
    );
    let (request, target) = (fixture.syncing(), path("/d/f"));
    let options = GetStatusOptions::default();
    let new = fixture
        .master
        .get_status(&request, &target, options)
        .await
        .unwrap();
    assert_eq!(new.length, 16);
    assert_ne!(new.file_id, old.file_id);
    fixture.master.reclaim().await.unwrap();
    let removed: Vec<_> = fixture
        .blocks
        .removed
        .lock()
        .iter()
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(removed, [old.blocks[0].block_id]);
}

#[tokio::test]
async fn what_vanished_goes_and_what_is_new_comes() {
    let fixture = Fixture::new().await;
    for name in ["a", "b", "sub/c", "sub/d"] {
        fixture.write_through(&format!("/d/{name}"), b"x").await;
    }
    fixture.write_file("/d/cached", &[1]).await;
    fixture.create_through("/d/being-written").await.unwrap();
    fixture.advance(Duration::from_secs(1));
    std::fs::remove_file(fixture.ufs_file("/d/a")).unwrap();
    std::fs::remove_file(fixture.ufs_file("/d/sub/c")).unwrap();
    fixture.write_ufs("/d/new", b"n");
    fixture.write_ufs("/d/sub/new", b"n");
    let recursive = ListStatusOptions {
        recursive: true,
        ..ListStatusOptions::default()
    };
    assert_eq!(
        listed(&fixture, "/d", ListStatusOptions::default()).await,
        ["/d/b", "/d/being-written", "/d/cached", "/d/new", "/d/sub"]
    );
    assert_eq!(
        listed(&fixture, "/d", recursive).await,
        [
            "/d/b",
            "/d/being-written",
            "/d/cached",
            "/d/new",
            "/d/sub",
            "/d/sub/d",
            "/d/sub/new"
        ]
    );
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_change_of_permissions_in_the_store_keeps_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"same").await;
    let before = fixture.status("/d/f").await.unwrap();
    let file = fixture.ufs_file("/d/f");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (request, target) = (fixture.syncing(), path("/d/f"));
    let options = GetStatusOptions::default();
    let after = fixture
        .master
        .get_status(&request, &target, options)
        .await
        .unwrap();
    assert_eq!((after.file_id, after.mode.bits()), (before.file_id, 0o640));
}

/// An object store says the same owner and mode of everything.
#[tokio::test]
async fn a_store_that_knows_no_permissions_takes_none_away() {
    let fixture = Fixture::new().await;
    fixture.mount_memory("/m", "bucket").await;
    fixture.put_memory("/m/d/f", b"data").await;
    let of_alice = SetAttributeOptions {
        owner: Some("alice".to_owned()),
        group: Some("staff2".to_owned()),
        mode: Some(Mode::from_bits(0o750)),
        ..SetAttributeOptions::default()
    };
    for name in ["/m/d", "/m/d/f"] {
        fixture.status(name).await.unwrap();
        fixture.set(name, of_alice.clone()).await;
    }
    for (depth, name) in [(Depth::This, "/m/d"), (Depth::All, "/m")] {
        fixture.compare(name, depth).await;
    }
    for name in ["/m/d", "/m/d/f"] {
        let info = fixture.status(name).await.unwrap();
        let found = (info.owner.as_str(), info.group.as_str(), info.mode.bits());
        assert_eq!(found, ("alice", "staff2", 0o750), "{name}");
    }
}

#[tokio::test]
async fn a_path_that_vanished_is_not_found() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"x").await;
    fixture.advance(Duration::from_secs(1));
    std::fs::remove_dir_all(fixture.ufs_file("/d")).unwrap();
    let (request, target) = (fixture.syncing(), path("/d"));
    let options = GetStatusOptions::default();
    let gone = fixture.master.get_status(&request, &target, options).await;
    assert!(gone.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_path_can_be_marked_to_be_compared_at_the_next_access() {
    let fixture = Fixture::new().await;
    fixture.write_through("/f", b"x").await;
    fixture.advance(Duration::from_secs(1));
    fixture.write_ufs("/f", b"xyz");
    fixture.master.needs_sync(&path("/f"));
    assert_eq!(fixture.status("/f").await.unwrap().length, 3);
}

#[tokio::test]
async fn a_directory_that_vanished_leaves_what_is_not_in_its_store() {
    let fixture = Fixture::new().await;
    for name in ["a", "sub/b", "gone/c"] {
        fixture.write_through(&format!("/d/{name}"), b"x").await;
    }
    fixture.write_file("/d/sub/cached", &[1]).await;
    fixture.write_async("/d/waiting", b"x").await;
    let other = fixture.mount("/d/mnt", "other").await;
    std::fs::write(format!("{other}/f"), b"x").unwrap();
    fixture.advance(Duration::from_secs(1));
    std::fs::remove_dir_all(fixture.ufs_file("/d")).unwrap();
    assert_eq!(
        listed(&fixture, "/", ListStatusOptions::default()).await,
        ["/d"]
    );
    let recursive = ListStatusOptions {
        recursive: true,
        ..ListStatusOptions::default()
    };
    assert_eq!(
        listed(&fixture, "/d", recursive).await,
        [
            "/d/mnt",
            "/d/mnt/f",
            "/d/sub",
            "/d/sub/cached",
            "/d/waiting"
        ]
    );
    let (request, mount) = (fixture.root(), path("/d/mnt"));
    fixture.master.unmount(&request, &mount).await.unwrap();
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}
