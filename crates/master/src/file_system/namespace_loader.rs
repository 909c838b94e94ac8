//! [`NamespaceLoader`]: a namespace from the sections of a checkpoint that stand elsewhere.

use alluxio_common::Timestamp;
use alluxio_journal::Journal;

use super::Namespace;
use super::checkpoint::RETRIES;
use crate::error::FileSystemError;
use crate::inode::{SECTIONS, TreeLoader};
use crate::journal_entry::{ContainerIdEntry, JournalEntry, Transaction};

/// How many containers are left out behind those of the sections. Workers may hold blocks of files
/// that were made after the sections were written, and no later file may get their ids.
const LEFT_OUT: i64 = 1 << 24;

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

impl Default for NamespaceLoader {
    fn default() -> Self {
        Self::new()
    }
}
