//! `docs/semantics.md`, "Freeing".

use std::sync::atomic::Ordering;

use futures::FutureExt;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{BlockRemoval, FreeOptions, SetAttributeOptions};

async fn free(fixture: &Fixture, text: &str, options: FreeOptions) -> String {
    let (request, target) = (fixture.root(), path(text));
    let freed = fixture.master.free(&request, &target, options).await;
    freed.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
}

const RECURSIVE: FreeOptions = FreeOptions {
    recursive: true,
    forced: false,
};
const FORCED: FreeOptions = FreeOptions {
    recursive: true,
    forced: true,
};

/// A persisted file with one cached block.
async fn cached(fixture: &Fixture, text: &str) -> alluxio_common::BlockId {
    fixture.write_through(text, b"0123456789").await;
    let block = fixture.status(text).await.unwrap().blocks[0].block_id;
    fixture.blocks.cached.lock().insert(block);
    block
}

#[tokio::test]
async fn free_drops_the_copies_of_what_the_store_has() {
    let fixture = Fixture::new().await;
    let block = cached(&fixture, "/q/p").await;
    assert_eq!(
        fixture.status("/q/p").await.unwrap().in_alluxio_percentage,
        100
    );
    assert_eq!(free(&fixture, "/q", RECURSIVE).await, "ok");
    assert_eq!(
        *fixture.blocks.removed.lock(),
        [(block, BlockRemoval::Free)]
    );
    let info = fixture.status("/q/p").await.unwrap();
    assert_eq!((info.in_alluxio_percentage, info.blocks.len()), (0, 1));
    assert_eq!(fixture.read_ufs("/q/p"), b"0123456789");
}

#[tokio::test]
async fn free_refuses_what_would_lose_data_or_is_pinned() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.write_file("/q/f", &[80]).await;
    let block = cached(&fixture, "/q/p").await;
    let pin = SetAttributeOptions {
        pinned: Some(true),
        ..SetAttributeOptions::default()
    };
    let request = fixture.root();
    fixture
        .master
        .set_attribute(&request, &path("/q/p"), pin)
        .await
        .unwrap();
    for (text, options, expected) in [
        ("/q/no", RECURSIVE, "Path \"/q/no\" does not exist."),
        (
            "/q/f",
            RECURSIVE,
            "Cannot free file /q/f which is not persisted",
        ),
        (
            "/q/f",
            FORCED,
            "Cannot free file /q/f which is not persisted",
        ),
        ("/", FORCED, "Cannot free file /q/f which is not persisted"),
        (
            "/q/p",
            RECURSIVE,
            "Cannot free file /q/p which is pinned. Please unpin it first or set the \"forced\" \
             flag of free operation to true",
        ),
        (
            "/q",
            FreeOptions::default(),
            "Cannot free directory /q which is not empty. Please set the \"recursive\" flag of \
             free operation to true",
        ),
    ] {
        assert_eq!(free(&fixture, text, options).await, expected);
    }
    assert!(fixture.blocks.removed.lock().is_empty());
    assert_eq!(free(&fixture, "/q/p", FORCED).await, "ok");
    assert_eq!(
        *fixture.blocks.removed.lock(),
        [(block, BlockRemoval::Free)]
    );
    assert!(!fixture.status("/q/p").await.unwrap().pinned);
}

#[tokio::test]
async fn free_needs_read_on_the_file() {
    let fixture = Fixture::new().await;
    cached(&fixture, "/p").await;
    fixture.set_mode("/p", 0o600).await;
    let alice = fixture.user("alice");
    let freed = fixture.master.free(&alice, &path("/p"), RECURSIVE).await;
    assert_eq!(
        freed.unwrap_err().to_string(),
        "Permission denied: user=alice, access=r--, path=/p: failed at p, inode owner=root, inode \
         group=root, inode mode=rw-------"
    );
}

#[tokio::test]
async fn copies_go_when_it_is_durable_that_the_store_has_the_bytes() {
    let fixture = Fixture::new().await;
    cached(&fixture, "/f").await;
    fixture.journal.stalls.store(true, Ordering::SeqCst);
    assert!(free(&fixture, "/f", RECURSIVE).now_or_never().is_none());
    assert!(fixture.blocks.removed.lock().is_empty());
    fixture.journal.stalls.store(false, Ordering::SeqCst);
    assert_eq!(free(&fixture, "/f", RECURSIVE).await, "ok");
    assert_eq!(fixture.blocks.removed.lock().len(), 1);
}
