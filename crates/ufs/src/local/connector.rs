//! [`LocalUfs`]: the connector. Every method takes its work to a blocking thread; the work itself
//! stands in the file of the operation, as a method of [`Local`].

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Mode, UfsPath};
use async_trait::async_trait;
use bytes::Bytes;

use super::owner_names::OwnerNames;
use super::temporary::TemporaryNames;
use super::threads::Threads;
use super::warn_once::WarnOnce;
use crate::{
    CreateOptions, ListOptions, MkdirOptions, Recursion, UfsCapabilities, UfsCapability, UfsError,
    UfsErrorKind, UfsListing, UfsOperation, UfsProperties, UfsReader, UfsSpace, UfsStatus,
    UfsWriter, UnderFileSystem,
};

/// The property that leaves broken symbolic links out of listings.
pub const SKIP_BROKEN_LINKS: &str = "alluxio.underfs.local.skip.broken.symlinks";

/// The connector to the local file system.
///
/// **Links** are followed: a symbolic link is the file or directory that it leads to, wherever
/// that lies. Deleting and renaming touch the link itself, never what it leads to; writing to its
/// path replaces it by a file. A recursive listing names a directory link that leads back to a
/// directory on the way to it, but does not enter it. A link that leads nowhere does not exist; it
/// makes the listing of its directory fail, unless [`SKIP_BROKEN_LINKS`] is `true`.
///
/// **Sockets, pipes and devices** do not exist. **Names that are not UTF-8** are left out of
/// listings, with a warning that names them once; a directory that holds one is not empty.
///
/// **Names like `.alluxio.0x0123456789ABCDEF.tmp`** belong to writers; listings leave them out,
/// and a directory with nothing else is empty.
///
/// **Owners** of new files and directories are set where this process may, which mostly takes
/// root; where it may not, it warns once and goes on.
#[derive(Debug)]
pub struct LocalUfs {
    local: Arc<Local>,
}

/// What the operations share; it lives as long as the last of their threads.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) names: OwnerNames,
    pub(super) temporary: TemporaryNames,
    pub(super) broken_links: BrokenLinks,
    pub(super) warnings: WarnOnce,
    pub(super) threads: Threads,
}

/// What a link that leads nowhere does to a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrokenLinks {
    Fail,
    Skip,
}

impl LocalUfs {
    /// A connector with the properties of its mount, of which it reads [`SKIP_BROKEN_LINKS`].
    pub fn new(properties: &UfsProperties, clock: Arc<dyn Clock>) -> Self {
        let broken_links = if properties.is_true(SKIP_BROKEN_LINKS) {
            BrokenLinks::Skip
        } else {
            BrokenLinks::Fail
        };
        Self {
            local: Arc::new(Local {
                names: OwnerNames::new(Arc::clone(&clock)),
                temporary: TemporaryNames::new(clock.as_ref()),
                broken_links,
                warnings: WarnOnce::default(),
                threads: Threads::default(),
                clock,
            }),
        }
    }

    /// Does the work of one operation on a blocking thread.
    async fn run<T: Send + 'static>(
        &self,
        operation: UfsOperation,
        path: &UfsPath,
        work: impl FnOnce(&Arc<Local>, &UfsPath) -> Result<T, UfsError> + Send + 'static,
    ) -> Result<T, UfsError> {
        let local = Arc::clone(&self.local);
        let owned = path.clone();
        let threads = &self.local.threads;
        threads
            .run(operation, path, move || work(&local, &owned))
            .await
    }
}

/// The path as the system wants it.
pub(super) fn os_path(path: &UfsPath) -> &Path {
    Path::new(path.path())
}

#[async_trait]
impl UnderFileSystem for LocalUfs {
    fn kind(&self) -> &'static str {
        "local"
    }

    fn capabilities(&self) -> UfsCapabilities {
        const CAPABILITIES: UfsCapabilities = UfsCapabilities::of(&[
            UfsCapability::AtomicRename,
            UfsCapability::Permissions,
            UfsCapability::RealDirectories,
            UfsCapability::Space,
            UfsCapability::ImmediateVisibility,
            UfsCapability::StableReaders,
        ]);
        CAPABILITIES
    }

    async fn status(&self, path: &UfsPath) -> Result<UfsStatus, UfsError> {
        self.run(UfsOperation::Status, path, |local, path| local.status(path))
            .await
    }

    async fn list(
        &self,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError> {
        self.run(UfsOperation::List, directory, |local, directory| {
            Local::list(local, directory, options)
        })
        .await
    }

    async fn create(
        &self,
        path: &UfsPath,
        options: CreateOptions,
    ) -> Result<Box<dyn UfsWriter>, UfsError> {
        self.run(UfsOperation::Create, path, move |local, path| {
            Local::create(local, path, &options)
        })
        .await
    }

    async fn open(&self, path: &UfsPath, offset: u64) -> Result<Box<dyn UfsReader>, UfsError> {
        self.run(UfsOperation::Open, path, move |local, path| {
            local.open(path, offset)
        })
        .await
    }

    async fn read_at(&self, path: &UfsPath, offset: u64, length: usize) -> Result<Bytes, UfsError> {
        self.run(UfsOperation::ReadAt, path, move |local, path| {
            local.read_at(path, offset, length)
        })
        .await
    }

    async fn mkdir(&self, path: &UfsPath, options: MkdirOptions) -> Result<(), UfsError> {
        self.run(UfsOperation::Mkdir, path, move |local, path| {
            local.mkdir(path, &options)
        })
        .await
    }

    async fn delete_file(&self, path: &UfsPath) -> Result<(), UfsError> {
        self.run(UfsOperation::DeleteFile, path, |local, path| {
            local.delete_file(path)
        })
        .await
    }

    async fn delete_files(&self, paths: &[UfsPath]) -> Vec<Result<(), UfsError>> {
        let Some(first) = paths.first() else {
            return Vec::new();
        };
        let batch = paths.to_vec();
        let deleted = self
            .run(UfsOperation::DeleteFile, first, move |local, _| {
                Ok(batch.iter().map(|path| local.delete_file(path)).collect())
            })
            .await;
        // Only a panic gets here; then nothing is known about any of them.
        deleted.unwrap_or_else(|_unknown| {
            let unknown =
                |path| UfsError::new(UfsErrorKind::Unexpected, UfsOperation::DeleteFile, path);
            paths.iter().map(|path| Err(unknown(path))).collect()
        })
    }

    async fn delete_directory(&self, path: &UfsPath, recursion: Recursion) -> Result<(), UfsError> {
        self.run(UfsOperation::DeleteDirectory, path, move |local, path| {
            local.delete_directory(path, recursion)
        })
        .await
    }

    async fn rename_file(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let target = target.clone();
        self.run(UfsOperation::RenameFile, source, move |local, source| {
            local.rename_file(source, &target)
        })
        .await
    }

    async fn rename_directory(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let target = target.clone();
        self.run(
            UfsOperation::RenameDirectory,
            source,
            move |local, source| local.rename_directory(source, &target),
        )
        .await
    }

    async fn set_owner(
        &self,
        path: &UfsPath,
        owner: Option<&str>,
        group: Option<&str>,
    ) -> Result<(), UfsError> {
        let (owner, group) = (owner.map(str::to_owned), group.map(str::to_owned));
        self.run(UfsOperation::SetOwner, path, move |local, path| {
            local.set_owner(path, owner.as_deref(), group.as_deref())
        })
        .await
    }

    async fn set_mode(&self, path: &UfsPath, mode: Mode) -> Result<(), UfsError> {
        self.run(UfsOperation::SetMode, path, move |local, path| {
            local.set_mode(path, mode)
        })
        .await
    }

    async fn space(&self, path: &UfsPath) -> Result<UfsSpace, UfsError> {
        self.run(UfsOperation::Space, path, |local, path| local.space(path))
            .await
    }

    async fn cleanup(&self, root: &UfsPath, age: Duration) -> Result<u64, UfsError> {
        self.run(UfsOperation::Cleanup, root, move |local, root| {
            local.cleanup(root, age)
        })
        .await
    }
}
