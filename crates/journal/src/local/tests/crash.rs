//! The power goes at every step, and what was acknowledged is there afterwards.

use super::*;
use crate::disk::{CrashImage, Fault};

/// What a run has done before the power went.
#[derive(Debug, Default)]
struct History {
    /// In the order of their numbers.
    appended: Vec<Vec<u8>>,
    /// How many of them were acknowledged.
    acknowledged: usize,
}

impl History {
    /// Appends these at once, then waits for all; `false` when the disk is gone.
    fn append(&mut self, journal: &LocalJournal, payloads: &[Vec<u8>]) -> bool {
        let mut last = None;
        for payload in payloads {
            last = Some(journal.append(payload).expect("the entry is short"));
            self.appended.push(payload.clone());
        }
        let is_kept = last.is_none_or(|last| is_kept(journal, last));
        if is_kept {
            self.acknowledged = self.appended.len();
        }
        is_kept
    }

    async fn checkpoint(&self, journal: &LocalJournal) {
        let record = Recorder {
            entries: self.appended.clone(),
            from_checkpoint: 0,
        };
        let end = SequenceNumber::from_raw(self.appended.len() as u64);
        // It may fail, because the power may go; then it must not matter.
        drop(journal.write_checkpoint(Box::new(record.source(end))).await);
    }

    /// Every acknowledged entry, in order, and nothing that was not appended.
    fn check(&mut self, replayed: &Recorder, case: &str) {
        let count = replayed.entries.len();
        assert!(
            count >= self.acknowledged,
            "{case}: {} entries were acknowledged, {count} are there",
            self.acknowledged
        );
        assert!(
            count <= self.appended.len(),
            "{case}: entries were invented"
        );
        assert_eq!(replayed.entries, self.appended[..count], "{case}");
        // What is there is there for good; what is not must not come back.
        self.appended.truncate(count);
        self.acknowledged = count;
    }
}

fn payloads(generation: u64, from: u64, count: u64) -> Vec<Vec<u8>> {
    let text = |n: u64| {
        format!(
            "generation {generation}, entry {n:0width$}",
            width = (n * 7 % 90 + 1) as usize
        )
    };
    (from..from + count).map(|n| text(n).into_bytes()).collect()
}

/// A life of a journal: batches of several sizes, rotations, checkpoints, a clean restart.
async fn live(disk: &SimulatedDisk, history: &mut History, generation: u64) {
    for part in 0..2 {
        let Ok(opened) = open(disk) else {
            return;
        };
        assert_eq!(opened.replayed.entries.len(), history.appended.len());
        let journal = opened.journal;
        for batch in 0..6 {
            let batch = payloads(generation * 2 + part, batch * 10, batch % 4 + 1);
            if !history.append(&journal, &batch) {
                return;
            }
        }
        history.checkpoint(&journal).await;
        for batch in 6..9 {
            let batch = payloads(generation * 2 + part, batch * 10, 3);
            if !history.append(&journal, &batch) {
                return;
            }
        }
        drop(journal.close().await);
    }
}

const IMAGES: [CrashImage; 6] = [
    CrashImage::OnlySynced,
    CrashImage::Everything,
    CrashImage::Some(1),
    CrashImage::Some(2),
    CrashImage::Some(3),
    CrashImage::Some(4),
];

#[tokio::test]
async fn after_a_crash_at_any_step_every_acknowledged_entry_is_there() {
    let whole = formatted_disk();
    let first = whole.steps();
    live(&whole, &mut History::default(), 0).await;
    let last = whole.steps();
    assert!(last - first > 60, "the life is long enough to be a test");
    for step in first..=last {
        let disk = formatted_disk();
        disk.crash_after(step);
        let mut history = History::default();
        live(&disk, &mut history, 0).await;
        for image in IMAGES {
            let case = format!("crash after step {step} leaving {image:?}");
            let after = disk.after_crash(image);
            let mut history = History {
                appended: history.appended.clone(),
                acknowledged: history.acknowledged,
            };
            let opened = open(&after).unwrap_or_else(|error| panic!("{case}: {error}"));
            history.check(&opened.replayed, &case);
            drop(opened);
            live(&after, &mut history, 1).await;
            let opened = open(&after).unwrap_or_else(|error| panic!("{case}: {error}"));
            history.check(&opened.replayed, &case);
        }
    }
}

#[tokio::test]
async fn many_crashes_one_after_the_other_lose_nothing() {
    let mut seed = 0;
    for run in 0..40_u64 {
        let mut disk = formatted_disk();
        let mut history = History::default();
        for generation in 0..6 {
            // Any mixture will do, as long as it is the same next time.
            seed += 1;
            let step = disk.steps() + (seed * 7919 + run) % 70;
            disk.crash_after(step);
            live(&disk, &mut history, generation).await;
            disk = disk.after_crash(CrashImage::Some(seed));
            let case = format!("run {run}, generation {generation}");
            let opened = open(&disk).unwrap_or_else(|error| panic!("{case}: {error}"));
            history.check(&opened.replayed, &case);
        }
    }
}

/// What shows that the tests above would notice a missing sync.
#[tokio::test]
async fn a_disk_that_lies_about_its_syncs_loses_entries() {
    let disk = formatted_disk();
    let opened = open(&disk).expect("the disk works");
    disk.inject(Fault::LyingSync);
    let mut history = History::default();
    assert!(history.append(&opened.journal, &payloads(0, 0, 3)));
    assert_eq!(history.acknowledged, 3);
    let after = open(&disk.after_crash(CrashImage::OnlySynced)).expect("the disk works");
    assert_eq!(after.replayed.entries.len(), 0);
}

#[test]
fn a_format_that_is_cut_off_leaves_no_journal() {
    let whole = formatted_disk();
    let mut not_formatted = 0;
    for step in 0..=whole.steps() {
        let disk = SimulatedDisk::new();
        disk.crash_after(step);
        let outcome = format(&disk, folder(), &request());
        for image in IMAGES {
            match open(&disk.after_crash(image)) {
                Ok(opened) => assert_eq!(opened.replayed, Recorder::default()),
                Err(JournalError::NotFormatted { .. }) if outcome.is_err() => not_formatted += 1,
                Err(error) => panic!("step {step}, {image:?}: {error}"),
            }
        }
    }
    assert!(not_formatted > 0);
}
