//! A namespace over a temporary directory, for the tests of the operations.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::user::{GroupMapping, Groups};
use alluxio_common::{
    AlluxioPath, BlockId, Clock, ManualClock, Mode, OperationId, SequenceNumber, Tasks, Timestamp,
    UfsPath, WorkerAddress, WorkerId, WriteType,
};
use alluxio_journal::{
    CheckpointInfo, CheckpointSource, Journal, JournalError, JournalStatus, NoopJournal, Progress,
    ProgressLimits, WaitDurable,
};
use alluxio_ufs::layer::{FaultLayer, FaultPlan, Layered};
use alluxio_ufs::object::memory::MemoryStores;
use alluxio_ufs::{CreateOptions, UfsConstructor, UfsProperties, UfsRegistry};
use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};

use super::*;
use crate::error::FileSystemError;
use crate::mount::Stores;
use crate::permission::{Authorization, Caller, Callers};

pub(crate) fn path(text: &str) -> AlluxioPath {
    AlluxioPath::parse(text).unwrap()
}

/// A journal that remembers its entries, so that they can be replayed.
#[derive(Debug)]
pub(crate) struct RecordingJournal {
    inner: NoopJournal,
    pub(crate) entries: Mutex<Vec<Vec<u8>>>,
    pub(crate) fails: AtomicBool,
    /// It fails, too, when it has that many entries.
    pub(crate) room: AtomicUsize,
    /// While it is set, nothing becomes durable.
    pub(crate) stalls: AtomicBool,
    stalled: Progress,
}

#[async_trait]
impl Journal for RecordingJournal {
    fn progress(&self) -> &Progress {
        self.inner.progress()
    }

    fn wait_durable(&self, sequence_number: SequenceNumber) -> WaitDurable<'_> {
        if self.stalls.load(Ordering::SeqCst) {
            return self.stalled.wait_durable(sequence_number);
        }
        self.progress().wait_durable(sequence_number)
    }

    fn append(&self, payload: &[u8]) -> Result<SequenceNumber, JournalError> {
        let mut entries = self.entries.lock();
        let is_full = entries.len() >= self.room.load(Ordering::SeqCst);
        if is_full || self.fails.load(Ordering::SeqCst) {
            return Err(JournalError::Closed);
        }
        entries.push(payload.to_vec());
        self.inner.append(payload)
    }

    async fn write_checkpoint(
        &self,
        source: Box<dyn CheckpointSource>,
    ) -> Result<CheckpointInfo, JournalError> {
        self.inner.write_checkpoint(source).await
    }

    fn is_checkpoint_due(&self) -> bool {
        false
    }

    fn status(&self) -> JournalStatus {
        self.inner.status()
    }

    async fn close(&self) -> Result<(), JournalError> {
        self.inner.close().await
    }
}

/// Blocks on one worker.
#[derive(Debug, Default)]
pub(crate) struct TestBlocks {
    pub(crate) cached: Mutex<HashSet<BlockId>>,
    pub(crate) removed: Mutex<Vec<(BlockId, BlockRemoval)>>,
    /// Whether the worker has not yet dropped what it is to drop.
    pub(crate) is_slow: AtomicBool,
    /// Whether the master has just started, and has lost no worker that it knows of.
    pub(crate) knows_no_loss: AtomicBool,
}

impl BlockLocations for TestBlocks {
    fn copies(&self, block_id: BlockId) -> BlockCopies {
        let mut copies = BlockCopies::new();
        if self.cached.lock().contains(&block_id) {
            copies.push(BlockLocation {
                worker_id: WorkerId::from_raw(1),
                address: Arc::new(WorkerAddress {
                    host: "localhost".to_owned(),
                    container_host: String::new(),
                    rpc_port: 29999,
                    data_port: 29999,
                    web_port: 30000,
                    domain_socket_path: String::new(),
                    locality: Vec::new(),
                }),
                tier_alias: "MEM".into(),
                medium_type: "MEM".into(),
            });
        }
        copies
    }

    fn remove(&self, blocks: &[BlockId], removal: BlockRemoval) {
        for block in blocks {
            self.cached.lock().remove(block);
            self.removed.lock().push((*block, removal));
        }
    }

    fn are_being_removed(&self, _blocks: &[BlockId]) -> bool {
        self.is_slow.load(Ordering::SeqCst)
    }

    fn is_lost(&self, block_id: BlockId) -> bool {
        !self.knows_no_loss.load(Ordering::SeqCst) && !self.cached.lock().contains(&block_id)
    }
}

/// alice and bob are in staff2; everybody is in a group of the same name.
#[derive(Debug)]
struct TestGroups;

impl GroupMapping for TestGroups {
    fn groups(&self, user: &str) -> Groups {
        match user {
            "alice" | "bob" => Groups::from([user.to_owned(), "staff2".to_owned()]),
            _ => Groups::from([user.to_owned()]),
        }
    }
}

/// A namespace over a temporary directory.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) master: Arc<FileSystemMaster>,
    pub(crate) journal: Arc<RecordingJournal>,
    pub(crate) blocks: Arc<TestBlocks>,
    pub(crate) stores: TestStores,
    clock: Arc<ManualClock>,
    directory: tempfile::TempDir,
}

/// The stores of the tests: the local file system, and `memory://bucket/..`, an object store. Both
/// outlive a restart of the master.
#[derive(Debug, Clone)]
pub(crate) struct TestStores {
    /// What goes wrong in them.
    pub(crate) faults: Arc<FaultPlan>,
    pub(crate) memory: MemoryStores,
}

impl TestStores {
    fn new(clock: &Arc<ManualClock>) -> Self {
        Self {
            faults: FaultPlan::new(),
            memory: MemoryStores::new(clock.clone(), Tasks::new()),
        }
    }

    fn registry(&self, clock: &Arc<ManualClock>) -> UfsRegistry {
        let sound = UfsRegistry::standard(clock.clone()).with_memory(&self.memory);
        let mut registry = UfsRegistry::empty();
        for scheme in ["", "memory"] {
            let (sound, faults) = (sound.clone(), Arc::clone(&self.faults));
            let faulty: UfsConstructor = Arc::new(move |uri, properties| {
                let store = sound.connect(uri, properties)?;
                let layer = FaultLayer::new(Arc::clone(&faults));
                Ok(Arc::new(Layered::new(layer, store)))
            });
            registry.register(scheme, faulty);
        }
        registry
    }
}

const START: Timestamp = Timestamp::from_millis(4_000_000_000_000);

impl Fixture {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("ufs")).unwrap();
        let clock = ManualClock::starting_at(START);
        let journal = Arc::new(RecordingJournal {
            inner: NoopJournal::new(clock.clone()),
            entries: Mutex::default(),
            fails: false.into(),
            room: usize::MAX.into(),
            stalls: false.into(),
            stalled: Progress::new(
                clock.clone(),
                ProgressLimits {
                    flush_timeout: Duration::MAX,
                    patience: Duration::ZERO,
                    queue_limit: usize::MAX,
                },
                SequenceNumber::ZERO,
            ),
        });
        let blocks = Arc::new(TestBlocks::default());
        let namespace = Arc::new(RwLock::new(Namespace::new(100)));
        let stores = TestStores::new(&clock);
        let parts = (journal.clone(), blocks.clone(), &stores);
        let master = build(&directory, namespace, parts, &clock);
        master.ensure_root("test").await.unwrap();
        Self {
            master,
            journal,
            blocks,
            stores,
            clock,
            directory,
        }
    }

    /// The same journal and store, replayed into a fresh namespace, as after a crash.
    pub(crate) fn restart(&mut self) {
        let namespace = Arc::new(RwLock::new(self.replay()));
        let parts = (self.journal.clone(), self.blocks.clone(), &self.stores);
        self.master = build(&self.directory, namespace, parts, &self.clock);
    }

    /// Takes up what was pending in stores, as a master does at its start, and tries it once.
    pub(crate) async fn resume(&self) {
        self.master.resume_store_work().await;
        self.master.finish_store_work().await;
    }

    fn replay(&self) -> Namespace {
        let mut namespace = Namespace::new(100);
        for (index, payload) in self.journal.entries.lock().iter().enumerate() {
            let number = SequenceNumber::from_raw(index as u64);
            namespace.replay(number, payload).unwrap();
        }
        namespace
    }

    pub(crate) fn replayed_hash(&self) -> u64 {
        self.replay().tree().state_hash()
    }

    pub(crate) fn user(&self, name: &str) -> Request {
        let caller = Caller::new(name, TestGroups.groups(name));
        let caller = if name == "root" {
            caller.into_superuser()
        } else {
            caller
        };
        Request::of(Arc::new(caller))
    }

    pub(crate) fn root(&self) -> Request {
        self.user("root")
    }

    pub(crate) fn with_operation_id(&self, id: i64) -> Request {
        let operation_id = OperationId {
            most_significant: 0,
            least_significant: id,
        };
        Request {
            operation_id: Some(operation_id),
            ..self.root()
        }
    }

    pub(crate) fn syncing(&self) -> Request {
        Request {
            sync_interval: SyncInterval::Always,
            ..self.root()
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn create(&self, text: &str) -> Result<FileInfo, FileSystemError> {
        let options = CreateFileOptions::default();
        self.master
            .create_file(&self.root(), &path(text), options)
            .await
    }

    pub(crate) async fn create_through(&self, text: &str) -> Result<FileInfo, FileSystemError> {
        let options = CreateFileOptions {
            recursive: true,
            write_type: WriteType::CacheThrough,
            ..CreateFileOptions::default()
        };
        self.master
            .create_file(&self.root(), &path(text), options)
            .await
    }

    pub(crate) async fn mkdir(&self, text: &str) -> Result<(), FileSystemError> {
        let options = CreateDirectoryOptions::default();
        self.master
            .create_directory(&self.root(), &path(text), options)
            .await
    }

    pub(crate) async fn status(&self, text: &str) -> Result<FileInfo, FileSystemError> {
        let options = GetStatusOptions::default();
        self.master
            .get_status(&self.root(), &path(text), options)
            .await
    }

    pub(crate) async fn delete(
        &self,
        text: &str,
        options: DeleteOptions,
    ) -> Result<(), FileSystemError> {
        self.master.delete(&self.root(), &path(text), options).await
    }

    /// A complete file that only the worker has; its block size is the length of the first block.
    pub(crate) async fn write_file(&self, text: &str, lengths: &[u64]) -> Vec<BlockId> {
        self.write(text, lengths, CompleteFileOptions::default())
            .await
    }

    async fn write(
        &self,
        text: &str,
        lengths: &[u64],
        complete: CompleteFileOptions,
    ) -> Vec<BlockId> {
        let request = self.root();
        let options = CreateFileOptions {
            block_size: i64::try_from(lengths[0].max(1)).unwrap(),
            ..CreateFileOptions::default()
        };
        let file = path(text);
        self.master
            .create_file(&request, &file, options)
            .await
            .unwrap();
        let mut blocks = Vec::new();
        for length in lengths {
            let block = self
                .master
                .new_block_id(&request, &file, None)
                .await
                .unwrap();
            self.master.block_committed(block, *length).await.unwrap();
            self.blocks.cached.lock().insert(block);
            blocks.push(block);
        }
        self.master
            .complete_file(&request, &file, complete)
            .await
            .unwrap();
        blocks
    }

    /// A complete file that only the store has, written through the namespace.
    pub(crate) async fn write_through(&self, text: &str, content: &[u8]) {
        self.create_through(text).await.unwrap();
        self.finish_through(text, content).await;
    }

    /// Does what the writer of a file does after its creation: fills the store, and completes.
    pub(crate) async fn finish_through(&self, text: &str, content: &[u8]) {
        std::fs::write(self.ufs_file(text), content).unwrap();
        let options = CompleteFileOptions {
            ufs_length: Some(i64::try_from(content.len()).unwrap()),
            ..CompleteFileOptions::default()
        };
        let request = self.root();
        self.master
            .complete_file(&request, &path(text), options)
            .await
            .unwrap();
    }

    /// A complete file that is to be persisted.
    pub(crate) async fn write_async(&self, text: &str, content: &[u8]) -> Vec<BlockId> {
        let complete = CompleteFileOptions {
            persist_after: Some(Duration::ZERO),
            ..CompleteFileOptions::default()
        };
        self.write(text, &[content.len() as u64], complete).await
    }

    /// Compares a path with its store.
    pub(crate) async fn compare(&self, text: &str, depth: Depth) {
        self.master
            .sync_metadata(&self.root(), &path(text), depth)
            .await
            .unwrap();
    }

    pub(crate) async fn set(&self, text: &str, options: SetAttributeOptions) {
        self.master
            .set_attribute(&self.root(), &path(text), options)
            .await
            .unwrap();
    }

    pub(crate) async fn set_mode(&self, text: &str, bits: u16) {
        let options = SetAttributeOptions {
            mode: Some(Mode::from_bits(bits)),
            ..SetAttributeOptions::default()
        };
        let request = self.root();
        self.master
            .set_attribute(&request, &path(text), options)
            .await
            .unwrap();
    }

    /// Where a path of the root mount lies in the store.
    pub(crate) fn ufs(&self, text: &str) -> String {
        self.ufs_file(text).display().to_string()
    }

    pub(crate) fn ufs_file(&self, text: &str) -> PathBuf {
        let relative = text.trim_start_matches('/');
        let top = self.directory.path().join("ufs");
        if relative.is_empty() {
            top
        } else {
            top.join(relative)
        }
    }

    pub(crate) fn write_ufs(&self, text: &str, content: &[u8]) {
        let file = self.ufs_file(text);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    /// Does what a job worker does: copies the content under the temporary name.
    pub(crate) fn write_copy(&self, task: &PersistTask, content: &[u8]) {
        let copy = PathBuf::from(task.temporary.path());
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::write(copy, content).unwrap();
    }

    pub(crate) fn read_ufs(&self, text: &str) -> Vec<u8> {
        std::fs::read(self.ufs_file(text)).unwrap()
    }

    pub(crate) fn store_directory(&self, name: &str) -> String {
        let store = self.directory.path().join(name);
        std::fs::create_dir_all(&store).unwrap();
        store.display().to_string()
    }

    pub(crate) fn mount_request(&self, ufs: &str) -> MountRequest {
        MountRequest {
            ufs: UfsPath::parse(ufs).unwrap(),
            ufs_text: ufs.to_owned(),
            read_only: false,
            shared: false,
            properties: BTreeMap::new(),
            remount: false,
        }
    }

    pub(crate) async fn mount(&self, at: &str, name: &str) -> String {
        let ufs = self.store_directory(name);
        let mount = self.mount_request(&ufs);
        self.master
            .mount(&self.root(), &path(at), &mount)
            .await
            .unwrap();
        ufs
    }

    /// Mounts an object store, in which a rename is a copy and a deletion, and nobody owns anything.
    pub(crate) async fn mount_memory(&self, at: &str, bucket: &str) {
        let mount = self.mount_request(&format!("memory://{bucket}/"));
        self.master
            .mount(&self.root(), &path(at), &mount)
            .await
            .unwrap();
    }

    /// Puts a file into a store behind the back of the namespace.
    pub(crate) async fn put_memory(&self, text: &str, content: &'static [u8]) {
        let (store, resolution) = self.master.resolve_store(&path(text)).unwrap();
        let options = CreateOptions::default();
        let mut writer = store.create(&resolution.ufs_path, options).await.unwrap();
        writer.write(Bytes::from_static(content)).await.unwrap();
        writer.close().await.unwrap();
    }

    pub(crate) async fn mount_read_only(&self, at: &str, name: &str) -> String {
        let ufs = self.store_directory(name);
        let mount = MountRequest {
            read_only: true,
            ..self.mount_request(&ufs)
        };
        self.master
            .mount(&self.root(), &path(at), &mount)
            .await
            .unwrap();
        ufs
    }
}

fn build(
    directory: &tempfile::TempDir,
    namespace: Arc<RwLock<Namespace>>,
    (journal, blocks, stores): (Arc<RecordingJournal>, Arc<TestBlocks>, &TestStores),
    clock: &Arc<ManualClock>,
) -> Arc<FileSystemMaster> {
    let root = directory.path().join("ufs").display().to_string();
    let authorization = Authorization {
        enabled: true,
        superuser: "root".to_owned(),
        supergroup: "supergroup".to_owned(),
        group_cache_timeout: Duration::from_secs(60),
    };
    let registry = stores.registry(clock);
    Arc::new(FileSystemMaster::new(Parts {
        namespace,
        journal,
        conf: FileSystemConf::over(UfsPath::parse(&root).unwrap()),
        callers: Callers::new(authorization, Arc::new(TestGroups), clock.clone()),
        stores: Stores::new(registry, UfsProperties::new()),
        blocks,
        clock: clock.clone(),
        seed: 7,
    }))
}
