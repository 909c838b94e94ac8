//! The 64 bytes at the start of every journal file: of a log segment and of a checkpoint alike.
//! Drawn in `docs/formats/journal.md`.

use std::fmt;
use std::path::Path;

use alluxio_common::{SequenceNumber, Timestamp};

use crate::error::{DamageKind, JournalError};
use crate::segment::name::FileName;

/// The length of the header in bytes.
pub(crate) const HEADER_LENGTH: usize = 64;

/// The version that this program writes, and the newest that it reads.
const VERSION: u16 = 1;

/// Where the checksum stands; it covers everything else.
const CHECKSUM_AT: std::ops::Range<usize> = 12..16;

/// The identity that a journal gets when it is formatted. Files of another journal are never taken
/// for its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatId([u8; 16]);

impl FormatId {
    /// From sixteen bytes, which should come from a good source of chance.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// Reads the 32 hexadecimal digits that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(text, 16)
            .ok()
            .map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for FormatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for FormatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which kind of file a header introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Segment,
    Checkpoint,
}

impl FileKind {
    const fn magic(self) -> [u8; 8] {
        match self {
            Self::Segment => *b"ALXSEGM\n",
            Self::Checkpoint => *b"ALXCKPT\n",
        }
    }
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub(crate) kind: FileKind,
    pub(crate) format_id: FormatId,
    /// The term of the owner that wrote the file.
    pub(crate) epoch: u64,
    /// A segment's first entry; the end of what a checkpoint covers.
    pub(crate) sequence_number: SequenceNumber,
    pub(crate) written_at: Timestamp,
}

impl FileHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER_LENGTH] {
        let mut bytes = [0; HEADER_LENGTH];
        bytes[0..8].copy_from_slice(&self.kind.magic());
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.format_id.0);
        bytes[32..40].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.sequence_number.raw().to_le_bytes());
        bytes[48..56].copy_from_slice(&self.written_at.millis().to_le_bytes());
        let checksum = checksum(&bytes);
        bytes[CHECKSUM_AT].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads a header of this kind; `bytes` is the start of `file`, possibly too short.
    pub(crate) fn decode(kind: FileKind, bytes: &[u8], file: &Path) -> Result<Self, JournalError> {
        let damaged = |kind| Err(JournalError::damaged(file, 0, kind));
        let Some(bytes) = bytes.first_chunk::<HEADER_LENGTH>() else {
            return damaged(DamageKind::NotAJournalFile);
        };
        if bytes[0..8] != kind.magic() {
            return damaged(DamageKind::NotAJournalFile);
        }
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        if version > VERSION {
            return damaged(DamageKind::UnknownVersion {
                found: version,
                supported: VERSION,
            });
        }
        if bytes[CHECKSUM_AT] != checksum(bytes).to_le_bytes() {
            return damaged(DamageKind::HeaderChecksum);
        }
        let mut format_id = [0; 16];
        format_id.copy_from_slice(&bytes[16..32]);
        Ok(Self {
            kind,
            format_id: FormatId(format_id),
            epoch: read_u64(bytes, 32),
            sequence_number: SequenceNumber::from_raw(read_u64(bytes, 40)),
            written_at: Timestamp::from_millis(read_u64(bytes, 48).cast_signed()),
        })
    }

    /// Refuses a file that belongs to another journal.
    pub(crate) fn check_format(&self, expected: FormatId, file: &Path) -> Result<(), JournalError> {
        if self.format_id == expected {
            return Ok(());
        }
        let kind = DamageKind::ForeignFormat {
            found: self.format_id.to_string(),
            expected: expected.to_string(),
        };
        Err(JournalError::damaged(file, 0, kind))
    }

    /// Refuses a segment whose name does not say what its header says.
    pub(crate) fn check_segment_name(
        &self,
        name: &FileName,
        file: &Path,
    ) -> Result<(), JournalError> {
        if self.epoch == name.epoch && self.sequence_number.raw() == name.start {
            return Ok(());
        }
        Err(JournalError::damaged(file, 0, DamageKind::NameMismatch))
    }

    /// What every checksum in the file starts from, so that a frame or chunk that strays into
    /// another file, or is left from another owner's, never matches there.
    pub(crate) fn seed(&self) -> u32 {
        seed(self.format_id, self.epoch)
    }
}

/// The start value of the checksums of this journal and owner.
pub(crate) fn seed(format_id: FormatId, epoch: u64) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&format_id.0), &epoch.to_le_bytes())
}

fn checksum(bytes: &[u8; HEADER_LENGTH]) -> u32 {
    let before = crc32c::crc32c(&bytes[..CHECKSUM_AT.start]);
    crc32c::crc32c_append(before, &bytes[CHECKSUM_AT.end..])
}

/// The little-endian number at `at`.
pub(crate) fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut raw = [0; 8];
    raw.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(raw)
}

/// The little-endian number at `at`.
pub(crate) fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut raw = [0; 4];
    raw.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> FileHeader {
        FileHeader {
            kind: FileKind::Segment,
            format_id: FormatId([7; 16]),
            epoch: 3,
            sequence_number: SequenceNumber::from_raw(151),
            written_at: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    #[test]
    fn a_header_reads_back_as_it_was_written() {
        let read = FileHeader::decode(FileKind::Segment, &header().encode(), Path::new("f"));
        assert_eq!(read.expect("it is whole"), header());
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_found() {
        let whole = header().encode();
        for bit in 0..HEADER_LENGTH * 8 {
            let mut bytes = whole;
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = FileHeader::decode(FileKind::Segment, &bytes, Path::new("f"));
            assert!(read.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_checkpoint_is_not_taken_for_a_segment() {
        let read = FileHeader::decode(FileKind::Checkpoint, &header().encode(), Path::new("f"));
        assert!(read.is_err());
    }

    #[test]
    fn a_format_id_parses_from_what_it_prints() {
        let id = FormatId([0xa5; 16]);
        assert_eq!(FormatId::parse(&id.to_string()), Some(id));
        assert_eq!(FormatId::parse("a5"), None);
        assert_eq!(FormatId::parse(&"+".repeat(32)), None);
    }
}
