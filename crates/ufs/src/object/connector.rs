//! [`ObjectUfs`]: an object store seen as directories and files.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Mode, Tasks, UfsPath};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, Semaphore};

use super::create::PARTS_UNDER_WAY;
use super::open::PIECES_AHEAD;
use super::{ObjectPermissions, ObjectStatus, ObjectStore, UploadLedger};
use crate::{
    CreateOptions, ListOptions, MkdirOptions, Recursion, RenameSide, UfsCapabilities,
    UfsCapability, UfsDirectory, UfsError, UfsFile, UfsListing, UfsOperation, UfsReader, UfsSpace,
    UfsStatus, UfsWriter, UnderFileSystem,
};

/// A connector to one bucket.
///
/// The path is the key. A directory is a prefix that some key has, or an empty object whose key
/// ends with a slash, its marker. Without a marker a directory is gone with the last file in it,
/// and parents need not exist. Where a key is both a file and the prefix of others, the file hides
/// the directory.
#[derive(Debug)]
pub struct ObjectUfs {
    pub(crate) objects: Arc<Objects>,
}

/// What the streams share with the connector.
pub(crate) struct Objects {
    pub(super) store: Box<dyn ObjectStore>,
    pub(super) options: ObjectOptions,
    /// What the store says, once it was asked.
    pub(super) permissions: OnceCell<ObjectPermissions>,
    /// For the abortion of uploads whose writers were dropped, and for reading ahead.
    pub(super) tasks: Tasks,
    /// Where uploads are noted, so that those of a process that crashed can be found.
    pub(super) ledger: Option<Arc<UploadLedger>>,
    /// What all readers together read ahead.
    pub(super) ahead: Arc<Semaphore>,
    /// What all writers together have under way.
    pub(super) parts: Arc<Semaphore>,
}

/// What a mount says about an object store.
#[derive(Debug, Clone)]
pub struct ObjectOptions {
    /// The size of the parts of an upload. A writer holds one more than are under way.
    pub part_bytes: usize,
    /// Parts of one file that are under way at once.
    pub parts_at_once: usize,
    /// The owner that everything has; empty for none.
    pub owner: Arc<str>,
    /// The mode that everything has.
    pub mode: Mode,
    /// Whether an answer may be older than the last change.
    pub immediately_visible: ImmediatelyVisible,
}

/// Whether a store shows at once what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImmediatelyVisible {
    /// As most do by now.
    Yes,
    /// After a while.
    Eventually,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        Self {
            part_bytes: 8 << 20,
            parts_at_once: 4,
            owner: "".into(),
            mode: Mode::from_bits(0o777),
            immediately_visible: ImmediatelyVisible::Yes,
        }
    }
}

impl ObjectUfs {
    /// A connector to `store`. `tasks` runs what dropped writers leave to be done.
    pub fn new(store: Box<dyn ObjectStore>, options: ObjectOptions, tasks: Tasks) -> Self {
        Self::with_ledger(store, options, tasks, None)
    }

    /// The same, with a ledger of uploads: those that an earlier process left in this store, or that
    /// this one could not end, are aborted in the background.
    pub fn with_ledger(
        store: Box<dyn ObjectStore>,
        options: ObjectOptions,
        tasks: Tasks,
        ledger: Option<Arc<UploadLedger>>,
    ) -> Self {
        let objects = Arc::new(Objects {
            store,
            options,
            permissions: OnceCell::new(),
            tasks,
            ledger: ledger.clone(),
            ahead: Arc::new(Semaphore::new(PIECES_AHEAD)),
            parts: Arc::new(Semaphore::new(PARTS_UNDER_WAY)),
        });
        if let Some(ledger) = ledger.filter(|_| Handle::try_current().is_ok()) {
            let of = Arc::downgrade(&objects);
            let end = async move {
                while let Some(objects) = of.upgrade() {
                    let next = ledger.end_stale(objects.store.as_ref()).await;
                    drop(objects);
                    tokio::time::sleep(next).await;
                }
            };
            drop(objects.tasks.spawn("abort stale uploads", end));
        }
        Self { objects }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("store", &self.store)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The key of a file at `path`.
pub(super) fn file_key(path: &UfsPath) -> &str {
    &path.path()[1..]
}

/// The key of the marker of a directory at `path`, which all keys in it begin with; empty for the
/// root.
pub(super) fn directory_key(path: &UfsPath) -> String {
    if path.is_root() {
        return String::new();
    }
    format!("{}/", file_key(path))
}

impl Objects {
    /// Asks once whose everything is. A store that does not tell is believed as one that has no
    /// owners, with a warning; one that does not answer is asked again the next time.
    pub(super) async fn load_permissions(&self) {
        let load = async {
            let told = match self.store.permissions().await {
                Err(error) if error.kind.is_transient() => return Err(error),
                told => told,
            };
            let told = told.unwrap_or_else(|error| {
                let kind = self.store.kind();
                tracing::warn!(kind, %error, "no owner and mode from the store: the defaults count");
                None
            });
            Ok(told.unwrap_or_else(|| ObjectPermissions {
                owner: Arc::clone(&self.options.owner),
                mode: self.options.mode,
            }))
        };
        if let Err(error) = self.permissions.get_or_try_init(|| load).await {
            let kind = self.store.kind();
            tracing::warn!(kind, %error, "no owner and mode from the store yet");
        }
    }

    fn owner(&self) -> Arc<str> {
        let told = self.permissions.get();
        Arc::clone(told.map_or(&self.options.owner, |told| &told.owner))
    }

    fn mode(&self) -> Mode {
        self.permissions
            .get()
            .map_or(self.options.mode, |told| told.mode)
    }

    pub(super) fn file(&self, name: String, status: ObjectStatus) -> UfsFile {
        UfsFile {
            name,
            length: status.length,
            content_hash: status.etag,
            last_modified: status.last_modified,
            owner: self.owner(),
            group: self.owner(),
            mode: self.mode(),
        }
    }

    /// A directory has no time: a folded listing does not show that of a marker, and a status
    /// must not differ from a listing.
    pub(super) fn directory(&self, name: String) -> UfsDirectory {
        UfsDirectory {
            name,
            last_modified: None,
            owner: self.owner(),
            group: self.owner(),
            mode: self.mode(),
        }
    }
}

#[async_trait]
impl UnderFileSystem for ObjectUfs {
    fn kind(&self) -> &'static str {
        self.objects.store.kind()
    }

    fn capabilities(&self) -> UfsCapabilities {
        match self.objects.options.immediately_visible {
            ImmediatelyVisible::Yes => UfsCapabilities::of(&[UfsCapability::ImmediateVisibility]),
            ImmediatelyVisible::Eventually => UfsCapabilities::of(&[]),
        }
    }

    async fn status(&self, path: &UfsPath) -> Result<UfsStatus, UfsError> {
        self.objects.status(path, UfsOperation::Status).await
    }

    async fn list(
        &self,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError> {
        Objects::list(&self.objects, directory, options).await
    }

    async fn create(
        &self,
        path: &UfsPath,
        _options: CreateOptions,
    ) -> Result<Box<dyn UfsWriter>, UfsError> {
        Objects::create(&self.objects, path).await
    }

    async fn open(&self, path: &UfsPath, offset: u64) -> Result<Box<dyn UfsReader>, UfsError> {
        Objects::open(&self.objects, path, offset, None).await
    }

    async fn open_range(
        &self,
        path: &UfsPath,
        range: Range<u64>,
    ) -> Result<Box<dyn UfsReader>, UfsError> {
        let length = range.end.saturating_sub(range.start);
        Objects::open(&self.objects, path, range.start, Some(length)).await
    }

    async fn read_at(&self, path: &UfsPath, offset: u64, length: usize) -> Result<Bytes, UfsError> {
        self.objects.read_at(path, offset, length).await
    }

    async fn mkdir(&self, path: &UfsPath, _options: MkdirOptions) -> Result<(), UfsError> {
        self.objects.mkdir(path).await
    }

    async fn delete_file(&self, path: &UfsPath) -> Result<(), UfsError> {
        self.objects.delete_file(path).await
    }

    async fn delete_files(&self, paths: &[UfsPath]) -> Vec<Result<(), UfsError>> {
        self.objects.delete_files(paths).await
    }

    async fn delete_directory(&self, path: &UfsPath, recursion: Recursion) -> Result<(), UfsError> {
        Objects::delete_directory(&self.objects, path, recursion).await
    }

    async fn rename_file(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        self.objects.rename_file(source, target).await
    }

    async fn rename_directory(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        Objects::rename_directory(&self.objects, source, target).await
    }

    async fn resume_rename_directory(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<RenameSide, UfsError> {
        Objects::resume_rename_directory(&self.objects, source, target).await
    }

    async fn set_owner(
        &self,
        _path: &UfsPath,
        _owner: Option<&str>,
        _group: Option<&str>,
    ) -> Result<(), UfsError> {
        Ok(())
    }

    async fn set_mode(&self, _path: &UfsPath, _mode: Mode) -> Result<(), UfsError> {
        Ok(())
    }

    async fn space(&self, _path: &UfsPath) -> Result<UfsSpace, UfsError> {
        Ok(UfsSpace::UNKNOWN)
    }

    async fn cleanup(&self, root: &UfsPath, age: Duration) -> Result<u64, UfsError> {
        let key = file_key(root);
        let aborted = self.objects.store.abort_old_uploads(key, age).await;
        aborted.map_err(|error| error.on(UfsOperation::Cleanup, root))
    }
}
