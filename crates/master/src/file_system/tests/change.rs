//! What holds for every change, whatever operation decides it.

use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;

use crate::error::FileSystemError;
use crate::file_system::Scope;
use crate::file_system::testing::{Fixture, path};
use crate::journal_entry::{DeleteEntry, JournalEntry};
use crate::reservation::ReservedPath;

#[tokio::test]
async fn a_change_that_contradicts_the_namespace_is_an_error_and_not_in_the_journal() {
    let fixture = Fixture::new().await;
    fixture.create("/f").await.unwrap();
    let hash = fixture.master.state_hash();
    let (request, target) = (fixture.root(), path("/f"));
    let paths = [&target];
    let twice = fixture
        .master
        .change(&request, Scope::Paths(&paths), |draft| {
            let id = draft.tree.find(&target).expect("it was created").id();
            let operation_time = draft.now;
            for _ in 0..2 {
                draft.push(JournalEntry::Delete(DeleteEntry { id, operation_time }));
            }
            Ok(())
        });
    let refused = twice.await.unwrap_err();
    assert!(matches!(refused, FileSystemError::Contradiction { .. }));
    assert_eq!(fixture.master.state_hash(), hash);
    assert_eq!(fixture.replayed_hash(), hash);
    fixture.create("/g").await.unwrap();
}

#[tokio::test]
async fn a_refused_change_keeps_no_ids_that_the_journal_does_not_reserve() {
    let mut fixture = Fixture::new().await;
    // The first file id after a start takes a reservation, which is lost with the change.
    let request = fixture.root();
    let refused = fixture.master.change(&request, Scope::Paths(&[]), |draft| {
        draft.next_file_id();
        Err::<(), _>(FileSystemError::RootExists)
    });
    refused.await.unwrap_err();
    let first = fixture.create("/first").await.unwrap().file_id;
    fixture.restart();
    let second = fixture.create("/second").await.unwrap().file_id;
    assert_ne!(first, second);
}

#[tokio::test]
async fn all_who_wait_behind_one_who_works_in_a_store_have_their_turn() {
    let fixture = Fixture::new().await;
    let places = ["/d/a", "/d/b", "/d/c"];
    fixture.mkdir("/d").await.unwrap();
    let held = fixture
        .master
        .reserve([ReservedPath::subtree(&path("/d"))])
        .await
        .unwrap();
    let mut creates = Box::pin(join_all(places.map(|place| fixture.create(place))));
    assert!(creates.as_mut().now_or_never().is_none());
    drop(held);
    let created = tokio::time::timeout(Duration::from_secs(10), creates).await;
    for file in created.expect("nobody is sent back") {
        file.unwrap();
    }
    assert!(fixture.master.reservations.is_empty());
}
