//! Which checkpoint is loaded, which files stay, and when the next one is due.

use super::*;

async fn append(journal: &LocalJournal, record: &mut Recorder, count: usize) {
    for _ in 0..count {
        let payload = format!("entry {} of this journal", record.entries.len()).into_bytes();
        keep(journal, &payload).await;
        record.entries.push(payload);
    }
}

async fn checkpoint(journal: &LocalJournal, record: &Recorder) {
    let end = SequenceNumber::from_raw(record.entries.len() as u64);
    let written = journal.write_checkpoint(Box::new(record.source(end))).await;
    written.expect("the disk works");
}

/// A closed journal with checkpoints at 30 and 60, and 70 entries.
async fn journal_with_two_checkpoints() -> (SimulatedDisk, Recorder) {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    let mut record = Recorder::default();
    for _ in 0..2 {
        append(&journal, &mut record, 30).await;
        checkpoint(&journal, &record).await;
    }
    append(&journal, &mut record, 10).await;
    journal.close().await.expect("the disk works");
    (disk, record)
}

#[tokio::test]
async fn every_flipped_byte_of_the_newest_checkpoint_makes_the_older_one_load() {
    let (disk, record) = journal_with_two_checkpoints().await;
    let newest = files_in(&disk, "checkpoints").pop().expect("there are two");
    let bytes = disk.content(&newest).expect("the file is there");
    for offset in 0..bytes.len() {
        let damaged = disk.copy();
        let mut flipped = bytes.clone();
        flipped[offset] ^= 0x01;
        damaged.put(&newest, &flipped);
        let opened = open(&damaged).unwrap_or_else(|error| panic!("byte {offset}: {error}"));
        assert_eq!(opened.replayed.entries, record.entries, "byte {offset}");
        assert_eq!(opened.replayed.from_checkpoint, 30, "byte {offset}");
        let (file, reason) = &opened.report.damaged_checkpoints[0];
        assert_eq!(file, &newest);
        assert!(reason.contains("damaged"), "{reason}");
    }
}

#[tokio::test]
async fn a_damaged_checkpoint_is_set_aside_and_replaced() {
    let (disk, mut record) = journal_with_two_checkpoints().await;
    let newest = files_in(&disk, "checkpoints").pop().expect("there are two");
    disk.put(&newest, b"nothing");
    let journal = open(&disk).expect("the older one is whole").journal;
    append(&journal, &mut record, 1).await;
    checkpoint(&journal, &record).await;
    drop(journal);
    let opened = open(&disk).expect("the disk works");
    assert_eq!(opened.replayed.from_checkpoint, 71);
    let mut aside = newest.into_os_string();
    aside.push(".damaged");
    assert!(disk.content(aside.as_ref()).is_some());
}

#[tokio::test]
async fn without_a_whole_checkpoint_and_the_first_logs_nothing_is_loaded() {
    let (disk, _) = journal_with_two_checkpoints().await;
    for path in files_in(&disk, "checkpoints") {
        disk.put(&path, b"nothing");
    }
    let first_log = files_in(&disk, "logs").remove(0);
    assert!(first_log.display().to_string().contains("/0x0-"));
    disk.remove(&first_log).expect("it is there");
    let error = open(&disk)
        .map(|opened| opened.replayed)
        .expect_err("there is no start");
    assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn two_checkpoints_stay_and_the_logs_since_the_older_one() {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    let mut record = Recorder::default();
    for _ in 0..4 {
        append(&journal, &mut record, 30).await;
        checkpoint(&journal, &record).await;
    }
    journal.collect_now();
    let names = |folder: &str| -> Vec<String> {
        let text = |path: PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned());
        files_in(&disk, folder)
            .into_iter()
            .filter_map(text)
            .collect()
    };
    assert_eq!(names("checkpoints"), ["0x0-0x5a-e1", "0x0-0x78-e1"]);
    assert!(!names("logs").iter().any(|name| name.starts_with("0x0-")));
    // The older checkpoint and the logs that are left still make the whole.
    let newest = files_in(&disk, "checkpoints").pop().expect("there are two");
    let damaged = disk.copy();
    damaged.put(&newest, b"nothing");
    let opened = open(&damaged).expect("the older one is whole");
    assert_eq!(opened.replayed.entries, record.entries);
    assert_eq!(opened.replayed.from_checkpoint, 90);
}

#[tokio::test]
async fn a_checkpoint_is_due_after_enough_entries_or_bytes() {
    for (entries, bytes) in [(10, u64::MAX), (u64::MAX, 500)] {
        let disk = formatted_disk();
        let settings = LocalJournalConf {
            checkpoint_entries: entries,
            checkpoint_bytes: ByteSize::from_bytes(bytes),
            ..conf(folder())
        };
        let journal = open_with(settings.clone(), disk.clone())
            .expect("the disk works")
            .journal;
        let mut record = Recorder::default();
        append(&journal, &mut record, 5).await;
        assert!(!journal.is_checkpoint_due());
        append(&journal, &mut record, 10).await;
        assert!(journal.is_checkpoint_due());
        drop(journal);
        let journal = open_with(settings, disk).expect("the disk works").journal;
        assert!(journal.is_checkpoint_due(), "a restart does not forget");
        checkpoint(&journal, &record).await;
        assert!(!journal.is_checkpoint_due());
    }
}
