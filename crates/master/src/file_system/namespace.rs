//! [`Namespace`]: the state behind the journal, and [`Draft`]: a change of it that is being decided.

use alluxio_common::{BoxedError, InodeId, SequenceNumber, Timestamp};

use super::ids::Ids;
use super::retry_cache::RetryCache;
use crate::error::FileSystemError;
use crate::inode::InodeTree;
use crate::journal_entry::{JournalEntry, Transaction};
use crate::mount::MountTable;

/// The state that the journal rebuilds: the tree, and which requests have been done.
#[derive(Debug)]
pub struct Namespace {
    pub(super) tree: InodeTree,
    pub(super) retries: RetryCache,
    /// Of no meaning before a primary sets them behind everything that was replayed.
    pub(super) ids: Ids,
}

impl Namespace {
    /// An empty one, for the journal to fill.
    pub fn new(retry_cache_capacity: usize) -> Self {
        let tree = InodeTree::new();
        let ids = Ids::after(tree.settings());
        Self {
            tree,
            retries: RetryCache::new(retry_cache_capacity),
            ids,
        }
    }

    /// All inodes and settings.
    pub fn tree(&self) -> &InodeTree {
        &self.tree
    }

    /// Makes a journalled transaction true.
    pub(super) fn apply_transaction(
        &mut self,
        sequence_number: SequenceNumber,
        transaction: &Transaction,
    ) {
        for entry in &transaction.entries {
            self.tree.apply(entry);
        }
        if let Some(id) = transaction.operation_id {
            self.retries.record(id, sequence_number);
        }
    }

    /// Replays one frame of the journal.
    ///
    /// # Errors
    /// When the bytes are no transaction.
    pub fn replay(
        &mut self,
        sequence_number: SequenceNumber,
        payload: &[u8],
    ) -> Result<(), BoxedError> {
        let transaction = Transaction::decode(payload).map_err(|source| {
            BoxedError::new(FileSystemError::Undecodable {
                sequence_number,
                source,
            })
        })?;
        self.apply_transaction(sequence_number, &transaction);
        Ok(())
    }
}

/// A change that is being decided: the state as it is, and the entries that will change it.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    /// The inodes as they are; the draft's own entries are not in it.
    pub(super) tree: &'a InodeTree,
    /// The mounts as they are.
    pub(super) mounts: &'a MountTable,
    /// The time of the operation.
    pub(super) now: Timestamp,
    pub(super) ids: &'a mut Ids,
    pub(super) entries: Vec<JournalEntry>,
}

impl Draft<'_> {
    /// Adds a change.
    pub(super) fn push(&mut self, entry: JournalEntry) {
        self.entries.push(entry);
    }

    /// The id of a new file.
    pub(super) fn next_file_id(&mut self) -> InodeId {
        self.ids.next_file(&mut self.entries)
    }

    /// The id of a new directory.
    pub(super) fn next_directory_id(&mut self) -> InodeId {
        self.ids.next_directory(&mut self.entries)
    }
}
