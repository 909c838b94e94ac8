//! [`FileSystemMaster`]: the namespace as a service, and how an operation runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{
    AbortOnPanic, AlluxioPath, Clock, InodeId, Mode, MountId, OperationId, SequenceNumber,
    Timestamp, UfsPath,
};
use alluxio_journal::Journal;
use alluxio_ufs::UnderFileSystem;
use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::Notify;

use super::access_times::AccessTimes;
use super::block_locations::BlockLocations;
use super::compare_later::ComparedOnce;
use super::ids::Ids;
use super::leftovers::LateCopies;
use super::mount_problems::MountLooks;
use super::namespace::{Draft, Namespace};
use super::operations::{InFlight, OperationsInFlight};
use super::persist::PersistAttempts;
use super::request::Request;
use super::store_failures::StoreFailures;
use super::store_work::HeldWork;
use super::sync_times::SyncTimes;
use super::waiting_calls::WaitingCalls;
use super::withdrawn_blocks::LateCommits;
use crate::error::FileSystemError;
use crate::inode::{InodeTree, Settings};
use crate::journal_entry::{JournalEntry, Transaction};
use crate::mount::{MountPoint, MountTable, Resolution, Stores};
use crate::permission::{Caller, Callers};
use crate::reservation::{PathReservations, Reservation, ReservedPath};

/// What the namespace takes from the configuration.
#[derive(Debug, Clone)]
pub struct FileSystemConf {
    /// What is mounted at `/`.
    pub root_ufs: UfsPath,
    /// What the property that says so is called where it is set.
    pub root_ufs_property: String,
    /// Settings of its connector.
    pub root_properties: BTreeMap<String, String>,
    /// Whether it is read-only.
    pub root_read_only: bool,
    /// Whether everybody gets every permission on `/`.
    pub root_shared: bool,
    /// Taken from the default modes when a request names none.
    pub umask: Mode,
    /// Block size of files that are found in a store, in bytes.
    pub default_block_size: i64,
    /// How many operation ids are remembered.
    pub retry_cache_capacity: usize,
    /// The most entries of one message of a listing.
    pub list_batch_size: usize,
    /// Directory below each mount where files are persisted before they get their name.
    pub persist_directory: String,
    /// How long the first and the longest pause after a failed try to persist is.
    pub persist_retry: (Duration, Duration),
    /// After which time a file that cannot be persisted is given up.
    pub persist_give_up_after: Duration,
    /// An access time that is newer by less than this is not written down.
    pub access_time_precision: Duration,
    /// Media that a pin may name.
    pub media: Vec<String>,
}

impl FileSystemConf {
    /// What a property is called that an error names.
    pub fn name_of(&self, property: &'static str) -> &str {
        match property {
            key::MASTER_MOUNT_TABLE_ROOT_UFS => &self.root_ufs_property,
            other => other,
        }
    }

    /// The defaults of 2.9 over this store.
    pub fn over(root_ufs: UfsPath) -> Self {
        Self {
            root_ufs,
            root_ufs_property: key::MASTER_MOUNT_TABLE_ROOT_UFS.to_owned(),
            root_properties: BTreeMap::new(),
            root_read_only: false,
            root_shared: false,
            umask: Mode::from_bits(0o022),
            default_block_size: 64 << 20,
            retry_cache_capacity: 100_000,
            list_batch_size: 10_000,
            persist_directory: ".alluxio_ufs_persistence".to_owned(),
            persist_retry: (Duration::from_secs(1), Duration::from_secs(3600)),
            persist_give_up_after: Duration::from_secs(86_400),
            access_time_precision: Duration::from_secs(86_400),
            media: ["MEM", "SSD", "HDD"].map(str::to_owned).to_vec(),
        }
    }
}

/// What a [`FileSystemMaster`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The state as the journal rebuilt it; shared with the writer of checkpoints.
    pub namespace: Arc<RwLock<Namespace>>,
    /// The journal, behind the last entry that was replayed.
    pub journal: Arc<dyn Journal>,
    /// The configuration.
    pub conf: FileSystemConf,
    /// Users and their groups.
    pub callers: Callers,
    /// Connectors.
    pub stores: Stores,
    /// Who holds which block.
    pub blocks: Arc<dyn BlockLocations>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where mount ids and temporary names come from.
    pub seed: u64,
}

/// The namespace as a service. One operation is one file beside this one.
///
/// How an operation runs: it enters with its operation id (a retry waits for the try that is still
/// running, and then finds the result); works in stores, if it has to, under a path reservation;
/// then [`FileSystemMaster::change`] decides, logs and applies with the tree locked, and waits
/// until the change is durable.
#[derive(Debug)]
pub struct FileSystemMaster {
    pub(super) namespace: Arc<RwLock<Namespace>>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) conf: FileSystemConf,
    pub(super) callers: Callers,
    pub(super) mounts: ArcSwap<MountTable>,
    pub(super) stores: Stores,
    pub(super) blocks: Arc<dyn BlockLocations>,
    pub(super) clock: Arc<dyn Clock>,
    pub(crate) reservations: PathReservations,
    pub(super) waiting_calls: WaitingCalls,
    pub(super) compared_once: ComparedOnce,
    pub(super) sync_times: SyncTimes,
    pub(super) store_failures: StoreFailures,
    pub(super) access_times: AccessTimes,
    pub(super) persist_attempts: PersistAttempts,
    pub(super) late_commits: LateCommits,
    pub(super) late_copies: LateCopies,
    pub(super) mount_looks: MountLooks,
    /// Files in containers before it are from before the start.
    pub(super) first_own_container: i64,
    /// Woken when a delete has left inodes to be freed.
    pub(super) garbage: Notify,
    /// Woken when a file has begun to wait for being persisted.
    pub(super) to_persist: Notify,
    /// Work in stores that is to be tried again.
    pub(super) unfinished: Mutex<Vec<HeldWork>>,
    /// Woken when there is some.
    pub(super) has_unfinished: Notify,
    operations: OperationsInFlight,
    rng: Mutex<StdRng>,
}

/// What keeps others from working under the paths of a change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// Nothing: the change waits while somebody else has reserved one of these.
    Paths(&'a [&'a AlluxioPath]),
    /// The operation holds a reservation of its own.
    Reserved(&'a Reservation),
}

impl Scope<'_> {
    /// What a change reserves that has to wait for its turn.
    fn entries(&self) -> Vec<ReservedPath> {
        match self {
            Self::Paths(paths) => paths.iter().map(|path| ReservedPath::entry(path)).collect(),
            Self::Reserved(_) => Vec::new(),
        }
    }
}

impl FileSystemMaster {
    /// Starts to serve a namespace. The journal must have been replayed into it.
    pub fn new(parts: Parts) -> Self {
        let (mounts, first_own_container) = {
            let mut namespace = parts.namespace.write();
            namespace.ids = Ids::after(namespace.tree.settings());
            let mounts = mount_table(&parts.conf, namespace.tree.settings());
            (mounts, namespace.ids.first_container())
        };
        let access_times = AccessTimes::new(parts.conf.access_time_precision);
        Self {
            namespace: parts.namespace,
            journal: parts.journal,
            persist_attempts: PersistAttempts::new(&parts.conf),
            conf: parts.conf,
            callers: parts.callers,
            mounts: ArcSwap::from_pointee(mounts),
            stores: parts.stores,
            blocks: parts.blocks,
            reservations: PathReservations::new(),
            waiting_calls: WaitingCalls::default(),
            compared_once: ComparedOnce::default(),
            sync_times: SyncTimes::new(),
            store_failures: StoreFailures::default(),
            access_times,
            late_copies: LateCopies::default(),
            mount_looks: MountLooks::default(),
            late_commits: LateCommits::since(parts.clock.monotonic()),
            first_own_container,
            clock: parts.clock,
            garbage: Notify::new(),
            to_persist: Notify::new(),
            unfinished: Mutex::default(),
            has_unfinished: Notify::new(),
            operations: OperationsInFlight::default(),
            rng: Mutex::new(StdRng::seed_from_u64(parts.seed)),
        }
    }

    /// Users and their groups.
    pub fn callers(&self) -> &Callers {
        &self.callers
    }

    /// The configuration.
    pub fn conf(&self) -> &FileSystemConf {
        &self.conf
    }

    /// The mounts as they are.
    pub fn mounts(&self) -> Arc<MountTable> {
        self.mounts.load_full()
    }

    /// A request of the master itself.
    pub fn own_request(&self) -> Request {
        Request::of(self.callers.superuser())
    }

    /// Looks at the tree. Keep it short: changes wait meanwhile.
    pub fn read<R>(&self, look: impl FnOnce(&InodeTree) -> R) -> R {
        look(&self.namespace.read().tree)
    }

    /// A digest of the whole state; equal states have equal ones.
    pub fn state_hash(&self) -> u64 {
        self.read(InodeTree::state_hash)
    }

    /// Where an inode stands now.
    pub(super) fn path_of(&self, id: InodeId) -> Option<AlluxioPath> {
        self.read(|tree| tree.path_of(id))
    }

    /// The connector and the place in the store of a path.
    pub(crate) fn resolve_store(
        &self,
        path: &AlluxioPath,
    ) -> Result<(Arc<dyn UnderFileSystem>, Resolution), FileSystemError> {
        let resolution = self.mounts.load().resolve(path);
        let store = self.stores.of(&resolution.mount)?;
        Ok((store, resolution))
    }

    /// A random non-negative number.
    pub(super) fn random_id(&self) -> i64 {
        use rand::Rng;
        self.rng.lock().random_range(2..=i64::MAX)
    }

    /// Waits until no other try of the same request is running. Keep what it returns until the
    /// end of the operation.
    pub(super) async fn enter(&self, request: &Request) -> Option<InFlight> {
        match request.operation_id {
            Some(id) => Some(self.operations.enter(id).await),
            None => None,
        }
    }

    /// Whether the request was done by an earlier try; waits until that is durable.
    pub(super) async fn is_done(&self, request: &Request) -> Result<bool, FileSystemError> {
        let Some(id) = request.operation_id else {
            return Ok(false);
        };
        let found = self.namespace.read().retries.find(id);
        match found {
            Some(sequence_number) => {
                self.journal.wait_durable(sequence_number).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Decides, logs and applies one change, and waits until it is durable.
    ///
    /// `decide` runs with the tree locked: it must be quick, and it may be asked again when
    /// somebody has reserved a path meanwhile. A draft without entries changes nothing.
    pub(super) async fn change<T>(
        &self,
        request: &Request,
        scope: Scope<'_>,
        decide: impl FnMut(&mut Draft<'_>) -> Result<T, FileSystemError>,
    ) -> Result<T, FileSystemError> {
        let (value, sequence_number) = self.change_soon(request, scope, decide).await?;
        if let Some(sequence_number) = sequence_number {
            self.journal.wait_durable(sequence_number).await?;
        }
        Ok(value)
    }

    /// As [`Self::change`], but returns before the change is durable, with the number of its
    /// journal entry.
    pub(super) async fn change_soon<T>(
        &self,
        request: &Request,
        scope: Scope<'_>,
        mut decide: impl FnMut(&mut Draft<'_>) -> Result<T, FileSystemError>,
    ) -> Result<(T, Option<SequenceNumber>), FileSystemError> {
        let mut decide = |draft: &mut Draft<'_>| {
            let value = decide(draft)?;
            if !draft.entries.is_empty() {
                // For what is going to be found in stores while the journal refuses.
                draft.ids.reserve(&mut draft.entries);
            }
            Ok(value)
        };
        // Held until the change is made: whoever let go of its turn before it looks again would find
        // the next in the queue, and all who wait would send one another back for ever.
        let mut turn = None;
        loop {
            self.journal.admit().await?;
            {
                let mut namespace = self.namespace.write();
                if turn.is_some() || !self.is_blocked(scope) {
                    request.presence.begin();
                    return self.commit(&mut namespace, request.operation_id, &mut decide);
                }
            }
            turn = Some(self.reserve_in_turn(scope.entries()).await?);
        }
    }

    /// Whether somebody else works where the change would be.
    fn is_blocked(&self, scope: Scope<'_>) -> bool {
        match scope {
            Scope::Paths(paths) => paths.iter().any(|path| self.reservations.is_reserved(path)),
            Scope::Reserved(reservation) => {
                debug_assert!(reservation.is_of(&self.reservations));
                false
            }
        }
    }

    /// Decides, logs and applies, with the tree locked. The journal has admitted it.
    pub(super) fn commit<T>(
        &self,
        namespace: &mut Namespace,
        operation_id: Option<OperationId>,
        decide: &mut impl FnMut(&mut Draft<'_>) -> Result<T, FileSystemError>,
    ) -> Result<(T, Option<SequenceNumber>), FileSystemError> {
        let ids = namespace.ids.clone();
        let logged = self.log(namespace, operation_id, decide);
        let (value, logged) = logged.inspect_err(|_| {
            // The reservations of ids that it drafted are not in the journal.
            namespace.ids = ids;
        })?;
        let Some((sequence_number, transaction)) = logged else {
            return Ok((value, None));
        };
        // Everything that is decided on half a change could contradict the journal.
        let whole = AbortOnPanic::when("the namespace is no longer what the journal says");
        namespace.apply_transaction(sequence_number, &transaction);
        drop(whole);
        if transaction.entries.iter().any(changes_mounts) {
            let table = mount_table(&self.conf, namespace.tree.settings());
            self.mounts.store(Arc::new(table));
        }
        if namespace.tree.has_garbage() {
            self.garbage.notify_one();
        }
        if transaction.entries.iter().any(asks_to_persist) {
            self.to_persist.notify_one();
        }
        Ok((value, Some(sequence_number)))
    }

    /// Decides a change and appends it to the journal, if it has entries and they fit the tree.
    fn log<T>(
        &self,
        namespace: &mut Namespace,
        operation_id: Option<OperationId>,
        decide: &mut impl FnMut(&mut Draft<'_>) -> Result<T, FileSystemError>,
    ) -> Result<(T, Option<(SequenceNumber, Transaction)>), FileSystemError> {
        let now = self.clock.now();
        let mounts = self.mounts.load();
        let mut draft = Draft {
            tree: &namespace.tree,
            mounts: &mounts,
            now,
            ids: &mut namespace.ids,
            entries: Vec::new(),
        };
        let value = decide(&mut draft)?;
        let entries = draft.entries;
        if entries.is_empty() {
            return Ok((value, None));
        }
        if let Err((entry, reason)) = namespace.tree.check(&entries) {
            tracing::error!(
                reason,
                ?entry,
                "a change that contradicts the namespace is refused"
            );
            return Err(FileSystemError::Contradiction { reason });
        }
        let transaction = Transaction {
            operation_id,
            time: now,
            entries,
        };
        let sequence_number = self.journal.append(&transaction.encode())?;
        Ok((value, Some((sequence_number, transaction))))
    }

    /// Creates the root, if the journal is new.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn ensure_root(&self, cluster_id: &str) -> Result<(), FileSystemError> {
        let request = self.own_request();
        let root = AlluxioPath::root();
        let scope = Scope::Paths(&[&root]);
        self.change(&request, scope, |draft| {
            if draft.tree.root().is_none() {
                let id = draft.next_directory_id();
                draft.push(root_entry(id, &request.caller, draft.now));
            }
            if draft.tree.settings().cluster_id.is_empty() {
                draft.push(JournalEntry::ClusterInfo(
                    crate::journal_entry::ClusterInfoEntry {
                        cluster_id: cluster_id.to_owned(),
                    },
                ));
            }
            Ok(())
        })
        .await
    }
}

fn root_entry(id: InodeId, owner: &Caller, now: Timestamp) -> JournalEntry {
    let mut entry = super::new_inode::draft_directory(id, id, "", now);
    owner.user().clone_into(&mut entry.owner);
    owner.primary_group().clone_into(&mut entry.group);
    entry.mode = Mode::from_bits(0o755);
    entry.persistence = alluxio_common::PersistenceState::Persisted;
    entry.parent_time = None;
    JournalEntry::InodeDirectory(Box::new(entry))
}

fn changes_mounts(entry: &JournalEntry) -> bool {
    matches!(
        entry,
        JournalEntry::AddMountPoint(_)
            | JournalEntry::UpdateMountPoint(_)
            | JournalEntry::DeleteMountPoint(_)
    )
}

fn asks_to_persist(entry: &JournalEntry) -> bool {
    let state = match entry {
        JournalEntry::CompleteFile(complete) => complete.persistence,
        JournalEntry::UpdateInode(update) => update.persistence,
        JournalEntry::InodeFile(_)
        | JournalEntry::InodeDirectory(_)
        | JournalEntry::NewBlock(_)
        | JournalEntry::BlockCommitted(_)
        | JournalEntry::Rename(_)
        | JournalEntry::Delete(_)
        | JournalEntry::AddMountPoint(_)
        | JournalEntry::UpdateMountPoint(_)
        | JournalEntry::DeleteMountPoint(_)
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
        | JournalEntry::StoreCompared(_) => None,
    };
    state == Some(alluxio_common::PersistenceState::ToBePersisted)
}

/// The mounts that configuration and journal together say. A row that does not parse was written
/// by nobody: rows are checked before they are journalled.
fn mount_table(conf: &FileSystemConf, settings: &Settings) -> MountTable {
    let root = MountPoint {
        id: MountId::ROOT,
        path: AlluxioPath::root(),
        ufs: conf.root_ufs.clone(),
        read_only: conf.root_read_only,
        shared: conf.root_shared,
        properties: conf.root_properties.clone(),
    };
    let mut table = MountTable::new(root);
    for (path, row) in &settings.mounts {
        let (Ok(path), Ok(ufs)) = (AlluxioPath::parse(path), UfsPath::parse(&row.ufs_uri)) else {
            tracing::error!(path, ufs_path = row.ufs_uri, "mount is not understood");
            continue;
        };
        table = table.with(MountPoint {
            id: row.mount_id,
            path,
            ufs,
            read_only: row.options.read_only,
            shared: row.options.shared,
            properties: row.options.properties.clone(),
        });
    }
    table
}
