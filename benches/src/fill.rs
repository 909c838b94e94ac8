//! Fills a journal with the entries of many files, without asking a master for each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use alluxio_common::{
    ContainerId, InodeId, Mode, OperationId, PersistenceState, SystemClock, Timestamp,
};
use alluxio_journal::disk::RealDisk;
use alluxio_journal::{Journal, LocalJournalConf, Recovery};
use alluxio_master::file_system::Namespace;
use alluxio_master::inode::{Replication, Ttl};
use alluxio_master::journal_entry::{
    CompleteFileEntry, ContainerIdEntry, DirectoryIdEntry, InodeDirectoryEntry, InodeFileEntry,
    JournalEntry, NewBlockEntry, Transaction,
};
use anyhow::{Context, Result};

/// The folder of the namespace's journal.
const JOURNAL: &str = "journal/FileSystemMaster";

/// Files in each directory.
const PER_DIRECTORY: u64 = 1_000;

/// How many entries are queued before they are waited for.
const GROUP: u64 = 10_000;

/// Entries that each file takes in the journal: create, first block, complete.
pub(crate) const ENTRIES_PER_FILE: u64 = 3;

/// Containers that are reserved by one entry.
const RESERVED: i64 = 10_000;

/// Adds `files` files to the journal of a master that has been started once and stopped. Returns
/// the containers of their blocks.
pub(crate) fn journal(folder: &Path, files: u64) -> Result<Range<i64>> {
    let runtime = tokio::runtime::Handle::try_current();
    let clock = SystemClock::shared();
    let mut namespace = Namespace::new(0);
    let conf = LocalJournalConf::new(folder.join(JOURNAL), "bench".to_owned());
    let recovery = Recovery::begin(conf, Arc::new(RealDisk), Arc::clone(&clock))?;
    let journal = recovery.replay(&mut namespace)?.start()?;
    let tree = namespace.tree();
    let root = tree.root().context("the journal has a root")?.id();
    let first = tree.settings().next_container_id.max(1);
    let mut writer = Writer {
        journal: &journal,
        now: clock.now(),
        operations: 0,
    };
    let fill = async {
        writer.fill(root, first, files).await?;
        journal.close().await?;
        anyhow::Ok(())
    };
    // The caller may or may not be inside a runtime.
    match runtime {
        Ok(_inside) => std::thread::scope(|scope| {
            let filled = scope.spawn(|| block_on(fill)).join();
            filled.map_err(|_panic| anyhow::anyhow!("filling the journal panicked"))?
        })?,
        Err(_outside) => block_on(fill)?,
    }
    Ok(first..first + i64::try_from(files)?)
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Appends what a master would append.
struct Writer<'a> {
    journal: &'a dyn Journal,
    now: Timestamp,
    operations: i64,
}

impl Writer<'_> {
    async fn fill(&mut self, root: InodeId, first: i64, files: u64) -> Result<()> {
        // The directories that exist use container 0 and small numbers.
        let reserved = JournalEntry::DirectoryId(DirectoryIdEntry {
            container_id: 0,
            next_sequence: 1 << 20,
        });
        self.append(vec![reserved]).await?;
        let mut directory = root;
        for number in 0..files {
            if number % PER_DIRECTORY == 0 {
                let index = u32::try_from(number / PER_DIRECTORY)?;
                directory = ContainerId::from_raw(0).directory_id(1_000 + index);
                let entry = self.directory(directory, root, &format!("directory-{index:010}"));
                self.append(vec![entry]).await?;
            }
            let container = first + i64::try_from(number)?;
            let id = ContainerId::from_raw(container).file_id();
            let mut created = vec![self.file(id, directory, &format!("file-{number:015}"))];
            if (container - first) % RESERVED == 0 {
                let next = container + RESERVED;
                created.push(JournalEntry::ContainerId(ContainerIdEntry { next }));
            }
            self.append(created).await?;
            self.append(vec![JournalEntry::NewBlock(NewBlockEntry { id })])
                .await?;
            self.append(vec![JournalEntry::CompleteFile(CompleteFileEntry {
                id,
                length: 1_000_000,
                operation_time: self.now,
                fingerprint: None,
                persistence: None,
                withdrawn_from: None,
            })])
            .await?;
        }
        Ok(())
    }

    async fn append(&mut self, entries: Vec<JournalEntry>) -> Result<()> {
        self.operations += 1;
        let transaction = Transaction {
            operation_id: Some(OperationId {
                most_significant: 0x5eed,
                least_significant: self.operations,
            }),
            time: self.now,
            entries,
        };
        self.journal.admit().await?;
        let number = self.journal.append(&transaction.encode())?;
        if number.raw() % GROUP == 0 {
            self.journal.wait_durable(number).await?;
        }
        Ok(())
    }

    fn directory(&self, id: InodeId, parent_id: InodeId, name: &str) -> JournalEntry {
        JournalEntry::InodeDirectory(Box::new(InodeDirectoryEntry {
            id,
            parent_id,
            name: name.to_owned(),
            owner: "somebody".to_owned(),
            group: "somebody".to_owned(),
            mode: Mode::from_bits(0o755),
            creation_time: self.now,
            modification_time: self.now,
            access_time: self.now,
            persistence: PersistenceState::NotPersisted,
            pinned: false,
            media: BTreeSet::new(),
            ttl: Ttl::NONE,
            mount_point: false,
            children_loaded: true,
            xattr: BTreeMap::new(),
            acl: None,
            default_acl: None,
            fingerprint: String::new(),
            parent_time: None,
        }))
    }

    fn file(&self, id: InodeId, parent_id: InodeId, name: &str) -> JournalEntry {
        JournalEntry::InodeFile(Box::new(InodeFileEntry {
            id,
            parent_id,
            name: name.to_owned(),
            owner: "somebody".to_owned(),
            group: "somebody".to_owned(),
            mode: Mode::from_bits(0o644),
            block_size: 64 << 20,
            creation_time: self.now,
            modification_time: self.now,
            access_time: self.now,
            length: None,
            persistence: PersistenceState::NotPersisted,
            cacheable: true,
            pinned: false,
            media: BTreeSet::new(),
            ttl: Ttl::NONE,
            replication: Replication::UNLIMITED,
            xattr: BTreeMap::new(),
            acl: None,
            fingerprint: String::new(),
            parent_time: Some(self.now),
        }))
    }
}
