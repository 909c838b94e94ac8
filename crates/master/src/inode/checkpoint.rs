//! The bytes of a checkpoint's sections. Drawn in `docs/formats/checkpoint.md`.

use alluxio_common::{InodeId, Mode, Timestamp};

use super::Settings;
use super::arena::Slot;
use super::attributes::Attributes;
use super::record::{Flags, Record as InodeRecord};
use super::store::InodeStore;
use crate::journal_entry::DecodeError;
use crate::journal_entry::codec::{
    Record, put_varint, record, record_field, take_bytes, take_varint,
};

/// The first section: the [`Header`], with the settings in it.
pub(super) const SETTINGS: &str = "inode-settings";
/// The second section: rows of owner, group, mode and block size.
pub(super) const ATTRIBUTES: &str = "inode-attributes";
/// The third section: the inodes.
pub(super) const INODES: &str = "inodes";
/// All sections, in the order in which they are written and must be read.
pub const SECTIONS: [&str; 3] = [SETTINGS, ATTRIBUTES, INODES];

/// The format of the sections. A reader refuses what is newer than itself.
pub(super) const VERSION: u32 = 1;

/// What a checkpoint says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u32,
    /// The tree that is loaded must have this hash.
    pub(super) state_hash: u64,
    pub(super) files: u64,
    pub(super) directories: u64,
    /// Every place is below this.
    pub(super) slots: u32,
    pub(super) settings: Settings,
}

record_field!(Settings);
record!(Header {
    1 => version,
    2 => state_hash,
    3 => files,
    4 => directories,
    5 => slots,
    6 => settings,
});

impl Header {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        bytes
    }
}

/// A row of the attributes section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttributesImage {
    pub(super) owner: String,
    pub(super) group: String,
    pub(super) mode: Mode,
    pub(super) block_size: i64,
}

record!(AttributesImage {
    1 => owner,
    2 => group,
    3 => mode,
    4 => block_size,
});

/// Rows, each with its length in front; a row's number is its place in the whole section.
pub(super) fn encode_attributes<'a>(rows: impl Iterator<Item = &'a Attributes>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut image = Vec::new();
    for row in rows {
        image.clear();
        let row = AttributesImage {
            owner: row.owner.as_ref().to_owned(),
            group: row.group.as_ref().to_owned(),
            mode: row.mode,
            block_size: row.block_size,
        };
        row.encode(&mut image);
        put_varint(&mut bytes, image.len() as u64);
        bytes.extend_from_slice(&image);
    }
    bytes
}

pub(super) fn decode_attributes(bytes: &[u8]) -> Result<Vec<AttributesImage>, DecodeError> {
    let mut rest = bytes;
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let length = take_varint(&mut rest, 0)?;
        rows.push(AttributesImage::decode(take_bytes(&mut rest, length, 0)?)?);
    }
    Ok(rows)
}

/// What a checkpoint says about one inode. Places are those of the tree that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InodeImage<'a> {
    pub(super) slot: Slot,
    pub(super) parent: Slot,
    pub(super) id: InodeId,
    pub(super) flags: Flags,
    pub(super) attributes: u32,
    pub(super) length: i64,
    /// Creation, modification, access.
    pub(super) times: [Timestamp; 3],
    pub(super) name: &'a [u8],
    pub(super) fingerprint: &'a [u8],
    /// Blocks of a file that is being written.
    pub(super) blocks: Vec<i64>,
    /// The bytes of the extras; empty for none.
    pub(super) extras: Vec<u8>,
}

/// Bytes of the part of an image that has a fixed size.
const FIXED_LENGTH: usize = 48;
/// The bit of the flags that says that a tail with the rare parts follows the name.
const TAIL: u16 = 1 << 15;

impl<'a> InodeImage<'a> {
    /// What stands at a place.
    pub(super) fn of(store: &'a InodeStore, slot: Slot) -> Self {
        let record: &InodeRecord = store.record(slot);
        Self {
            slot,
            parent: record.parent(),
            id: record.id(),
            flags: Flags(record.flags().0 & Flags::MEANING.0),
            attributes: record.attributes().0,
            length: record.length(),
            times: [record.time(0), record.time(1), record.time(2)],
            name: store.name_bytes(slot),
            fingerprint: store.fingerprint(slot).as_bytes(),
            blocks: store.written_blocks(slot).to_vec(),
            extras: if record.has(Flags::EXTRAS) {
                store.extras(slot).to_bytes()
            } else {
                Vec::new()
            },
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIXED_LENGTH + self.name.len() + self.extras.len());
        self.encode(&mut bytes);
        bytes
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let has_tail =
            !(self.fingerprint.is_empty() && self.blocks.is_empty() && self.extras.is_empty());
        let flags = self.flags.0 | if has_tail { TAIL } else { 0 };
        let mut fixed = [0; FIXED_LENGTH];
        fixed[0..4].copy_from_slice(&self.slot.0.to_le_bytes());
        fixed[4..8].copy_from_slice(&self.parent.0.to_le_bytes());
        fixed[8..16].copy_from_slice(&self.id.raw().to_le_bytes());
        fixed[16..24].copy_from_slice(&self.length.to_le_bytes());
        for (index, time) in self.times.iter().enumerate() {
            let at = 24 + index * 6;
            fixed[at..at + 6].copy_from_slice(&time.millis().to_le_bytes()[..6]);
        }
        fixed[42..44].copy_from_slice(&flags.to_le_bytes());
        fixed[44..47].copy_from_slice(&self.attributes.to_le_bytes()[..3]);
        let short = u8::try_from(self.name.len()).unwrap_or(u8::MAX);
        fixed[47] = short;
        out.extend_from_slice(&fixed);
        if short == u8::MAX {
            put_varint(out, self.name.len() as u64);
        }
        out.extend_from_slice(self.name);
        if has_tail {
            self.encode_tail(out);
        }
    }

    fn encode_tail(&self, out: &mut Vec<u8>) {
        put_varint(out, self.fingerprint.len() as u64);
        out.extend_from_slice(self.fingerprint);
        put_varint(out, self.blocks.len() as u64);
        for length in &self.blocks {
            put_varint(out, *length as u64);
        }
        put_varint(out, self.extras.len() as u64);
        out.extend_from_slice(&self.extras);
    }

    /// Cuts an image off the front.
    pub(super) fn take(rest: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let fixed = take_bytes(rest, FIXED_LENGTH as u64, 0)?;
        let fixed: &[u8; FIXED_LENGTH] = fixed.try_into().expect("just cut to this length");
        let mut name_length = u64::from(fixed[47]);
        if name_length == u64::from(u8::MAX) {
            name_length = take_varint(rest, 0)?;
        }
        let flags = number(&fixed[42..44]) as u16;
        let mut image = Self {
            slot: Slot(number(&fixed[0..4]) as u32),
            parent: Slot(number(&fixed[4..8]) as u32),
            id: InodeId::from_raw(number(&fixed[8..16]) as i64),
            length: number(&fixed[16..24]) as i64,
            times: [24, 30, 36].map(|at| time(&fixed[at..at + 6])),
            flags: Flags(flags & Flags::MEANING.0),
            attributes: number(&fixed[44..47]) as u32,
            name: take_bytes(rest, name_length, 0)?,
            fingerprint: &[],
            blocks: Vec::new(),
            extras: Vec::new(),
        };
        if flags & TAIL != 0 {
            image.take_tail(rest)?;
        }
        Ok(image)
    }

    fn take_tail(&mut self, rest: &mut &'a [u8]) -> Result<(), DecodeError> {
        let length = take_varint(rest, 0)?;
        self.fingerprint = take_bytes(rest, length, 0)?;
        for _ in 0..take_varint(rest, 0)? {
            self.blocks.push(take_varint(rest, 0)? as i64);
        }
        let length = take_varint(rest, 0)?;
        self.extras = take_bytes(rest, length, 0)?.to_vec();
        Ok(())
    }
}

/// Little-endian bytes, eight at most.
fn number(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// Six bytes with a sign.
fn time(bytes: &[u8]) -> Timestamp {
    let shifted = (number(bytes) << 16) as i64;
    Timestamp::from_millis(shifted >> 16)
}
