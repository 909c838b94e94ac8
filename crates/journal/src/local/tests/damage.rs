//! Bits flip, files vanish, and nothing is silently skipped.

use super::*;

fn entry(n: usize) -> Vec<u8> {
    format!("entry number {n}").into_bytes()
}

/// A closed journal of several segments.
async fn closed_journal(entries: usize) -> SimulatedDisk {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    for n in 0..entries {
        keep(&journal, &entry(n)).await;
    }
    journal.close().await.expect("the disk works");
    disk
}

/// As a process leaves it that was killed after its last reply.
async fn killed_journal(entries: usize) -> SimulatedDisk {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    for n in 0..entries {
        keep(&journal, &entry(n)).await;
    }
    disk.copy()
}

fn flip(disk: &SimulatedDisk, path: &Path, offset: usize) -> SimulatedDisk {
    let damaged = disk.copy();
    let mut bytes = damaged.content(path).expect("the file is there");
    bytes[offset] ^= 0x10;
    damaged.put(path, &bytes);
    damaged
}

#[tokio::test]
async fn every_flipped_byte_of_a_closed_journal_is_found() {
    let disk = closed_journal(30).await;
    let logs = files_in(&disk, "logs");
    assert!(logs.len() > 2);
    for path in logs {
        let length = disk.content(&path).expect("the file is there").len();
        for offset in 0..length {
            let found = open(&flip(&disk, &path, offset)).map(|opened| opened.replayed);
            let Err(JournalError::Damaged {
                file, offset: at, ..
            }) = found
            else {
                panic!("byte {offset} of {}: {found:?}", path.display());
            };
            assert_eq!(file, path);
            assert!(at <= offset as u64, "byte {offset} is reported at {at}");
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_of_a_journal_that_was_killed_is_found_or_in_its_last_entry() {
    const ENTRIES: usize = 20;
    let disk = killed_journal(ENTRIES).await;
    let whole = open(&disk.copy()).expect("the disk works").replayed.entries;
    assert_eq!(whole.len(), ENTRIES);
    let newest = files_in(&disk, "logs").pop().expect("there is a segment");
    assert!(newest.display().to_string().contains("0x7fffffffffffffff"));
    let mut cut = 0;
    for path in files_in(&disk, "logs") {
        for offset in 0..disk.content(&path).expect("the file is there").len() {
            match open(&flip(&disk, &path, offset)) {
                Err(JournalError::Damaged { file, .. }) => assert_eq!(file, path),
                Err(error) => panic!("byte {offset} of {}: {error}", path.display()),
                Ok(opened) => {
                    assert_eq!(path, newest, "only the newest segment has a tail");
                    let count = opened.replayed.entries.len();
                    assert!(
                        count >= ENTRIES - 1,
                        "byte {offset}: {count} entries are left"
                    );
                    assert_eq!(opened.replayed.entries, whole[..count]);
                    assert!(opened.report.torn_bytes > 0);
                    cut += ENTRIES - count;
                }
            }
        }
    }
    assert!(cut > 0, "the last entry was cut at least once");
}

#[tokio::test]
async fn a_missing_segment_is_a_gap_that_names_what_is_missing() {
    let disk = closed_journal(40).await;
    let logs = files_in(&disk, "logs");
    for missing in &logs[1..logs.len() - 1] {
        let damaged = disk.copy();
        damaged.remove(missing).expect("the file is there");
        let error = open(&damaged)
            .map(|opened| opened.replayed)
            .expect_err("entries are missing");
        assert!(matches!(error, JournalError::Gap { .. }), "{error}");
    }
    let damaged = disk.copy();
    damaged.remove(&logs[0]).expect("the file is there");
    let error = open(&damaged)
        .map(|opened| opened.replayed)
        .expect_err("entries are missing");
    assert!(
        matches!(error, JournalError::NoUsableCheckpoint { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_complete_segment_that_was_cut_is_damaged() {
    let disk = closed_journal(30).await;
    for path in files_in(&disk, "logs") {
        let bytes = disk.content(&path).expect("the file is there");
        let damaged = disk.copy();
        damaged.put(&path, &bytes[..bytes.len() - 1]);
        let found = open(&damaged).map(|opened| opened.replayed);
        assert!(matches!(found, Err(JournalError::Damaged { file, .. }) if file == path));
    }
}

#[tokio::test]
async fn a_torn_tail_is_cut_and_counted() {
    let disk = killed_journal(3).await;
    let path = files_in(&disk, "logs").pop().expect("there is a segment");
    let mut bytes = disk.content(&path).expect("the file is there");
    let end = crate::segment::check::written_length(&bytes);
    bytes[end + 4..end + 12].fill(0xee);
    disk.put(&path, &bytes);
    let opened = open(&disk).expect("a torn tail is no damage");
    assert_eq!(opened.report.torn_bytes, 12);
    assert_eq!(opened.replayed.entries.len(), 3);
    keep(&opened.journal, &entry(3)).await;
    drop(opened);
    let opened = open(&disk).expect("the disk works");
    assert_eq!(
        opened.replayed.entries,
        (0..4).map(entry).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_segment_of_another_journal_is_refused() {
    let disk = closed_journal(5).await;
    let other = SimulatedDisk::new();
    let request = FormatRequest {
        format_id: FormatId::from_bytes([1; 16]),
        ..request()
    };
    format(&other, folder(), &request).expect("the disk works");
    for path in files_in(&disk, "logs") {
        other.put(&path, &disk.content(&path).expect("the file is there"));
    }
    let error = open(&other)
        .map(|opened| opened.replayed)
        .expect_err("they are not its own");
    assert!(error.to_string().contains("another journal"), "{error}");
}

/// Two checkpoints of the same end, and of the log only the empty segment behind them.
async fn journal_that_checkpoints_cover() -> SimulatedDisk {
    let disk = closed_journal(20).await;
    for _ in 0..2 {
        let opened = open(&disk).expect("the disk works");
        let end = opened.journal.status().next;
        let source = Box::new(opened.replayed.source(end));
        let written = opened.journal.write_checkpoint(source).await;
        written.expect("the disk works");
        opened.journal.collect_now();
        opened.journal.close().await.expect("the disk works");
    }
    disk
}

#[tokio::test]
async fn an_empty_segment_behind_the_start_needs_a_checkpoint() {
    let disk = journal_that_checkpoints_cover().await;
    let logs = files_in(&disk, "logs");
    assert_eq!(logs, [folder().join("logs/0x14-0x14-e3")]);
    assert_eq!(
        open(&disk.copy())
            .expect("a checkpoint is whole")
            .replayed
            .entries
            .len(),
        20
    );
    for path in files_in(&disk, "checkpoints") {
        disk.remove(&path).expect("the file is there");
    }
    let error = open(&disk)
        .map(|opened| opened.replayed)
        .expect_err("twenty entries are missing");
    assert_eq!(
        error.to_string(),
        "The journal cannot be loaded: /journal/checkpoints holds no readable checkpoint, and the \
         log starts only at the entry 20, with /journal/logs/0x14-0x14-e3."
    );
    assert_eq!(files_in(&disk, "logs"), logs, "the witness stays");
}

#[tokio::test]
async fn a_journal_whose_logs_are_all_gone_is_not_taken_for_a_new_one() {
    for disk in [
        formatted_disk(),
        closed_journal(5).await,
        journal_that_checkpoints_cover().await,
    ] {
        assert!(open(&disk.copy()).is_ok());
        for path in files_in(&disk, "logs") {
            disk.remove(&path).expect("the file is there");
        }
        let error = open(&disk)
            .map(|opened| opened.replayed)
            .expect_err("there is no log");
        let text = error.to_string();
        assert!(text.contains("/journal/logs holds no log"), "{text}");
    }
}

#[tokio::test]
async fn the_newest_log_stays_however_old_it_is() {
    let disk = formatted_disk();
    let opened = open(&disk).expect("the disk works");
    let mut record = opened.replayed;
    keep(&opened.journal, &entry(0)).await;
    record.entries.push(entry(0));
    for _ in 0..2 {
        let source = Box::new(record.source(opened.journal.status().next));
        let written = opened.journal.write_checkpoint(source).await;
        written.expect("the disk works");
    }
    opened.journal.close().await.expect("the disk works");
    opened.journal.collect_now();
    assert_eq!(
        files_in(&disk, "logs"),
        [folder().join("logs/0x0-0x1-e1")],
        "both checkpoints cover it, and it tells how far the log has come"
    );
}
