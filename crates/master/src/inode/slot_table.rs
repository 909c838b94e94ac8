//! [`SlotTable`]: from a hash to a place, in about seven and a half bytes per entry.
//!
//! Extendible hashing: a full bucket is split in two, and a directory leads from the bits of a hash to
//! its bucket. Buckets are arrays in chunks, so an entry costs its five bytes and its share of unused
//! places, but no allocation; and the largest step is one bucket, or one shard's directory.

use super::arena::{CHUNK_BYTES, Slot};

/// How many entries a bucket has: seven words of tags.
const BUCKET_LENGTH: usize = 56;
/// How many buckets are allocated together.
const CHUNK_LENGTH: usize = CHUNK_BYTES / size_of::<Bucket>();
/// Each shard has a directory of its own, so that doubling one is quick: a quarter of a megabyte at
/// a hundred million entries.
const SHARDS: usize = 64;
/// The lowest bits of a hash choose the shard, those above them the bucket, the topmost the tag.
const SHARD_BITS: u32 = 12;
const TAG_SHIFT: u32 = u64::BITS - 8;
/// Entries that agree in so many bits are no longer chance.
const MAX_DEPTH: u8 = 40;

/// Holds places under hashes that it does not keep: whoever uses it can compute the hash of a place.
///
/// Places are not given back when entries go, but used again by later ones.
#[derive(Debug)]
pub(super) struct SlotTable {
    /// The shard of each value of the lowest bits of a hash.
    shard_of: Box<[u8]>,
    shards: Vec<Shard>,
    chunks: Vec<Vec<Bucket>>,
    bucket_count: u32,
    length: usize,
}

#[derive(Debug, Default)]
struct Shard {
    /// The number of a bucket for each value of the first `depth` bits; empty before the first entry.
    directory: Vec<u32>,
    depth: u8,
}

/// Entries in no order. The tag tells most entries apart without a look at what is at their places.
#[derive(Debug)]
struct Bucket {
    tags: [u8; BUCKET_LENGTH],
    length: u8,
    /// How many bits all entries share.
    depth: u8,
    slots: [Slot; BUCKET_LENGTH],
}

impl Bucket {
    const fn new(depth: u8) -> Self {
        Self {
            tags: [0; BUCKET_LENGTH],
            length: 0,
            depth,
            slots: [Slot::NONE; BUCKET_LENGTH],
        }
    }

    /// Where the entry with this tag is that `is_it`.
    fn position(&self, tag: u8, mut is_it: impl FnMut(Slot) -> bool) -> Option<usize> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const TOPS: u64 = 0x8080_8080_8080_8080;
        let (words, _none) = self.tags.as_chunks::<8>();
        for (word_index, word) in words.iter().enumerate() {
            // A byte of the difference is zero where the tag is. The carry may mark a byte above such
            // a one as well, which then is only looked at in vain.
            let difference = u64::from_le_bytes(*word) ^ (ONES * u64::from(tag));
            let mut marks = difference.wrapping_sub(ONES) & !difference & TOPS;
            while marks != 0 {
                let index = word_index * 8 + marks.trailing_zeros() as usize / 8;
                if index >= usize::from(self.length) {
                    return None;
                }
                if is_it(self.slots[index]) {
                    return Some(index);
                }
                marks &= marks - 1;
            }
        }
        None
    }

    fn push(&mut self, tag: u8, slot: Slot) {
        let index = usize::from(self.length);
        self.tags[index] = tag;
        self.slots[index] = slot;
        self.length += 1;
    }

    fn swap_remove(&mut self, index: usize) -> Slot {
        self.length -= 1;
        let last = usize::from(self.length);
        let slot = self.slots[index];
        self.tags[index] = self.tags[last];
        self.slots[index] = self.slots[last];
        slot
    }

    const fn is_full(&self) -> bool {
        self.length as usize == BUCKET_LENGTH
    }
}

impl SlotTable {
    pub(super) fn new() -> Self {
        Self {
            shard_of: shard_widths(),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            chunks: Vec::new(),
            bucket_count: 0,
            length: 0,
        }
    }

    /// A table that rarely has to split a bucket until it holds this many entries.
    pub(super) fn with_capacity(entries: usize) -> Self {
        let mut table = Self::new();
        for number in 0..SHARDS {
            let width = table
                .shard_of
                .iter()
                .filter(|shard| usize::from(**shard) == number);
            let expected = (entries * width.count()) >> SHARD_BITS;
            let buckets = expected.div_ceil(BUCKET_LENGTH).next_power_of_two();
            if expected > 0 {
                let depth = buckets.ilog2() as u8;
                let directory = (0..buckets).map(|_| table.push_bucket(depth)).collect();
                table.shards[number] = Shard { directory, depth };
            }
        }
        table
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The place under this hash that `is_it`.
    pub(super) fn find(&self, hash: u64, is_it: impl FnMut(Slot) -> bool) -> Option<Slot> {
        let bucket = self.bucket(self.bucket_of(hash)?);
        let index = bucket.position(tag_of(hash), is_it)?;
        Some(bucket.slots[index])
    }

    /// Adds a place that is not there yet. `hash_of` must give the same hash for a place as long as
    /// it is in the table.
    pub(super) fn insert(&mut self, slot: Slot, hash_of: impl Fn(Slot) -> u64) {
        let hash = hash_of(slot);
        let mut number = self.bucket_of(hash).unwrap_or_else(|| {
            let first = self.push_bucket(0);
            let shard = self.shard_of(hash);
            self.shards[shard].directory.push(first);
            first
        });
        while self.bucket(number).is_full() {
            self.split(hash, &hash_of);
            number = self.bucket_of(hash).expect("the shard has a bucket");
        }
        self.bucket_mut(number).push(tag_of(hash), slot);
        self.length += 1;
    }

    /// Removes a place that is there.
    pub(super) fn remove(&mut self, hash: u64, slot: Slot) -> Option<Slot> {
        let number = self.bucket_of(hash)?;
        let bucket = self.bucket_mut(number);
        let index = bucket.position(tag_of(hash), |other| other == slot)?;
        let removed = bucket.swap_remove(index);
        self.length -= 1;
        Some(removed)
    }

    /// Bytes that the table holds.
    pub(super) fn allocated_bytes(&self) -> usize {
        let directories = self.shards.iter().map(|shard| shard.directory.capacity());
        self.chunks.len() * CHUNK_LENGTH * size_of::<Bucket>()
            + self.chunks.capacity() * size_of::<Vec<Bucket>>()
            + directories.sum::<usize>() * size_of::<u32>()
            + self.shards.capacity() * size_of::<Shard>()
            + self.shard_of.len()
    }

    fn shard_of(&self, hash: u64) -> usize {
        usize::from(self.shard_of[hash as usize & ((1 << SHARD_BITS) - 1)])
    }

    fn bucket_of(&self, hash: u64) -> Option<u32> {
        let shard = &self.shards[self.shard_of(hash)];
        let index = (hash >> SHARD_BITS) as usize & ((1 << shard.depth) - 1);
        shard.directory.get(index).copied()
    }

    /// Divides the bucket to which this hash leads by its next bit.
    fn split(&mut self, hash: u64, hash_of: impl Fn(Slot) -> u64) {
        let shard = self.shard_of(hash);
        let number = self.bucket_of(hash).expect("a full bucket is there");
        let depth = self.bucket(number).depth;
        assert!(depth < MAX_DEPTH, "hashes are spread evenly");
        let shard = &mut self.shards[shard];
        if depth == shard.depth {
            shard.directory.extend_from_within(..);
            shard.depth += 1;
        }
        let upper = self.bucket_count;
        let step = 1 << depth;
        let first = (hash >> SHARD_BITS) as usize & (step - 1) | step;
        for index in (first..shard.directory.len()).step_by(step * 2) {
            shard.directory[index] = upper;
        }
        let pushed = self.push_bucket(depth + 1);
        debug_assert_eq!(pushed, upper, "the number that the directory was given");
        let full = std::mem::replace(self.bucket_mut(number), Bucket::new(depth + 1));
        for (tag, slot) in full.tags.into_iter().zip(full.slots) {
            let is_upper = hash_of(slot) >> (SHARD_BITS + u32::from(depth)) & 1 == 1;
            let target = if is_upper { upper } else { number };
            self.bucket_mut(target).push(tag, slot);
        }
    }

    fn push_bucket(&mut self, depth: u8) -> u32 {
        if (self.bucket_count as usize).is_multiple_of(CHUNK_LENGTH) {
            self.chunks.push(Vec::with_capacity(CHUNK_LENGTH));
        }
        let chunk = self.chunks.last_mut().expect("just pushed");
        chunk.push(Bucket::new(depth));
        self.bucket_count += 1;
        self.bucket_count - 1
    }

    fn bucket(&self, number: u32) -> &Bucket {
        &self.chunks[number as usize / CHUNK_LENGTH][number as usize % CHUNK_LENGTH]
    }

    fn bucket_mut(&mut self, number: u32) -> &mut Bucket {
        &mut self.chunks[number as usize / CHUNK_LENGTH][number as usize % CHUNK_LENGTH]
    }
}

const fn tag_of(hash: u64) -> u8 {
    (hash >> TAG_SHIFT) as u8
}

/// Shards of widths that grow evenly from one to two. With equal ones all buckets would fill up and
/// split at the same time, and the table would be half empty at some sizes; so there are always
/// shards in every phase, and it is about as full at every size.
fn shard_widths() -> Box<[u8]> {
    let values = 1u32 << SHARD_BITS;
    (0..values)
        .map(|value| {
            let fraction = f64::from(value) / f64::from(values);
            // Below 64 by construction.
            ((1.0 + fraction).log2() * SHARDS as f64) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn hash(slot: Slot) -> u64 {
        crate::inode::store::hash_slot(slot)
    }

    #[test]
    fn places_are_found_through_splits_and_removals() {
        for mut table in [SlotTable::new(), SlotTable::with_capacity(100_000)] {
            let mut expected = BTreeSet::new();
            for n in 0..200_000u32 {
                table.insert(Slot(n), hash);
                expected.insert(n);
                if n % 3 == 0 {
                    let gone = Slot(n / 2);
                    let removed = table.remove(hash(gone), gone);
                    assert_eq!(removed.is_some(), expected.remove(&gone.0));
                }
            }
            assert_eq!(table.len(), expected.len());
            for n in (0..200_001).map(Slot) {
                let found = table.find(hash(n), |m| m == n);
                assert_eq!(found.is_some(), expected.contains(&n.0), "{n:?}");
            }
        }
    }

    #[test]
    fn an_entry_costs_about_seven_and_a_half_bytes_at_every_size() {
        let mut table = SlotTable::new();
        for n in 1..=800_000u32 {
            table.insert(Slot(n), hash);
            if n % 100_000 == 0 {
                // A chunk more or less is not what is measured.
                let bytes = (table.allocated_bytes() - CHUNK_BYTES) as f64 / f64::from(n);
                assert!(bytes < 7.8, "{bytes} at {n}");
                let planned = SlotTable::with_capacity(n as usize).allocated_bytes();
                let planned = (planned - CHUNK_BYTES) as f64 / f64::from(n);
                assert!(planned < 8.0, "{planned} at {n}");
            }
        }
    }
}
