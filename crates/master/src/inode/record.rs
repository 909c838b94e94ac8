//! [`Record`]: what every inode has, in 48 bytes.

use alluxio_common::{InodeId, PersistenceState, Timestamp};

use super::InodeKind;
use super::arena::{Slot, Vacancy};
use super::attributes::AttributesIndex;
use super::texts::{TextArena, TextOffset};

/// Times are kept in 48 bits: 4,459 years around 1970 in milliseconds. What lies beyond becomes the
/// nearest such time.
const TIME_LIMIT: i64 = 1 << 47;
/// Stands in place of a name's length when the name is too long for the text arena.
const LONG_NAME: u8 = u8::MAX;
/// The bits of the packed word that hold the length of the name.
const NAME_LENGTH_BITS: u32 = 8;

/// One bit each; together they are a part of the checkpoint format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flags(pub(super) u16);

impl Flags {
    pub(super) const DIRECTORY: Self = Self(1 << 0);
    pub(super) const COMPLETED: Self = Self(1 << 1);
    pub(super) const CACHEABLE: Self = Self(1 << 2);
    pub(super) const PINNED: Self = Self(1 << 3);
    pub(super) const MOUNT_POINT: Self = Self(1 << 4);
    pub(super) const CHILDREN_LOADED: Self = Self(1 << 5);
    /// Two bits: the [`PersistenceState`].
    const PERSISTENCE: Self = Self(3 << PERSISTENCE_SHIFT);
    /// There is a row in the table of extras.
    pub(super) const EXTRAS: Self = Self(1 << 8);
    /// There is a row in the table of fingerprints.
    pub(super) const FINGERPRINT: Self = Self(1 << 9);
    /// There is a row in the table of files that are being written.
    pub(super) const WRITING: Self = Self(1 << 10);
    /// Deleted, with everything below it; waits to be reclaimed.
    pub(super) const DETACHED: Self = Self(1 << 11);
    /// No inode stands here.
    const VACANT: Self = Self(1 << 12);

    /// The bits that say something about the inode, not about where its parts are kept.
    pub(super) const MEANING: Self = Self(0xff);

    pub(super) const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }

    pub(super) const fn with(self, flag: Self) -> Self {
        Self(self.0 | flag.0)
    }

    pub(super) const fn without(self, flag: Self) -> Self {
        Self(self.0 & !flag.0)
    }

    /// Those that are said to be there.
    pub(super) fn of(flags: &[(Self, bool)]) -> Self {
        let there = flags.iter().filter(|(_flag, is_there)| *is_there);
        there.fold(Self(0), |all, (flag, _)| all.with(*flag))
    }
}

const PERSISTENCE_SHIFT: u32 = 6;

/// The fixed part of an inode. Everything that few inodes have stands in side tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    id: InodeId,
    /// A file's length in bytes; the place of a directory's [`super::directory::Directory`].
    length_or_directory: i64,
    /// Where the parent's record is; its own place for the root; the next vacant place.
    parent: Slot,
    /// Where the name is; for a detached inode the generation in which it was deleted.
    name: u32,
    /// The number of the attributes in the upper 24 bits, the length of the name in the lowest 8.
    attributes_and_name_length: u32,
    /// Creation, modification, access: the lower 32 bits of each.
    times_low: [u32; 3],
    /// Their upper 16 bits.
    times_high: [i16; 3],
    flags: Flags,
}

/// What a new record starts from.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewRecord {
    pub(super) id: InodeId,
    pub(super) parent: Slot,
    pub(super) attributes: AttributesIndex,
    /// Creation, modification, access.
    pub(super) times: [Timestamp; 3],
    pub(super) flags: Flags,
}

impl Record {
    /// A record without a name; the length is 0.
    pub(super) fn new(new: &NewRecord) -> Self {
        let mut record = Self {
            id: new.id,
            length_or_directory: 0,
            parent: new.parent,
            name: 0,
            attributes_and_name_length: 0,
            times_low: [0; 3],
            times_high: [0; 3],
            flags: new.flags,
        };
        record.set_attributes(new.attributes);
        for (index, time) in new.times.into_iter().enumerate() {
            record.set_time(index, time);
        }
        record
    }

    pub(super) fn id(&self) -> InodeId {
        self.id
    }

    pub(super) fn parent(&self) -> Slot {
        self.parent
    }

    pub(super) fn set_parent(&mut self, parent: Slot) {
        self.parent = parent;
    }

    pub(super) fn flags(&self) -> Flags {
        self.flags
    }

    pub(super) fn has(&self, flag: Flags) -> bool {
        self.flags.has(flag)
    }

    pub(super) fn set(&mut self, flag: Flags) {
        self.flags = self.flags.with(flag);
    }

    pub(super) fn clear(&mut self, flag: Flags) {
        self.flags = self.flags.without(flag);
    }

    pub(super) fn kind(&self) -> InodeKind {
        if self.has(Flags::DIRECTORY) {
            InodeKind::Directory
        } else {
            InodeKind::File
        }
    }

    /// A file's length; 0 for a directory.
    pub(super) fn length(&self) -> i64 {
        match self.kind() {
            InodeKind::File => self.length_or_directory,
            InodeKind::Directory => 0,
        }
    }

    pub(super) fn set_length(&mut self, length: i64) {
        debug_assert_eq!(self.kind(), InodeKind::File);
        self.length_or_directory = length;
    }

    /// Where a directory's children are; `None` for a file.
    pub(super) fn directory(&self) -> Option<Slot> {
        match self.kind() {
            InodeKind::File => None,
            InodeKind::Directory => Some(Slot(self.length_or_directory as u32)),
        }
    }

    pub(super) fn set_directory(&mut self, directory: Slot) {
        debug_assert_eq!(self.kind(), InodeKind::Directory);
        self.length_or_directory = i64::from(directory.0);
    }

    pub(super) fn attributes(&self) -> AttributesIndex {
        AttributesIndex(self.attributes_and_name_length >> NAME_LENGTH_BITS)
    }

    pub(super) fn set_attributes(&mut self, attributes: AttributesIndex) {
        debug_assert!(attributes.0 <= AttributesIndex::MAX.0);
        let name_length = self.attributes_and_name_length & u32::from(u8::MAX);
        self.attributes_and_name_length = attributes.0 << NAME_LENGTH_BITS | name_length;
    }

    /// Where the name is in the text arena, and how long it is; `None` when it is too long for that.
    pub(super) fn name(&self) -> Option<(TextOffset, usize)> {
        let length = self.attributes_and_name_length as u8;
        (length != LONG_NAME).then_some((TextOffset(self.name), usize::from(length)))
    }

    /// Says where the name is; `None` when it stands among the extras.
    pub(super) fn set_name(&mut self, name: Option<(TextOffset, usize)>) {
        let (offset, length) = match name {
            Some((offset, length)) => {
                debug_assert!(length <= TextArena::LONGEST);
                (offset.0, length as u8)
            }
            None => (0, LONG_NAME),
        };
        let attributes = self.attributes_and_name_length & !u32::from(u8::MAX);
        self.attributes_and_name_length = attributes | u32::from(length);
        self.name = offset;
    }

    /// Marks a deleted inode whose name has been given back.
    pub(super) fn detach(&mut self, generation: u32) {
        self.set_name(Some((TextOffset(0), 0)));
        self.name = generation;
        self.set(Flags::DETACHED);
    }

    /// When a detached inode was deleted.
    pub(super) fn detached_in(&self) -> u32 {
        debug_assert!(self.has(Flags::DETACHED));
        self.name
    }

    /// Creation (0), modification (1) or access (2).
    pub(super) fn time(&self, index: usize) -> Timestamp {
        let high = i64::from(self.times_high[index]) << 32;
        Timestamp::from_millis(high | i64::from(self.times_low[index]))
    }

    pub(super) fn set_time(&mut self, index: usize, time: Timestamp) {
        let millis = time.millis().clamp(-TIME_LIMIT, TIME_LIMIT - 1);
        self.times_low[index] = millis as u32;
        self.times_high[index] = (millis >> 32) as i16;
    }

    pub(super) fn persistence(&self) -> PersistenceState {
        match (self.flags.0 & Flags::PERSISTENCE.0) >> PERSISTENCE_SHIFT {
            0 => PersistenceState::NotPersisted,
            1 => PersistenceState::ToBePersisted,
            2 => PersistenceState::Persisted,
            _ => PersistenceState::Lost,
        }
    }

    pub(super) fn set_persistence(&mut self, state: PersistenceState) {
        let bits = match state {
            PersistenceState::NotPersisted => 0,
            PersistenceState::ToBePersisted => 1,
            PersistenceState::Persisted => 2,
            PersistenceState::Lost => 3,
        };
        let others = self.flags.0 & !Flags::PERSISTENCE.0;
        self.flags = Flags(others | bits << PERSISTENCE_SHIFT);
    }
}

impl Vacancy for Record {
    fn vacant(next: Slot) -> Self {
        Self::new(&NewRecord {
            id: InodeId::from_raw(0),
            parent: next,
            attributes: AttributesIndex(0),
            times: [Timestamp::from_millis(0); 3],
            flags: Flags::VACANT,
        })
    }

    fn next_vacant(&self) -> Option<Slot> {
        self.has(Flags::VACANT).then_some(self.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_48_bytes() {
        assert_eq!(size_of::<Record>(), 48);
    }

    #[test]
    fn times_are_exact_to_the_millisecond_on_both_sides_of_1970() {
        let mut record = Record::vacant(Slot::NONE);
        for millis in [0, -1, 1, 1_763_718_000_123, -TIME_LIMIT, TIME_LIMIT - 1] {
            record.set_time(1, Timestamp::from_millis(millis));
            assert_eq!(record.time(1).millis(), millis);
        }
        record.set_time(2, Timestamp::from_millis(i64::MAX));
        assert_eq!(record.time(2).millis(), TIME_LIMIT - 1);
    }

    #[test]
    fn packed_fields_do_not_touch_one_another() {
        let mut record = Record::vacant(Slot::NONE);
        record.set_attributes(AttributesIndex::MAX);
        record.set_name(Some((TextOffset(7), 252)));
        record.set_persistence(PersistenceState::Lost);
        record.set(Flags::PINNED);
        assert_eq!(record.attributes(), AttributesIndex::MAX);
        assert_eq!(record.name(), Some((TextOffset(7), 252)));
        record.set_attributes(AttributesIndex(3));
        assert_eq!(record.name(), Some((TextOffset(7), 252)));
        record.set_name(None);
        assert_eq!(
            (record.name(), record.attributes()),
            (None, AttributesIndex(3))
        );
        record.set_persistence(PersistenceState::Persisted);
        assert_eq!(record.persistence(), PersistenceState::Persisted);
        assert!(record.has(Flags::PINNED));
    }
}
