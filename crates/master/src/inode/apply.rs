//! Applying decided changes: the only way in which the tree changes.

use alluxio_common::{InodeId, Mode, Timestamp};

use super::arena::Slot;
use super::attributes::AttributesKey;
use super::directory::{Below, Directory};
use super::extras::Extras;
use super::record::{Flags, NewRecord};
use super::store::{ACCESS, CREATION, InodeStore, MODIFICATION};
use super::{InodeKind, InodeTree, Replication};
use crate::journal_entry::{
    BlockCommittedEntry, CompleteFileEntry, DefaultAclChange, DeleteEntry, InodeDirectoryEntry,
    InodeFileEntry, JournalEntry, NewBlockEntry, RenameEntry, UpdateInodeEntry,
};

/// Where a new inode goes.
struct Place<'e> {
    id: InodeId,
    parent_id: InodeId,
    name: &'e str,
    parent_time: Option<Timestamp>,
}

impl InodeTree {
    /// Applies a decided change. The primary, a standby and a restart all come through here, and
    /// get equal trees.
    ///
    /// # Panics
    /// When the entry contradicts the tree: the journal and the tree have come apart, and going on
    /// would destroy the namespace.
    pub fn apply(&mut self, entry: &JournalEntry) {
        let applied = match entry {
            JournalEntry::InodeFile(file) => self.create_file(file),
            JournalEntry::InodeDirectory(directory) => self.create_directory(directory),
            JournalEntry::CompleteFile(complete) => self.complete_file(complete),
            JournalEntry::NewBlock(new) => self.add_block(new),
            JournalEntry::BlockCommitted(commit) => self.commit_block(commit),
            JournalEntry::Rename(rename) => self.rename(rename),
            JournalEntry::Delete(delete) => self.delete(delete),
            JournalEntry::UpdateInode(update) => self.update_inode(update),
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
            | JournalEntry::StoreCompared(_) => self.settings.apply(entry),
        };
        if let Err(contradiction) = applied {
            panic!("the journal contradicts the tree: {contradiction}: {entry:?}");
        }
    }

    fn create_file(&mut self, entry: &InodeFileEntry) -> Result<(), &'static str> {
        let attributes = self.store.attributes.intern(&AttributesKey {
            owner: &entry.owner,
            group: &entry.group,
            mode: entry.mode,
            block_size: entry.block_size,
        });
        let flags = Flags::of(&[
            (Flags::COMPLETED, entry.length.is_some()),
            (Flags::CACHEABLE, entry.cacheable),
            (Flags::PINNED, entry.pinned),
        ]);
        let new = NewRecord {
            id: entry.id,
            parent: Slot::NONE,
            attributes,
            times: [
                entry.creation_time,
                entry.modification_time,
                entry.access_time,
            ],
            flags,
        };
        let place = Place {
            id: entry.id,
            parent_id: entry.parent_id,
            name: &entry.name,
            parent_time: entry.parent_time,
        };
        let has_extras = !entry.media.is_empty()
            || entry.ttl.millis >= 0
            || entry.replication != Replication::UNLIMITED
            || !entry.xattr.is_empty()
            || entry.acl.is_some();
        self.insert(place, new, |store, slot| {
            let record = store.record_mut(slot);
            record.set_length(entry.length.unwrap_or(0));
            record.set_persistence(entry.persistence);
            if has_extras {
                store.change_extras(slot, |extras| {
                    extras.media.clone_from(&entry.media);
                    extras.ttl = entry.ttl.normalised();
                    extras.replication = entry.replication;
                    extras.xattr.clone_from(&entry.xattr);
                    extras.acl = entry.acl.clone().filter(|acl| !acl.is_empty());
                });
            }
            store.set_fingerprint(slot, &entry.fingerprint);
        })
    }

    fn create_directory(&mut self, entry: &InodeDirectoryEntry) -> Result<(), &'static str> {
        let attributes = self.store.attributes.intern(&AttributesKey {
            owner: &entry.owner,
            group: &entry.group,
            mode: entry.mode,
            block_size: 0,
        });
        let flags = Flags::of(&[
            (Flags::DIRECTORY, true),
            (Flags::COMPLETED, true),
            (Flags::PINNED, entry.pinned),
            (Flags::MOUNT_POINT, entry.mount_point),
            (Flags::CHILDREN_LOADED, entry.children_loaded),
        ]);
        let new = NewRecord {
            id: entry.id,
            parent: Slot::NONE,
            attributes,
            times: [
                entry.creation_time,
                entry.modification_time,
                entry.access_time,
            ],
            flags,
        };
        let place = Place {
            id: entry.id,
            parent_id: entry.parent_id,
            name: &entry.name,
            parent_time: entry.parent_time,
        };
        let directory = self.directories.insert(Directory::new());
        self.insert(place, new, |store, slot| {
            let record = store.record_mut(slot);
            record.set_directory(directory);
            record.set_persistence(entry.persistence);
            store.change_extras(slot, |extras| {
                extras.media.clone_from(&entry.media);
                extras.ttl = entry.ttl.normalised();
                extras.xattr.clone_from(&entry.xattr);
                extras.acl = entry.acl.clone().filter(|acl| !acl.is_empty());
                extras.default_acl.clone_from(&entry.default_acl);
            });
            store.set_fingerprint(slot, &entry.fingerprint);
        })
    }

    /// Adds an inode; `fill` completes it before anything is derived from it.
    fn insert(
        &mut self,
        place: Place<'_>,
        mut new: NewRecord,
        fill: impl FnOnce(&mut InodeStore, Slot),
    ) -> Result<(), &'static str> {
        let is_root = place.id == place.parent_id;
        let taken = self.any_slot(place.id).is_some();
        let vacant = self.store.records.next_slot();
        new.parent = if is_root {
            vacant
        } else {
            self.directory_slot(place.parent_id)?
        };
        if taken || (is_root && self.root.is_some()) {
            return Err("the id is taken");
        }
        if !is_root && self.find_child(new.parent, place.name).is_some() {
            return Err("the name is taken");
        }
        self.preserve(vacant);
        let slot = self.store.insert(&new, place.name);
        fill(&mut self.store, slot);
        self.insert_by_id(slot);
        let indexed = self.indexed(slot);
        self.join_sets(place.id, indexed);
        if is_root {
            self.root = Some(slot);
            return Ok(());
        }
        self.link(slot, indexed.digest());
        if let Some(time) = place.parent_time {
            self.touch(new.parent, time);
        }
        Ok(())
    }

    /// Makes an inode a child of the directory that its record names.
    fn link(&mut self, slot: Slot, digest: u64) {
        self.insert_by_name(slot);
        let parent = self.store.record(slot).parent();
        let place = self.store.record(parent).directory();
        let place = place.expect("it was checked that the parent is a directory");
        let (store, directories) = (&self.store, &mut self.directories);
        let children = &mut directories.get_mut(place).children;
        children.insert(slot, store.name_bytes(slot), |other| {
            store.name_bytes(other)
        });
        let weight = self.weight(slot, digest);
        self.add_to_sums(parent, weight);
    }

    /// The opposite of [`InodeTree::link`].
    fn unlink(&mut self, slot: Slot) {
        self.remove_by_name(slot);
        let parent = self.store.record(slot).parent();
        let place = self.store.record(parent).directory();
        let place = place.expect("a parent is a directory");
        let (store, directories) = (&self.store, &mut self.directories);
        let children = &mut directories.get_mut(place).children;
        let removed = children.remove(store.name_bytes(slot), |other| store.name_bytes(other));
        debug_assert_eq!(removed, Some(slot), "a child is in its parent's list");
        let weight = self.weight(slot, self.store.digest(slot));
        self.add_to_sums(parent, weight.negated());
    }

    /// Changes what an inode says about itself, and everything that is derived from that.
    fn change(&mut self, slot: Slot, change: impl FnOnce(&mut InodeStore)) {
        self.preserve(slot);
        let before = self.indexed(slot);
        change(&mut self.store);
        let after = self.indexed(slot);
        let record = self.store.record(slot);
        let (id, parent) = (record.id(), record.parent());
        if !before.same_sets(after) {
            self.leave_sets(id, before);
            self.join_sets(id, after);
        }
        if parent != slot {
            let weight = Below {
                digest: after.digest().wrapping_sub(before.digest()),
                ..Below::default()
            };
            self.add_to_sums(parent, weight);
        }
    }

    /// Notes that a directory's list of children changed.
    fn touch(&mut self, slot: Slot, time: Timestamp) {
        let record = self.store.record(slot);
        if record.time(MODIFICATION) < time || record.time(ACCESS) < time {
            self.change(slot, |store| {
                store.advance_time(slot, MODIFICATION, time);
                store.advance_time(slot, ACCESS, time);
            });
        }
    }

    fn complete_file(&mut self, entry: &CompleteFileEntry) -> Result<(), &'static str> {
        let slot = self.file_slot(entry.id)?;
        self.change(slot, |store| {
            store.clear_blocks(slot);
            let record = store.record_mut(slot);
            record.set(Flags::COMPLETED);
            record.set_length(entry.length);
            if let Some(persistence) = entry.persistence {
                record.set_persistence(persistence);
            }
            store.advance_time(slot, MODIFICATION, entry.operation_time);
            store.advance_time(slot, ACCESS, entry.operation_time);
            if let Some(fingerprint) = &entry.fingerprint {
                store.set_fingerprint(slot, fingerprint);
            }
            if store.extras(slot).withdrawn_from != entry.withdrawn_from {
                store.change_extras(slot, |extras| extras.withdrawn_from = entry.withdrawn_from);
            }
        });
        Ok(())
    }

    fn add_block(&mut self, entry: &NewBlockEntry) -> Result<(), &'static str> {
        let slot = self.file_slot(entry.id)?;
        if self.store.record(slot).has(Flags::COMPLETED) {
            return Err("the file is complete");
        }
        self.change(slot, |store| store.push_block(slot));
        Ok(())
    }

    fn commit_block(&mut self, entry: &BlockCommittedEntry) -> Result<(), &'static str> {
        let slot = self.file_slot(entry.id)?;
        if self.store.record(slot).has(Flags::COMPLETED) {
            return Ok(());
        }
        if self.store.written_blocks(slot).len() <= entry.block_index as usize {
            return Err("there is no such block");
        }
        self.change(slot, |store| {
            store.commit_block(slot, entry.block_index, entry.length);
        });
        Ok(())
    }

    fn rename(&mut self, entry: &RenameEntry) -> Result<(), &'static str> {
        let slot = self.slot_below_root(entry.id)?;
        let new_parent = self.directory_slot(entry.new_parent_id)?;
        if self.is_at_or_below(new_parent, slot) {
            return Err("the new place lies below the inode");
        }
        if self.find_child(new_parent, &entry.new_name).is_some() {
            return Err("the name is taken");
        }
        let old_parent = self.store.record(slot).parent();
        self.preserve(slot);
        self.unlink(slot);
        self.store.rename(slot, &entry.new_name);
        self.store.record_mut(slot).set_parent(new_parent);
        self.link(slot, self.store.digest(slot));
        self.touch(old_parent, entry.operation_time);
        self.touch(new_parent, entry.operation_time);
        Ok(())
    }

    fn delete(&mut self, entry: &DeleteEntry) -> Result<(), &'static str> {
        let slot = self.slot_below_root(entry.id)?;
        let parent = self.store.record(slot).parent();
        self.preserve(slot);
        self.unlink(slot);
        // The sets know the inode by values that do not depend on its name.
        self.store.clear_name(slot);
        self.store.record_mut(slot).detach(self.generation);
        self.garbage.push(slot);
        self.touch(parent, entry.operation_time);
        Ok(())
    }

    fn update_inode(&mut self, entry: &UpdateInodeEntry) -> Result<(), &'static str> {
        let slot = self.live_slot(entry.id).ok_or("there is no such inode")?;
        let kind = self.store.record(slot).kind();
        let for_directories = entry.default_acl.is_some()
            || entry.mount_point.is_some()
            || entry.children_loaded.is_some();
        if kind == InodeKind::File && for_directories {
            return Err("a file has no such attribute");
        }
        self.change(slot, |store| {
            update_attributes(store, slot, entry);
            update_record(store, slot, entry);
            if changes_extras(entry) {
                store.change_extras(slot, |extras| update_extras(extras, entry));
            }
            if let Some(fingerprint) = &entry.fingerprint {
                store.set_fingerprint(slot, fingerprint);
            }
        });
        Ok(())
    }

    fn directory_slot(&self, id: InodeId) -> Result<Slot, &'static str> {
        let slot = self.live_slot(id).ok_or("there is no such directory")?;
        match self.store.record(slot).kind() {
            InodeKind::Directory => Ok(slot),
            InodeKind::File => Err("a file has no children"),
        }
    }

    fn file_slot(&self, id: InodeId) -> Result<Slot, &'static str> {
        let slot = self.live_slot(id).ok_or("there is no such file")?;
        match self.store.record(slot).kind() {
            InodeKind::File => Ok(slot),
            InodeKind::Directory => Err("a directory has no blocks"),
        }
    }

    fn slot_below_root(&self, id: InodeId) -> Result<Slot, &'static str> {
        let slot = self.live_slot(id).ok_or("there is no such inode")?;
        if self.root == Some(slot) {
            return Err("the root stays where it is");
        }
        Ok(slot)
    }

    fn is_at_or_below(&self, mut slot: Slot, top: Slot) -> bool {
        loop {
            if slot == top {
                return true;
            }
            let parent = self.store.record(slot).parent();
            if parent == slot {
                return false;
            }
            slot = parent;
        }
    }
}

fn update_attributes(store: &mut InodeStore, slot: Slot, entry: &UpdateInodeEntry) {
    if entry.owner.is_none() && entry.group.is_none() && entry.mode.is_none() {
        return;
    }
    let old = store.attributes(slot).clone();
    let mode: Mode = entry.mode.unwrap_or(old.mode);
    let key = AttributesKey {
        owner: entry.owner.as_deref().unwrap_or(&old.owner),
        group: entry.group.as_deref().unwrap_or(&old.group),
        mode,
        block_size: old.block_size,
    };
    store.set_attributes(slot, &key);
}

fn update_record(store: &mut InodeStore, slot: Slot, entry: &UpdateInodeEntry) {
    let record = store.record_mut(slot);
    let times = [
        (CREATION, entry.creation_time),
        (MODIFICATION, entry.modification_time),
        (ACCESS, entry.access_time),
    ];
    for (index, time) in times {
        if let Some(time) = time {
            record.set_time(index, time);
        }
    }
    let flags = [
        (Flags::PINNED, entry.pinned),
        (Flags::MOUNT_POINT, entry.mount_point),
        (Flags::CHILDREN_LOADED, entry.children_loaded),
    ];
    for (flag, on) in flags {
        match on {
            Some(true) => record.set(flag),
            Some(false) => record.clear(flag),
            None => {}
        }
    }
    if let Some(persistence) = entry.persistence {
        record.set_persistence(persistence);
    }
}

fn changes_extras(entry: &UpdateInodeEntry) -> bool {
    entry.media.is_some()
        || entry.ttl.is_some()
        || entry.replication.is_some()
        || entry.xattr.is_some()
        || entry.acl.is_some()
        || entry.default_acl.is_some()
        || entry.persist_job_id.is_some()
        || entry.temporary_ufs_path.is_some()
        || entry.should_persist_time.is_some()
}

fn update_extras(extras: &mut Extras, entry: &UpdateInodeEntry) {
    if let Some(media) = &entry.media {
        extras.media.clone_from(media);
    }
    if let Some(ttl) = entry.ttl {
        extras.ttl = ttl.normalised();
    }
    if let Some(replication) = entry.replication {
        extras.replication = replication;
    }
    if let Some(xattr) = &entry.xattr {
        extras.xattr.clone_from(xattr);
    }
    if let Some(acl) = &entry.acl {
        extras.acl = Some(acl.clone()).filter(|acl| !acl.is_empty());
    }
    match &entry.default_acl {
        Some(DefaultAclChange::Replace(acl)) => extras.default_acl = Some(acl.clone()),
        Some(DefaultAclChange::Remove) => extras.default_acl = None,
        None => {}
    }
    if let Some(job_id) = entry.persist_job_id {
        extras.persist_job_id = Some(job_id).filter(|id| id.raw() >= 0);
    }
    if let Some(path) = &entry.temporary_ufs_path {
        extras.temporary_ufs_path.clone_from(path);
    }
    if let Some(time) = entry.should_persist_time {
        extras.should_persist_time = Some(time).filter(|time| time.millis() >= 0);
    }
}
