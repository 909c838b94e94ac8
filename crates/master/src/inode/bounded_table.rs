//! [`BoundedTable`]: a hash table in which no single insertion is slow.

use hashbrown::HashTable;

/// How many entries a bucket holds on average before the next one is split: nearly what a table of
/// 256 places takes, so that room is used well. A split moves about as
/// many entries, and a bucket's own growth at most a few times as many, so this bounds the longest
/// pause to tens of microseconds.
const ENTRIES_PER_BUCKET: usize = 200;
/// Buckets of one segment: growing never moves buckets.
const SEGMENT_LENGTH: usize = 1 << SEGMENT_BITS;
const SEGMENT_BITS: u32 = 10;
/// The bits of a hash below this choose a place inside a bucket, and the topmost seven tell entries
/// apart there; those between choose the bucket.
const BUCKET_BITS_FROM: u32 = 16;

/// Linear hashing over small tables: when there are too many entries, one bucket is split, the next
/// in turn, so the table grows with its content and never all at once.
#[derive(Debug)]
pub(super) struct BoundedTable<T> {
    segments: Vec<Vec<HashTable<T>>>,
    bucket_count: usize,
    length: usize,
}

impl<T> BoundedTable<T> {
    pub(super) fn new() -> Self {
        Self::with_capacity(0)
    }

    /// A table that will not split before it holds this many entries.
    pub(super) fn with_capacity(entries: usize) -> Self {
        let mut table = Self {
            segments: Vec::new(),
            bucket_count: 0,
            length: 0,
        };
        for _ in 0..entries.div_ceil(ENTRIES_PER_BUCKET).max(1) {
            table.push_bucket(HashTable::new());
        }
        table
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn find(&self, hash: u64, is_it: impl FnMut(&T) -> bool) -> Option<&T> {
        self.bucket(self.bucket_of(hash)).find(hash, is_it)
    }

    pub(super) fn find_mut(&mut self, hash: u64, is_it: impl FnMut(&T) -> bool) -> Option<&mut T> {
        self.bucket_mut(self.bucket_of(hash)).find_mut(hash, is_it)
    }

    /// Adds an entry that is not there yet. `hash_of` must give the same hash for an entry as long
    /// as it is in the table.
    pub(super) fn insert_unique(&mut self, hash: u64, value: T, hash_of: impl Fn(&T) -> u64) {
        let bucket = self.bucket_of(hash);
        self.bucket_mut(bucket).insert_unique(hash, value, &hash_of);
        self.length += 1;
        if self.length > self.bucket_count * ENTRIES_PER_BUCKET {
            self.split(hash_of);
        }
    }

    pub(super) fn remove(&mut self, hash: u64, is_it: impl FnMut(&T) -> bool) -> Option<T> {
        let bucket = self.bucket_of(hash);
        let bucket = self.bucket_mut(bucket);
        let (value, _vacant) = bucket.find_entry(hash, is_it).ok()?.remove();
        if bucket.is_empty() {
            *bucket = HashTable::new();
        }
        self.length -= 1;
        Some(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.segments.iter().flatten().flat_map(HashTable::iter)
    }

    /// Bytes that the table holds, without what its entries point to.
    pub(super) fn allocated_bytes(&self) -> usize {
        let buckets = self.segments.iter().flatten();
        buckets.map(HashTable::allocation_size).sum::<usize>()
            + self.segments.len() * SEGMENT_LENGTH * size_of::<HashTable<T>>()
    }

    /// With n bits just enough for the buckets that are there, a hash whose n bits name a bucket
    /// that does not exist yet belongs to the one from which that will be split.
    fn bucket_of(&self, hash: u64) -> usize {
        let bits = hash as usize >> BUCKET_BITS_FROM;
        let round = self.bucket_count.next_power_of_two();
        let bucket = bits & (round - 1);
        if bucket < self.bucket_count {
            bucket
        } else {
            bits & (round / 2 - 1)
        }
    }

    fn split(&mut self, hash_of: impl Fn(&T) -> u64) {
        let new = self.bucket_count;
        // The new bucket's number without its topmost bit.
        let old = new & !(1 << new.ilog2());
        let entries = std::mem::take(self.bucket_mut(old));
        *self.bucket_mut(old) = HashTable::with_capacity(entries.len() / 2);
        self.push_bucket(HashTable::with_capacity(entries.len() / 2));
        for entry in entries {
            let hash = hash_of(&entry);
            let bucket = self.bucket_of(hash);
            self.bucket_mut(bucket).insert_unique(hash, entry, &hash_of);
        }
    }

    fn bucket(&self, index: usize) -> &HashTable<T> {
        &self.segments[index >> SEGMENT_BITS][index & (SEGMENT_LENGTH - 1)]
    }

    fn bucket_mut(&mut self, index: usize) -> &mut HashTable<T> {
        &mut self.segments[index >> SEGMENT_BITS][index & (SEGMENT_LENGTH - 1)]
    }

    fn push_bucket(&mut self, bucket: HashTable<T>) {
        if self.bucket_count & (SEGMENT_LENGTH - 1) == 0 {
            // The first segment starts small: many tables stay nearly empty.
            let capacity = if self.bucket_count == 0 {
                1
            } else {
                SEGMENT_LENGTH
            };
            self.segments.push(Vec::with_capacity(capacity));
        }
        let last = self.segments.last_mut().expect("just pushed");
        last.push(bucket);
        self.bucket_count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const fn hash(value: u64) -> u64 {
        let product = (value as u128 ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        (product >> 64) as u64 ^ product as u64
    }

    #[test]
    fn entries_are_found_through_splits_and_removals() {
        let mut table = BoundedTable::new();
        let mut expected = BTreeSet::new();
        for n in 0..200_000u64 {
            table.insert_unique(hash(n), n, |n| hash(*n));
            expected.insert(n);
            if n % 3 == 0 {
                let gone = n / 2;
                let removed = table.remove(hash(gone), |m| *m == gone);
                assert_eq!(removed.is_some(), expected.remove(&gone));
            }
        }
        assert_eq!(table.len(), expected.len());
        for n in 0..200_001 {
            let found = table.find(hash(n), |m| *m == n).is_some();
            assert_eq!(found, expected.contains(&n), "{n}");
        }
        assert_eq!(table.iter().copied().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn buckets_stay_small_while_the_table_grows() {
        let mut table = BoundedTable::new();
        for n in 0..300_000u64 {
            table.insert_unique(hash(n), n, |n| hash(*n));
        }
        let largest = table.segments.iter().flatten().map(HashTable::len).max();
        assert!(largest < Some(4 * ENTRIES_PER_BUCKET), "{largest:?}");
    }
}
