//! [`InodeTree`]: every inode and its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use alluxio_common::{AlluxioPath, BlockId, InodeId, JobId, Mode, PersistenceState, Timestamp};

use super::{
    Acl, Children, Counts, DefaultAcl, InodeKind, ReclaimedFile, Replication, Settings, Ttl,
};
use crate::journal_entry::{
    CompleteFileEntry, DefaultAclChange, InodeDirectoryEntry, InodeFileEntry, JournalEntry,
    UpdateInodeEntry,
};

/// All inodes. It is changed by [`InodeTree::apply`] alone.
#[derive(Debug, Clone, Default)]
pub struct InodeTree {
    nodes: BTreeMap<InodeId, Node>,
    settings: Settings,
    pub(super) garbage: Vec<Option<ReclaimedFile>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    id: InodeId,
    parent_id: InodeId,
    name: String,
    kind: InodeKind,
    owner: String,
    group: String,
    mode: Mode,
    block_size: i64,
    creation_time: Timestamp,
    modification_time: Timestamp,
    access_time: Timestamp,
    length: i64,
    completed: bool,
    persistence: PersistenceState,
    cacheable: bool,
    pinned: bool,
    media: BTreeSet<String>,
    ttl: Ttl,
    replication: Replication,
    xattr: BTreeMap<String, Vec<u8>>,
    acl: Option<Acl>,
    default_acl: Option<DefaultAcl>,
    fingerprint: String,
    mount_point: bool,
    children_loaded: bool,
    persist_job_id: Option<JobId>,
    temporary_ufs_path: String,
    should_persist_time: Option<Timestamp>,
    uncommitted: Vec<Option<i64>>,
    children: BTreeMap<String, InodeId>,
}

/// One inode, for as long as the tree is not changed.
#[derive(Debug, Clone, Copy)]
pub struct InodeRef<'t> {
    tree: &'t InodeTree,
    node: &'t Node,
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
    /// The inode's id.
    pub fn id(self) -> InodeId {
        self.node.id
    }
    /// The id of the directory that holds it; its own for the root.
    pub fn parent_id(self) -> InodeId {
        self.node.parent_id
    }
    /// The directory that holds it; `None` for the root.
    pub fn parent(self) -> Option<InodeRef<'t>> {
        if self.is_root() {
            return None;
        }
        self.tree.inode(self.node.parent_id)
    }
    /// The name in that directory; empty for the root.
    pub fn name(self) -> &'t str {
        &self.node.name
    }
    /// File or directory.
    pub fn kind(self) -> InodeKind {
        self.node.kind
    }
    /// Whether it is a file.
    pub fn is_file(self) -> bool {
        self.node.kind == InodeKind::File
    }
    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        self.node.kind == InodeKind::Directory
    }
    /// Whether it is the root.
    pub fn is_root(self) -> bool {
        self.node.id == self.node.parent_id
    }
    /// The owning user.
    pub fn owner(self) -> &'t str {
        &self.node.owner
    }
    /// The owning group.
    pub fn group(self) -> &'t str {
        &self.node.group
    }
    /// The permission bits.
    pub fn mode(self) -> Mode {
        self.node.mode
    }
    /// When it was created.
    pub fn creation_time(self) -> Timestamp {
        self.node.creation_time
    }
    /// When its content, or list of children, last changed.
    pub fn modification_time(self) -> Timestamp {
        self.node.modification_time
    }
    /// When it was last read.
    pub fn access_time(self) -> Timestamp {
        self.node.access_time
    }
    /// Bytes of a file: 0 while it is incomplete, -1 when the store cannot tell; 0 for a directory.
    pub fn length(self) -> i64 {
        self.node.length
    }
    /// Bytes of every block but the last; 0 for a directory.
    pub fn block_size(self) -> i64 {
        self.node.block_size
    }
    /// How many blocks a file has: those added so far while it is incomplete, afterwards those that
    /// its length makes.
    pub fn block_count(self) -> u32 {
        if !self.node.completed {
            return self.node.uncommitted.len() as u32;
        }
        if self.node.length <= 0 || self.node.block_size <= 0 {
            return 0;
        }
        (self.node.length as u64).div_ceil(self.node.block_size as u64) as u32
    }
    /// The ids of a file's blocks, in order.
    pub fn block_ids(self) -> impl Iterator<Item = BlockId> + use<> {
        let container = self.id().container();
        (0..self.block_count()).map(move |index| container.block_id(index))
    }
    /// Bytes of the block with this index. `None` when the file has no such block, or it has not
    /// been committed yet.
    pub fn block_length(self, index: u32) -> Option<i64> {
        if !self.node.completed {
            return *self.node.uncommitted.get(index as usize)?;
        }
        if index >= self.block_count() {
            return None;
        }
        let before = i64::from(index) * self.block_size();
        Some(self.block_size().min(self.length() - before))
    }
    /// Whether a file has all its content; true for a directory.
    pub fn is_completed(self) -> bool {
        self.node.completed
    }
    /// Whether blocks may be kept on workers; false for a directory.
    pub fn is_cacheable(self) -> bool {
        self.node.cacheable
    }
    /// Whether its blocks, or those of new children, may not be evicted.
    pub fn is_pinned(self) -> bool {
        self.node.pinned
    }
    /// The media where pinned blocks must stay; none for any.
    pub fn media(self) -> &'t BTreeSet<String> {
        &self.node.media
    }
    /// How far it is on its way to the store.
    pub fn persistence(self) -> PersistenceState {
        self.node.persistence
    }
    /// When it expires.
    pub fn ttl(self) -> Ttl {
        self.node.ttl
    }
    /// How many copies are wanted.
    pub fn replication(self) -> Replication {
        self.node.replication
    }
    /// Extended attributes.
    pub fn xattr(self) -> &'t BTreeMap<String, Vec<u8>> {
        &self.node.xattr
    }
    /// Permissions of named users and groups.
    pub fn acl(self) -> Option<&'t Acl> {
        self.node.acl.as_ref()
    }
    /// What new children inherit.
    pub fn default_acl(self) -> Option<&'t DefaultAcl> {
        self.node.default_acl.as_ref()
    }
    /// What the store said; empty when unknown.
    pub fn fingerprint(self) -> &'t str {
        &self.node.fingerprint
    }
    /// Whether a store is mounted here.
    pub fn is_mount_point(self) -> bool {
        self.node.mount_point
    }
    /// Whether all children that the store has are known.
    pub fn children_loaded(self) -> bool {
        self.node.children_loaded
    }
    /// How many children a directory has; 0 for a file.
    pub fn child_count(self) -> usize {
        self.node.children.len()
    }
    /// The job that persists the file.
    pub fn persist_job_id(self) -> Option<JobId> {
        self.node.persist_job_id
    }
    /// Where that job writes in the store; empty for nowhere.
    pub fn temporary_ufs_path(self) -> &'t str {
        &self.node.temporary_ufs_path
    }
    /// When persisting is to start at the earliest.
    pub fn should_persist_time(self) -> Option<Timestamp> {
        self.node.should_persist_time
    }
    /// The directories above it, from its parent up to the root.
    pub fn ancestors(self) -> Ancestors<'t> {
        Ancestors {
            next: self.parent(),
        }
    }
    /// Where it stands.
    pub fn path(self) -> AlluxioPath {
        let mut names: Vec<&str> = self.ancestors().map(InodeRef::name).collect();
        names.pop();
        names.reverse();
        if !self.is_root() {
            names.push(self.name());
        }
        AlluxioPath::parse(&format!("/{}", names.join("/"))).expect("names are components")
    }
    fn expiry(self) -> Option<Timestamp> {
        let ttl = self.node.ttl;
        (ttl.millis >= 0).then(|| {
            Timestamp::from_millis(self.node.creation_time.millis().saturating_add(ttl.millis))
        })
    }
}

impl InodeTree {
    /// A tree with nothing in it, not even a root.
    pub fn new() -> Self {
        Self::default()
    }

    /// The root; `None` before the entry that creates it.
    pub fn root(&self) -> Option<InodeRef<'_>> {
        let node = self.nodes.values().find(|node| node.id == node.parent_id)?;
        Some(InodeRef { tree: self, node })
    }

    /// The inode with this id; `None` as soon as it, or a directory above it, is deleted.
    pub fn inode(&self, id: InodeId) -> Option<InodeRef<'_>> {
        let node = self.nodes.get(&id)?;
        Some(InodeRef { tree: self, node })
    }

    /// The child of a directory with this name.
    pub fn child(&self, directory: InodeId, name: &str) -> Option<InodeRef<'_>> {
        self.inode(*self.nodes.get(&directory)?.children.get(name)?)
    }

    /// The children of a directory in the byte order of their names, from the first name that is
    /// greater than `start_after`. None for what is not a directory.
    pub fn children(&self, directory: InodeId, start_after: Option<&str>) -> Children<'_> {
        static NONE: BTreeMap<String, InodeId> = BTreeMap::new();
        let children = self.nodes.get(&directory).map_or(&NONE, |d| &d.children);
        let from = start_after.map_or(Bound::Unbounded, Bound::Excluded);
        Children {
            tree: self,
            range: children.range::<str, _>((from, Bound::Unbounded)),
        }
    }

    /// Where the inode with this id stands.
    pub fn path_of(&self, id: InodeId) -> Option<AlluxioPath> {
        self.inode(id).map(InodeRef::path)
    }

    /// Inodes whose time to live ends at or before `now`, the first to expire first.
    pub fn expired(&self, now: Timestamp) -> impl Iterator<Item = InodeRef<'_>> {
        let mut expired: Vec<_> = self
            .nodes
            .values()
            .map(|node| InodeRef { tree: self, node })
            .filter_map(|inode| Some((inode.expiry()?, inode.id())))
            .filter(|(expiry, _id)| *expiry <= now)
            .collect();
        expired.sort();
        expired.into_iter().filter_map(|(_, id)| self.inode(id))
    }

    /// Pinned files in the order of their ids.
    pub fn pinned(&self) -> impl Iterator<Item = InodeRef<'_>> {
        self.files().filter(|inode| inode.is_pinned())
    }

    /// Files that are to be persisted, in the order of their ids.
    pub fn to_be_persisted(&self) -> impl Iterator<Item = InodeRef<'_>> {
        self.files()
            .filter(|inode| inode.persistence() == PersistenceState::ToBePersisted)
    }

    fn files(&self) -> impl Iterator<Item = InodeRef<'_>> {
        self.nodes
            .values()
            .map(|node| InodeRef { tree: self, node })
            .filter(|inode| inode.is_file())
    }

    /// How many inodes there are.
    pub fn counts(&self) -> Counts {
        let files = self.files().count() as u64;
        Counts {
            files,
            directories: self.nodes.len() as u64 - files,
        }
    }

    /// How many inodes a subtree has, its top included.
    pub fn counts_below(&self, id: InodeId) -> Counts {
        let mut counts = Counts::default();
        if let Some(inode) = self.inode(id) {
            if inode.is_file() {
                counts.files = 1;
            } else {
                counts.directories = 1;
            }
            for child in self.children(id, None) {
                let below = self.counts_below(child.id());
                counts.files += below.files;
                counts.directories += below.directories;
            }
        }
        counts
    }

    /// Mounts, id reservations and what else is not an inode.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A digest of everything that [`InodeTree::apply`] can change: equal for equal states.
    pub fn state_hash(&self) -> u64 {
        let mut hash = 0u64;
        for byte in format!("{:?}{:?}", self.nodes, self.settings).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash
    }

    /// Applies a decided change.
    ///
    /// # Panics
    /// When the entry contradicts the tree: the journal and the tree have come apart, and going on
    /// would destroy the namespace.
    pub fn apply(&mut self, entry: &JournalEntry) {
        match entry {
            JournalEntry::InodeFile(file) => self.create_file(file),
            JournalEntry::InodeDirectory(directory) => self.create_directory(directory),
            JournalEntry::CompleteFile(complete) => self.complete(complete),
            JournalEntry::NewBlock(new) => self.node(new.id, entry).uncommitted.push(None),
            JournalEntry::BlockCommitted(commit) => {
                let node = self.node(commit.id, entry);
                if !node.completed {
                    let slot = node.uncommitted.get_mut(commit.block_index as usize);
                    *slot.unwrap_or_else(|| panic!("no such block: {entry:?}")) =
                        Some(commit.length);
                }
            }
            JournalEntry::Rename(rename) => {
                self.detach(rename.id, rename.operation_time, entry);
                let node = self.node(rename.id, entry);
                node.parent_id = rename.new_parent_id;
                node.name.clone_from(&rename.new_name);
                self.attach(rename.id, Some(rename.operation_time));
            }
            JournalEntry::Delete(delete) => {
                self.detach(delete.id, delete.operation_time, entry);
                self.drop_subtree(delete.id);
            }
            JournalEntry::UpdateInode(update) => self.update(update, entry),
            JournalEntry::AddMountPoint(_)
            | JournalEntry::UpdateMountPoint(_)
            | JournalEntry::DeleteMountPoint(_)
            | JournalEntry::ContainerId(_)
            | JournalEntry::DirectoryId(_)
            | JournalEntry::PathProperties(_)
            | JournalEntry::RemovePathProperties(_)
            | JournalEntry::UfsMode(_)
            | JournalEntry::ClusterInfo(_) => self.settings.apply(entry),
        }
    }

    fn node(&mut self, id: InodeId, entry: &JournalEntry) -> &mut Node {
        let node = self.nodes.get_mut(&id);
        node.unwrap_or_else(|| panic!("no such inode: {entry:?}"))
    }

    fn touch(&mut self, id: InodeId, time: Timestamp) {
        let node = self.nodes.get_mut(&id).expect("parents exist");
        node.modification_time = node.modification_time.max(time);
        node.access_time = node.access_time.max(time);
    }

    fn attach(&mut self, id: InodeId, time: Option<Timestamp>) {
        let node = &self.nodes[&id];
        let (parent_id, name) = (node.parent_id, node.name.clone());
        if parent_id == id {
            return;
        }
        let parent = self.nodes.get_mut(&parent_id).expect("parents exist");
        assert_eq!(parent.kind, InodeKind::Directory, "a file has no children");
        let before = parent.children.insert(name, id);
        assert!(before.is_none(), "the name is free");
        if let Some(time) = time {
            self.touch(parent_id, time);
        }
    }

    fn detach(&mut self, id: InodeId, time: Timestamp, entry: &JournalEntry) {
        let node = self.node(id, entry);
        let (parent_id, name) = (node.parent_id, node.name.clone());
        assert_ne!(parent_id, id, "the root stays: {entry:?}");
        let parent = self.node(parent_id, entry);
        parent.children.remove(&name);
        self.touch(parent_id, time);
    }

    fn drop_subtree(&mut self, id: InodeId) {
        let inode = self.inode(id).expect("it was there");
        let file = inode.is_file().then(|| ReclaimedFile {
            id,
            block_count: inode.block_count(),
        });
        self.garbage.push(file);
        let node = self.nodes.remove(&id).expect("it was there");
        for child in node.children.values() {
            self.drop_subtree(*child);
        }
    }

    fn create_file(&mut self, entry: &InodeFileEntry) {
        let node = Node {
            id: entry.id,
            parent_id: entry.parent_id,
            name: entry.name.clone(),
            kind: InodeKind::File,
            owner: entry.owner.clone(),
            group: entry.group.clone(),
            mode: entry.mode,
            block_size: entry.block_size,
            creation_time: entry.creation_time,
            modification_time: entry.modification_time,
            access_time: entry.access_time,
            length: entry.length.unwrap_or(0),
            completed: entry.length.is_some(),
            persistence: entry.persistence,
            cacheable: entry.cacheable,
            pinned: entry.pinned,
            media: entry.media.clone(),
            ttl: entry.ttl,
            replication: entry.replication,
            xattr: entry.xattr.clone(),
            acl: entry.acl.clone().filter(|acl| !acl.is_empty()),
            default_acl: None,
            fingerprint: entry.fingerprint.clone(),
            mount_point: false,
            children_loaded: false,
            persist_job_id: None,
            temporary_ufs_path: String::new(),
            should_persist_time: None,
            uncommitted: Vec::new(),
            children: BTreeMap::new(),
        };
        self.insert(node, entry.parent_time);
    }

    fn create_directory(&mut self, entry: &InodeDirectoryEntry) {
        let node = Node {
            id: entry.id,
            parent_id: entry.parent_id,
            name: entry.name.clone(),
            kind: InodeKind::Directory,
            owner: entry.owner.clone(),
            group: entry.group.clone(),
            mode: entry.mode,
            block_size: 0,
            creation_time: entry.creation_time,
            modification_time: entry.modification_time,
            access_time: entry.access_time,
            length: 0,
            completed: true,
            persistence: entry.persistence,
            cacheable: false,
            pinned: entry.pinned,
            media: entry.media.clone(),
            ttl: entry.ttl,
            replication: Replication::UNLIMITED,
            xattr: entry.xattr.clone(),
            acl: entry.acl.clone().filter(|acl| !acl.is_empty()),
            default_acl: entry.default_acl.clone(),
            fingerprint: entry.fingerprint.clone(),
            mount_point: entry.mount_point,
            children_loaded: entry.children_loaded,
            persist_job_id: None,
            temporary_ufs_path: String::new(),
            should_persist_time: None,
            uncommitted: Vec::new(),
            children: BTreeMap::new(),
        };
        self.insert(node, entry.parent_time);
    }

    fn insert(&mut self, node: Node, parent_time: Option<Timestamp>) {
        let id = node.id;
        let before = self.nodes.insert(id, node);
        assert!(before.is_none(), "inode {id} exists");
        self.attach(id, parent_time);
    }

    fn complete(&mut self, entry: &CompleteFileEntry) {
        let node = self.nodes.get_mut(&entry.id);
        let node = node.unwrap_or_else(|| panic!("no such inode: {entry:?}"));
        node.completed = true;
        node.length = entry.length;
        node.uncommitted.clear();
        node.modification_time = node.modification_time.max(entry.operation_time);
        node.access_time = node.access_time.max(entry.operation_time);
        if let Some(fingerprint) = &entry.fingerprint {
            node.fingerprint.clone_from(fingerprint);
        }
        if let Some(persistence) = entry.persistence {
            node.persistence = persistence;
        }
    }

    fn update(&mut self, update: &UpdateInodeEntry, entry: &JournalEntry) {
        fn set<T: Clone>(target: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                target.clone_from(value);
            }
        }
        let node = self.node(update.id, entry);
        set(&mut node.owner, update.owner.as_ref());
        set(&mut node.group, update.group.as_ref());
        set(&mut node.mode, update.mode.as_ref());
        set(&mut node.creation_time, update.creation_time.as_ref());
        set(
            &mut node.modification_time,
            update.modification_time.as_ref(),
        );
        set(&mut node.access_time, update.access_time.as_ref());
        set(&mut node.persistence, update.persistence.as_ref());
        set(&mut node.pinned, update.pinned.as_ref());
        set(&mut node.media, update.media.as_ref());
        set(&mut node.ttl, update.ttl.as_ref());
        set(&mut node.replication, update.replication.as_ref());
        set(&mut node.xattr, update.xattr.as_ref());
        set(&mut node.fingerprint, update.fingerprint.as_ref());
        set(&mut node.mount_point, update.mount_point.as_ref());
        set(&mut node.children_loaded, update.children_loaded.as_ref());
        set(
            &mut node.temporary_ufs_path,
            update.temporary_ufs_path.as_ref(),
        );
        if let Some(acl) = &update.acl {
            node.acl = Some(acl.clone()).filter(|acl| !acl.is_empty());
        }
        match &update.default_acl {
            Some(DefaultAclChange::Replace(acl)) => node.default_acl = Some(acl.clone()),
            Some(DefaultAclChange::Remove) => node.default_acl = None,
            None => {}
        }
        if let Some(job_id) = update.persist_job_id {
            node.persist_job_id = Some(job_id).filter(|id| id.raw() >= 0);
        }
        if let Some(time) = update.should_persist_time {
            node.should_persist_time = Some(time).filter(|time| time.millis() >= 0);
        }
    }
}
