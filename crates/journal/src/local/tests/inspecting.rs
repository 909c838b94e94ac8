//! A journal that nobody has open can be looked at, damaged or not.

use super::*;
use crate::checkpoint::Checkpoint;
use crate::inspect::{InspectedEntry, Inspector, inspect};

#[derive(Default)]
struct Seen {
    checkpoint_ends: Vec<u64>,
    entries: Vec<(u64, Vec<u8>)>,
    damage: Vec<String>,
    torn_bytes: u64,
}

impl Inspector for Seen {
    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.checkpoint_ends.push(checkpoint.info().end.raw());
    }

    fn entry(&mut self, entry: InspectedEntry<'_>) {
        self.entries
            .push((entry.sequence_number.raw(), entry.payload.to_vec()));
    }

    fn damage(&mut self, damage: &JournalError) {
        self.damage.push(damage.to_string());
    }

    fn torn_tail(&mut self, _file: &Path, _offset: u64, length_bytes: u64) {
        self.torn_bytes += length_bytes;
    }
}

fn look(disk: &SimulatedDisk) -> Seen {
    let mut seen = Seen::default();
    inspect(disk, folder(), &mut seen).expect("there is a journal");
    seen
}

async fn journal_with_a_checkpoint() -> (SimulatedDisk, Recorder) {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    let mut record = Recorder::default();
    for n in 0..40 {
        let payload = format!("entry number {n}").into_bytes();
        keep(&journal, &payload).await;
        record.entries.push(payload);
        if n == 19 {
            let end = SequenceNumber::from_raw(20);
            let written = journal.write_checkpoint(Box::new(record.source(end))).await;
            written.expect("the disk works");
        }
    }
    journal.close().await.expect("the disk works");
    (disk, record)
}

#[tokio::test]
async fn everything_in_a_journal_is_shown_and_nothing_changed() {
    let (disk, record) = journal_with_a_checkpoint().await;
    let steps = disk.steps();
    let seen = look(&disk);
    assert_eq!(disk.steps(), steps);
    assert_eq!(seen.checkpoint_ends, [20]);
    let numbered = (0..).zip(record.entries).collect::<Vec<(u64, _)>>();
    assert_eq!(seen.entries, numbered);
    assert_eq!(seen.damage, [""; 0]);
    assert_eq!(seen.torn_bytes, 0);
}

#[tokio::test]
async fn the_entries_behind_a_damaged_one_are_shown() {
    let (disk, _) = journal_with_a_checkpoint().await;
    let second = files_in(&disk, "logs").remove(1);
    let mut bytes = disk.content(&second).expect("the file is there");
    // The payload of its first entry.
    bytes[64 + 20] ^= 1;
    disk.put(&second, &bytes);
    let seen = look(&disk);
    assert_eq!(seen.entries.len(), 39);
    assert_eq!(seen.damage.len(), 1);
    let place = format!("{} at byte 64", second.display());
    assert!(seen.damage[0].contains(&place), "{}", seen.damage[0]);
}

#[tokio::test]
async fn a_missing_segment_and_a_damaged_checkpoint_are_named() {
    let (disk, _) = journal_with_a_checkpoint().await;
    let checkpoint = files_in(&disk, "checkpoints").remove(0);
    disk.put(&checkpoint, b"nothing");
    let missing = files_in(&disk, "logs").remove(1);
    disk.remove(&missing).expect("it is there");
    let seen = look(&disk);
    assert_eq!(seen.checkpoint_ends, [0; 0]);
    assert_eq!(seen.damage.len(), 2);
    assert!(
        seen.damage[0].contains("not a journal file"),
        "{}",
        seen.damage[0]
    );
    assert!(seen.damage[1].contains("gap"), "{}", seen.damage[1]);
}

#[tokio::test]
async fn a_missing_beginning_and_a_missing_log_are_named() {
    let (disk, _) = journal_with_a_checkpoint().await;
    disk.remove(&files_in(&disk, "checkpoints")[0])
        .expect("it is there");
    disk.remove(&files_in(&disk, "logs")[0])
        .expect("it is there");
    let damage = look(&disk).damage;
    assert_eq!(damage.len(), 1);
    assert!(damage[0].contains("no readable checkpoint"), "{damage:?}");
    for path in files_in(&disk, "logs") {
        disk.remove(&path).expect("it is there");
    }
    let damage = look(&disk).damage;
    assert_eq!(damage.len(), 1);
    assert!(damage[0].contains("holds no log"), "{damage:?}");
}
