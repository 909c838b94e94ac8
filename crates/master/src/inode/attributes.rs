//! [`AttributesTable`]: what many inodes have in common, stored once.

use std::sync::Arc;

use alluxio_common::Mode;
use hashbrown::{HashSet, HashTable};

use super::state_hash::StateHasher;

/// The number of a row. It fits into 24 bits of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AttributesIndex(pub(super) u32);

impl AttributesIndex {
    /// The largest number: sixteen million combinations of owner, group, mode and block size.
    pub(super) const MAX: Self = Self((1 << 24) - 1);
}

/// Owner, group, mode and block size. Few combinations occur, however many inodes there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) owner: Arc<str>,
    pub(super) group: Arc<str>,
    pub(super) mode: Mode,
    /// Bytes; 0 for a directory.
    pub(super) block_size: i64,
}

/// A combination that may not be in the table yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributesKey<'a> {
    pub(super) owner: &'a str,
    pub(super) group: &'a str,
    pub(super) mode: Mode,
    pub(super) block_size: i64,
}

impl AttributesKey<'_> {
    /// A digest of the values, the same on every machine.
    pub(super) fn digest(&self) -> u64 {
        StateHasher::new()
            .bytes(self.owner.as_bytes())
            .bytes(self.group.as_bytes())
            .number(u64::from(self.mode.bits()))
            .number(self.block_size as u64)
            .finish()
    }
}

#[derive(Debug)]
struct Row {
    attributes: Attributes,
    digest: u64,
}

/// All combinations that ever occurred. Rows stay when nobody has them any more: a checkpoint that
/// is being written refers to them by number, and there are few.
#[derive(Debug, Default)]
pub(super) struct AttributesTable {
    rows: Vec<Row>,
    by_digest: HashTable<u32>,
    names: HashSet<Arc<str>>,
}

impl AttributesTable {
    /// The row with these values, which is added when it is not there.
    pub(super) fn intern(&mut self, key: &AttributesKey<'_>) -> AttributesIndex {
        let digest = key.digest();
        let rows = &self.rows;
        let found = self.by_digest.find(digest, |index| {
            let row = &rows[*index as usize].attributes;
            *row.owner == *key.owner
                && *row.group == *key.group
                && row.mode == key.mode
                && row.block_size == key.block_size
        });
        if let Some(index) = found {
            return AttributesIndex(*index);
        }
        let index = self.rows.len() as u32;
        assert!(
            index <= AttributesIndex::MAX.0,
            "sixteen million combinations of owner, group, mode and block size are the limit"
        );
        let attributes = Attributes {
            owner: self.intern_name(key.owner),
            group: self.intern_name(key.group),
            mode: key.mode,
            block_size: key.block_size,
        };
        self.rows.push(Row { attributes, digest });
        let rows = &self.rows;
        self.by_digest
            .insert_unique(digest, index, |index| rows[*index as usize].digest);
        AttributesIndex(index)
    }

    pub(super) fn row(&self, index: AttributesIndex) -> &Attributes {
        &self.rows[index.0 as usize].attributes
    }

    /// The digest of a row's values.
    pub(super) fn digest(&self, index: AttributesIndex) -> u64 {
        self.rows[index.0 as usize].digest
    }

    /// All rows in the order of their numbers.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = &Attributes> {
        self.rows.iter().map(|row| &row.attributes)
    }

    pub(super) fn allocated_bytes(&self) -> usize {
        let names = self
            .names
            .iter()
            .map(|name| name.len() + 2 * size_of::<usize>());
        self.rows.capacity() * size_of::<Row>()
            + self.by_digest.allocation_size()
            + self.names.allocation_size()
            + names.sum::<usize>()
    }

    fn intern_name(&mut self, name: &str) -> Arc<str> {
        let name = self.names.get_or_insert_with(name, |name| Arc::from(name));
        Arc::clone(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_combinations_share_a_row_and_their_names() {
        let mut table = AttributesTable::default();
        let mut key = AttributesKey {
            owner: "ada",
            group: "ada",
            mode: Mode::from_bits(0o644),
            block_size: 64 << 20,
        };
        let first = table.intern(&key);
        key.mode = Mode::from_bits(0o600);
        let second = table.intern(&key);
        key.mode = Mode::from_bits(0o644);
        assert_eq!(table.intern(&key), first);
        assert_ne!(first, second);
        let (row, other) = (table.row(first), table.row(second));
        assert!(Arc::ptr_eq(&row.owner, &other.group));
        assert_eq!(table.rows().len(), 2);
    }
}
