//! The disk refuses for a while, and the journal goes on when it does not any more.

use alluxio_common::{Describe, ErrorCode, ManualClock};
use futures::FutureExt;

use super::*;
use crate::disk::{CrashImage, Fault};
use crate::progress::{Progress, ProgressLimits};

fn wait_for_failure(journal: &LocalJournal) {
    while journal.progress().health() == Health::Writable {
        journal.progress().bell().ring();
        std::thread::yield_now();
    }
}

async fn entries_survive(break_disk: impl Fn(&SimulatedDisk)) {
    let disk = formatted_disk();
    let opened = open(&disk).expect("the disk works");
    let journal = opened.journal;
    keep(&journal, b"before").await;
    break_disk(&disk);
    let first = journal.append(b"during").expect("the queue takes it");
    wait_for_failure(&journal);
    let refused = journal.admit().await.expect_err("the disk refuses");
    assert_eq!(refused.code(), ErrorCode::FailedPrecondition);
    // An operation that was admitted before may still append.
    let second = journal.append(b"also during").expect("the queue takes it");
    let refused = journal.wait_durable(first).await;
    let unfinished = refused.expect_err("the disk refuses");
    assert_eq!(unfinished.code(), ErrorCode::JournalUnavailable);
    disk.heal();
    wait_for_disk(&journal, second).await;
    while journal.admit().await.is_err() {
        std::thread::yield_now();
    }
    keep(&journal, b"after").await;
    assert!(journal.status().flush_failures > 0);
    let expected: [&[u8]; 4] = [b"before", b"during", b"also during", b"after"];
    for image in [CrashImage::OnlySynced, CrashImage::Everything] {
        let opened = open(&disk.after_crash(image)).expect("the disk works");
        assert_eq!(opened.replayed.entries, expected, "{image:?}");
    }
    journal.close().await.expect("the disk works");
    let opened = open(&disk).expect("the disk works");
    assert_eq!(opened.replayed.entries, expected);
}

#[tokio::test]
async fn entries_survive_a_write_error() {
    entries_survive(|disk| disk.inject(Fault::Write)).await;
}

#[tokio::test]
async fn entries_survive_a_short_write() {
    entries_survive(|disk| disk.inject(Fault::ShortWrite)).await;
}

#[tokio::test]
async fn entries_survive_a_failing_sync() {
    entries_survive(|disk| disk.inject(Fault::Sync)).await;
}

#[tokio::test]
async fn entries_survive_a_full_disk() {
    entries_survive(|disk| {
        // The room that is reserved for the segment is not enough for the fresh one.
        disk.inject(Fault::Sync);
        disk.limit_capacity(disk.used_bytes());
    })
    .await;
}

#[tokio::test]
async fn entries_survive_when_no_file_can_be_created() {
    entries_survive(|disk| {
        disk.inject(Fault::Sync);
        disk.inject(Fault::Create);
    })
    .await;
}

#[tokio::test]
async fn entries_survive_when_any_single_change_fails() {
    let count = |disk: &SimulatedDisk| disk.steps();
    let mut step = count(&formatted_disk());
    loop {
        let disk = formatted_disk();
        disk.fail_once_at(step);
        let mut opened = open(&disk);
        if opened.is_err() {
            // The one failure met the start itself. It says so, and works the next time.
            opened = open(&disk);
        }
        let journal = opened.expect("only one change fails").journal;
        let mut record = Recorder::default();
        for round in 0..4 {
            for entry in 0..10 {
                let payload = format!("round {round}, entry {entry}, and so on").into_bytes();
                keep(&journal, &payload).await;
                record.entries.push(payload);
            }
            let end = SequenceNumber::from_raw(record.entries.len() as u64);
            drop(journal.write_checkpoint(Box::new(record.source(end))).await);
        }
        let after = disk.after_crash(CrashImage::OnlySynced);
        let replayed = open(&after).unwrap_or_else(|error| panic!("step {step}: {error}"));
        assert_eq!(replayed.replayed.entries, record.entries, "step {step}");
        if step > count(&disk) {
            return;
        }
        step += 1;
    }
}

/// A journal whose disk refuses from now on, with the number of an entry that it does not take.
fn stuck(
    patience: Duration,
    flush_timeout: Duration,
) -> (
    SimulatedDisk,
    Arc<ManualClock>,
    LocalJournal,
    SequenceNumber,
) {
    let disk = formatted_disk();
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let settings = LocalJournalConf {
        flush_timeout,
        patience,
        ..conf(folder())
    };
    let recovery =
        Recovery::begin(settings, Arc::new(disk.clone()), clock.clone()).expect("the disk works");
    let journal = recovery
        .replay(&mut Recorder::default())
        .and_then(super::super::Replayed::start)
        .expect("the disk works");
    disk.inject(Fault::Sync);
    let sequence_number = journal.append(b"stuck").expect("the queue takes it");
    wait_for_failure(&journal);
    (disk, clock, journal, sequence_number)
}

#[tokio::test]
async fn callers_hear_of_a_failing_disk_when_the_patience_is_over() {
    let patience = Duration::from_secs(3);
    let (disk, clock, journal, sequence_number) = stuck(patience, Duration::from_secs(300));
    let mut wait = Box::pin(journal.wait_durable(sequence_number));
    let mut admit = Box::pin(journal.admit());
    clock.advance(Duration::from_secs(2));
    journal.progress().expire();
    assert!(wait.as_mut().now_or_never().is_none());
    assert!(admit.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_secs(1));
    journal.progress().expire();
    let unfinished = wait.await.expect_err("the disk refuses");
    assert!(matches!(unfinished, JournalError::NotDurable { .. }));
    let refused = admit.await.expect_err("the disk refuses");
    assert!(matches!(refused, JournalError::Unavailable { .. }));
    for error in [unfinished, refused] {
        let sentence = error.to_string();
        assert!(sentence.contains("Cannot sync /journal/"), "{sentence}");
    }
    // Nothing was given up: the disk comes back, and so does the entry.
    disk.heal();
    wait_for_disk(&journal, sequence_number).await;
}

#[tokio::test]
async fn a_wait_ends_with_the_reason_after_the_flush_timeout() {
    let timeout = Duration::from_secs(300);
    let (disk, clock, journal, sequence_number) = stuck(Duration::from_secs(1_000), timeout);
    let mut wait = Box::pin(journal.wait_durable(sequence_number));
    assert!(wait.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_secs(299));
    journal.progress().expire();
    assert!(wait.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_secs(1));
    journal.progress().expire();
    let outcome = wait.await;
    assert!(matches!(outcome, Err(JournalError::NotDurable { .. })));
    disk.heal();
    wait_for_disk(&journal, sequence_number).await;
}

#[tokio::test]
async fn a_disk_that_does_not_answer_ends_waits_after_the_flush_timeout() {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let limits = ProgressLimits {
        flush_timeout: Duration::from_secs(300),
        patience: Duration::ZERO,
        queue_limit: 1_000,
    };
    let progress = Progress::new(clock.clone(), limits, SequenceNumber::ZERO);
    let mut wait = Box::pin(progress.wait_durable(SequenceNumber::ZERO));
    assert!(wait.as_mut().now_or_never().is_none());
    clock.advance(Duration::from_secs(300));
    progress.expire();
    let outcome = wait.await;
    assert!(matches!(outcome, Err(JournalError::FlushTimeout { .. })));
}

#[tokio::test]
async fn a_disk_without_room_for_a_segment_takes_entries() {
    let size = 2 << 20;
    let conf = LocalJournalConf {
        segment_size: ByteSize::from_bytes(size),
        ..conf(folder())
    };
    let disk = formatted_disk();
    let journal = open_with(conf.clone(), disk.clone())
        .expect("the disk works")
        .journal;
    let room = 500_000;
    disk.limit_capacity(disk.used_bytes() + room);
    let entry = vec![7; 300_000];
    let mut kept = 0;
    loop {
        let sequence_number = journal.append(&entry).expect("the entry is short enough");
        if !is_kept(&journal, sequence_number) {
            break;
        }
        kept += 1;
    }
    // Six fill the segment that has its room. The next ones go where the disk still has some.
    assert!(kept > 6, "{kept}");
    disk.heal();
    journal.close().await.expect("the disk works");
    let opened = open_with(conf, disk.after_crash(CrashImage::OnlySynced));
    let entries = opened.expect("the disk works").replayed.entries;
    assert_eq!(entries.len(), kept + 1);
}

#[tokio::test]
async fn a_checkpoint_that_the_log_cannot_follow_leaves_nothing_on_the_disk() {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    keep(&journal, b"kept").await;
    let capacity = disk.used_bytes() + 1_500;
    disk.limit_capacity(capacity);
    let stuck = journal
        .append(&[7; 4_000])
        .expect("the entry is short enough");
    assert!(!is_kept(&journal, stuck));
    let record = Recorder {
        entries: vec![b"kept".to_vec(), vec![7; 4]],
        ..Recorder::default()
    };
    let source = record.source(SequenceNumber::from_raw(2));
    let written = journal.write_checkpoint(Box::new(source)).await;
    assert!(matches!(written, Err(JournalError::NotDurable { .. })));
    let name = FileName::checkpoint(journal.status().epoch, 2).to_string();
    let unfinished = folder().join(".tmp").join(name);
    assert!(!disk.paths().contains(&unfinished), "{:?}", disk.paths());
    disk.heal();
    wait_for_disk(&journal, stuck).await;
}

#[tokio::test]
async fn closing_while_the_disk_refuses_says_that_something_is_lost() {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    disk.inject(Fault::Write);
    journal.append(b"lost").expect("the queue takes it");
    let closed = journal.close().await;
    assert!(matches!(closed, Err(JournalError::Unavailable { .. })));
}

#[tokio::test]
async fn admission_waits_while_the_queue_is_full() {
    let disk = formatted_disk();
    let settings = LocalJournalConf {
        queue_limit: ByteSize::from_bytes(100),
        ..conf(folder())
    };
    let journal = open_with(settings, disk).expect("the disk works").journal;
    for _ in 0..200 {
        journal.admit().await.expect("the disk works");
        // Admitted one by one, so at most one entry goes over the limit.
        assert!(journal.status().queued_bytes < 100);
        journal.append(&[7; 90]).expect("the entry is short");
    }
    journal.close().await.expect("the disk works");
    assert_eq!(journal.status().queued_bytes, 0);
}

#[tokio::test]
async fn the_next_segment_is_ready_before_it_is_needed() {
    let size = 2 << 20;
    let conf = LocalJournalConf {
        segment_size: ByteSize::from_bytes(size),
        ..conf(folder())
    };
    let disk = formatted_disk();
    let journal = open_with(conf.clone(), disk.clone())
        .expect("the disk works")
        .journal;
    let entry = vec![7; 300_000];
    for _ in 0..4 {
        keep(&journal, &entry).await;
    }
    journal.wait_for_spare();
    // Nothing new can be made from here on.
    disk.inject(Fault::Create);
    for _ in 0..4 {
        let sequence_number = journal.append(&entry).expect("the entry is short enough");
        assert!(is_kept(&journal, sequence_number));
    }
    assert_eq!(files_in(&disk, "logs").len(), 2);
    let opened = open_with(conf, disk.after_crash(CrashImage::OnlySynced));
    assert_eq!(opened.expect("the disk works").replayed.entries.len(), 8);
}
