//! [`Locations`]: which registration of which worker holds which block, in about 20 bytes a block.

use std::collections::HashMap;

use alluxio_common::BlockId;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use parking_lot::RwLock;
use smallvec::SmallVec;
use std::hash::BuildHasher;

/// Tables grow by doubling, under a lock of their own: with this many of them, a table of a map of
/// a hundred million blocks has 25,000 entries and grows in a millisecond.
const SHARDS: usize = 4_096;

/// One registration of a worker. A worker that registers again gets a new slot, so its old
/// locations need not be found and removed before the new ones count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot(pub(super) u16);

/// A copy: a registration, and which of its storage places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slot: Slot,
    /// Index into the list of (tier, medium) pairs.
    pub(super) storage: u8,
}

/// The copies of one block.
pub(super) type Places = SmallVec<[Place; 2]>;

/// What is known of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    One(Place),
    /// Several copies, kept in the shard's side table.
    Several,
    /// It was on a worker that is gone, or that has lost it.
    Lost,
}

/// Twelve bytes: block ids have 64 bits, and eight-byte alignment would waste four.
#[derive(Debug, Clone, Copy)]
struct Entry {
    high: u32,
    low: u32,
    /// Slot in the upper half; then the kind and the storage.
    packed: u32,
}

const KIND_ONE: u32 = 0;
const KIND_SEVERAL: u32 = 1;
const KIND_LOST: u32 = 2;

impl Entry {
    fn new(id: BlockId, known: Known) -> Self {
        let raw = id.raw().cast_unsigned();
        // The halves of 64 bits.
        let (high, low) = ((raw >> 32) as u32, raw as u32);
        let packed = match known {
            Known::One(place) => {
                u32::from(place.slot.0) << 16 | KIND_ONE << 8 | u32::from(place.storage)
            }
            Known::Several => KIND_SEVERAL << 8,
            Known::Lost => KIND_LOST << 8,
        };
        Self { high, low, packed }
    }

    fn id(&self) -> BlockId {
        BlockId::from_raw((u64::from(self.high) << 32 | u64::from(self.low)).cast_signed())
    }

    fn known(&self) -> Known {
        match (self.packed >> 8) & 0xff {
            KIND_SEVERAL => Known::Several,
            KIND_LOST => Known::Lost,
            // Masked or shifted to the width of their types.
            _one => Known::One(Place {
                slot: Slot((self.packed >> 16) as u16),
                storage: (self.packed & 0xff) as u8,
            }),
        }
    }
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashTable<Entry>,
    several: HashMap<i64, Places>,
}

/// The map of all blocks.
#[derive(Debug)]
pub(super) struct Locations {
    shards: Box<[RwLock<Shard>]>,
    hasher: FixedState,
}

/// What a change of the map did to the copies of one registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// A copy appeared, or went.
    Yes,
    /// Everything was so before.
    No,
}

/// What a removal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    /// The registration had no copy.
    Nothing,
    /// There are other copies.
    OneOfSeveral,
    /// The block is nowhere now.
    TheLast,
}

impl Locations {
    pub(super) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self {
            shards,
            hasher: FixedState::default(),
        }
    }

    fn hash(&self, id: BlockId) -> u64 {
        self.hasher.hash_one(id.raw())
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        // The table below uses the low and the highest seven bits.
        &self.shards[(hash >> 40) as usize % SHARDS]
    }

    /// The copies of a block, those of dead registrations included.
    pub(super) fn find(&self, id: BlockId) -> Places {
        let hash = self.hash(id);
        let shard = self.shard(hash).read();
        match shard
            .entries
            .find(hash, |entry| entry.id() == id)
            .map(Entry::known)
        {
            Some(Known::One(place)) => Places::from_elem(place, 1),
            Some(Known::Several) => shard.several.get(&id.raw()).cloned().unwrap_or_default(),
            Some(Known::Lost) | None => Places::new(),
        }
    }

    /// Whether the block was on a worker that is gone or has lost it, and is nowhere now.
    pub(super) fn is_lost(&self, id: BlockId) -> bool {
        let hash = self.hash(id);
        let shard = self.shard(hash).read();
        shard
            .entries
            .find(hash, |entry| entry.id() == id)
            .is_some_and(|entry| entry.known() == Known::Lost)
    }

    /// Notes a copy; a copy of the same registration elsewhere is moved.
    pub(super) fn add(&self, id: BlockId, place: Place) -> Changed {
        let hash = self.hash(id);
        let mut shard = self.shard(hash).write();
        let mut places = shard.take(hash, id).places;
        let old = places.iter_mut().find(|old| old.slot == place.slot);
        let changed = match old {
            Some(old) => {
                old.storage = place.storage;
                Changed::No
            }
            None => {
                places.push(place);
                Changed::Yes
            }
        };
        shard.put(hash, id, places, &self.hasher);
        changed
    }

    /// Forgets the copy of a registration.
    pub(super) fn remove(&self, id: BlockId, slot: Slot) -> Removed {
        let hash = self.hash(id);
        let mut shard = self.shard(hash).write();
        let taken = shard.take(hash, id);
        let mut places = taken.places;
        let before = places.len();
        places.retain(|place| place.slot != slot);
        let removed = match places.len() {
            left if left == before => Removed::Nothing,
            0 => Removed::TheLast,
            _ => Removed::OneOfSeveral,
        };
        if places.is_empty() && taken.was_lost {
            shard.put_lost(hash, id, &self.hasher);
        } else {
            shard.put(hash, id, places, &self.hasher);
        }
        removed
    }

    /// Notes that a block is lost, unless somebody has it.
    pub(super) fn note_lost(&self, id: BlockId) {
        let hash = self.hash(id);
        let mut shard = self.shard(hash).write();
        if shard.entries.find(hash, |entry| entry.id() == id).is_none() {
            shard.put_lost(hash, id, &self.hasher);
        }
    }

    /// Forgets a block, and tells where it was.
    pub(super) fn forget(&self, id: BlockId) -> Places {
        let hash = self.hash(id);
        self.shard(hash).write().take(hash, id).places
    }

    /// How many steps [`Locations::sweep`] has.
    pub(super) const fn sweep_steps() -> usize {
        SHARDS
    }

    /// Forgets, in one part of the map, the copies of registrations for which `is_dead` holds. A
    /// block without another copy is noted as lost.
    pub(super) fn sweep(&self, step: usize, is_dead: impl Fn(Slot) -> bool) {
        let mut shard = self.shards[step].write();
        let Shard { entries, several } = &mut *shard;
        for entry in entries.iter_mut() {
            let known = match entry.known() {
                Known::One(place) if is_dead(place.slot) => Known::Lost,
                Known::Several => {
                    let id = entry.id().raw();
                    let Some(places) = several.get_mut(&id) else {
                        continue;
                    };
                    places.retain(|place| !is_dead(place.slot));
                    match places[..] {
                        [] => {
                            several.remove(&id);
                            Known::Lost
                        }
                        [only] => {
                            several.remove(&id);
                            Known::One(only)
                        }
                        [..] => continue,
                    }
                }
                Known::One(_) | Known::Lost => continue,
            };
            *entry = Entry::new(entry.id(), known);
        }
    }

    /// How many blocks are known, and how many bytes the map takes.
    pub(super) fn memory(&self) -> (usize, usize) {
        let mut blocks = 0;
        let mut bytes = self.shards.len() * size_of::<RwLock<Shard>>();
        for shard in &self.shards {
            let shard = shard.read();
            blocks += shard.entries.len();
            bytes += shard.entries.allocation_size();
            bytes += shard.several.capacity() * size_of::<(i64, Places)>();
        }
        (blocks, bytes)
    }
}

/// What was taken out of a shard.
struct Taken {
    places: Places,
    was_lost: bool,
}

impl Shard {
    fn take(&mut self, hash: u64, id: BlockId) -> Taken {
        let Ok(entry) = self.entries.find_entry(hash, |entry| entry.id() == id) else {
            return Taken {
                places: Places::new(),
                was_lost: false,
            };
        };
        let (entry, _vacant) = entry.remove();
        match entry.known() {
            Known::One(place) => Taken {
                places: Places::from_elem(place, 1),
                was_lost: false,
            },
            Known::Several => Taken {
                places: self.several.remove(&id.raw()).unwrap_or_default(),
                was_lost: false,
            },
            Known::Lost => Taken {
                places: Places::new(),
                was_lost: true,
            },
        }
    }

    fn put(&mut self, hash: u64, id: BlockId, places: Places, hasher: &FixedState) {
        let known = match places[..] {
            [] => return,
            [only] => Known::One(only),
            [..] => {
                self.several.insert(id.raw(), places);
                Known::Several
            }
        };
        self.insert(hash, Entry::new(id, known), hasher);
    }

    fn put_lost(&mut self, hash: u64, id: BlockId, hasher: &FixedState) {
        self.insert(hash, Entry::new(id, Known::Lost), hasher);
    }

    fn insert(&mut self, hash: u64, entry: Entry, hasher: &FixedState) {
        self.entries
            .insert_unique(hash, entry, |entry| hasher.hash_one(entry.id().raw()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Add(i64, u16, u8),
        Remove(i64, u16),
        Forget(i64),
        Die(u16),
    }

    fn step() -> impl Strategy<Value = Step> {
        let id = 0_i64..6;
        let slot = 0_u16..4;
        prop_oneof![
            (id.clone(), slot.clone(), 0_u8..3).prop_map(|(id, slot, at)| Step::Add(id, slot, at)),
            (id.clone(), slot.clone()).prop_map(|(id, slot)| Step::Remove(id, slot)),
            id.prop_map(Step::Forget),
            slot.prop_map(Step::Die),
        ]
    }

    proptest! {
        #[test]
        fn the_map_agrees_with_a_map_of_maps(steps in prop::collection::vec(step(), 0..60)) {
            let locations = Locations::new();
            let mut model: BTreeMap<i64, BTreeMap<u16, u8>> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Add(id, slot, storage) => {
                        let place = Place { slot: Slot(slot), storage };
                        let changed = locations.add(BlockId::from_raw(id), place);
                        let old = model.entry(id).or_default().insert(slot, storage);
                        prop_assert_eq!(changed == Changed::Yes, old.is_none());
                    }
                    Step::Remove(id, slot) => {
                        let removed = locations.remove(BlockId::from_raw(id), Slot(slot));
                        let copies = model.entry(id).or_default();
                        let expected = match (copies.remove(&slot), copies.is_empty()) {
                            (None, _) => Removed::Nothing,
                            (Some(_), false) => Removed::OneOfSeveral,
                            (Some(_), true) => Removed::TheLast,
                        };
                        prop_assert_eq!(removed, expected);
                    }
                    Step::Forget(id) => {
                        locations.forget(BlockId::from_raw(id));
                        model.remove(&id);
                    }
                    Step::Die(slot) => {
                        for step in 0..Locations::sweep_steps() {
                            locations.sweep(step, |dead| dead == Slot(slot));
                        }
                        for copies in model.values_mut() {
                            copies.remove(&slot);
                        }
                    }
                }
            }
            for id in 0..6 {
                let found: BTreeMap<u16, u8> = locations
                    .find(BlockId::from_raw(id))
                    .into_iter()
                    .map(|place| (place.slot.0, place.storage))
                    .collect();
                prop_assert_eq!(found, model.remove(&id).unwrap_or_default());
            }
        }
    }

    #[test]
    fn a_block_is_lost_until_somebody_has_it_again() {
        let locations = Locations::new();
        let id = BlockId::from_raw(7 << 24);
        locations.add(
            id,
            Place {
                slot: Slot(1),
                storage: 0,
            },
        );
        for step in 0..Locations::sweep_steps() {
            locations.sweep(step, |slot| slot == Slot(1));
        }
        assert!(locations.is_lost(id));
        locations.add(
            id,
            Place {
                slot: Slot(2),
                storage: 0,
            },
        );
        assert!(!locations.is_lost(id));
    }

    #[test]
    fn a_block_takes_about_twenty_bytes() {
        let locations = Locations::new();
        for id in 0..2_000_000 {
            locations.add(
                BlockId::from_raw(id << 24),
                Place {
                    slot: Slot(1),
                    storage: 0,
                },
            );
        }
        let (blocks, bytes) = locations.memory();
        assert_eq!(blocks, 2_000_000);
        assert!(bytes / blocks < 32, "{} bytes per block", bytes / blocks);
    }
}
