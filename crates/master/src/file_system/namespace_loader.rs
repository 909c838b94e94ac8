//! [`NamespaceLoader`]: a namespace from the sections of a checkpoint that stand elsewhere.

use alluxio_common::Timestamp;
use alluxio_journal::Journal;

use super::Namespace;
use super::checkpoint::RETRIES;
use super::delete::{Children, note_children};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree, SECTIONS, SubtreeWalk, TreeLoader};
use crate::journal_entry::{
    ContainerIdEntry, JournalEntry, StoreDeleteDoneEntry, StoreRenameDoneEntry, Transaction,
};

/// How many containers are left out behind those of the sections. Workers may hold blocks of files
/// that were made after the sections were written, and no later file may get their ids.
const LEFT_OUT: i64 = 1 << 32;

/// How many inodes are looked at in one go.
const LOOKED_AT_ONCE: usize = 10_000;

/// Collects sections.
#[derive(Debug)]
pub struct NamespaceLoader {
    tree: TreeLoader,
    retries: Vec<Vec<u8>>,
}

impl NamespaceLoader {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            tree: TreeLoader::new(),
            retries: Vec::new(),
        }
    }

    /// Adds the next chunk of a section. What belongs to no section of this release is left out.
    ///
    /// # Errors
    /// When the chunk is not what stands in such a section.
    pub fn add_chunk(&mut self, section: &str, chunk: &[u8]) -> Result<(), FileSystemError> {
        if section == RETRIES {
            self.retries.push(chunk.to_owned());
        } else if SECTIONS.contains(&section) {
            self.tree.add_chunk(section, chunk)?;
        }
        Ok(())
    }

    /// Makes the namespace of an empty journal what the sections say.
    ///
    /// # Errors
    /// When the sections do not make a whole tree, or the journal refuses.
    pub fn finish(
        self,
        namespace: &mut Namespace,
        journal: &dyn Journal,
        now: Timestamp,
    ) -> Result<(), FileSystemError> {
        namespace.tree = self.tree.finish()?;
        for chunk in &self.retries {
            namespace.load_retries(chunk);
        }
        forget_store(&mut namespace.tree);
        let next = namespace.tree.settings().next_container_id + LEFT_OUT;
        let transaction = Transaction {
            operation_id: None,
            time: now,
            entries: vec![JournalEntry::ContainerId(ContainerIdEntry { next })],
        };
        let sequence_number = journal.append(&transaction.encode())?;
        namespace.apply_transaction(sequence_number, &transaction);
        Ok(())
    }
}

/// Time has passed since the sections were written. What was on its way to stores then has arrived,
/// or others have made the place theirs since: it is not carried out again. And what directories
/// hold has to be looked up again, so that files are found that came to the stores meanwhile.
///
/// The entries are not in the journal: the checkpoint that follows holds what they make.
fn forget_store(tree: &mut InodeTree) {
    let settings = tree.settings();
    let deletes = settings.store_deletes.keys().cloned();
    let deletes = deletes.map(|path| JournalEntry::StoreDeleteDone(StoreDeleteDoneEntry { path }));
    let renames = settings.store_renames.keys().cloned();
    let renames =
        renames.map(|source| JournalEntry::StoreRenameDone(StoreRenameDoneEntry { source }));
    let mut entries: Vec<JournalEntry> = deletes.chain(renames).collect();
    if let Some(root) = tree.root() {
        let mut note = |inode: InodeRef<'_>| {
            if inode.is_directory() && inode.children_loaded() {
                entries.push(note_children(inode.id(), Children::Unknown));
            }
        };
        note(root);
        let mut walk = SubtreeWalk::below(root.id());
        while !walk.is_finished() {
            walk.next_batch(tree, LOOKED_AT_ONCE, &mut note);
        }
    }
    for entry in &entries {
        tree.apply(entry);
    }
}

impl Default for NamespaceLoader {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alluxio_common::{Clock, ManualClock};
    use alluxio_journal::{CheckpointSink, CheckpointSource, JournalError, NoopJournal};

    use super::super::testing::{Fixture, path};
    use super::super::{Scope, SetAttributeOptions};
    use super::*;
    use crate::journal_entry::StoreRenameEntry;

    struct Loading {
        loader: NamespaceLoader,
        section: String,
    }

    impl CheckpointSink for Loading {
        fn begin_section(&mut self, name: &str) -> Result<(), JournalError> {
            name.clone_into(&mut self.section);
            Ok(())
        }

        fn write_chunk(&mut self, chunk: &[u8]) -> Result<(), JournalError> {
            self.loader.add_chunk(&self.section, chunk).unwrap();
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_loaded_later_trusts_no_store() {
        let fixture = Fixture::new().await;
        let master = &fixture.master;
        fixture.write_through("/d/f", b"x").await;
        let looked_up = SetAttributeOptions {
            children_loaded: Some(true),
            ..SetAttributeOptions::default()
        };
        fixture.set("/d", looked_up).await;
        let is_known = |tree: &InodeTree| tree.find(&path("/d")).unwrap().children_loaded();
        assert!(master.read(is_known));
        let pending = StoreRenameEntry {
            source: "/d".to_owned(),
            target: "/e".to_owned(),
            ..StoreRenameEntry::default()
        };
        let request = fixture.root();
        let noted = master.change(&request, Scope::Paths(&[]), |draft| {
            draft.push(JournalEntry::StoreRename(Box::new(pending.clone())));
            Ok(())
        });
        noted.await.unwrap();
        let mut sink = Loading {
            loader: NamespaceLoader::new(),
            section: String::new(),
        };
        let mut checkpoint = master.begin_checkpoint().unwrap();
        checkpoint.write_sections(&mut sink).unwrap();

        let clock: Arc<dyn Clock> = ManualClock::starting_at(Timestamp::from_millis(0));
        let journal = NoopJournal::new(Arc::clone(&clock));
        let mut namespace = Namespace::new(10);
        sink.loader
            .finish(&mut namespace, &journal, clock.now())
            .unwrap();
        let settings = namespace.tree.settings();
        assert!(settings.store_renames.is_empty());
        let before = master.read(|tree| tree.settings().next_container_id);
        assert_eq!(settings.next_container_id, before + LEFT_OUT);
        assert!(!is_known(&namespace.tree));
        assert!(namespace.tree.find(&path("/d/f")).is_some());
    }
}
