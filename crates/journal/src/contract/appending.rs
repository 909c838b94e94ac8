//! The promises about entries.

use std::sync::atomic::{AtomicUsize, Ordering};

use alluxio_common::SequenceNumber;
use futures::FutureExt;
use futures::future::join_all;

use super::{Memory, Opened, Place};
use crate::error::JournalError;
use crate::journal::{Health, Journal};

/// Appends and waits.
pub(super) async fn keep(journal: &dyn Journal, payload: &[u8]) -> SequenceNumber {
    journal.admit().await.expect("the journal is writable");
    let sequence_number = journal.append(payload).expect("the entry is short");
    journal
        .wait_durable(sequence_number)
        .await
        .expect("the disk works");
    sequence_number
}

pub(super) async fn numbers_are_given_without_gaps<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    for expected in 0..100 {
        let given = journal.append(b"entry").expect("the entry is short");
        assert_eq!(given.raw(), expected);
    }
    assert_eq!(journal.status().next.raw(), 100);
    journal.close().await.expect("the disk works");
}

pub(super) async fn a_wait_ends_when_the_entry_is_durable<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    let first = keep(journal.as_ref(), b"first").await;
    assert!(journal.progress().durable_end() > first);
    // A second wait for the same entry has nothing to wait for.
    let again = journal.wait_durable(first).now_or_never();
    assert!(matches!(again, Some(Ok(()))));
    journal.close().await.expect("the disk works");
}

pub(super) async fn what_was_waited_for_is_replayed_in_order<P: Place>(place: &P) {
    if place.memory() == Memory::Nothing {
        return;
    }
    let mut written = Vec::new();
    for round in 0..3_u8 {
        let Opened { journal, replayed } = place.open().await;
        assert_eq!(replayed.entries, written);
        for entry in 0..20_u8 {
            let payload = vec![round, entry];
            keep(journal.as_ref(), &payload).await;
            written.push(payload);
        }
        journal.close().await.expect("the disk works");
    }
}

pub(super) async fn an_entry_that_nobody_waits_for_becomes_durable<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    journal.append(b"nobody waits").expect("the entry is short");
    journal.close().await.expect("the disk works");
    assert_eq!(journal.status().durable_end.raw(), 1);
    let Opened { replayed, .. } = place.open().await;
    if place.memory() == Memory::Everything {
        assert_eq!(replayed.entries, [b"nobody waits"]);
    }
}

pub(super) async fn entries_of_any_length_up_to_the_limit_are_kept<P: Place>(place: &P) {
    let lengths = [0, 1, 19, 20, 21, 511, 512, 513, 4096, 100_000, 1 << 20];
    let payload = |length: usize| vec![0xa5; length];
    let Opened { journal, .. } = place.open().await;
    for length in lengths {
        keep(journal.as_ref(), &payload(length)).await;
    }
    journal.close().await.expect("the disk works");
    let Opened { replayed, .. } = place.open().await;
    if place.memory() == Memory::Everything {
        assert_eq!(replayed.entries, lengths.map(payload));
    }
}

pub(super) async fn an_entry_that_is_too_long_is_refused_and_leaves_no_gap<P: Place>(place: &P) {
    if place.memory() == Memory::Nothing {
        return;
    }
    let Opened { journal, .. } = place.open().await;
    let too_long = vec![0; 65 << 20];
    let refused = journal.append(&too_long);
    assert!(matches!(refused, Err(JournalError::EntryTooLarge { .. })));
    assert_eq!(keep(journal.as_ref(), b"next").await, SequenceNumber::ZERO);
    journal.close().await.expect("the disk works");
}

pub(super) async fn many_appenders_are_served_each_in_its_order<P: Place>(place: &P) {
    const APPENDERS: u8 = 16;
    const ENTRIES: u8 = 50;
    let Opened { journal, .. } = place.open().await;
    let durable = AtomicUsize::new(0);
    let append_all = |appender: u8| {
        let (journal, durable) = (journal.as_ref(), &durable);
        async move {
            for entry in 0..ENTRIES {
                keep(journal, &[appender, entry]).await;
                durable.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    join_all((0..APPENDERS).map(append_all)).await;
    assert_eq!(
        durable.into_inner(),
        usize::from(APPENDERS) * usize::from(ENTRIES)
    );
    journal.close().await.expect("the disk works");
    let Opened { replayed, .. } = place.open().await;
    if place.memory() == Memory::Everything {
        for appender in 0..APPENDERS {
            let own = replayed.entries.iter().filter(|entry| entry[0] == appender);
            let order: Vec<u8> = own.map(|entry| entry[1]).collect();
            assert_eq!(order, (0..ENTRIES).collect::<Vec<u8>>());
        }
    }
}

pub(super) async fn a_wait_that_is_given_up_disturbs_nobody<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    for _ in 0..100 {
        let given_up = journal.append(b"given up").expect("the entry is short");
        // Polled once, which registers it, and dropped.
        drop(journal.wait_durable(given_up).now_or_never());
        keep(journal.as_ref(), b"kept").await;
    }
    assert_eq!(journal.status().durable_end.raw(), 200);
    journal.close().await.expect("the disk works");
}

pub(super) async fn a_closed_journal_refuses<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    keep(journal.as_ref(), b"before").await;
    journal.close().await.expect("the disk works");
    assert!(matches!(journal.append(b"x"), Err(JournalError::Closed)));
    assert!(matches!(journal.admit().await, Err(JournalError::Closed)));
    let never = journal.wait_durable(SequenceNumber::from_raw(1)).await;
    assert!(matches!(never, Err(JournalError::Closed)));
    assert_eq!(journal.status().health, Health::Closed);
    journal.close().await.expect("closing twice is harmless");
}

pub(super) async fn every_owner_has_a_higher_epoch<P: Place>(place: &P) {
    if place.memory() == Memory::Nothing {
        return;
    }
    let mut last = None;
    for _ in 0..3 {
        let Opened { journal, .. } = place.open().await;
        let epoch = journal.status().epoch;
        assert!(last < Some(epoch), "{last:?} then {epoch}");
        last = Some(epoch);
        journal.close().await.expect("the disk works");
    }
}
