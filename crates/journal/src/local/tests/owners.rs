//! One owner at a time, and what an old one writes is never read.

use std::os::unix::fs::PermissionsExt;

use alluxio_common::{Clock, Describe, Hint};

use super::*;
use crate::segment::write::SegmentFolder;
use crate::{file_header, segment::frame};

#[test]
fn a_folder_that_is_not_formatted_is_refused_with_the_command_to_run() {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    for missing in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = open_with(conf(&missing), RealDisk)
            .map(|opened| opened.replayed)
            .expect_err("there is no journal");
        assert_eq!(
            error.to_string(),
            format!(
                "Journal {} has not been formatted! Run \"alluxio formatMasters\" once to create it.",
                missing.display()
            )
        );
        let command = "alluxio formatMasters".to_owned();
        assert_eq!(error.hint(), Some(Hint::RunCommand(command)));
        assert!(!super::super::is_formatted(&RealDisk, &missing).expect("it can be read"));
    }
    let left = std::fs::read_dir(folder.path())
        .expect("it is there")
        .count();
    assert_eq!(left, 0, "a refused start leaves nothing behind");
}

#[test]
fn a_second_owner_is_refused_and_told_who_is_there() {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    format(&RealDisk, folder.path(), &request()).expect("the disk works");
    let first = open_with(conf(folder.path()), RealDisk).expect("nobody is there");
    let error = open_with(conf(folder.path()), RealDisk)
        .map(|opened| opened.replayed)
        .expect_err("somebody is there");
    let text = error.to_string();
    assert!(text.contains("in use by the test that opened it"), "{text}");
    assert!(
        text.contains(&folder.path().display().to_string()),
        "{text}"
    );
    let formatting = format(&RealDisk, folder.path(), &request());
    assert!(matches!(formatting, Err(JournalError::InUse { .. })));
    drop(first);
    open_with(conf(folder.path()), RealDisk).expect("nobody is there any more");
}

#[tokio::test]
async fn formatting_empties_the_journal() {
    let disk = formatted_disk();
    let journal = open(&disk).expect("the disk works").journal;
    keep(&journal, b"gone").await;
    drop(journal);
    let again = FormatRequest {
        format_id: FormatId::from_bytes([9; 16]),
        formatted_at: Timestamp::from_millis(1_800_000_000_000),
        ..request()
    };
    format(&disk, folder(), &again).expect("the disk works");
    assert_eq!(
        files_in(&disk, ""),
        [folder().join("_format_1800000000000")]
    );
    let opened = open(&disk).expect("the disk works");
    assert_eq!(opened.replayed, Recorder::default());
}

/// Writes as an old owner that does not know that it has been replaced.
fn write_as_replaced_owner(disk: &SimulatedDisk, start: u64, payload: &[u8]) {
    let segments = SegmentFolder {
        logs: folder().join("logs"),
        temporary: folder().join(".tmp"),
        format_id: FORMAT_ID,
        epoch: 1,
        segment_size: 512,
    };
    let seed = file_header::seed(FORMAT_ID, 1);
    let mut frames = Vec::new();
    for sequence_number in start..start + 3 {
        let written = frame::Frame {
            sequence_number,
            batch_index: 0,
            payload,
        };
        frame::push_frame(&mut frames, frame::payload_checksum(seed, payload), written);
    }
    let now = SystemClock::new().now();
    let mut segment = segments.create(disk, start, now).expect("the disk works");
    segment.append(&frames).expect("the disk works");
}

#[tokio::test]
async fn what_a_replaced_owner_writes_is_never_read() {
    let disk = formatted_disk();
    let first = open(&disk).expect("the disk works");
    assert_eq!(first.journal.status().epoch, 1);
    keep(&first.journal, b"one").await;
    drop(first);
    let second = open(&disk).expect("the disk works");
    keep(&second.journal, b"two").await;
    // At the new owner's start, behind it, and as a complete file.
    write_as_replaced_owner(&disk, 1, b"not two");
    write_as_replaced_owner(&disk, 2, b"not three");
    let sealed = FileName::sealed(1, 2, 5).to_string();
    let open_name = FileName::open(1, 2).to_string();
    let logs = folder().join("logs");
    disk.rename(&logs.join(open_name), &logs.join(sealed))
        .expect("it is there");
    keep(&second.journal, b"three").await;
    drop(second);
    for _ in 0..3 {
        let opened = open(&disk).expect("the disk works");
        assert_eq!(opened.replayed.entries, [&b"one"[..], b"two", b"three"]);
    }
}

#[tokio::test]
async fn a_checkpoint_of_a_replaced_owner_is_not_loaded() {
    let disk = formatted_disk();
    let first = open(&disk).expect("the disk works").journal;
    keep(&first, b"one").await;
    keep(&first, b"two").await;
    // The new owner took over when only the first entry was there.
    let at_takeover = disk.copy();
    let logs = folder().join("logs");
    let record = Recorder {
        entries: vec![b"one".to_vec(), b"not two".to_vec()],
        from_checkpoint: 0,
    };
    let end = SequenceNumber::from_raw(2);
    let info = first.write_checkpoint(Box::new(record.source(end))).await;
    let path = info.expect("the disk works").file.expect("it is a file");
    let checkpoint = disk.content(&path).expect("the file is there");
    let fresh = SegmentFolder {
        logs,
        temporary: folder().join(".tmp"),
        format_id: FORMAT_ID,
        epoch: 2,
        segment_size: 512,
    };
    fresh
        .create(&at_takeover, 1, Timestamp::from_millis(0))
        .expect("the disk works");
    at_takeover.put(&path, &checkpoint);
    let opened = open(&at_takeover).expect("the disk works");
    assert_eq!(opened.replayed.entries, [b"one"]);
    assert_eq!(opened.replayed.from_checkpoint, 0);
}

#[test]
fn the_folder_is_for_its_owner_alone_and_those_above_it_are_as_usual() {
    let top = tempfile::tempdir().expect("there is room");
    let above = top.path().join("data");
    let folder = above.join("journal");
    let mode = |path: &Path| {
        let metadata = std::fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    format(&RealDisk, &folder, &request()).expect("the disk works");
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("logs")), 0o700);
    let usual = top.path().join("usual");
    std::fs::create_dir(&usual).expect("the disk works");
    assert_eq!(mode(&above), mode(&usual));
    // As an earlier release made it.
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&folder, open).expect("it is ours");
    open_with(conf(&folder), RealDisk).expect("nobody is there");
    assert_eq!(mode(&folder), 0o700);
}
