//! A tree that is easy to believe: one map of whole inodes. Tests compare [`InodeTree`] with it.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{InodeId, JobId, Mode, PersistenceState, Timestamp};

use super::{Acl, DefaultAcl, InodeKind, InodeRef, InodeTree, Replication, Settings, Ttl};
use crate::journal_entry::{
    BlockCommittedEntry, CompleteFileEntry, DefaultAclChange, InodeDirectoryEntry, InodeFileEntry,
    JournalEntry, NewBlockEntry, UpdateInodeEntry,
};

/// All inodes by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ModelTree {
    pub(super) nodes: BTreeMap<InodeId, Node>,
    pub(super) settings: Settings,
}

/// One field for every getter of the real tree's inodes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "it mirrors an inode's flags")]
pub(super) struct Node {
    pub(super) id: InodeId,
    pub(super) parent_id: InodeId,
    pub(super) name: String,
    pub(super) kind: InodeKind,
    pub(super) owner: String,
    pub(super) group: String,
    pub(super) mode: Mode,
    pub(super) block_size: i64,
    pub(super) creation_time: Timestamp,
    pub(super) modification_time: Timestamp,
    pub(super) access_time: Timestamp,
    pub(super) length: i64,
    pub(super) completed: bool,
    pub(super) persistence: PersistenceState,
    pub(super) cacheable: bool,
    pub(super) pinned: bool,
    pub(super) media: BTreeSet<String>,
    pub(super) ttl: Ttl,
    pub(super) replication: Replication,
    pub(super) xattr: BTreeMap<String, Vec<u8>>,
    pub(super) acl: Option<Acl>,
    pub(super) default_acl: Option<DefaultAcl>,
    pub(super) fingerprint: String,
    pub(super) mount_point: bool,
    pub(super) children_loaded: bool,
    pub(super) persist_job_id: Option<JobId>,
    pub(super) temporary_ufs_path: String,
    pub(super) should_persist_time: Option<Timestamp>,
    pub(super) withdrawn_from: Option<u32>,
    pub(super) uncommitted: Vec<Option<i64>>,
    pub(super) children: BTreeMap<String, InodeId>,
}

impl Node {
    /// What the real tree says about an inode, through every getter.
    fn of(inode: InodeRef<'_>) -> Self {
        let uncommitted = if inode.is_completed() {
            Vec::new()
        } else {
            let blocks = 0..inode.block_count();
            blocks.map(|index| inode.block_length(index)).collect()
        };
        Self {
            id: inode.id(),
            parent_id: inode.parent_id(),
            name: inode.name().to_owned(),
            kind: inode.kind(),
            owner: inode.owner().to_owned(),
            group: inode.group().to_owned(),
            mode: inode.mode(),
            block_size: inode.block_size(),
            creation_time: inode.creation_time(),
            modification_time: inode.modification_time(),
            access_time: inode.access_time(),
            length: inode.length(),
            completed: inode.is_completed(),
            persistence: inode.persistence(),
            cacheable: inode.is_cacheable(),
            pinned: inode.is_pinned(),
            media: inode.media().clone(),
            ttl: inode.ttl(),
            replication: inode.replication(),
            xattr: inode.xattr().clone(),
            acl: inode.acl().cloned(),
            default_acl: inode.default_acl().cloned(),
            fingerprint: inode.fingerprint().to_owned(),
            mount_point: inode.is_mount_point(),
            children_loaded: inode.children_loaded(),
            persist_job_id: inode.persist_job_id(),
            temporary_ufs_path: inode.temporary_ufs_path().to_owned(),
            should_persist_time: inode.should_persist_time(),
            withdrawn_from: inode.withdrawn_from(),
            uncommitted,
            children: inode
                .children(None)
                .map(|child| (child.name().to_owned(), child.id()))
                .collect(),
        }
    }

    pub(super) fn expiry(&self) -> Option<Timestamp> {
        let expiry = self.creation_time.millis().saturating_add(self.ttl.millis);
        (self.ttl.millis >= 0).then(|| Timestamp::from_millis(expiry))
    }
}

impl ModelTree {
    /// The state of a real tree, found by walking it from the root.
    pub(super) fn of(tree: &InodeTree) -> Self {
        let mut nodes = BTreeMap::new();
        let mut left: Vec<InodeRef<'_>> = tree.root().into_iter().collect();
        while let Some(inode) = left.pop() {
            nodes.insert(inode.id(), Node::of(inode));
            left.extend(inode.children(None));
        }
        Self {
            nodes,
            settings: tree.settings().clone(),
        }
    }

    /// Entries that make this state from nothing, in another order than it was made in.
    pub(super) fn rebuilding_entries(&self) -> Vec<JournalEntry> {
        let root = self.nodes.values().find(|node| node.id == node.parent_id);
        let mut entries = Vec::new();
        let mut left: Vec<InodeId> = root.map(|root| root.id).into_iter().collect();
        while let Some(id) = left.pop() {
            let node = &self.nodes[&id];
            node.rebuild(&mut entries);
            left.extend(node.children.values());
        }
        entries
    }

    pub(super) fn apply(&mut self, entry: &JournalEntry) {
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
            | JournalEntry::ClusterInfo(_)
            | JournalEntry::RootStore(_)
            | JournalEntry::StoreDelete(_)
            | JournalEntry::StoreDeleteDone(_)
            | JournalEntry::StoreRename(_)
            | JournalEntry::StoreRenameDone(_)
            | JournalEntry::StoreUnknown(_)
            | JournalEntry::StoreCompared(_) => self.settings.apply(entry).unwrap(),
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
            ttl: entry.ttl.normalised(),
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
            withdrawn_from: None,
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
            ttl: entry.ttl.normalised(),
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
            withdrawn_from: None,
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
        node.withdrawn_from = entry.withdrawn_from;
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
        set(&mut node.ttl, update.ttl.map(Ttl::normalised).as_ref());
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

impl Node {
    fn rebuild(&self, entries: &mut Vec<JournalEntry>) {
        entries.push(self.clone().created());
        for (index, length) in self.uncommitted.iter().enumerate() {
            entries.push(JournalEntry::NewBlock(NewBlockEntry { id: self.id }));
            entries.extend(length.map(|length| {
                JournalEntry::BlockCommitted(BlockCommittedEntry {
                    id: self.id,
                    block_index: index as u32,
                    length,
                })
            }));
        }
        if self.withdrawn_from.is_some() {
            entries.push(JournalEntry::CompleteFile(CompleteFileEntry {
                id: self.id,
                length: self.length,
                operation_time: Timestamp::from_millis(i64::MIN),
                fingerprint: None,
                persistence: None,
                withdrawn_from: self.withdrawn_from,
            }));
        }
        let mut update = UpdateInodeEntry::of(self.id);
        update.replication = Some(self.replication);
        update.persist_job_id = self.persist_job_id;
        update.temporary_ufs_path = Some(self.temporary_ufs_path.clone());
        update.should_persist_time = self.should_persist_time;
        entries.push(JournalEntry::UpdateInode(Box::new(update)));
    }

    /// The entry with which it comes to be.
    fn created(self) -> JournalEntry {
        match self.kind {
            InodeKind::Directory => {
                let entry = InodeDirectoryEntry {
                    id: self.id,
                    parent_id: self.parent_id,
                    name: self.name,
                    owner: self.owner,
                    group: self.group,
                    mode: self.mode,
                    creation_time: self.creation_time,
                    modification_time: self.modification_time,
                    access_time: self.access_time,
                    persistence: self.persistence,
                    pinned: self.pinned,
                    media: self.media,
                    ttl: self.ttl,
                    mount_point: self.mount_point,
                    children_loaded: self.children_loaded,
                    xattr: self.xattr,
                    acl: self.acl,
                    default_acl: self.default_acl,
                    fingerprint: self.fingerprint,
                    parent_time: None,
                };
                JournalEntry::InodeDirectory(Box::new(entry))
            }
            InodeKind::File => {
                let entry = InodeFileEntry {
                    id: self.id,
                    parent_id: self.parent_id,
                    name: self.name,
                    owner: self.owner,
                    group: self.group,
                    mode: self.mode,
                    block_size: self.block_size,
                    creation_time: self.creation_time,
                    modification_time: self.modification_time,
                    access_time: self.access_time,
                    length: self.completed.then_some(self.length),
                    persistence: self.persistence,
                    cacheable: self.cacheable,
                    pinned: self.pinned,
                    media: self.media,
                    ttl: self.ttl,
                    replication: self.replication,
                    xattr: self.xattr,
                    acl: self.acl,
                    fingerprint: self.fingerprint,
                    parent_time: None,
                };
                JournalEntry::InodeFile(Box::new(entry))
            }
        }
    }
}
