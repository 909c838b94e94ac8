//! [`Ids`]: where new inodes get their ids.

use alluxio_common::{ContainerId, InodeId};

use crate::inode::{DirectoryIdReservation, Settings};
use crate::journal_entry::{ContainerIdEntry, DirectoryIdEntry, JournalEntry};

/// How many containers are reserved with one journal entry. A restart skips what is left of them, and
/// [`CONTAINERS_SHOWN`]; 40 bits of containers last for a million restarts.
const CONTAINERS_AT_ONCE: i64 = 100_000;

/// How many containers may have been shown before their reservations were durable: more than there are
/// files in as many entries as the journal's queue holds, 64 MB.
const CONTAINERS_SHOWN: i64 = 10 * CONTAINERS_AT_ONCE;

/// How many ids of directories are reserved with one journal entry.
const DIRECTORIES_AT_ONCE: u32 = 10_000;

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
        let next_container = match settings.next_container_id {
            // Container 0 belongs to the first directories, the root among them.
            ..=0 => 1,
            // A reservation counts from its entry on, and a crash may take that back although a reader,
            // and so a worker, has met the ids. Blocks of two files must never have the same ones.
            reserved => reserved + CONTAINERS_SHOWN,
        };
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
        self.reserve_directories(entries);
        let container = ContainerId::from_raw(self.directory.container_id);
        let id = container.directory_id(self.directory.next_sequence);
        self.directory.next_sequence += 1;
        id
    }

    /// Makes sure that the next file and the next directory need no reservation.
    pub(super) fn reserve(&mut self, entries: &mut Vec<JournalEntry>) {
        self.reserve_containers(entries);
        self.reserve_directories(entries);
    }

    fn reserve_directories(&mut self, entries: &mut Vec<JournalEntry>) {
        let DirectoryIdReservation {
            container_id,
            next_sequence,
        } = self.directory;
        if next_sequence < self.directory_limit {
            return;
        }
        let limit = next_sequence.saturating_add(DIRECTORIES_AT_ONCE);
        self.directory_limit = limit.min(DIRECTORIES_PER_CONTAINER);
        entries.push(JournalEntry::DirectoryId(DirectoryIdEntry {
            container_id,
            next_sequence: self.directory_limit,
        }));
    }

    fn reserve_containers(&mut self, entries: &mut Vec<JournalEntry>) {
        if self.next_container >= self.container_limit {
            self.container_limit = self.next_container + CONTAINERS_AT_ONCE;
            let next = self.container_limit;
            entries.push(JournalEntry::ContainerId(ContainerIdEntry { next }));
        }
    }

    fn next_container(&mut self, entries: &mut Vec<JournalEntry>) -> ContainerId {
        self.reserve_containers(entries);
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

    #[test]
    fn an_id_that_was_shown_before_its_reservation_was_durable_is_not_given_again() {
        let mut tree = InodeTree::new();
        let mut ids = Ids::after(tree.settings());
        let mut durable = Vec::new();
        ids.reserve(&mut durable);
        for entry in &durable {
            tree.apply(entry);
        }
        let mut lost = Vec::new();
        let mut shown = ids.next_file(&mut lost);
        while lost.len() < 5 {
            shown = ids.next_file(&mut lost);
        }
        let mut ids = Ids::after(tree.settings());
        assert!(ids.next_file(&mut Vec::new()).raw() > shown.raw());
    }
}
