//! Whether entries can be applied: the questions that applying asks, put before anything is written.
//!
//! An entry that contradicts the tree must never reach the journal: every restart would stop at it.

use std::collections::{HashMap, HashSet};

use alluxio_common::InodeId;

use super::{InodeKind, InodeTree};
use crate::journal_entry::{JournalEntry, RenameEntry, UpdateInodeEntry};

/// The tree as it will be behind the entries that were looked at: what they change lies over it.
#[derive(Debug)]
struct Outlook<'a> {
    tree: &'a InodeTree,
    created: HashMap<InodeId, InodeKind>,
    /// Parents and names of what the entries create or move.
    places: HashMap<InodeId, (InodeId, &'a str)>,
    /// Whether a name is taken, where the entries changed that.
    names: HashMap<(InodeId, &'a str), bool>,
    deleted: HashSet<InodeId>,
    completed: HashSet<InodeId>,
    added_blocks: HashMap<InodeId, u32>,
    /// Whether a mount is there, where the entries changed that.
    mounts: HashMap<&'a str, bool>,
}

impl InodeTree {
    /// Whether [`InodeTree::apply`] will take these entries, one after the other.
    ///
    /// # Errors
    /// What the first entry that it would not take contradicts, with that entry.
    pub fn check<'e>(
        &self,
        entries: &'e [JournalEntry],
    ) -> Result<(), (&'e JournalEntry, &'static str)> {
        let mut outlook = Outlook {
            tree: self,
            created: HashMap::new(),
            places: HashMap::new(),
            names: HashMap::new(),
            deleted: HashSet::new(),
            completed: HashSet::new(),
            added_blocks: HashMap::new(),
            mounts: HashMap::new(),
        };
        for (index, entry) in entries.iter().enumerate() {
            outlook.check(entry).map_err(|reason| (entry, reason))?;
            // Nobody asks what comes behind the last one; most changes have one entry.
            if index + 1 < entries.len() {
                outlook.note(entry);
            }
        }
        Ok(())
    }
}

impl<'a> Outlook<'a> {
    fn check(&self, entry: &'a JournalEntry) -> Result<(), &'static str> {
        match entry {
            JournalEntry::InodeFile(file) => self.check_new(file.id, file.parent_id, &file.name),
            JournalEntry::InodeDirectory(new) => self.check_new(new.id, new.parent_id, &new.name),
            JournalEntry::CompleteFile(complete) => self.check_file(complete.id),
            JournalEntry::NewBlock(new) => {
                self.check_file(new.id)?;
                refuse_if(self.is_completed(new.id), "the file is complete")
            }
            JournalEntry::BlockCommitted(commit) => {
                self.check_file(commit.id)?;
                let is_there = self.is_completed(commit.id)
                    || commit.block_index < self.written_blocks(commit.id);
                refuse_if(!is_there, "there is no such block")
            }
            JournalEntry::Rename(rename) => self.check_rename(rename),
            JournalEntry::Delete(delete) => self.check_below_root(delete.id),
            JournalEntry::UpdateInode(update) => self.check_update(update),
            JournalEntry::UpdateMountPoint(update) => self.check_mount(&update.path),
            JournalEntry::DeleteMountPoint(delete) => self.check_mount(&delete.path),
            JournalEntry::AddMountPoint(_)
            | JournalEntry::ContainerId(_)
            | JournalEntry::DirectoryId(_)
            | JournalEntry::PathProperties(_)
            | JournalEntry::RemovePathProperties(_)
            | JournalEntry::UfsMode(_)
            | JournalEntry::ClusterInfo(_)
            | JournalEntry::RootStore(_)
            | JournalEntry::StoreDelete(_)
            | JournalEntry::StoreRename(_)
            | JournalEntry::StoreUnknown(_) => Ok(()),
            JournalEntry::StoreDeleteDone(done) => {
                let pending = &self.tree.settings().store_deletes;
                refuse_if(
                    !pending.contains_key(&done.path),
                    "no such deletion is pending",
                )
            }
            JournalEntry::StoreRenameDone(done) => {
                let pending = &self.tree.settings().store_renames;
                refuse_if(
                    !pending.contains_key(&done.source),
                    "no such move is pending",
                )
            }
            JournalEntry::StoreCompared(compared) => {
                let pending = &self.tree.settings().store_unknown;
                refuse_if(!pending.contains(&compared.id), "no comparison is pending")
            }
        }
    }

    fn note(&mut self, entry: &'a JournalEntry) {
        match entry {
            JournalEntry::InodeFile(file) => {
                self.note_new(file.id, InodeKind::File, (file.parent_id, &file.name));
                if file.length.is_some() {
                    self.completed.insert(file.id);
                }
            }
            JournalEntry::InodeDirectory(new) => {
                self.note_new(new.id, InodeKind::Directory, (new.parent_id, &new.name));
            }
            JournalEntry::CompleteFile(complete) => {
                self.completed.insert(complete.id);
            }
            JournalEntry::NewBlock(new) => *self.added_blocks.entry(new.id).or_default() += 1,
            JournalEntry::Rename(rename) => {
                self.release_name(rename.id);
                self.take_name(rename.id, (rename.new_parent_id, &rename.new_name));
            }
            JournalEntry::Delete(delete) => {
                self.release_name(delete.id);
                self.deleted.insert(delete.id);
            }
            JournalEntry::AddMountPoint(add) => {
                self.mounts.insert(&add.path, true);
            }
            JournalEntry::DeleteMountPoint(delete) => {
                self.mounts.insert(&delete.path, false);
            }
            JournalEntry::BlockCommitted(_)
            | JournalEntry::UpdateInode(_)
            | JournalEntry::UpdateMountPoint(_)
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
            | JournalEntry::StoreCompared(_) => {}
        }
    }

    fn note_new(&mut self, id: InodeId, kind: InodeKind, place: (InodeId, &'a str)) {
        self.created.insert(id, kind);
        self.take_name(id, place);
    }

    fn take_name(&mut self, id: InodeId, place: (InodeId, &'a str)) {
        self.places.insert(id, place);
        self.names.insert(place, true);
    }

    fn release_name(&mut self, id: InodeId) {
        if let Some(place) = self.place(id) {
            self.names.insert(place, false);
        }
    }

    fn check_new(&self, id: InodeId, parent: InodeId, name: &str) -> Result<(), &'static str> {
        let is_root = id == parent;
        if !is_root {
            self.check_directory(parent)?;
        }
        let taken = self.tree.any_slot(id).is_some() || self.created.contains_key(&id);
        let has_root = self.tree.root().is_some();
        refuse_if(taken || (is_root && has_root), "the id is taken")?;
        refuse_if(!is_root && self.is_taken(parent, name), "the name is taken")
    }

    fn check_rename(&self, rename: &RenameEntry) -> Result<(), &'static str> {
        self.check_below_root(rename.id)?;
        self.check_directory(rename.new_parent_id)?;
        let mut above = Some(rename.new_parent_id);
        while let Some(id) = above {
            refuse_if(id == rename.id, "the new place lies below the inode")?;
            above = self.parent(id);
        }
        let is_taken = self.is_taken(rename.new_parent_id, &rename.new_name);
        refuse_if(is_taken, "the name is taken")
    }

    fn check_update(&self, update: &UpdateInodeEntry) -> Result<(), &'static str> {
        let kind = self.kind(update.id).ok_or("there is no such inode")?;
        let for_directories = update.default_acl.is_some()
            || update.mount_point.is_some()
            || update.children_loaded.is_some();
        let is_file = kind == InodeKind::File;
        refuse_if(is_file && for_directories, "a file has no such attribute")
    }

    fn check_below_root(&self, id: InodeId) -> Result<(), &'static str> {
        self.kind(id).ok_or("there is no such inode")?;
        refuse_if(self.parent(id).is_none(), "the root stays where it is")
    }

    fn check_directory(&self, id: InodeId) -> Result<(), &'static str> {
        match self.kind(id).ok_or("there is no such directory")? {
            InodeKind::Directory => Ok(()),
            InodeKind::File => Err("a file has no children"),
        }
    }

    fn check_file(&self, id: InodeId) -> Result<(), &'static str> {
        match self.kind(id).ok_or("there is no such file")? {
            InodeKind::File => Ok(()),
            InodeKind::Directory => Err("a directory has no blocks"),
        }
    }

    fn check_mount(&self, path: &str) -> Result<(), &'static str> {
        let is_there = self.mounts.get(path).copied();
        let is_there = is_there.unwrap_or_else(|| self.tree.settings().mounts.contains_key(path));
        refuse_if(!is_there, "there is no such mount")
    }

    /// `None` for what is not there.
    fn kind(&self, id: InodeId) -> Option<InodeKind> {
        if self.is_deleted(id) {
            return None;
        }
        let created = self.created.get(&id).copied();
        created.or_else(|| self.tree.inode(id).map(|inode| inode.kind()))
    }

    /// Whether the entries delete it, or a directory above it.
    fn is_deleted(&self, id: InodeId) -> bool {
        if self.deleted.is_empty() {
            return false;
        }
        let mut next = Some(id);
        while let Some(id) = next {
            if self.deleted.contains(&id) {
                return true;
            }
            next = self.parent(id);
        }
        false
    }

    /// `None` for the root, too.
    fn parent(&self, id: InodeId) -> Option<InodeId> {
        self.place(id).map(|(parent, _name)| parent)
    }

    fn place(&self, id: InodeId) -> Option<(InodeId, &'a str)> {
        let place = self.places.get(&id).copied();
        let place = place.or_else(|| {
            let inode = self.tree.inode(id)?;
            Some((inode.parent_id(), inode.name()))
        });
        place.filter(|(parent, _name)| *parent != id)
    }

    fn is_taken(&self, parent: InodeId, name: &str) -> bool {
        let changed = self.names.get(&(parent, name)).copied();
        changed.unwrap_or_else(|| self.tree.child(parent, name).is_some())
    }

    fn is_completed(&self, id: InodeId) -> bool {
        let inode = self.tree.inode(id);
        self.completed.contains(&id) || inode.is_some_and(|inode| inode.is_completed())
    }

    fn written_blocks(&self, id: InodeId) -> u32 {
        let added = self.added_blocks.get(&id).copied().unwrap_or(0);
        let inode = self.tree.inode(id);
        inode.map_or(0, |inode| inode.block_count()) + added
    }
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "as of an assertion, the argument is the question"
)]
fn refuse_if(holds: bool, reason: &'static str) -> Result<(), &'static str> {
    if holds { Err(reason) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use alluxio_common::{ContainerId, Timestamp};

    use super::super::tests::{directory, file};
    use super::*;
    use crate::journal_entry::{DeleteEntry, DeleteMountPointEntry};

    const ROOT: InodeId = InodeId::from_raw(0);
    const TIME: Timestamp = Timestamp::from_millis(1);

    fn file_id(container: i64) -> InodeId {
        ContainerId::from_raw(container).file_id()
    }

    fn delete(id: InodeId) -> JournalEntry {
        let operation_time = TIME;
        JournalEntry::Delete(DeleteEntry { id, operation_time })
    }

    fn rename(id: InodeId, new_parent_id: InodeId, new_name: &str) -> JournalEntry {
        JournalEntry::Rename(RenameEntry {
            id,
            new_parent_id,
            new_name: new_name.to_owned(),
            operation_time: TIME,
        })
    }

    /// `/d/f` and `/e`, of which `/d` has the id 1.
    fn tree() -> InodeTree {
        let mut tree = InodeTree::new();
        tree.apply(&directory(ROOT, ROOT, ""));
        tree.apply(&directory(InodeId::from_raw(1), ROOT, "d"));
        tree.apply(&file(file_id(1), InodeId::from_raw(1), "f"));
        tree.apply(&directory(InodeId::from_raw(2), ROOT, "e"));
        tree
    }

    #[track_caller]
    fn assert_refused(entries: &[JournalEntry], expected: &str) {
        let refused = tree().check(entries);
        let (entry, reason) = refused.expect_err("the entries contradict the tree");
        assert_eq!(reason, expected);
        assert_eq!(Some(entry), entries.last());
    }

    #[test]
    fn an_entry_that_contradicts_one_before_it_is_refused() {
        let (d, e) = (InodeId::from_raw(1), InodeId::from_raw(2));
        let new = |id, parent, name| file(file_id(id), parent, name);
        assert_refused(&[new(5, ROOT, "x"), new(6, ROOT, "x")], "the name is taken");
        assert_refused(&[new(5, ROOT, "x"), new(5, ROOT, "y")], "the id is taken");
        assert_refused(&[delete(d), delete(d)], "there is no such inode");
        assert_refused(&[delete(d), delete(file_id(1))], "there is no such inode");
        assert_refused(&[delete(d), new(5, d, "x")], "there is no such directory");
        assert_refused(
            &[new(5, ROOT, "x"), new(6, file_id(5), "y")],
            "a file has no children",
        );
        let below = "the new place lies below the inode";
        assert_refused(&[rename(e, d, "e"), rename(d, e, "d")], below);
        let path = "/m".to_owned();
        let unmount = JournalEntry::DeleteMountPoint(DeleteMountPointEntry { path });
        assert_refused(&[unmount], "there is no such mount");
    }

    #[test]
    fn an_entry_may_build_on_those_before_it() {
        let (d, e) = (InodeId::from_raw(1), InodeId::from_raw(2));
        let new = InodeId::from_raw(7);
        let entries = [
            delete(file_id(1)),
            file(file_id(5), d, "f"),
            directory(new, e, "new"),
            rename(d, new, "moved"),
            file(file_id(6), ROOT, "d"),
        ];
        let mut tree = tree();
        tree.check(&entries).unwrap();
        for entry in &entries {
            tree.apply(entry);
        }
    }
}
