//! [`Arena`]: records of one size at places that never move.

/// Bytes of one chunk of anything here. A chunk is allocated in one go but touched little by little,
/// so its size is no pause. Allocators round so large a block up to whole pages of their own, of 64
/// KiB for one; a little less than a mebibyte leaves room for their header, and wastes little.
pub(super) const CHUNK_BYTES: usize = (1 << 20) - (1 << 12);

/// The place of a record in its [`Arena`]. Four bytes instead of a pointer's eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Slot(pub(super) u32);

impl Slot {
    /// No place: the end of a list of vacant places.
    pub(super) const NONE: Self = Self(u32::MAX);
}

/// A record that can stand for "nothing here" and then leads to the next such place, so that
/// vacant places cost nothing but themselves.
pub(super) trait Vacancy {
    /// The record that stands in a vacant place.
    fn vacant(next: Slot) -> Self;

    /// The vacant place after this one, when the record is vacant.
    fn next_vacant(&self) -> Option<Slot>;
}

/// Grows by chunks, so growth never copies what is there; reuses vacant places first.
#[derive(Debug)]
pub(super) struct Arena<T> {
    chunks: Vec<Vec<T>>,
    first_vacant: Slot,
    /// How many places were ever used; all of them lie below this.
    high_water: u32,
    live: u32,
}

impl<T: Vacancy> Arena<T> {
    const CHUNK_LENGTH: usize = CHUNK_BYTES / size_of::<T>();

    const fn chunk(slot: Slot) -> usize {
        slot.0 as usize / Self::CHUNK_LENGTH
    }

    const fn index(slot: Slot) -> usize {
        slot.0 as usize % Self::CHUNK_LENGTH
    }

    pub(super) fn new() -> Self {
        Self {
            chunks: Vec::new(),
            first_vacant: Slot::NONE,
            high_water: 0,
            live: 0,
        }
    }

    /// The place that [`Arena::insert`] will use next.
    pub(super) fn next_slot(&self) -> Slot {
        if self.first_vacant == Slot::NONE {
            Slot(self.high_water)
        } else {
            self.first_vacant
        }
    }

    pub(super) fn insert(&mut self, value: T) -> Slot {
        let slot = self.next_slot();
        self.live += 1;
        if slot == self.first_vacant {
            let place = &mut self.chunks[Self::chunk(slot)][Self::index(slot)];
            let next = place.next_vacant();
            self.first_vacant = next.expect("the list of vacant places holds vacant ones");
            *place = value;
            return slot;
        }
        assert!(slot != Slot::NONE, "four billion records are the limit");
        if Self::index(slot) == 0 {
            self.chunks.push(Vec::with_capacity(Self::CHUNK_LENGTH));
        }
        self.chunks[Self::chunk(slot)].push(value);
        self.high_water += 1;
        slot
    }

    /// Empties a place and gives what stood there.
    pub(super) fn remove(&mut self, slot: Slot) -> T {
        let place = &mut self.chunks[Self::chunk(slot)][Self::index(slot)];
        debug_assert!(place.next_vacant().is_none(), "removed twice");
        self.live -= 1;
        let vacant = T::vacant(self.first_vacant);
        self.first_vacant = slot;
        std::mem::replace(place, vacant)
    }

    /// What stands at a place, which may be the vacant record.
    pub(super) fn get(&self, slot: Slot) -> &T {
        &self.chunks[Self::chunk(slot)][Self::index(slot)]
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut T {
        &mut self.chunks[Self::chunk(slot)][Self::index(slot)]
    }

    /// Every place that was ever used, in order.
    pub(super) fn high_water(&self) -> u32 {
        self.high_water
    }

    /// How many places are not vacant.
    pub(super) fn live(&self) -> u32 {
        self.live
    }

    /// Every record with its place, without the vacant ones.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        (0..self.high_water)
            .map(Slot)
            .zip(self.chunks.iter().flatten())
            .filter(|(_slot, value)| value.next_vacant().is_none())
    }

    /// Bytes that the arena holds, without what its records point to.
    pub(super) fn allocated_bytes(&self) -> usize {
        self.chunks.len() * Self::CHUNK_LENGTH * size_of::<T>()
            + self.chunks.capacity() * size_of::<Vec<T>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    enum Item {
        Value(u64),
        Vacant(Slot),
    }

    impl Vacancy for Item {
        fn vacant(next: Slot) -> Self {
            Self::Vacant(next)
        }

        fn next_vacant(&self) -> Option<Slot> {
            match self {
                Self::Value(_) => None,
                Self::Vacant(next) => Some(*next),
            }
        }
    }

    #[test]
    fn vacant_places_are_used_before_new_ones() {
        let mut arena = Arena::new();
        let slots: Vec<Slot> = (0..100_000).map(|n| arena.insert(Item::Value(n))).collect();
        for slot in &slots[500..99_500] {
            arena.remove(*slot);
        }
        assert_eq!((arena.live(), arena.high_water()), (1_000, 100_000));
        for n in 0..99_000 {
            let expected = arena.next_slot();
            assert_eq!(arena.insert(Item::Value(n)), expected);
        }
        assert_eq!((arena.live(), arena.high_water()), (100_000, 100_000));
        assert_eq!(arena.get(slots[99_999]), &Item::Value(99_999));
        assert_eq!(arena.iter().count(), 100_000);
    }
}
