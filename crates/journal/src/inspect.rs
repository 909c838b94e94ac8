//! Looking at a journal that nobody has open: everything that can be read is shown, and everything
//! that cannot be is named. Nothing is changed, and no lock is needed.

use std::path::{Path, PathBuf};

use alluxio_common::SequenceNumber;

use crate::checkpoint::Checkpoint;
use crate::disk::Disk;
use crate::error::{DamageKind, JournalError};
use crate::file_header::{FileHeader, HEADER_LENGTH};
use crate::local::Folder;
use crate::segment::check::{damage, next_frame, read_file, was_durable, written_length};
use crate::segment::frame::{Frame, Parsed, parse};
use crate::segment::plan::{Part, plan};

/// Is shown what [`inspect`] finds: the checkpoints from old to new, then the entries of the log.
pub trait Inspector {
    /// A checkpoint that is whole.
    fn checkpoint(&mut self, checkpoint: &Checkpoint);

    /// An entry of the log.
    fn entry(&mut self, entry: InspectedEntry<'_>);

    /// Something that is not as it should be. The inspection goes on behind it.
    fn damage(&mut self, damage: &JournalError);

    /// The remains of a write that never became durable, at the end of the log. That is no damage.
    fn torn_tail(&mut self, file: &Path, offset: u64, length_bytes: u64);
}

/// One entry of the log, with its place.
#[derive(Debug, Clone, Copy)]
pub struct InspectedEntry<'a> {
    /// Its number.
    pub sequence_number: SequenceNumber,
    /// What was appended.
    pub payload: &'a [u8],
    /// Its file.
    pub file: &'a Path,
    /// Its offset in the file.
    pub offset: u64,
}

/// Shows everything in the journal in `folder`. Blocks.
///
/// # Errors
/// Only when there is no journal, or the folder cannot be listed.
pub fn inspect(
    disk: &dyn Disk,
    folder: &Path,
    inspector: &mut dyn Inspector,
) -> Result<(), JournalError> {
    let folder = Folder::new(folder);
    let format_id = folder.format_id(disk)?;
    let mut has_checkpoint = false;
    for name in folder.names(disk, &folder.checkpoints)? {
        let path = folder.checkpoints.join(name.to_string());
        let opened = Checkpoint::open(disk, &path, format_id);
        match opened.and_then(|checkpoint| checkpoint.verify(1).map(|()| checkpoint)) {
            Ok(checkpoint) => {
                has_checkpoint = true;
                inspector.checkpoint(&checkpoint);
            }
            Err(error) => inspector.damage(&error),
        }
    }
    let plan = plan(folder.names(disk, &folder.logs)?);
    match plan.first() {
        Some(first) if first.start > 0 && !has_checkpoint => {
            inspector.damage(&JournalError::NoUsableCheckpoint {
                checkpoints: folder.checkpoints.clone(),
                log_start: SequenceNumber::from_raw(first.start),
                file: folder.logs.join(first.to_string()),
            });
        }
        Some(_) => {}
        None => inspector.damage(&JournalError::LogMissing {
            logs: folder.logs.clone(),
        }),
    }
    let mut expected = None;
    for part in &plan.parts {
        let path = folder.logs.join(part.name.to_string());
        if expected.is_some_and(|expected| expected < part.name.start) {
            inspector.damage(&JournalError::Gap {
                expected: SequenceNumber::from_raw(expected.unwrap_or(0)),
                found: SequenceNumber::from_raw(part.name.start),
                file: path.clone(),
            });
        }
        expected = part.stop;
        let shown = read_file(disk, &path).and_then(|(header, bytes)| {
            header.check_format(format_id, &path)?;
            header.check_segment_name(&part.name, &path)?;
            SegmentTour {
                path,
                header,
                bytes,
                part: *part,
            }
            .show(inspector);
            Ok(())
        });
        if let Err(error) = shown {
            inspector.damage(&error);
        }
    }
    Ok(())
}

struct SegmentTour {
    path: PathBuf,
    header: FileHeader,
    bytes: Vec<u8>,
    part: Part,
}

impl SegmentTour {
    fn show(&self, inspector: &mut dyn Inspector) {
        let seed = self.header.seed();
        let mut expected = self.part.name.start;
        let mut offset = HEADER_LENGTH;
        while self.part.stop.is_none_or(|stop| expected < stop) {
            let rest = &self.bytes[offset..];
            let here = parse(seed, rest);
            if let Parsed::Frame(frame) = here {
                if frame.sequence_number != expected {
                    self.report_sequence(offset, expected, frame, inspector);
                }
                self.show_entry(offset, frame, inspector);
                expected = frame.sequence_number.saturating_add(1);
                offset += frame.length();
                continue;
            }
            if self.part.stop.is_none() && !was_durable(seed, rest, expected) {
                let torn_bytes = written_length(rest) as u64;
                if torn_bytes > 0 {
                    inspector.torn_tail(&self.path, offset as u64, torn_bytes);
                }
                return;
            }
            let kind = damage(&here, expected);
            inspector.damage(&JournalError::damaged(&self.path, offset as u64, kind));
            let Some((distance, _)) = next_frame(seed, rest, expected) else {
                return;
            };
            // The numbers in between are named by the damage; the tour goes on with what is there.
            offset += distance;
            if let Parsed::Frame(frame) = parse(seed, &self.bytes[offset..]) {
                expected = frame.sequence_number;
            }
        }
    }

    fn report_sequence(
        &self,
        offset: usize,
        expected: u64,
        frame: Frame<'_>,
        inspector: &mut dyn Inspector,
    ) {
        let kind = DamageKind::OutOfSequence {
            expected: SequenceNumber::from_raw(expected),
            found: SequenceNumber::from_raw(frame.sequence_number),
        };
        inspector.damage(&JournalError::damaged(&self.path, offset as u64, kind));
    }

    fn show_entry(&self, offset: usize, frame: Frame<'_>, inspector: &mut dyn Inspector) {
        inspector.entry(InspectedEntry {
            sequence_number: SequenceNumber::from_raw(frame.sequence_number),
            payload: frame.payload,
            file: &self.path,
            offset: offset as u64,
        });
    }
}
