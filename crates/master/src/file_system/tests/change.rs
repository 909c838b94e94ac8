//! What holds for every change, whatever operation decides it.

use crate::error::FileSystemError;
use crate::file_system::Scope;
use crate::file_system::testing::{Fixture, path};
use crate::journal_entry::{DeleteEntry, JournalEntry};

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
