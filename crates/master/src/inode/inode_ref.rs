//! [`InodeRef`]: what an inode tells about itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use alluxio_common::{AlluxioPath, BlockId, InodeId, JobId, Mode, PersistenceState, Timestamp};
use smallvec::SmallVec;

use super::arena::Slot;
use super::record::{Flags, Record};
use super::store::{ACCESS, CREATION, MODIFICATION};
use super::{Acl, Children, Counts, DefaultAcl, InodeKind, InodeTree, Replication, Ttl};

/// One inode, for as long as the tree is not changed.
#[derive(Clone, Copy)]
pub struct InodeRef<'t> {
    tree: &'t InodeTree,
    slot: Slot,
    record: &'t Record,
}

/// The directories above an inode, from its parent up to the root.
#[derive(Debug, Clone)]
pub struct Ancestors<'t> {
    next: Option<InodeRef<'t>>,
}

impl<'t> Iterator for Ancestors<'t> {
    type Item = InodeRef<'t>;

    fn next(&mut self) -> Option<InodeRef<'t>> {
        let current = self.next?;
        self.next = current.parent();
        Some(current)
    }
}

impl<'t> InodeRef<'t> {
    pub(super) fn new(tree: &'t InodeTree, slot: Slot) -> Self {
        let record = tree.store.record(slot);
        Self { tree, slot, record }
    }

    /// The inode's id.
    pub fn id(self) -> InodeId {
        self.record.id()
    }

    /// The id of the directory that holds it; its own for the root.
    pub fn parent_id(self) -> InodeId {
        self.tree.store.record(self.record.parent()).id()
    }

    /// The directory that holds it; `None` for the root.
    pub fn parent(self) -> Option<Self> {
        (!self.is_root()).then(|| Self::new(self.tree, self.record.parent()))
    }

    /// The directories above it, from its parent up to the root.
    pub fn ancestors(self) -> Ancestors<'t> {
        Ancestors {
            next: self.parent(),
        }
    }

    /// Where it stands.
    pub fn path(self) -> AlluxioPath {
        let mut names: SmallVec<[&str; 16]> = SmallVec::new();
        let mut next = Some(self);
        // The root has no name.
        while let Some(inode) = next.filter(|inode| !inode.is_root()) {
            names.push(inode.name());
            next = inode.parent();
        }
        AlluxioPath::of_components(names.iter().rev().copied())
    }

    /// The child of a directory with this name.
    pub fn child(self, name: &str) -> Option<Self> {
        let slot = self.tree.find_child(self.slot, name)?;
        Some(Self::new(self.tree, slot))
    }

    /// The children of a directory in the byte order of their names, from the first name that is
    /// greater than `start_after`. None for a file.
    pub fn children(self, start_after: Option<&str>) -> Children<'t> {
        Children::of(self.tree, self.slot, start_after)
    }

    /// How many children a directory has; 0 for a file.
    pub fn child_count(self) -> usize {
        self.tree
            .directory(self.slot)
            .map_or(0, |directory| directory.children.len())
    }

    /// How many inodes the subtree has, itself included.
    pub fn counts(self) -> Counts {
        match self.tree.directory(self.slot) {
            Some(directory) => Counts {
                files: directory.below.counts.files,
                directories: directory.below.counts.directories + 1,
            },
            None => Counts {
                files: 1,
                directories: 0,
            },
        }
    }

    /// The name in the directory that holds it; empty for the root.
    pub fn name(self) -> &'t str {
        self.tree.store.name(self.slot)
    }

    /// File or directory.
    pub fn kind(self) -> InodeKind {
        self.record.kind()
    }

    /// Whether it is a file.
    pub fn is_file(self) -> bool {
        self.kind() == InodeKind::File
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        self.kind() == InodeKind::Directory
    }

    /// Whether it is the root.
    pub fn is_root(self) -> bool {
        self.record.parent() == self.slot
    }

    /// The owning user.
    pub fn owner(self) -> &'t str {
        &self.tree.store.attributes(self.slot).owner
    }

    /// The owning group.
    pub fn group(self) -> &'t str {
        &self.tree.store.attributes(self.slot).group
    }

    /// The permission bits.
    pub fn mode(self) -> Mode {
        self.tree.store.attributes(self.slot).mode
    }

    /// Bytes of every block but the last; 0 for a directory.
    pub fn block_size(self) -> i64 {
        self.tree.store.attributes(self.slot).block_size
    }

    /// When it was created.
    pub fn creation_time(self) -> Timestamp {
        self.record.time(CREATION)
    }

    /// When its content, or list of children, last changed.
    pub fn modification_time(self) -> Timestamp {
        self.record.time(MODIFICATION)
    }

    /// When it was last read.
    pub fn access_time(self) -> Timestamp {
        self.record.time(ACCESS)
    }

    /// Bytes of a file: 0 while it is incomplete, -1 when the store cannot tell; 0 for a directory.
    pub fn length(self) -> i64 {
        self.record.length()
    }

    /// How many blocks a file has: those added so far while it is incomplete, afterwards those that
    /// its length makes.
    pub fn block_count(self) -> u32 {
        if !self.is_completed() {
            return self.tree.store.written_blocks(self.slot).len() as u32;
        }
        let (length, block_size) = (self.length(), self.block_size());
        if length <= 0 || block_size <= 0 {
            return 0;
        }
        // An index has 24 bits, so a count that does not fit cannot come from a file that was written.
        u32::try_from(length.unsigned_abs().div_ceil(block_size.unsigned_abs())).unwrap_or(u32::MAX)
    }

    /// The ids of a file's blocks, in order.
    pub fn block_ids(self) -> impl ExactSizeIterator<Item = BlockId> + use<> {
        let container = self.id().container();
        (0..self.block_count()).map(move |index| container.block_id(index))
    }

    /// Bytes of the block with this index. `None` when the file has no such block, or it has not
    /// been committed yet.
    pub fn block_length(self, index: u32) -> Option<i64> {
        if !self.is_completed() {
            return self.tree.store.written_block(self.slot, index);
        }
        if index >= self.block_count() {
            return None;
        }
        let before = i64::from(index) * self.block_size();
        Some(self.block_size().min(self.length() - before))
    }

    /// Whether a file has all its content; true for a directory.
    pub fn is_completed(self) -> bool {
        self.record.has(Flags::COMPLETED)
    }

    /// Whether blocks may be kept on workers; false for a directory.
    pub fn is_cacheable(self) -> bool {
        self.record.has(Flags::CACHEABLE)
    }

    /// Whether its blocks, or those of new children, may not be evicted.
    pub fn is_pinned(self) -> bool {
        self.record.has(Flags::PINNED)
    }

    /// Whether a store is mounted here.
    pub fn is_mount_point(self) -> bool {
        self.record.has(Flags::MOUNT_POINT)
    }

    /// Whether all children that the store has are known; false for a file.
    pub fn children_loaded(self) -> bool {
        self.record.has(Flags::CHILDREN_LOADED)
    }

    /// How far it is on its way to the store.
    pub fn persistence(self) -> PersistenceState {
        self.record.persistence()
    }

    /// The media where pinned blocks must stay; none for any.
    pub fn media(self) -> &'t BTreeSet<String> {
        &self.tree.store.extras(self.slot).media
    }

    /// How long it lives.
    pub fn ttl(self) -> Ttl {
        self.tree.store.extras(self.slot).ttl
    }

    /// When it expires; `None` for never.
    pub fn expiry(self) -> Option<Timestamp> {
        let ttl = self.ttl();
        let expiry = self.creation_time().millis().saturating_add(ttl.millis);
        (ttl.millis >= 0).then(|| Timestamp::from_millis(expiry))
    }

    /// How many copies are wanted.
    pub fn replication(self) -> Replication {
        self.tree.store.extras(self.slot).replication
    }

    /// Extended attributes.
    pub fn xattr(self) -> &'t BTreeMap<String, Vec<u8>> {
        &self.tree.store.extras(self.slot).xattr
    }

    /// Permissions of named users and groups.
    pub fn acl(self) -> Option<&'t Acl> {
        self.tree.store.extras(self.slot).acl.as_ref()
    }

    /// What new children inherit.
    pub fn default_acl(self) -> Option<&'t DefaultAcl> {
        self.tree.store.extras(self.slot).default_acl.as_ref()
    }

    /// What the store said; empty when unknown.
    pub fn fingerprint(self) -> &'t str {
        self.tree.store.fingerprint(self.slot)
    }

    /// The job that persists the file.
    pub fn persist_job_id(self) -> Option<JobId> {
        self.tree.store.extras(self.slot).persist_job_id
    }

    /// Where that job writes in the store; empty for nowhere.
    pub fn temporary_ufs_path(self) -> &'t str {
        &self.tree.store.extras(self.slot).temporary_ufs_path
    }

    /// When persisting is to start at the earliest.
    pub fn should_persist_time(self) -> Option<Timestamp> {
        self.tree.store.extras(self.slot).should_persist_time
    }

    /// The first block whose copies on workers may hold the bytes of another place of the file, as
    /// those behind it may; `None` when all can be trusted.
    pub fn withdrawn_from(self) -> Option<u32> {
        self.tree.store.extras(self.slot).withdrawn_from
    }
}

impl fmt::Debug for InodeRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InodeRef")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}
