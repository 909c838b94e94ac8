//! [`TreeLoader`]: a tree from the chunks of a checkpoint.
//!
//! The chunks bring the inodes with their names. What a checkpoint does not hold is derived when all
//! of them are there: both indices, the ordered lists, the sums and the sets, on several threads. The
//! hash of the result is compared with the one that was written, so what loads is what was saved.

use std::collections::BTreeMap;
use std::thread;

use super::arena::{Arena, Slot};
use super::attributes::{AttributesIndex, AttributesKey};
use super::checkpoint::{self, AttributesImage, Header, InodeImage};
use super::directory::{Below, ChildList, Directory};
use super::extras::Extras;
use super::record::{Flags, NewRecord};
use super::slot_table::SlotTable;
use super::store::InodeStore;
use super::tree::{NameHasher, hash_id};
use super::{Counts, InodeTree};
use crate::journal_entry::DecodeError;
use crate::journal_entry::codec::Record;

/// A checkpoint that cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The bytes are cut or malformed.
    #[error("section {section} of the checkpoint is damaged")]
    Malformed {
        /// Which section.
        section: &'static str,
        /// What is wrong.
        source: DecodeError,
    },
    /// A section that the inode tree does not know.
    #[error("the inode tree knows no section \"{section}\"")]
    UnknownSection {
        /// Its name.
        section: String,
    },
    /// A section came before the one on which it depends.
    #[error("section {section} of the checkpoint comes too early")]
    OutOfOrder {
        /// Which section.
        section: &'static str,
    },
    /// A newer version wrote it.
    #[error("the checkpoint has format {found}, newer than {known}")]
    TooNew {
        /// Its format.
        found: u32,
        /// The newest that can be read.
        known: u32,
    },
    /// The parts do not fit together.
    #[error("the checkpoint contradicts itself: {what}")]
    Contradiction {
        /// What was found.
        what: &'static str,
    },
    /// The tree is not the one that was written.
    #[error("the checkpoint's tree has hash {found:016x} instead of {expected:016x}")]
    StateHash {
        /// What was written.
        expected: u64,
        /// What was loaded.
        found: u64,
    },
}

/// Takes the chunks of the sections in their order, then gives the tree.
#[derive(Debug)]
pub struct TreeLoader {
    tree: InodeTree,
    header: Option<Header>,
    attributes: Vec<AttributesImage>,
    /// The numbers of those rows in the new table, which has only rows that are used.
    attribute_indices: Vec<Option<AttributesIndex>>,
    /// Where the inode that was written from a place stands now: places are given anew, without gaps.
    slots: Vec<Slot>,
}

impl TreeLoader {
    /// Waits for the first chunk.
    pub fn new() -> Self {
        Self {
            tree: InodeTree::new(),
            header: None,
            attributes: Vec::new(),
            attribute_indices: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Takes a chunk of a section; the sections in their order, the chunks of a section in theirs.
    ///
    /// # Errors
    /// When the bytes are not such a chunk.
    pub fn add_chunk(&mut self, section: &str, bytes: &[u8]) -> Result<(), CheckpointError> {
        match section {
            checkpoint::SETTINGS => self.add_settings(bytes),
            checkpoint::ATTRIBUTES => self.add_attributes(bytes),
            checkpoint::INODES => self.add_inodes(bytes),
            _ => Err(CheckpointError::UnknownSection {
                section: section.to_owned(),
            }),
        }
    }

    /// The tree, verified.
    ///
    /// # Errors
    /// When chunks are missing, or do not make the tree that was written.
    pub fn finish(mut self) -> Result<InodeTree, CheckpointError> {
        let header = self.header.take().ok_or(CheckpointError::OutOfOrder {
            section: checkpoint::INODES,
        })?;
        self.link_parents()?;
        let mut tree = self.tree;
        tree.settings = header.settings;
        derive_indices(&mut tree)?;
        let expected = Counts {
            files: header.files,
            directories: header.directories,
        };
        if tree.counts() != expected {
            return Err(contradiction("it has more or fewer inodes than it says"));
        }
        let found = tree.state_hash();
        if found != header.state_hash {
            return Err(CheckpointError::StateHash {
                expected: header.state_hash,
                found,
            });
        }
        Ok(tree)
    }

    fn add_settings(&mut self, bytes: &[u8]) -> Result<(), CheckpointError> {
        let header = Header::decode(bytes).map_err(malformed(checkpoint::SETTINGS))?;
        if header.version > checkpoint::VERSION {
            return Err(CheckpointError::TooNew {
                found: header.version,
                known: checkpoint::VERSION,
            });
        }
        self.header = Some(header);
        Ok(())
    }

    fn add_attributes(&mut self, bytes: &[u8]) -> Result<(), CheckpointError> {
        let rows =
            checkpoint::decode_attributes(bytes).map_err(malformed(checkpoint::ATTRIBUTES))?;
        self.attributes.extend(rows);
        self.attribute_indices.resize(self.attributes.len(), None);
        Ok(())
    }

    fn add_inodes(&mut self, bytes: &[u8]) -> Result<(), CheckpointError> {
        let header = self.header.as_ref().ok_or(CheckpointError::OutOfOrder {
            section: checkpoint::INODES,
        })?;
        let slots = header.slots;
        let mut rest = bytes;
        while !rest.is_empty() {
            let image = InodeImage::take(&mut rest).map_err(malformed(checkpoint::INODES))?;
            if image.slot.0 >= slots || image.parent.0 >= slots {
                return Err(contradiction("an inode stands outside"));
            }
            self.add_inode(&image)?;
        }
        Ok(())
    }

    fn add_inode(&mut self, image: &InodeImage<'_>) -> Result<(), CheckpointError> {
        let name = text(image.name)?;
        let attributes = self.attributes_of(image)?;
        let store = &mut self.tree.store;
        let slot = store.insert(
            &NewRecord {
                id: image.id,
                parent: image.parent,
                attributes,
                times: image.times,
                flags: image.flags,
            },
            name,
        );
        if image.flags.has(Flags::DIRECTORY) {
            let directory = self.tree.directories.insert(Directory::new());
            store.record_mut(slot).set_directory(directory);
        } else {
            store.record_mut(slot).set_length(image.length);
        }
        if !image.extras.is_empty() {
            let extras = Extras::decode(&image.extras).map_err(malformed(checkpoint::INODES))?;
            store.change_extras(slot, |target| *target = extras);
        }
        store.set_fingerprint(slot, text(image.fingerprint)?);
        if !image.blocks.is_empty() {
            store.set_blocks(slot, image.blocks.clone());
        }
        // Usually places follow one another, so the list grows by one.
        let place = image.slot.0 as usize;
        if place >= self.slots.len() {
            self.slots.resize(place + 1, Slot::NONE);
        }
        if self.slots[place] != Slot::NONE {
            return Err(contradiction("two inodes stand at one place"));
        }
        self.slots[place] = slot;
        Ok(())
    }

    fn attributes_of(
        &mut self,
        image: &InodeImage<'_>,
    ) -> Result<AttributesIndex, CheckpointError> {
        let number = image.attributes as usize;
        let row = self.attributes.get(number);
        let row = row.ok_or_else(|| contradiction("an inode has no attributes"))?;
        let index = &mut self.attribute_indices[number];
        if let Some(index) = *index {
            return Ok(index);
        }
        let interned = self.tree.store.attributes.intern(&AttributesKey {
            owner: &row.owner,
            group: &row.group,
            mode: row.mode,
            block_size: row.block_size,
        });
        *index = Some(interned);
        Ok(interned)
    }

    /// Turns the places that the checkpoint names into those of this tree.
    fn link_parents(&mut self) -> Result<(), CheckpointError> {
        let store = &mut self.tree.store;
        for slot in (0..store.records.high_water()).map(Slot) {
            let record = store.records.get_mut(slot);
            let parent = self.slots.get(record.parent().0 as usize).copied();
            let parent = parent.filter(|parent| *parent != Slot::NONE);
            let parent = parent.ok_or_else(|| contradiction("an inode has no parent"))?;
            record.set_parent(parent);
            if parent == slot && self.tree.root.replace(slot).is_some() {
                return Err(contradiction("there are two roots"));
            }
        }
        Ok(())
    }
}

impl Default for TreeLoader {
    fn default() -> Self {
        Self::new()
    }
}

fn malformed(section: &'static str) -> impl Fn(DecodeError) -> CheckpointError {
    move |source| CheckpointError::Malformed { section, source }
}

const fn contradiction(what: &'static str) -> CheckpointError {
    CheckpointError::Contradiction { what }
}

fn text(bytes: &[u8]) -> Result<&str, CheckpointError> {
    std::str::from_utf8(bytes).map_err(|_not_utf8| contradiction("a name is not UTF-8"))
}

/// Rebuilds everything that follows from records and names.
fn derive_indices(tree: &mut InodeTree) -> Result<(), CheckpointError> {
    let depths = directory_depths(tree)?;
    let (store, root) = (&tree.store, tree.root);
    let hasher = &tree.name_hasher;
    let (by_id, by_name, lists) = thread::scope(|scope| {
        let by_name = scope.spawn(|| index_by_name(store, root, hasher));
        let lists = scope.spawn(|| ordered_children(store, &tree.directories, root));
        let by_id = index_by_id(store);
        let panicked = "a panic of the thread goes on here";
        (
            by_id,
            by_name.join().expect(panicked),
            lists.join().expect(panicked),
        )
    });
    tree.by_id = by_id;
    tree.by_name = by_name;
    for (place, list) in lists? {
        tree.directories.get_mut(place).children = list;
    }
    join_sets(tree);
    add_sums(tree, &depths);
    Ok(())
}

/// How deep every directory lies, the deepest first. Proves that every inode hangs on the root.
fn directory_depths(tree: &InodeTree) -> Result<Vec<Slot>, CheckpointError> {
    let records = &tree.store.records;
    let root = tree.root.ok_or_else(|| contradiction("there is no root"))?;
    let limit = tree.directories.live();
    let mut by_depth: BTreeMap<u32, Vec<Slot>> = BTreeMap::new();
    for (slot, record) in records.iter() {
        if records.get(record.parent()).directory().is_none() {
            return Err(contradiction("a file has children"));
        }
        if record.directory().is_none() {
            continue;
        }
        let (mut depth, mut at) = (0, slot);
        while at != root {
            at = records.get(at).parent();
            depth += 1;
            if depth > limit {
                return Err(contradiction("directories form a ring"));
            }
        }
        by_depth.entry(depth).or_default().push(slot);
    }
    Ok(by_depth.into_values().rev().flatten().collect())
}

fn index_by_id(store: &InodeStore) -> SlotTable {
    let mut table = SlotTable::with_capacity(store.records.live() as usize);
    for (slot, _record) in store.records.iter() {
        table.insert(slot, |slot| hash_id(store.record(slot).id()));
    }
    table
}

fn index_by_name(store: &InodeStore, root: Option<Slot>, hasher: &NameHasher) -> SlotTable {
    let mut table = SlotTable::with_capacity(store.records.live() as usize);
    for (slot, _record) in store.records.iter() {
        if root != Some(slot) {
            table.insert(slot, |slot| hasher.hash_place(store, slot));
        }
    }
    table
}

/// The children of every directory, by the place of the directory.
fn ordered_children(
    store: &InodeStore,
    directories: &Arena<Directory>,
    root: Option<Slot>,
) -> Result<Vec<(Slot, ChildList)>, CheckpointError> {
    let parent_of = |slot: Slot| {
        let parent = store.record(slot).parent();
        let place = store.record(parent).directory();
        place
            .expect("it was checked that parents are directories")
            .0 as usize
    };
    // A counting sort by parent: where each directory's children end, and then the children.
    let mut ends = vec![0u32; directories.high_water() as usize + 1];
    let children = || {
        let slots = (0..store.records.high_water()).map(Slot);
        slots.filter(|slot| root != Some(*slot))
    };
    for slot in children() {
        ends[parent_of(slot) + 1] += 1;
    }
    for index in 1..ends.len() {
        ends[index] += ends[index - 1];
    }
    let mut grouped = vec![Slot::NONE; children().count()];
    for slot in children() {
        let next = &mut ends[parent_of(slot)];
        grouped[*next as usize] = slot;
        *next += 1;
    }
    let mut lists = Vec::new();
    let mut start = 0;
    for place in 0..directories.high_water() {
        let end = ends[place as usize] as usize;
        if end > start {
            let group = &mut grouped[start..end];
            sort_by_name(store, group);
            let mut pairs = group.windows(2);
            if pairs.any(|pair| store.name_bytes(pair[0]) == store.name_bytes(pair[1])) {
                return Err(contradiction("two children have one name"));
            }
            lists.push((Slot(place), ChildList::from_sorted(group)));
        }
        start = end;
    }
    Ok(lists)
}

/// Sorts children by their names. Names of one directory often begin alike, so the first bytes after
/// what all have in common are put beside the places: they nearly always tell two names apart.
fn sort_by_name(store: &InodeStore, group: &mut [Slot]) {
    let name = |slot: &Slot| store.name_bytes(*slot);
    if group.is_sorted_by_key(name) {
        return;
    }
    let first = name(&group[0]);
    let shared = group.iter().fold(first.len(), |shared, slot| {
        let pairs = first[..shared].iter().zip(name(slot));
        pairs.take_while(|(left, right)| left == right).count()
    });
    let mut keyed: Vec<(u64, Slot)> = group
        .iter()
        .map(|slot| (leading_bytes(&name(slot)[shared..]), *slot))
        .collect();
    keyed.sort_unstable_by(|(left, left_slot), (right, right_slot)| {
        let by_name = || name(left_slot).cmp(name(right_slot));
        left.cmp(right).then_with(by_name)
    });
    for (target, (_key, slot)) in group.iter_mut().zip(keyed) {
        *target = slot;
    }
}

fn leading_bytes(name: &[u8]) -> u64 {
    let mut word = [0; 8];
    let length = name.len().min(8);
    word[..length].copy_from_slice(&name[..length]);
    u64::from_be_bytes(word)
}

fn join_sets(tree: &mut InodeTree) {
    let mut members = Vec::new();
    for (slot, record) in tree.store.records.iter() {
        if tree.is_in_sets(slot) {
            members.push((record.id(), slot));
        }
    }
    for (id, slot) in members {
        let indexed = tree.indexed(slot);
        tree.join_sets(id, indexed);
    }
}

/// The digests and counts below every directory: first what hangs on it directly, then, from the
/// deepest upwards, the sums of its directories.
fn add_sums(tree: &mut InodeTree, deepest_first: &[Slot]) {
    let store = &tree.store;
    for (slot, record) in store.records.iter() {
        if record.parent() == slot {
            continue;
        }
        let is_directory = u64::from(record.has(Flags::DIRECTORY));
        let weight = Below {
            digest: store.digest(slot),
            counts: Counts {
                files: 1 - is_directory,
                directories: is_directory,
            },
        };
        let parent = store.record(record.parent()).directory();
        let parent = parent.expect("it was checked that parents are directories");
        let below = &mut tree.directories.get_mut(parent).below;
        *below = below.plus(weight);
    }
    for slot in deepest_first {
        let record = store.record(*slot);
        if record.parent() == *slot {
            continue;
        }
        let own = record.directory().expect("the list holds directories");
        let parent = store.record(record.parent()).directory();
        let parent = parent.expect("it was checked that parents are directories");
        let below = tree.directories.get(own).below;
        let target = &mut tree.directories.get_mut(parent).below;
        *target = target.plus(below);
    }
}
