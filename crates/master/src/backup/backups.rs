//! [`Backups`]: `backup`: the namespace as it is now goes into a file of a store.

use std::sync::Arc;

use alluxio_common::{Clock, Describe, ErrorCode, Mode, SequenceNumber, Tasks, UfsPath, date};
use alluxio_journal::{CheckpointSink, CheckpointSource, Journal, JournalError};
use alluxio_ufs::{CreateOptions, Durability, Parents, UfsWriter, UnderFileSystem};
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use super::archive::Packer;
use super::error::BackupError;
use super::record::{MAGIC, Record, RecordRef};
use crate::file_system::{FileSystemMaster, NamespaceCheckpoint};
use crate::permission::check_superuser;

/// Pieces that wait for the store; each is about a MiB.
const PIECES_WAITING: usize = 4;

/// A piece goes to the store when it has so many bytes.
const PIECE: usize = 1 << 20;

/// A backup holds everything that the master knows, keys of mounts included.
const FILE_MODE: Mode = Mode::from_bits(0o600);
const DIRECTORY_MODE: Mode = Mode::from_bits(0o700);

/// What backups take from the configuration.
#[derive(Debug, Clone)]
pub struct BackupConf {
    /// `alluxio.master.backup.directory`
    pub directory: String,
    /// The name that clients use for this master.
    pub hostname: String,
}

/// Where a backup goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the store that is mounted at the root.
    RootStore,
    /// Onto a disk of the master.
    ThisMachine,
}

/// How a backup is going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is being written.
    Running,
    /// It is whole.
    Completed,
    /// There is none, for this reason.
    Failed(String, ErrorCode),
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupStatus {
    /// Its id.
    pub id: String,
    /// How it is going.
    pub progress: Progress,
    /// The host that writes it.
    pub host: String,
    /// Where it is, or will be.
    pub uri: String,
    /// How many inodes and settings are in it.
    pub entries: u64,
}

/// Takes backups, one at a time, and remembers the latest.
#[derive(Debug)]
pub struct Backups {
    files: Arc<FileSystemMaster>,
    conf: BackupConf,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    latest: Mutex<Option<watch::Receiver<BackupStatus>>>,
}

impl Backups {
    /// None was taken yet.
    pub fn new(
        files: Arc<FileSystemMaster>,
        conf: BackupConf,
        clock: Arc<dyn Clock>,
        tasks: Tasks,
    ) -> Arc<Self> {
        Arc::new(Self {
            files,
            conf,
            clock,
            tasks,
            latest: Mutex::default(),
        })
    }

    /// Whether this user may take backups: the master writes them, with what it knows, to wherever
    /// it is told.
    ///
    /// # Errors
    /// When the user is no superuser.
    pub async fn check_allowed(&self, user: &str) -> Result<(), BackupError> {
        let caller = self.files.callers().resolve(user).await;
        Ok(check_superuser(&caller)?)
    }

    /// Begins a backup of the namespace as it is now. Changes go on meanwhile, and are not in it.
    ///
    /// # Errors
    /// When one is running, or a checkpoint is being written; when the directory is none. What the
    /// store says is told by [`Backups::status`].
    pub fn begin(
        &self,
        directory: Option<&str>,
        place: Place,
    ) -> Result<BackupStatus, BackupError> {
        let directory = directory.filter(|directory| !directory.is_empty());
        let directory = directory.unwrap_or(&self.conf.directory);
        let now = self.clock.now();
        let name = format!("alluxio-backup-{}-{}.gz", date::day_text(now), now.millis());
        let (store, path, uri) = self.target(directory, &name, place)?;
        let mut latest = self.latest.lock();
        let running = latest
            .as_ref()
            .map(|status| status.borrow().progress.clone());
        if running == Some(Progress::Running) {
            return Err(BackupError::Running);
        }
        let snapshot = self.files.begin_checkpoint()?;
        let journal = Arc::clone(self.files.journal());
        let status = BackupStatus {
            id: uuid::Builder::from_random_bytes(self.files.random_bytes())
                .into_uuid()
                .to_string(),
            progress: Progress::Running,
            host: self.conf.hostname.clone(),
            uri,
            entries: self.entries(),
        };
        let (told, status_now) = watch::channel(status.clone());
        *latest = Some(status_now);
        drop(latest);
        self.tasks.spawn("backup", async move {
            let written = write(&*store, &path, snapshot, &*journal).await;
            let progress = match written {
                Ok(()) => {
                    info!(file = %path, "backup written");
                    Progress::Completed
                }
                Err(error) => {
                    warn!(file = %path, %error, "backup was not written");
                    Progress::Failed(error.to_string(), error.code())
                }
            };
            told.send_modify(|status| status.progress = progress);
        });
        Ok(status)
    }

    /// How the latest backup is going.
    ///
    /// # Errors
    /// When it has another id, or has failed.
    pub fn status(&self, id: &str) -> Result<BackupStatus, BackupError> {
        let latest = self.latest.lock();
        let status = latest.as_ref().map(|status| status.borrow().clone());
        match status.filter(|status| status.id == id) {
            Some(status) => told(status),
            None => Err(BackupError::NotFound { id: id.to_owned() }),
        }
    }

    /// As [`Backups::status`], when it is done.
    ///
    /// # Errors
    /// As [`Backups::status`].
    pub async fn wait(&self, id: &str) -> Result<BackupStatus, BackupError> {
        let latest = self.latest.lock().clone();
        if let Some(mut latest) = latest {
            let is_done = |status: &BackupStatus| status.progress != Progress::Running;
            // It ends without a word when the master stops.
            latest.wait_for(is_done).await.ok();
        }
        self.status(id)
    }

    fn entries(&self) -> u64 {
        self.files.read(|tree| {
            let (counts, settings) = (tree.counts(), tree.settings());
            let settings =
                settings.mounts.len() + settings.path_properties.len() + settings.ufs_modes.len();
            counts.files + counts.directories + settings as u64
        })
    }

    /// The connector, the path for it, and how clients are told of it.
    fn target(
        &self,
        directory: &str,
        name: &str,
        place: Place,
    ) -> Result<(Arc<dyn UnderFileSystem>, UfsPath, String), BackupError> {
        let not_a_directory = || BackupError::Directory {
            directory: directory.to_owned(),
        };
        let root = self.files.mounts().root().clone();
        let stands_alone = directory.contains("://");
        if !stands_alone && !directory.starts_with('/') {
            return Err(not_a_directory());
        }
        let text = match place {
            _ if stands_alone => directory.to_owned(),
            Place::RootStore if !root.ufs.is_local() => {
                format!(
                    "{}://{}{directory}",
                    root.ufs.scheme(),
                    root.ufs.authority()
                )
            }
            Place::RootStore | Place::ThisMachine => directory.to_owned(),
        };
        let file = UfsPath::parse(&text)?.join(name);
        if place == Place::ThisMachine && !file.is_local() {
            return Err(not_a_directory());
        }
        let uri = match place {
            Place::ThisMachine => format!("file://{}", file.path()),
            Place::RootStore => file.to_string(),
        };
        let store = self.files.connect_beside_root(&file)?;
        Ok((store, file, uri))
    }
}

fn told(status: BackupStatus) -> Result<BackupStatus, BackupError> {
    match status.progress {
        Progress::Failed(reason, code) => Err(BackupError::Failed { reason, code }),
        Progress::Running | Progress::Completed => Ok(status),
    }
}

async fn write(
    store: &dyn UnderFileSystem,
    path: &UfsPath,
    snapshot: NamespaceCheckpoint,
    journal: &dyn Journal,
) -> Result<(), BackupError> {
    let last = snapshot.end().raw().checked_sub(1);
    let options = || CreateOptions {
        mode: Some(FILE_MODE),
        parents: Parents::Create(DIRECTORY_MODE),
        durability: Durability::Synced,
        ..CreateOptions::default()
    };
    let mut writer = store.create(path, options()).await?;
    match copy(snapshot, &mut *writer).await {
        Ok(()) => writer.close().await?,
        Err(error) => {
            if let Err(left) = writer.abort().await {
                warn!(file = %path, error = %left, "a part of a backup may be left in the store");
            }
            return Err(error);
        }
    };
    // A backup is not ahead of the journal.
    if let Some(last) = last {
        journal.wait_durable(SequenceNumber::from_raw(last)).await?;
    }
    // Whoever looks for backups sees by it that the one of this name is whole.
    let mark = path.parent().map(|directory| {
        let name = format!("{}.complete", path.name());
        directory.join(&name)
    });
    if let Some(mark) = mark {
        store.create(&mark, options()).await?.close().await?;
    }
    Ok(())
}

async fn copy(
    mut snapshot: NamespaceCheckpoint,
    writer: &mut dyn UfsWriter,
) -> Result<(), BackupError> {
    let (sender, mut pieces) = mpsc::channel(PIECES_WAITING);
    let packing = tokio::task::spawn_blocking(move || {
        let mut sink = Pieces::new(sender);
        snapshot.write_sections(&mut sink)?;
        sink.finish()
    });
    while let Some(piece) = pieces.recv().await {
        writer.write(piece).await?;
    }
    match packing.await {
        Ok(packed) => Ok(packed?),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime stops, and will not poll this again.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

/// Makes pieces of an archive from the sections of a checkpoint.
struct Pieces {
    sender: mpsc::Sender<Bytes>,
    packer: Packer,
    /// Not yet sent.
    packed: Vec<u8>,
    records: u64,
}

impl Pieces {
    fn new(sender: mpsc::Sender<Bytes>) -> Self {
        let mut packed = Vec::with_capacity(2 * PIECE);
        let mut packer = Packer::begin(&mut packed);
        packer.add(MAGIC, &mut packed);
        Self {
            sender,
            packer,
            packed,
            records: 0,
        }
    }

    fn record(&mut self, record: &RecordRef<'_>) -> Result<(), JournalError> {
        let mut bytes = Vec::new();
        Record::put(record, &mut bytes);
        self.packer.add(&bytes, &mut self.packed);
        self.records += 1;
        if self.packed.len() >= PIECE {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), JournalError> {
        let piece = Bytes::from(std::mem::take(&mut self.packed));
        // Nobody takes it when the store has refused an earlier one.
        self.sender
            .blocking_send(piece)
            .map_err(|_refused| JournalError::Closed)
    }

    fn finish(mut self) -> Result<(), JournalError> {
        let records = self.records;
        self.record(&RecordRef::End(records))?;
        let mut packed = std::mem::take(&mut self.packed);
        self.packer.finish(&mut packed);
        self.sender
            .blocking_send(Bytes::from(packed))
            .map_err(|_refused| JournalError::Closed)
    }
}

impl CheckpointSink for Pieces {
    fn begin_section(&mut self, name: &str) -> Result<(), JournalError> {
        self.record(&RecordRef::Section(name))
    }

    fn write_chunk(&mut self, chunk: &[u8]) -> Result<(), JournalError> {
        self.record(&RecordRef::Chunk(chunk))
    }
}
