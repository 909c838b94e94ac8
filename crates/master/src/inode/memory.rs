//! [`MemoryReport`]: where the bytes of the tree go.

use super::InodeTree;
use super::arena::Slot;
use super::directory::Directory;

/// Bytes of the tree by what they are for. Counting visits every directory and every bucket, so it
/// is for reports, not for every heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryReport {
    /// The parts, in a fixed order.
    pub parts: Vec<MemoryPart>,
    /// How many inodes there are, those that wait to be reclaimed included.
    pub inodes: u64,
}

/// One part of a [`MemoryReport`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryPart {
    /// What the bytes are for.
    pub name: &'static str,
    /// How many bytes are allocated for it.
    pub bytes: u64,
}

impl MemoryReport {
    /// The bytes of all parts.
    pub fn total(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

impl InodeTree {
    /// Counts the bytes of the tree.
    pub fn memory_report(&self) -> MemoryReport {
        let store = &self.store;
        let directories = self.directories.iter().map(|(_, directory)| directory);
        let lists = directories.map(|directory: &Directory| directory.children.allocated_bytes());
        let extras = store
            .extras
            .iter()
            .map(|(_, extras)| extras.allocated_bytes());
        let writing = store
            .writing
            .iter()
            .map(|writing| writing.allocated_bytes());
        // A B-tree's nodes are about three quarters full.
        let sets = self.expiring.len() * size_of::<(i64, i64)>() * 4 / 3
            + (self.pinned.len() + self.to_be_persisted.len()) * size_of::<i64>() * 4 / 3;
        let free = store.texts.free_bytes() as usize;
        let parts = [
            ("records", store.records.allocated_bytes()),
            (
                "names and fingerprints",
                store.texts.allocated_bytes() - free,
            ),
            ("room of deleted names", free),
            ("index by id", self.by_id.allocated_bytes()),
            ("index by name", self.by_name.allocated_bytes()),
            ("ordered children", lists.sum()),
            ("directories", self.directories.allocated_bytes()),
            ("owners, groups, modes", store.attributes.allocated_bytes()),
            (
                "rare attributes",
                store.extras.allocated_bytes() + extras.sum::<usize>(),
            ),
            (
                "places of fingerprints",
                store.fingerprints.allocated_bytes(),
            ),
            (
                "blocks being written",
                store.writing.allocated_bytes() + writing.sum::<usize>(),
            ),
            ("ordered sets", sets),
            ("list of garbage", self.garbage.allocated_bytes()),
            ("notes for a checkpoint", self.snapshot_bytes()),
        ];
        let parts = parts.map(|(name, bytes)| MemoryPart {
            name,
            bytes: bytes as u64,
        });
        MemoryReport {
            parts: parts.into(),
            inodes: u64::from(store.records.live()),
        }
    }
}

/// A place has four bytes, which is why lists of places are cheap.
const _: () = assert!(size_of::<Slot>() == 4);
