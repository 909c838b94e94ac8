//! The promises about checkpoints.

use std::sync::mpsc::{Receiver, Sender, channel};

use alluxio_common::SequenceNumber;
use futures::future::join;

use super::appending::keep;
use super::{Memory, Opened, Place, Recorder, RecorderSource};
use crate::checkpoint::{CheckpointSink, CheckpointSource};
use crate::error::JournalError;
use crate::journal::Journal;

/// Appends `count` entries to the journal and to the record of it.
async fn append(journal: &dyn Journal, record: &mut Recorder, count: usize) {
    for _ in 0..count {
        let payload = format!("entry {}", record.entries.len()).into_bytes();
        keep(journal, &payload).await;
        record.entries.push(payload);
    }
}

/// A checkpoint of everything that is in the record.
async fn checkpoint(journal: &dyn Journal, record: &Recorder) {
    let end = SequenceNumber::from_raw(record.entries.len() as u64);
    let written = journal.write_checkpoint(Box::new(record.source(end))).await;
    assert_eq!(written.expect("the disk works").end, end);
}

pub(super) async fn a_checkpoint_stands_for_the_entries_below_it<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    let mut record = Recorder::default();
    append(journal.as_ref(), &mut record, 30).await;
    checkpoint(journal.as_ref(), &record).await;
    append(journal.as_ref(), &mut record, 7).await;
    if place.memory() == Memory::Everything {
        assert_eq!(journal.status().entries_since_checkpoint, 7);
    }
    journal.close().await.expect("the disk works");
    let Opened { journal, replayed } = place.open().await;
    if place.memory() == Memory::Everything {
        assert_eq!(replayed.entries, record.entries);
        assert_eq!(replayed.from_checkpoint, 30);
        assert_eq!(journal.status().entries_since_checkpoint, 7);
    }
}

pub(super) async fn the_newest_checkpoint_is_loaded<P: Place>(place: &P) {
    if place.memory() == Memory::Nothing {
        return;
    }
    let mut record = Recorder::default();
    for round in 1..6 {
        let Opened { journal, replayed } = place.open().await;
        assert_eq!(replayed.entries, record.entries);
        append(journal.as_ref(), &mut record, 10).await;
        checkpoint(journal.as_ref(), &record).await;
        append(journal.as_ref(), &mut record, 1).await;
        journal.close().await.expect("the disk works");
        let Opened { journal, replayed } = place.open().await;
        assert_eq!(replayed.entries, record.entries);
        assert_eq!(replayed.from_checkpoint, round * 11 - 1);
        journal.close().await.expect("the disk works");
    }
}

/// Says that it has begun, and goes on when it is told to.
struct SlowSource {
    inner: RecorderSource,
    begun: Sender<()>,
    go_on: Receiver<()>,
}

impl CheckpointSource for SlowSource {
    fn end(&self) -> SequenceNumber {
        self.inner.end()
    }

    fn write_sections(&mut self, sink: &mut dyn CheckpointSink) -> Result<(), JournalError> {
        self.begun.send(()).expect("the test listens");
        self.go_on.recv().expect("the test answers");
        self.inner.write_sections(sink)
    }
}

pub(super) async fn entries_are_appended_while_a_checkpoint_is_written<P: Place>(place: &P) {
    if place.memory() == Memory::Nothing {
        return;
    }
    let Opened { journal, .. } = place.open().await;
    let mut record = Recorder::default();
    append(journal.as_ref(), &mut record, 10).await;
    let (begun, has_begun) = channel();
    let (go_on, may_go_on) = channel();
    let end = SequenceNumber::from_raw(10);
    let source = SlowSource {
        inner: record.source(end),
        begun,
        go_on: may_go_on,
    };
    let write = journal.write_checkpoint(Box::new(source));
    let append_meanwhile = async {
        has_begun.recv().expect("the source begins");
        append(journal.as_ref(), &mut record, 10).await;
        let second = journal.write_checkpoint(Box::new(record.source(end))).await;
        assert!(matches!(second, Err(JournalError::CheckpointRunning)));
        go_on.send(()).expect("the source waits");
    };
    let (written, ()) = join(write, append_meanwhile).await;
    assert_eq!(written.expect("the disk works").end, end);
    journal.close().await.expect("the disk works");
    let Opened { replayed, .. } = place.open().await;
    assert_eq!(replayed.entries, record.entries);
    assert_eq!(replayed.from_checkpoint, 10);
}

/// Writes something, then gives up.
struct QuittingSource;

impl CheckpointSource for QuittingSource {
    fn end(&self) -> SequenceNumber {
        SequenceNumber::from_raw(5)
    }

    fn write_sections(&mut self, sink: &mut dyn CheckpointSink) -> Result<(), JournalError> {
        sink.begin_section("lengths")?;
        sink.write_chunk(b"half")?;
        Err(JournalError::Closed)
    }
}

pub(super) async fn a_checkpoint_that_is_given_up_changes_nothing<P: Place>(place: &P) {
    if place.memory() == Memory::Nothing {
        return;
    }
    let Opened { journal, .. } = place.open().await;
    let mut record = Recorder::default();
    append(journal.as_ref(), &mut record, 5).await;
    let given_up = journal.write_checkpoint(Box::new(QuittingSource)).await;
    assert!(matches!(given_up, Err(JournalError::Closed)));
    assert_eq!(journal.status().last_checkpoint, None);
    append(journal.as_ref(), &mut record, 5).await;
    checkpoint(journal.as_ref(), &record).await;
    journal.close().await.expect("the disk works");
    let Opened { replayed, .. } = place.open().await;
    assert_eq!(replayed.entries, record.entries);
    assert_eq!(replayed.from_checkpoint, 10);
}

pub(super) async fn a_checkpoint_of_nothing_is_a_checkpoint<P: Place>(place: &P) {
    let Opened { journal, .. } = place.open().await;
    checkpoint(journal.as_ref(), &Recorder::default()).await;
    let mut record = Recorder::default();
    append(journal.as_ref(), &mut record, 3).await;
    journal.close().await.expect("the disk works");
    let Opened { replayed, .. } = place.open().await;
    if place.memory() == Memory::Everything {
        assert_eq!(replayed.entries, record.entries);
    }
}
