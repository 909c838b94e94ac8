//! The checksums of the blocks of one directory: one append-only file of fixed records.
//!
//! Byte for byte in `docs/formats/block.md`. A commit appends 32 bytes and does not sync them: as
//! long as the machine does not go down, what was appended is there for the next worker process.
//! After the machine went down the file says so (its header names the boot that wrote it), and the
//! blocks count as unverified until their bytes have been read and compared once.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use alluxio_common::BlockId;
use parking_lot::Mutex;

/// The name of the file in the worker's folder.
pub(super) const FILE_NAME: &str = ".checksums";
/// Every record, the header included, has this many bytes.
const RECORD: usize = 32;
const MAGIC: [u8; 8] = *b"ALXCRC1\n";
const FLAG_KNOWN: u32 = 1;
const FLAG_UNVERIFIED: u32 = 2;
/// A file with fewer records than this is never worth rewriting.
const COMPACTION_FLOOR: u64 = 65_536;

/// Names one life of the machine's kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootId([u8; 16]);

impl BootId {
    /// From any 16 bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The one of the running kernel. Where the kernel does not tell, every start counts as a new
    /// boot, which costs a verification and loses nothing.
    pub fn of_this_machine(fallback: [u8; 16]) -> Self {
        let Ok(text) = fs::read_to_string("/proc/sys/kernel/random/boot_id") else {
            return Self(fallback);
        };
        let mut bytes = [0; 16];
        let digits: Vec<u8> = text
            .chars()
            .filter_map(|c| c.to_digit(16))
            .filter_map(|digit| u8::try_from(digit).ok())
            .collect();
        if digits.len() != 32 {
            return Self(fallback);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Self(bytes)
    }
}

/// What is known about the bytes of a block; changes while readers look at it.
#[derive(Debug)]
pub(super) struct BlockChecksum(AtomicU64);

/// A snapshot of [`BlockChecksum`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing: another process wrote the file, and nobody has read it since.
    Nothing,
    /// The checksum, and the bytes are those that had it.
    Verified(u32),
    /// The checksum; the machine went down since, so the bytes may be others.
    Unverified(u32),
}

impl BlockChecksum {
    pub(super) fn new(known: Known) -> Self {
        Self(AtomicU64::new(known.pack()))
    }

    pub(super) fn load(&self) -> Known {
        Known::unpack(self.0.load(Ordering::Acquire))
    }

    pub(super) fn store(&self, known: Known) {
        self.0.store(known.pack(), Ordering::Release);
    }
}

impl Known {
    fn flags(self) -> (u32, u32) {
        match self {
            Self::Nothing => (0, 0),
            Self::Verified(crc) => (FLAG_KNOWN, crc),
            Self::Unverified(crc) => (FLAG_KNOWN | FLAG_UNVERIFIED, crc),
        }
    }

    fn from_flags(flags: u32, crc: u32) -> Self {
        if flags & FLAG_KNOWN == 0 {
            Self::Nothing
        } else if flags & FLAG_UNVERIFIED == 0 {
            Self::Verified(crc)
        } else {
            Self::Unverified(crc)
        }
    }

    fn pack(self) -> u64 {
        let (flags, crc) = self.flags();
        u64::from(flags) << 32 | u64::from(crc)
    }

    fn unpack(packed: u64) -> Self {
        let crc = u32::try_from(packed & u64::from(u32::MAX)).unwrap_or(0);
        let flags = u32::try_from(packed >> 32).unwrap_or(0);
        Self::from_flags(flags, crc)
    }

    /// The same after the machine went down.
    pub(super) fn after_reboot(self) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Verified(crc) | Self::Unverified(crc) => Self::Unverified(crc),
        }
    }
}

/// What the file says about one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChecksumRecord {
    pub(super) block_id: BlockId,
    pub(super) length: u64,
    pub(super) known: Known,
}

/// What the file said when the worker started.
#[derive(Debug, Default)]
pub(super) struct LoadedChecksums {
    /// The boot that wrote the file; none when there is no file, or no readable header.
    pub(super) boot: Option<BootId>,
    /// The newest record of each block.
    pub(super) records: HashMap<BlockId, ChecksumRecord>,
}

/// The file of one directory.
#[derive(Debug)]
pub(super) struct ChecksumLog {
    path: PathBuf,
    open: Mutex<OpenLog>,
}

#[derive(Debug, Default)]
struct OpenLog {
    /// `None` before the first rewrite, and when the directory is broken.
    file: Option<File>,
    records: u64,
    /// What was appended while a rewrite is under way, to be repeated in the new file. Its length
    /// is limited by how much is committed during the second or so that a rewrite takes.
    meanwhile: Option<Vec<u8>>,
}

impl ChecksumLog {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            path: root.join(FILE_NAME),
            open: Mutex::new(OpenLog::default()),
        }
    }

    /// Reads the file as the last process left it. Records that are torn or damaged are skipped.
    pub(super) fn load(&self) -> io::Result<LoadedChecksums> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut loaded = LoadedChecksums::default();
        let Some((header, records)) = bytes.as_chunks::<RECORD>().0.split_first() else {
            return Ok(loaded);
        };
        loaded.boot = decode_header(header);
        if loaded.boot.is_none() {
            return Ok(loaded);
        }
        for record in records.iter().filter(|record| is_intact(record)) {
            let record = decode(record);
            loaded.records.insert(record.block_id, record);
        }
        Ok(loaded)
    }

    /// Replaces the file by one with just these records, and keeps it open for appending.
    pub(super) fn rewrite(&self, boot: BootId, records: &[ChecksumRecord]) -> io::Result<()> {
        self.open.lock().meanwhile = Some(Vec::new());
        let written = self.write_new(boot, records);
        let mut open = self.open.lock();
        let meanwhile = open.meanwhile.take().unwrap_or_default();
        let (mut file, new_path) = written?;
        file.write_all(&meanwhile)?;
        fs::rename(&new_path, &self.path)?;
        let appended = meanwhile.len() / RECORD;
        open.file = Some(file);
        open.records = u64::try_from(records.len() + appended).unwrap_or(u64::MAX);
        Ok(())
    }

    fn write_new(&self, boot: BootId, records: &[ChecksumRecord]) -> io::Result<(File, PathBuf)> {
        let new_path = self.path.with_extension("new");
        // A leftover of a rewrite that a crash cut short.
        match fs::remove_file(&new_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&new_path)?;
        let mut bytes = Vec::with_capacity((records.len() + 1) * RECORD);
        bytes.extend_from_slice(&encode_header(boot));
        for record in records {
            bytes.extend_from_slice(&encode(record));
        }
        file.write_all(&bytes)?;
        // Rare, and off the path of any client: the header must not be lost with the machine.
        file.sync_data()?;
        Ok((file, new_path))
    }

    /// Notes what is known about a block. One small write, not synced.
    pub(super) fn append(&self, record: &ChecksumRecord) -> io::Result<()> {
        let bytes = encode(record);
        let mut open = self.open.lock();
        if let Some(meanwhile) = &mut open.meanwhile {
            meanwhile.extend_from_slice(&bytes);
        }
        open.records += 1;
        match &mut open.file {
            Some(file) => file.write_all(&bytes),
            None => Ok(()),
        }
    }

    /// Whether most of the file is about blocks that are gone.
    pub(super) fn wants_rewrite(&self, live: usize) -> bool {
        let live = u64::try_from(live).unwrap_or(u64::MAX);
        self.open.lock().records > COMPACTION_FLOOR.max(live.saturating_mul(4))
    }
}

fn seal(mut record: [u8; RECORD]) -> [u8; RECORD] {
    let crc = crc32c::crc32c(&record[..RECORD - 4]);
    record[RECORD - 4..].copy_from_slice(&crc.to_le_bytes());
    record
}

fn is_intact(record: &[u8; RECORD]) -> bool {
    seal(*record) == *record
}

fn encode_header(boot: BootId) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&MAGIC);
    record[8..24].copy_from_slice(&boot.0);
    seal(record)
}

fn decode_header(record: &[u8; RECORD]) -> Option<BootId> {
    if record[..8] != MAGIC || !is_intact(record) {
        return None;
    }
    let mut boot = [0; 16];
    boot.copy_from_slice(&record[8..24]);
    Some(BootId(boot))
}

fn encode(of: &ChecksumRecord) -> [u8; RECORD] {
    let (flags, crc) = of.known.flags();
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&of.block_id.raw().to_le_bytes());
    record[8..16].copy_from_slice(&of.length.to_le_bytes());
    record[16..20].copy_from_slice(&crc.to_le_bytes());
    record[20..24].copy_from_slice(&flags.to_le_bytes());
    seal(record)
}

fn decode(record: &[u8; RECORD]) -> ChecksumRecord {
    let (words, _) = record.as_chunks::<4>();
    let word = |index: usize| u32::from_le_bytes(words[index]);
    let (longs, _) = record.as_chunks::<8>();
    ChecksumRecord {
        block_id: BlockId::from_raw(i64::from_le_bytes(longs[0])),
        length: u64::from_le_bytes(longs[1]),
        known: Known::from_flags(word(5), word(4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOOT: BootId = BootId::from_bytes([7; 16]);

    fn record(id: i64, known: Known) -> ChecksumRecord {
        ChecksumRecord {
            block_id: BlockId::from_raw(id),
            length: 1_000,
            known,
        }
    }

    proptest! {
        #[test]
        fn a_record_reads_back_as_it_was_written(
            id in any::<i64>(), length in any::<u64>(), crc in any::<u32>(), kind in 0..3,
        ) {
            let known = match kind {
                0 => Known::Nothing,
                1 => Known::Verified(crc),
                _ => Known::Unverified(crc),
            };
            let record = ChecksumRecord { block_id: BlockId::from_raw(id), length, known };
            let bytes = encode(&record);
            prop_assert!(is_intact(&bytes));
            prop_assert_eq!(decode(&bytes), record);
            prop_assert_eq!(BlockChecksum::new(known).load(), known);
        }

        #[test]
        fn a_flipped_bit_makes_a_record_invalid(byte in 0..RECORD, bit in 0..8) {
            let mut bytes = encode(&record(5, Known::Verified(9)));
            bytes[byte] ^= 1_u8 << bit;
            prop_assert!(!is_intact(&bytes));
        }
    }

    #[test]
    fn a_torn_tail_costs_only_the_last_record() {
        let folder = tempfile::tempdir().unwrap();
        let log = ChecksumLog::new(folder.path());
        log.rewrite(BOOT, &[record(1, Known::Verified(11))])
            .unwrap();
        log.append(&record(2, Known::Verified(22))).unwrap();
        log.append(&record(3, Known::Verified(33))).unwrap();
        let path = folder.path().join(FILE_NAME);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();

        let loaded = ChecksumLog::new(folder.path()).load().unwrap();
        assert_eq!(loaded.boot, Some(BOOT));
        let mut ids: Vec<_> = loaded.records.keys().map(|id| id.raw()).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2]);
    }

    #[test]
    fn a_file_of_another_version_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let log = ChecksumLog::new(folder.path());
        log.rewrite(BOOT, &[record(1, Known::Verified(11))])
            .unwrap();
        let path = folder.path().join(FILE_NAME);
        let mut bytes = fs::read(&path).unwrap();
        bytes[6] = b'2';
        fs::write(&path, &bytes).unwrap();
        let loaded = log.load().unwrap();
        assert!(loaded.boot.is_none() && loaded.records.is_empty());
    }

    #[test]
    fn the_newest_record_of_a_block_counts() {
        let folder = tempfile::tempdir().unwrap();
        let log = ChecksumLog::new(folder.path());
        log.rewrite(BOOT, &[record(1, Known::Nothing)]).unwrap();
        log.append(&record(1, Known::Verified(5))).unwrap();
        let loaded = ChecksumLog::new(folder.path()).load().unwrap();
        assert_eq!(
            loaded.records[&BlockId::from_raw(1)].known,
            Known::Verified(5)
        );
    }
}
