//! [`InodeTree`]: every inode and its place.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::ops::Bound;

use alluxio_common::{AlluxioPath, InodeId, PersistenceState, Timestamp};

use super::arena::{Arena, Slot};
use super::directory::{Below, Directory};
use super::reclaim::Garbage;
use super::record::Flags;
use super::slot_table::SlotTable;
use super::snapshot::SnapshotHold;
use super::state_hash::StateHasher;
use super::store::InodeStore;
use super::{Children, Counts, InodeKind, InodeRef, Settings};

/// All inodes. It is changed by [`InodeTree::apply`] alone; [`InodeTree::reclaim`] frees what a
/// change has put aside, and [`InodeTree::begin_snapshot`] only takes notes.
///
/// An inode has a record of fixed size in an arena, its name in another, and a row in a side table
/// for each of the things that few inodes have. It is found by id and by (parent, name) through two
/// hash tables that hold nothing but its place, and it stands in its parent's ordered list. No
/// operation copies or rehashes more than a small part of any of these.
pub struct InodeTree {
    pub(super) store: InodeStore,
    pub(super) directories: Arena<Directory>,
    pub(super) by_id: SlotTable,
    /// Every inode but the root and detached ones, by the place of its parent and its name.
    pub(super) by_name: SlotTable,
    /// Users choose names, so their hashes are seeded; the seed has no effect that can be seen.
    pub(super) name_hasher: NameHasher,
    /// Inodes with a TTL by the millisecond of their expiry. This and the next two hold detached
    /// inodes until those are reclaimed, so readers skip what is not found by its id.
    pub(super) expiring: BTreeSet<(i64, InodeId)>,
    pub(super) pinned: BTreeSet<InodeId>,
    pub(super) to_be_persisted: BTreeSet<InodeId>,
    pub(super) root: Option<Slot>,
    pub(super) garbage: Garbage,
    pub(super) snapshot: Option<SnapshotHold>,
    /// Counts snapshots, so that it is known which deletes came before one.
    pub(super) generation: u32,
    pub(super) settings: Settings,
}

/// Hashes a name in a directory.
#[derive(Debug, Default)]
pub(super) struct NameHasher(foldhash::quality::RandomState);

impl NameHasher {
    pub(super) fn hash(&self, parent: Slot, name: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write_u32(parent.0);
        hasher.write(name);
        hasher.finish()
    }

    /// The hash under which an inode stands in the table of names.
    pub(super) fn hash_place(&self, store: &InodeStore, slot: Slot) -> u64 {
        self.hash(store.record(slot).parent(), store.name_bytes(slot))
    }
}

/// The part of an inode that indices and sums are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Indexed {
    digest: u64,
    expiry: Option<i64>,
    pinned: bool,
    to_be_persisted: bool,
}

/// Ids are dense numbers, and a table wants well-spread bits.
pub(super) fn hash_id(id: InodeId) -> u64 {
    StateHasher::new().number(id.raw() as u64).finish()
}

impl InodeTree {
    /// A tree with nothing in it, not even a root.
    pub fn new() -> Self {
        Self {
            store: InodeStore::new(),
            directories: Arena::new(),
            by_id: SlotTable::new(),
            by_name: SlotTable::new(),
            name_hasher: NameHasher::default(),
            expiring: BTreeSet::new(),
            pinned: BTreeSet::new(),
            to_be_persisted: BTreeSet::new(),
            root: None,
            garbage: Garbage::default(),
            snapshot: None,
            generation: 0,
            settings: Settings::default(),
        }
    }

    /// The root; `None` before the entry that creates it.
    pub fn root(&self) -> Option<InodeRef<'_>> {
        self.root.map(|slot| InodeRef::new(self, slot))
    }

    /// The inode with this id; `None` as soon as it, or a directory above it, is deleted.
    pub fn inode(&self, id: InodeId) -> Option<InodeRef<'_>> {
        self.live_slot(id).map(|slot| InodeRef::new(self, slot))
    }

    /// A digest of everything below a directory: as long as it is the same, nothing there has
    /// changed. `None` for what is no directory, or not there.
    pub fn digest_below(&self, directory: InodeId) -> Option<u64> {
        let directory = self.directory(self.live_slot(directory)?)?;
        Some(directory.below.digest)
    }

    /// The child of a directory with this name.
    pub fn child(&self, directory: InodeId, name: &str) -> Option<InodeRef<'_>> {
        self.inode(directory)?.child(name)
    }

    /// The children of a directory in the byte order of their names, from the first name that is
    /// greater than `start_after`. None for what is not a directory.
    pub fn children(&self, directory: InodeId, start_after: Option<&str>) -> Children<'_> {
        match self.inode(directory) {
            Some(directory) => directory.children(start_after),
            None => Children::none(self),
        }
    }

    /// Where the inode with this id stands.
    pub fn path_of(&self, id: InodeId) -> Option<AlluxioPath> {
        self.inode(id).map(InodeRef::path)
    }

    /// Inodes whose time to live ends at or before `now`, the first to expire first.
    pub fn expired(&self, now: Timestamp) -> impl Iterator<Item = InodeRef<'_>> {
        self.expired_after(None, now)
    }

    /// As [`Self::expired`], but only those behind one that is known, with the end of its time.
    pub fn expired_after(
        &self,
        known: Option<(Timestamp, InodeId)>,
        now: Timestamp,
    ) -> impl Iterator<Item = InodeRef<'_>> {
        let start = known.map_or(Bound::Unbounded, |(expiry, id)| {
            Bound::Excluded((expiry.millis(), id))
        });
        let end = Bound::Included((now.millis(), InodeId::from_raw(i64::MAX)));
        self.expiring
            .range((start, end))
            .filter_map(|(_expiry, id)| self.inode(*id))
    }

    /// Pinned files in the order of their ids.
    pub fn pinned(&self) -> impl Iterator<Item = InodeRef<'_>> {
        self.pinned.iter().filter_map(|id| self.inode(*id))
    }

    /// Files that are to be persisted, in the order of their ids.
    pub fn to_be_persisted(&self) -> impl Iterator<Item = InodeRef<'_>> {
        self.to_be_persisted.iter().filter_map(|id| self.inode(*id))
    }

    /// The same files, from the one behind this id on.
    pub fn to_be_persisted_behind(
        &self,
        id: Option<InodeId>,
    ) -> impl Iterator<Item = InodeRef<'_>> {
        let start = id.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.to_be_persisted.range((start, Bound::Unbounded));
        behind.filter_map(|id| self.inode(*id))
    }

    /// The same files, from the one behind this id on and round to it.
    pub fn to_be_persisted_after(&self, id: InodeId) -> impl Iterator<Item = InodeRef<'_>> {
        let behind = (Bound::Excluded(id), Bound::Unbounded);
        let behind = self.to_be_persisted.range(behind);
        behind
            .chain(self.to_be_persisted.range(..=id))
            .filter_map(|id| self.inode(*id))
    }

    /// How many inodes there are.
    pub fn counts(&self) -> Counts {
        self.root().map(InodeRef::counts).unwrap_or_default()
    }

    /// How many inodes a subtree has, its top included; none when it is not there.
    pub fn counts_below(&self, id: InodeId) -> Counts {
        self.inode(id).map(InodeRef::counts).unwrap_or_default()
    }

    /// Mounts, id reservations and what else is not an inode.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A digest of everything that [`InodeTree::apply`] can change: equal for equal states, on every
    /// machine, whatever happened before. Costs as much as the settings are large.
    pub fn state_hash(&self) -> u64 {
        let inodes = self.root.map_or(0, |root| {
            let below = self.directory(root).expect("the root is a directory").below;
            below.digest.wrapping_add(self.store.digest(root))
        });
        inodes.wrapping_add(self.settings.digest())
    }

    /// What a directory has beyond its record; `None` for a file.
    pub(super) fn directory(&self, slot: Slot) -> Option<&Directory> {
        let place = self.store.record(slot).directory()?;
        Some(self.directories.get(place))
    }

    pub(super) fn directory_mut(&mut self, slot: Slot) -> Option<&mut Directory> {
        let place = self.store.record(slot).directory()?;
        Some(self.directories.get_mut(place))
    }

    /// The place of an inode that is there or waits to be reclaimed.
    pub(super) fn any_slot(&self, id: InodeId) -> Option<Slot> {
        self.by_id
            .find(hash_id(id), |slot| self.store.record(slot).id() == id)
    }

    /// The place of an inode that is there.
    pub(super) fn live_slot(&self, id: InodeId) -> Option<Slot> {
        self.any_slot(id).filter(|slot| self.is_live(*slot))
    }

    /// Whether neither the inode nor a directory above it is deleted. A walk to the root, but only
    /// while something waits to be reclaimed; every change already makes that walk.
    fn is_live(&self, slot: Slot) -> bool {
        self.garbage.is_empty() || self.detached_above(slot).is_none()
    }

    /// The detached inode at or above this one.
    pub(super) fn detached_above(&self, mut slot: Slot) -> Option<Slot> {
        loop {
            let record = self.store.record(slot);
            if record.has(Flags::DETACHED) {
                return Some(slot);
            }
            if record.parent() == slot {
                return None;
            }
            slot = record.parent();
        }
    }

    pub(super) fn find_child(&self, parent: Slot, name: &str) -> Option<Slot> {
        let hash = self.name_hasher.hash(parent, name.as_bytes());
        self.by_name.find(hash, |slot| {
            self.store.record(slot).parent() == parent
                && self.store.name_bytes(slot) == name.as_bytes()
        })
    }

    pub(super) fn insert_by_id(&mut self, slot: Slot) {
        let store = &self.store;
        let hash_of = |slot| hash_id(store.record(slot).id());
        self.by_id.insert(slot, hash_of);
    }

    pub(super) fn remove_by_id(&mut self, slot: Slot) {
        let hash = hash_id(self.store.record(slot).id());
        let removed = self.by_id.remove(hash, slot);
        debug_assert!(removed.is_some(), "every inode has an id");
    }

    pub(super) fn insert_by_name(&mut self, slot: Slot) {
        let (store, hasher) = (&self.store, &self.name_hasher);
        self.by_name
            .insert(slot, |slot| hasher.hash_place(store, slot));
    }

    pub(super) fn remove_by_name(&mut self, slot: Slot) {
        let hash = self.name_hasher.hash_place(&self.store, slot);
        let removed = self.by_name.remove(hash, slot);
        debug_assert!(removed.is_some(), "every child has a name");
    }

    /// What the indices should say about an inode.
    pub(super) fn indexed(&self, slot: Slot) -> Indexed {
        let inode = InodeRef::new(self, slot);
        let is_file = inode.kind() == InodeKind::File;
        Indexed {
            digest: self.store.digest(slot),
            expiry: inode.expiry().map(Timestamp::millis),
            pinned: is_file && inode.is_pinned(),
            to_be_persisted: is_file && inode.persistence() == PersistenceState::ToBePersisted,
        }
    }

    /// Whether any of the ordered sets may hold the inode.
    pub(super) fn is_in_sets(&self, slot: Slot) -> bool {
        let record = self.store.record(slot);
        record.has(Flags::EXTRAS)
            || record.has(Flags::PINNED)
            || record.persistence() == PersistenceState::ToBePersisted
    }

    /// Takes an inode out of the ordered sets.
    pub(super) fn leave_sets(&mut self, id: InodeId, indexed: Indexed) {
        if let Some(expiry) = indexed.expiry {
            self.expiring.remove(&(expiry, id));
        }
        if indexed.pinned {
            self.pinned.remove(&id);
        }
        if indexed.to_be_persisted {
            self.to_be_persisted.remove(&id);
        }
    }

    /// Puts an inode into the ordered sets.
    pub(super) fn join_sets(&mut self, id: InodeId, indexed: Indexed) {
        if let Some(expiry) = indexed.expiry {
            self.expiring.insert((expiry, id));
        }
        if indexed.pinned {
            self.pinned.insert(id);
        }
        if indexed.to_be_persisted {
            self.to_be_persisted.insert(id);
        }
    }

    /// What an inode and everything below it contribute to the sums of the directories above it.
    pub(super) fn weight(&self, slot: Slot, digest: u64) -> Below {
        let below = self.directory(slot).map(|directory| directory.below);
        Below {
            digest: below.map_or(0, |below| below.digest).wrapping_add(digest),
            counts: InodeRef::new(self, slot).counts(),
        }
    }

    /// Adds to the sums of a directory and of all above it.
    pub(super) fn add_to_sums(&mut self, mut directory: Slot, weight: Below) {
        loop {
            let record = self.store.record(directory);
            let parent = record.parent();
            let place = record.directory().expect("only directories have children");
            let below = &mut self.directories.get_mut(place).below;
            *below = below.plus(weight);
            if parent == directory {
                return;
            }
            directory = parent;
        }
    }
}

impl Indexed {
    /// Whether the same ordered sets hold the inode at the same place.
    pub(super) fn same_sets(self, other: Self) -> bool {
        Self { digest: 0, ..self } == Self { digest: 0, ..other }
    }

    pub(super) fn digest(self) -> u64 {
        self.digest
    }
}

impl Default for InodeTree {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for InodeTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InodeTree")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
