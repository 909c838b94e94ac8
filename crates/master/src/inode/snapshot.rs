//! [`Snapshot`]: the state at one moment, written while the tree goes on changing.
//!
//! A scan visits the arena of records in order, a chunk at a time, each under a short read lock.
//! Before a change touches an inode that the scan has not reached, the tree notes what the inode was
//! ([`InodeTree::preserve`]); the scan writes the note instead. So the memory that a checkpoint needs
//! is proportional to what changes meanwhile, and nobody waits for it.

use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::Mutex;

use super::InodeTree;
use super::arena::{Slot, Vacancy};
use super::checkpoint::{self, Header, InodeImage};
use super::record::Flags;

/// How many places of the arena one chunk covers: well under a millisecond of a read lock.
const SLOTS_PER_CHUNK: u32 = 2_048;
/// Bytes of the image of a file with a name of twenty bytes and nothing rare.
const USUAL_IMAGE_LENGTH: usize = 70;
/// How many combinations of attributes one chunk holds.
const ATTRIBUTES_PER_CHUNK: usize = 4_096;

/// A part of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotChunk {
    /// The section to which it belongs: one of [`super::SECTIONS`], in their order.
    pub section: &'static str,
    /// What [`super::TreeLoader::add_chunk`] takes.
    pub bytes: Vec<u8>,
}

/// A checkpoint that is being written. Dropping it ends it.
#[derive(Debug)]
pub struct Snapshot {
    shared: Arc<Mutex<Notes>>,
    /// The settings as they were, with the header; `None` once they are written.
    settings: Option<Vec<u8>>,
    attributes_written: usize,
    attributes_total: usize,
    slots_per_chunk: u32,
}

/// The tree's side of a snapshot that is being taken.
#[derive(Debug)]
pub(super) struct SnapshotHold {
    shared: Arc<Mutex<Notes>>,
}

#[derive(Debug)]
struct Notes {
    /// Places below this are written.
    position: u32,
    /// Places from here on were not used when the snapshot began.
    end: u32,
    /// Inodes that were deleted in an earlier generation are not a part of it.
    generation: u32,
    /// What stood at places that changed before they were written; `None` where nothing did.
    images: HashMap<Slot, Option<Box<[u8]>>>,
}

impl InodeTree {
    /// Begins a checkpoint of the state as it is now. `None` while another one is being written.
    pub fn begin_snapshot(&mut self) -> Option<Snapshot> {
        self.begin_snapshot_in_chunks_of(SLOTS_PER_CHUNK)
    }

    pub(super) fn begin_snapshot_in_chunks_of(&mut self, slots: u32) -> Option<Snapshot> {
        if self.snapshot.as_ref().is_some_and(SnapshotHold::is_wanted) {
            return None;
        }
        self.generation += 1;
        let end = self.store.records.high_water();
        let counts = self.counts();
        let header = Header {
            version: checkpoint::VERSION,
            state_hash: self.state_hash(),
            files: counts.files,
            directories: counts.directories,
            slots: end,
            settings: self.settings.clone(),
        };
        let shared = Arc::new(Mutex::new(Notes {
            position: 0,
            end,
            generation: self.generation,
            images: HashMap::new(),
        }));
        self.snapshot = Some(SnapshotHold {
            shared: Arc::clone(&shared),
        });
        Some(Snapshot {
            shared,
            settings: Some(header.to_bytes()),
            attributes_written: 0,
            attributes_total: self.store.attributes.rows().len(),
            slots_per_chunk: slots,
        })
    }

    /// Notes what stands at a place before it changes, if a snapshot still needs it.
    pub(super) fn preserve(&mut self, slot: Slot) {
        let Some(hold) = &self.snapshot else { return };
        if !hold.is_wanted() {
            self.snapshot = None;
            return;
        }
        let mut notes = hold.shared.lock();
        if slot.0 < notes.position || slot.0 >= notes.end || notes.images.contains_key(&slot) {
            return;
        }
        let image = self.image(slot, notes.generation);
        let image = image.map(|image| image.to_bytes().into_boxed_slice());
        notes.images.insert(slot, image);
    }

    /// What a snapshot of this generation has to say about a place that is not noted.
    fn image(&self, slot: Slot, generation: u32) -> Option<InodeImage<'_>> {
        if self.store.record(slot).next_vacant().is_some() {
            return None;
        }
        // What was deleted after the snapshot began had to be there when it began: an inode that
        // came later would stand at a place that is noted.
        let detached = if self.garbage.is_empty() && !self.store.record(slot).has(Flags::DETACHED) {
            None
        } else {
            self.detached_above(slot)
        };
        let deleted_before =
            detached.is_some_and(|top| self.store.record(top).detached_in() < generation);
        (!deleted_before).then(|| InodeImage::of(&self.store, slot))
    }

    /// Bytes that notes for a snapshot occupy.
    pub(super) fn snapshot_bytes(&self) -> usize {
        self.snapshot.as_ref().map_or(0, |hold| {
            let notes = hold.shared.lock();
            let images = notes.images.values().flatten();
            notes.images.allocation_size() + images.map(|image| image.len()).sum::<usize>()
        })
    }
}

impl SnapshotHold {
    /// Whether the other side is still there.
    fn is_wanted(&self) -> bool {
        Arc::strong_count(&self.shared) > 1
    }
}

impl Snapshot {
    /// The next part of the checkpoint; `None` when it is complete. To be called with the tree from
    /// which the snapshot was begun, under a lock that keeps changes away for the moment.
    pub fn next_chunk(&mut self, tree: &InodeTree) -> Option<SnapshotChunk> {
        if let Some(bytes) = self.settings.take() {
            return Some(SnapshotChunk {
                section: checkpoint::SETTINGS,
                bytes,
            });
        }
        if self.attributes_written < self.attributes_total {
            return Some(self.attributes_chunk(tree));
        }
        self.inodes_chunk(tree)
    }

    /// Rows of the table are never changed, so those that were there at the beginning are the ones
    /// that every image refers to.
    fn attributes_chunk(&mut self, tree: &InodeTree) -> SnapshotChunk {
        let from = self.attributes_written;
        let until = self.attributes_total.min(from + ATTRIBUTES_PER_CHUNK);
        let rows = tree.store.attributes.rows().take(until).skip(from);
        self.attributes_written = until;
        SnapshotChunk {
            section: checkpoint::ATTRIBUTES,
            bytes: checkpoint::encode_attributes(rows),
        }
    }

    fn inodes_chunk(&mut self, tree: &InodeTree) -> Option<SnapshotChunk> {
        let mut notes = self.shared.lock();
        let mut bytes = Vec::new();
        // A chunk without an inode would say nothing; a stretch without inodes is passed quickly.
        while bytes.is_empty() {
            let from = notes.position;
            if from == notes.end {
                return None;
            }
            let until = notes.end.min(from + self.slots_per_chunk);
            bytes.reserve((until - from) as usize * USUAL_IMAGE_LENGTH);
            for slot in (from..until).map(Slot) {
                match notes.images.remove(&slot) {
                    Some(Some(image)) => bytes.extend_from_slice(&image),
                    Some(None) => {}
                    None => {
                        if let Some(image) = tree.image(slot, notes.generation) {
                            image.encode(&mut bytes);
                        }
                    }
                }
            }
            notes.position = until;
        }
        Some(SnapshotChunk {
            section: checkpoint::INODES,
            bytes,
        })
    }
}
