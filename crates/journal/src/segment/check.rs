//! Reading one segment whole, and checking all of it before any of it is used.

use std::path::{Path, PathBuf};

use alluxio_common::SequenceNumber;

use super::frame::{Frame, Parsed, parse, parse_checked};
use super::plan::Part;
use crate::disk::Disk;
use crate::error::{DamageKind, JournalError};
use crate::file_header::{FileHeader, FileKind, FormatId, HEADER_LENGTH, read_u32, read_u64};

/// A segment in memory. All entries of its part are whole and in sequence.
#[derive(Debug)]
pub(crate) struct CheckedSegment {
    pub(crate) path: PathBuf,
    bytes: Vec<u8>,
    /// Where the part's last entry ends in the file.
    pub(crate) bytes_end: usize,
    /// The number after the part's last entry.
    pub(crate) end: u64,
    /// How many bytes of an entry that never became durable stand behind it.
    pub(crate) torn_bytes: usize,
}

/// Reads a segment's file and header, and looks at every entry of its part.
pub(crate) fn read_segment(
    disk: &dyn Disk,
    path: &Path,
    format_id: FormatId,
    part: &Part,
) -> Result<CheckedSegment, JournalError> {
    let (header, bytes) = read_file(disk, path)?;
    header.check_format(format_id, path)?;
    header.check_segment_name(&part.name, path)?;
    check(path, &header, bytes, part.stop)
}

/// The header and all bytes of a segment.
pub(crate) fn read_file(
    disk: &dyn Disk,
    path: &Path,
) -> Result<(FileHeader, Vec<u8>), JournalError> {
    let file = disk.open(path).map_err(JournalError::io("open", path))?;
    let length = file.length().map_err(JournalError::io("read", path))?;
    let length = usize::try_from(length).expect("a segment fits the memory's addresses");
    let mut bytes = vec![0; length];
    let read = file
        .read_full_at(0, &mut bytes)
        .map_err(JournalError::io("read", path))?;
    bytes.truncate(read);
    let header = FileHeader::decode(FileKind::Segment, &bytes, path)?;
    Ok((header, bytes))
}

fn check(
    path: &Path,
    header: &FileHeader,
    bytes: Vec<u8>,
    stop: Option<u64>,
) -> Result<CheckedSegment, JournalError> {
    let seed = header.seed();
    let mut expected = header.sequence_number.raw();
    let mut offset = HEADER_LENGTH;
    let mut torn_bytes = 0;
    while stop.is_none_or(|stop| expected < stop) {
        let here = parse(seed, &bytes[offset..]);
        if let Parsed::Frame(frame) = here {
            if frame.sequence_number != expected {
                let kind = DamageKind::OutOfSequence {
                    expected: SequenceNumber::from_raw(expected),
                    found: SequenceNumber::from_raw(frame.sequence_number),
                };
                return Err(JournalError::damaged(path, offset as u64, kind));
            }
            offset += frame.length();
            expected += 1;
            continue;
        }
        let is_lost = stop.is_some() || was_durable(seed, &bytes[offset..], expected);
        if is_lost {
            let kind = damage(&here, expected);
            return Err(JournalError::damaged(path, offset as u64, kind));
        }
        torn_bytes = written_length(&bytes[offset..]);
        break;
    }
    Ok(CheckedSegment {
        path: path.to_owned(),
        bytes,
        bytes_end: offset,
        end: expected,
        torn_bytes,
    })
}

pub(crate) fn damage(here: &Parsed<'_>, expected: u64) -> DamageKind {
    let expected = SequenceNumber::from_raw(expected);
    match here {
        Parsed::Unwritten => DamageKind::MissingEntries { expected },
        Parsed::Garbage | Parsed::Frame(_) => DamageKind::Frame { expected },
    }
}

/// Up to the last byte that is not zero.
pub(crate) fn written_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

/// Whether the entry `expected`, which should start `rest` and does not, had been durable once. It
/// had if a whole frame of a later batch stands behind it: a batch is written only when everything
/// before it is durable. A later frame of the same batch proves nothing, because the sectors of an
/// unfinished write reach the disk in any order.
pub(crate) fn was_durable(seed: u32, rest: &[u8], expected: u64) -> bool {
    let mut from = 1;
    while let Some((at, frame)) = next_frame(seed, &rest[from.min(rest.len())..], expected) {
        if frame.batch_start() > expected {
            return true;
        }
        from += at + frame.length();
    }
    false
}

/// The first whole frame after `after` at or behind the start of `bytes`, at any offset.
pub(crate) fn next_frame(seed: u32, bytes: &[u8], after: u64) -> Option<(usize, Frame<'_>)> {
    let written = &bytes[..written_length(bytes)];
    let mut at = 0;
    while let Some(candidate) = written.get(at..).filter(|rest| rest.len() >= 20) {
        // Most offsets are sorted out by these two fields, so few checksums are computed.
        let length = read_u32(candidate, 0) as usize;
        let sequence_number = read_u64(candidate, 8);
        // Each frame takes at least its header, which bounds how far the numbers can have gone.
        let highest = after.saturating_add(1 + bytes.len() as u64 / 20);
        let is_plausible = (20..=bytes.len() - at).contains(&length)
            && (after..=highest).contains(&sequence_number);
        if is_plausible && let Parsed::Frame(frame) = parse(seed, &bytes[at..]) {
            return Some((at, frame));
        }
        at += 1;
    }
    None
}

impl CheckedSegment {
    /// The file up to the end of the part's last entry.
    pub(crate) fn valid_bytes(&self) -> &[u8] {
        &self.bytes[..self.bytes_end]
    }

    /// The entries of the part, each with its offset in the file.
    pub(crate) fn frames(&self) -> impl Iterator<Item = (u64, Frame<'_>)> {
        let mut offset = HEADER_LENGTH;
        std::iter::from_fn(move || {
            if offset == self.bytes_end {
                return None;
            }
            let frame = parse_checked(&self.bytes[offset..self.bytes_end]);
            let at = offset as u64;
            offset += frame.length();
            Some((at, frame))
        })
    }
}
