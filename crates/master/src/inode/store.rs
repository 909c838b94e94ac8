//! [`InodeStore`]: inodes without their order: records, names and side tables.

use alluxio_common::Timestamp;

use super::arena::{Arena, Slot};
use super::attributes::{Attributes, AttributesKey, AttributesTable};
use super::bounded_table::BoundedTable;
use super::extras::{Extras, NO_EXTRAS};
use super::record::{Flags, NewRecord, Record};
use super::state_hash::StateHasher;
use super::texts::{TextArena, TextOffset};

/// Indices of the three times of a record.
pub(super) const CREATION: usize = 0;
pub(super) const MODIFICATION: usize = 1;
pub(super) const ACCESS: usize = 2;

/// Stands for a block that has not been committed yet.
const NOT_COMMITTED: i64 = -1;

/// Where everything that an inode says about itself is kept.
#[derive(Debug)]
pub(super) struct InodeStore {
    pub(super) records: Arena<Record>,
    pub(super) texts: TextArena,
    pub(super) attributes: AttributesTable,
    pub(super) extras: BoundedTable<(Slot, Box<Extras>)>,
    pub(super) fingerprints: BoundedTable<Fingerprint>,
    pub(super) writing: BoundedTable<Writing>,
}

/// Where an inode's fingerprint is.
#[derive(Debug)]
pub(super) struct Fingerprint {
    slot: Slot,
    offset: TextOffset,
    length: u8,
}

/// The blocks of a file that is being written.
#[derive(Debug)]
pub(super) struct Writing {
    slot: Slot,
    /// Bytes of each block, or [`NOT_COMMITTED`].
    lengths: Vec<i64>,
}

impl Writing {
    pub(super) fn allocated_bytes(&self) -> usize {
        self.lengths.capacity() * size_of::<i64>()
    }
}

/// Places are dense small numbers, and a table wants well-spread bits.
pub(super) fn hash_slot(slot: Slot) -> u64 {
    StateHasher::new().number(u64::from(slot.0)).finish()
}

impl InodeStore {
    pub(super) fn new() -> Self {
        Self {
            records: Arena::new(),
            texts: TextArena::new(),
            attributes: AttributesTable::default(),
            extras: BoundedTable::new(),
            fingerprints: BoundedTable::new(),
            writing: BoundedTable::new(),
        }
    }

    /// Adds an inode with a name and nothing else.
    pub(super) fn insert(&mut self, new: &NewRecord, name: &str) -> Slot {
        let slot = self.records.insert(Record::new(new));
        self.set_name(slot, name);
        slot
    }

    /// Removes an inode with all that belongs to it.
    pub(super) fn remove(&mut self, slot: Slot) {
        if !self.record(slot).has(Flags::DETACHED) {
            self.clear_name(slot);
        }
        self.set_fingerprint(slot, "");
        self.clear_blocks(slot);
        if self.record(slot).has(Flags::EXTRAS) {
            self.extras.remove(hash_slot(slot), |(of, _)| *of == slot);
        }
        self.records.remove(slot);
    }

    pub(super) fn record(&self, slot: Slot) -> &Record {
        self.records.get(slot)
    }

    pub(super) fn record_mut(&mut self, slot: Slot) -> &mut Record {
        self.records.get_mut(slot)
    }

    pub(super) fn attributes(&self, slot: Slot) -> &Attributes {
        self.attributes.row(self.record(slot).attributes())
    }

    /// Gives an inode other attributes.
    pub(super) fn set_attributes(&mut self, slot: Slot, key: &AttributesKey<'_>) {
        let index = self.attributes.intern(key);
        self.record_mut(slot).set_attributes(index);
    }

    /// A time that only ever moves forward.
    pub(super) fn advance_time(&mut self, slot: Slot, index: usize, time: Timestamp) {
        let record = self.records.get_mut(slot);
        if record.time(index) < time {
            record.set_time(index, time);
        }
    }

    /// The name in the parent.
    pub(super) fn name(&self, slot: Slot) -> &str {
        match self.record(slot).name() {
            Some((offset, length)) => self.texts.text(offset, length),
            None => &self.extras(slot).long_name,
        }
    }

    /// The bytes of the name, for comparing.
    pub(super) fn name_bytes(&self, slot: Slot) -> &[u8] {
        match self.record(slot).name() {
            Some((offset, length)) => self.texts.bytes(offset, length),
            None => self.extras(slot).long_name.as_bytes(),
        }
    }

    /// Gives an inode that has no name one.
    fn set_name(&mut self, slot: Slot, name: &str) {
        if name.len() <= TextArena::LONGEST {
            let offset = self.texts.insert(name);
            let place = Some((offset, name.len()));
            self.records.get_mut(slot).set_name(place);
            return;
        }
        self.records.get_mut(slot).set_name(None);
        self.change_extras(slot, |extras| name.clone_into(&mut extras.long_name));
    }

    /// Takes the name away and gives its room back.
    pub(super) fn clear_name(&mut self, slot: Slot) {
        match self.record(slot).name() {
            Some((offset, length)) => self.texts.remove(offset, length),
            None => self.change_extras(slot, |extras| extras.long_name.clear()),
        }
        let none = Some((TextOffset(0), 0));
        self.records.get_mut(slot).set_name(none);
    }

    pub(super) fn rename(&mut self, slot: Slot, name: &str) {
        self.clear_name(slot);
        self.set_name(slot, name);
    }

    /// Rare attributes; the defaults when there are none.
    pub(super) fn extras(&self, slot: Slot) -> &Extras {
        if !self.record(slot).has(Flags::EXTRAS) {
            return &NO_EXTRAS;
        }
        let found = self.extras.find(hash_slot(slot), |(of, _)| *of == slot);
        &found.expect("the flag says that there are extras").1
    }

    /// Changes rare attributes; they take room only while they differ from the defaults.
    pub(super) fn change_extras(&mut self, slot: Slot, change: impl FnOnce(&mut Extras)) {
        let hash = hash_slot(slot);
        if !self.record(slot).has(Flags::EXTRAS) {
            let mut extras = NO_EXTRAS.clone();
            change(&mut extras);
            if extras != NO_EXTRAS {
                let row = (slot, Box::new(extras));
                self.extras
                    .insert_unique(hash, row, |(of, _)| hash_slot(*of));
                self.records.get_mut(slot).set(Flags::EXTRAS);
            }
            return;
        }
        let found = self.extras.find_mut(hash, |(of, _)| *of == slot);
        let (_slot, extras) = found.expect("the flag says that there are extras");
        change(extras);
        if **extras == NO_EXTRAS {
            self.extras.remove(hash, |(of, _)| *of == slot);
            self.records.get_mut(slot).clear(Flags::EXTRAS);
        }
    }

    /// What the store said; empty when unknown.
    pub(super) fn fingerprint(&self, slot: Slot) -> &str {
        if !self.record(slot).has(Flags::FINGERPRINT) {
            return &self.extras(slot).long_fingerprint;
        }
        let found = self.fingerprints.find(hash_slot(slot), |f| f.slot == slot);
        let found = found.expect("the flag says that there is a fingerprint");
        self.texts.text(found.offset, usize::from(found.length))
    }

    pub(super) fn set_fingerprint(&mut self, slot: Slot, text: &str) {
        let hash = hash_slot(slot);
        if self.record(slot).has(Flags::FINGERPRINT) {
            let removed = self.fingerprints.remove(hash, |f| f.slot == slot);
            let removed = removed.expect("the flag says that there is a fingerprint");
            self.texts
                .remove(removed.offset, usize::from(removed.length));
            self.records.get_mut(slot).clear(Flags::FINGERPRINT);
        } else if self.record(slot).has(Flags::EXTRAS) {
            self.change_extras(slot, |extras| extras.long_fingerprint.clear());
        }
        if text.len() > TextArena::LONGEST {
            self.change_extras(slot, |extras| text.clone_into(&mut extras.long_fingerprint));
        } else if !text.is_empty() {
            let offset = self.texts.insert(text);
            let length = text.len() as u8;
            let row = Fingerprint {
                slot,
                offset,
                length,
            };
            self.fingerprints
                .insert_unique(hash, row, |f| hash_slot(f.slot));
            self.records.get_mut(slot).set(Flags::FINGERPRINT);
        }
    }

    /// Bytes of the blocks of a file that is being written, [`NOT_COMMITTED`] for some.
    pub(super) fn written_blocks(&self, slot: Slot) -> &[i64] {
        if !self.record(slot).has(Flags::WRITING) {
            return &[];
        }
        let found = self.writing.find(hash_slot(slot), |w| w.slot == slot);
        &found.expect("the flag says that there are blocks").lengths
    }

    /// Bytes of one block of a file that is being written; `None` when it is not committed.
    pub(super) fn written_block(&self, slot: Slot, index: u32) -> Option<i64> {
        let length = self.written_blocks(slot).get(index as usize)?;
        (*length != NOT_COMMITTED).then_some(*length)
    }

    /// Adds a block that is not committed.
    pub(super) fn push_block(&mut self, slot: Slot) {
        let hash = hash_slot(slot);
        if self.record(slot).has(Flags::WRITING) {
            let found = self.writing.find_mut(hash, |w| w.slot == slot);
            let found = found.expect("the flag says that there are blocks");
            found.lengths.push(NOT_COMMITTED);
            return;
        }
        self.set_blocks(slot, vec![NOT_COMMITTED]);
    }

    /// Gives a file that has no blocks all of them.
    pub(super) fn set_blocks(&mut self, slot: Slot, lengths: Vec<i64>) {
        let row = Writing { slot, lengths };
        self.writing
            .insert_unique(hash_slot(slot), row, |w| hash_slot(w.slot));
        self.records.get_mut(slot).set(Flags::WRITING);
    }

    /// Notes the length of a block; `None` when there is no such block.
    pub(super) fn commit_block(&mut self, slot: Slot, index: u32, length: i64) -> Option<()> {
        let found = self.writing.find_mut(hash_slot(slot), |w| w.slot == slot);
        *found?.lengths.get_mut(index as usize)? = length;
        Some(())
    }

    pub(super) fn clear_blocks(&mut self, slot: Slot) {
        if self.record(slot).has(Flags::WRITING) {
            self.writing.remove(hash_slot(slot), |w| w.slot == slot);
            self.records.get_mut(slot).clear(Flags::WRITING);
        }
    }

    /// The digest of everything that the inode says about itself and its place.
    pub(super) fn digest(&self, slot: Slot) -> u64 {
        let record = self.record(slot);
        let mut hasher = StateHasher::new()
            .number(record.id().raw() as u64)
            .number(self.record(record.parent()).id().raw() as u64)
            .bytes(self.name_bytes(slot))
            .number(self.attributes.digest(record.attributes()))
            .number(record.time(CREATION).millis() as u64)
            .number(record.time(MODIFICATION).millis() as u64)
            .number(record.time(ACCESS).millis() as u64)
            .number(record.length() as u64)
            .number(u64::from(record.flags().0 & Flags::MEANING.0));
        if record.has(Flags::EXTRAS) {
            hasher = hasher.bytes(&self.extras(slot).to_bytes());
        }
        if record.has(Flags::FINGERPRINT) {
            hasher = hasher.bytes(self.fingerprint(slot).as_bytes());
        }
        for length in self.written_blocks(slot) {
            hasher = hasher.number(*length as u64);
        }
        hasher.finish()
    }
}
