//! [`Ids`]: where new inodes get their ids.

use alluxio_common::{ContainerId, InodeId};

use crate::inode::{DirectoryIdReservation, Settings};
use crate::journal_entry::{ContainerIdEntry, DirectoryIdEntry, JournalEntry};

/// How many ids are reserved with one journal entry. A restart skips what is left of them; 40 bits
/// of containers last for a hundred million restarts.
const RESERVED_AT_ONCE: u32 = 10_000;

/// Directories share containers; their sequences end below the one that marks a file.
const DIRECTORIES_PER_CONTAINER: u32 = (1 << 24) - 2;

/// The ids that are reserved in the journal and not yet used.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    next_container: i64,
    container_limit: i64,
    directory: DirectoryIdReservation,
    directory_limit: u32,
}

impl Ids {
    /// Starts behind everything that may be in use.
    pub(super) fn after(settings: &Settings) -> Self {
        // Container 0 belongs to the first directories, the root among them.
        let next_container = settings.next_container_id.max(1);
        let directory = settings.directory_ids.unwrap_or_default();
        Self {
            next_container,
            container_limit: next_container,
            directory,
            directory_limit: directory.next_sequence,
        }
    }

    /// What is used from now on does not lie before it.
    pub(super) const fn first_container(&self) -> i64 {
        self.next_container
    }

    /// The id of a new file. A reservation that it needs is added to `entries`.
    pub(super) fn next_file(&mut self, entries: &mut Vec<JournalEntry>) -> InodeId {
        self.next_container(entries).file_id()
    }

    /// The id of a new directory. A reservation that it needs is added to `entries`.
    pub(super) fn next_directory(&mut self, entries: &mut Vec<JournalEntry>) -> InodeId {
        if self.directory.next_sequence >= DIRECTORIES_PER_CONTAINER {
            self.directory = DirectoryIdReservation {
                container_id: self.next_container(entries).raw(),
                next_sequence: 0,
            };
            self.directory_limit = 0;
        }
        if self.directory.next_sequence >= self.directory_limit {
            let limit = self
                .directory
                .next_sequence
                .saturating_add(RESERVED_AT_ONCE);
            self.directory_limit = limit.min(DIRECTORIES_PER_CONTAINER);
            entries.push(JournalEntry::DirectoryId(DirectoryIdEntry {
                container_id: self.directory.container_id,
                next_sequence: self.directory_limit,
            }));
        }
        let container = ContainerId::from_raw(self.directory.container_id);
        let id = container.directory_id(self.directory.next_sequence);
        self.directory.next_sequence += 1;
        id
    }

    fn next_container(&mut self, entries: &mut Vec<JournalEntry>) -> ContainerId {
        if self.next_container >= self.container_limit {
            self.container_limit = self.next_container + i64::from(RESERVED_AT_ONCE);
            let next = self.container_limit;
            entries.push(JournalEntry::ContainerId(ContainerIdEntry { next }));
        }
        let container = ContainerId::from_raw(self.next_container);
        self.next_container += 1;
        container
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inode::InodeTree;

    #[test]
    fn the_first_directory_is_zero_and_files_begin_at_container_one() {
        let mut ids = Ids::after(&Settings::default());
        let mut entries = Vec::new();
        assert_eq!(ids.next_directory(&mut entries).raw(), 0);
        assert_eq!(ids.next_directory(&mut entries).raw(), 1);
        assert_eq!(ids.next_file(&mut entries).raw(), 33_554_431);
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn a_restart_never_gives_an_id_twice() {
        let mut tree = InodeTree::new();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..3 {
            let mut ids = Ids::after(tree.settings());
            let mut entries = Vec::new();
            for _ in 0..3 {
                assert!(seen.insert(ids.next_directory(&mut entries)));
                assert!(seen.insert(ids.next_file(&mut entries)));
            }
            for entry in &entries {
                tree.apply(entry);
            }
        }
    }
}
