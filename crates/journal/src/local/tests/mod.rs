//! Tests of the journal in a folder: the contract, crashes, failing disks, damage, owners.

mod checkpoints;
mod crash;
mod damage;
mod failing_disk;
mod inspecting;
mod owners;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{ByteSize, SequenceNumber, SystemClock, Timestamp};
use async_trait::async_trait;

use super::{FormatRequest, LocalJournal, LocalJournalConf, Recovery, ReplayReport, format};
use crate::contract::{Memory, Opened, Place, Recorder, check_all};
use crate::disk::{Disk, RealDisk, SimulatedDisk};
use crate::error::JournalError;
use crate::file_header::FormatId;
use crate::journal::{Health, Journal};
use crate::segment::name::FileName;

const FORMAT_ID: FormatId = FormatId::from_bytes([0x5a; 16]);

fn folder() -> &'static Path {
    Path::new("/journal")
}

fn request() -> FormatRequest {
    FormatRequest {
        format_id: FORMAT_ID,
        formatted_at: Timestamp::from_millis(1_700_000_000_000),
        owner: "the test that formats".to_owned(),
    }
}

/// Small segments, so that there are several; no pauses.
fn conf(folder: &Path) -> LocalJournalConf {
    LocalJournalConf {
        segment_size: ByteSize::from_bytes(512),
        retry_interval: Duration::from_millis(1),
        patience: Duration::ZERO,
        collect_after: Duration::ZERO,
        ..LocalJournalConf::new(folder.to_owned(), "the test that opened it".to_owned())
    }
}

fn formatted_disk() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    format(&disk, folder(), &request()).expect("the disk works");
    disk
}

struct OpenJournal {
    journal: LocalJournal,
    replayed: Recorder,
    report: ReplayReport,
}

fn open(disk: &SimulatedDisk) -> Result<OpenJournal, JournalError> {
    open_with(conf(folder()), disk.clone())
}

fn open_with(conf: LocalJournalConf, disk: impl Disk) -> Result<OpenJournal, JournalError> {
    let recovery = Recovery::begin(conf, Arc::new(disk), SystemClock::shared())?;
    let mut replayed = Recorder::default();
    let recovered = recovery.replay(&mut replayed)?;
    let report = recovered.report().clone();
    let journal = recovered.start()?;
    Ok(OpenJournal {
        journal,
        replayed,
        report,
    })
}

/// Waits until the entry is durable (`true`), or the disk has refused (`false`).
fn is_kept(journal: &LocalJournal, sequence_number: SequenceNumber) -> bool {
    loop {
        if journal.progress().durable_end() > sequence_number {
            return true;
        }
        if journal.progress().health() != Health::Writable {
            return false;
        }
        // Somebody has to ring, as a wait would.
        journal.progress().bell().ring();
        std::thread::yield_now();
    }
}

/// Appends and waits, however long the disk refuses.
async fn keep(journal: &LocalJournal, payload: &[u8]) {
    let sequence_number = journal.append(payload).expect("the entry is short");
    wait_for_disk(journal, sequence_number).await;
}

/// Waits until the entry is durable, however long the disk refuses.
async fn wait_for_disk(journal: &LocalJournal, sequence_number: SequenceNumber) {
    loop {
        match journal.wait_durable(sequence_number).await {
            Ok(()) => return,
            Err(JournalError::NotDurable { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The files of a sub-folder, by the numbers in their names.
fn files_in(disk: &SimulatedDisk, name: &str) -> Vec<PathBuf> {
    let mut paths = disk.paths();
    paths.retain(|path| path.parent() == Some(&folder().join(name)));
    paths.sort_by_key(|path| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| FileName::parse(&name))
            .map(|name| (name.start, name.end()))
    });
    paths
}

struct RealPlace {
    folder: tempfile::TempDir,
}

#[async_trait]
impl Place for RealPlace {
    async fn open(&self) -> Opened {
        let opened = open_with(conf(self.folder.path()), RealDisk).expect("the disk works");
        Opened {
            journal: Arc::new(opened.journal),
            replayed: opened.replayed,
        }
    }

    fn memory(&self) -> Memory {
        Memory::Everything
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_on_a_real_disk_keeps_the_contract() {
    check_all(|| {
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        format(&RealDisk, folder.path(), &request()).expect("the disk works");
        RealPlace { folder }
    })
    .await;
}

struct SimulatedPlace(SimulatedDisk);

#[async_trait]
impl Place for SimulatedPlace {
    async fn open(&self) -> Opened {
        let opened = open(&self.0).expect("the disk works");
        Opened {
            journal: Arc::new(opened.journal),
            replayed: opened.replayed,
        }
    }

    fn memory(&self) -> Memory {
        Memory::Everything
    }
}

#[tokio::test]
async fn a_journal_on_a_simulated_disk_keeps_the_contract() {
    check_all(|| SimulatedPlace(formatted_disk())).await;
}
