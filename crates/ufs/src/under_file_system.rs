//! [`UnderFileSystem`]: the trait that every connector implements, with its rules.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use alluxio_common::{Mode, UfsPath};
use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    CreateOptions, ListOptions, MkdirOptions, Recursion, UfsCapabilities, UfsError, UfsErrorKind,
    UfsFile, UfsOperation, UfsSpace, UfsStatus,
};

/// Where everything is of a directory whose rename was broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameSide {
    /// At its old place: it was not moved.
    Source,
    /// At its new one.
    Target,
}

/// A connector to one store, shared by all who use the mount.
///
/// # Rules of every method
/// **Paths** are whole URIs of the store, as [`UfsPath`] checked them: `/mnt/a` and `file:///mnt/a`
/// are the same place. A name may hold every character but `/` and NUL, so spaces, `%`, newlines and
/// 255 bytes of UTF-8 must work. What the store cannot hold is `InvalidPath`.
///
/// **Cancelling** is dropping the future. What the call asked for may then happen or not, but a
/// file never becomes visible in part.
///
/// **Errors** name the path that was at fault, which may be a parent of the one that was asked for.
/// A component that is a file where a directory is needed is `NotADirectory` in stores with real
/// directories and `NotFound` in others. Missing rights are `PermissionDenied` wherever the store
/// tells them from missing things.
///
/// **Durability**: everything that has returned survives the end of any process. Whether it
/// survives a crash of the machine that holds the store is the store's affair, but for files closed
/// with [`crate::Durability::Synced`] and for renames: those survive it.
///
/// **Visibility**: see [`crate::UfsCapability::ImmediateVisibility`]. Without it the caller decides
/// how long to ask again.
#[async_trait]
pub trait UnderFileSystem: Send + Sync + fmt::Debug {
    /// The short name of the kind of store, as the mount list prints it: `local`, `s3`, `hdfs`.
    fn kind(&self) -> &'static str;

    /// What this store can do beyond what every store can. Never changes.
    fn capabilities(&self) -> UfsCapabilities;

    /// What stands at `path`.
    ///
    /// # Errors
    /// `NotFound` when nothing does, or something that is neither file nor directory.
    async fn status(&self, path: &UfsPath) -> Result<UfsStatus, UfsError>;

    /// Like [`Self::status`], for callers to whom absence is normal.
    ///
    /// # Errors
    /// Everything but `NotFound`, `NotADirectory` and `InvalidPath`, which are `None`: what the store
    /// cannot hold is not there.
    async fn find_status(&self, path: &UfsPath) -> Result<Option<UfsStatus>, UfsError> {
        match self.status(path).await {
            Ok(status) => Ok(Some(status)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Begins a listing of `directory`, which is not itself listed.
    ///
    /// **Order**: by [`UfsStatus::list_key`] as bytes, in a recursive listing over the whole
    /// relative paths. That is the order of keys in an object store, and it is not quite the order
    /// of names: the file `a.b` (`.` is 0x2e) comes before the directory `a` (`a/`, 0x2f).
    /// A directory comes before what is in it.
    ///
    /// **Consistency**: what stays unchanged during the listing is listed exactly once. What comes
    /// or goes meanwhile may be listed or not. No page has a name twice, whatever the store holds:
    /// an object hides the directory of its name.
    ///
    /// # Errors
    /// `NotFound` when there is no such directory (at once or with the first page),
    /// `NotADirectory` when it is a file.
    async fn list(
        &self,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError>;

    /// Begins a file. Nothing is visible at `path`, nor in listings, before
    /// [`UfsWriter::close`]; until then a file that is already there stays as it is, and `close`
    /// replaces it in one step. Of several writers of one path the last to close wins.
    ///
    /// # Errors
    /// `IsADirectory` when a directory is there; `NotFound` when the parent is missing and the
    /// options do not ask for it; `NotADirectory` when it is a file.
    async fn create(
        &self,
        path: &UfsPath,
        options: CreateOptions,
    ) -> Result<Box<dyn UfsWriter>, UfsError>;

    /// Opens a file for reading from `offset` on. At or behind the end there is nothing to read,
    /// which is no error.
    ///
    /// # Errors
    /// `NotFound`; `IsADirectory`.
    async fn open(&self, path: &UfsPath, offset: u64) -> Result<Box<dyn UfsReader>, UfsError>;

    /// Opens a file for reading this range of it, from its first byte to its last: [`Self::open`],
    /// with [`UfsReader::expect`] known from the beginning.
    ///
    /// # Errors
    /// As [`Self::open`].
    async fn open_range(
        &self,
        path: &UfsPath,
        range: Range<u64>,
    ) -> Result<Box<dyn UfsReader>, UfsError> {
        let mut reader = self.open(path, range.start).await?;
        reader.expect(range.end.saturating_sub(range.start));
        Ok(reader)
    }

    /// Reads up to `length` bytes from `offset`: fewer only where the file ends before.
    ///
    /// # Errors
    /// As [`Self::open`].
    async fn read_at(&self, path: &UfsPath, offset: u64, length: usize) -> Result<Bytes, UfsError>;

    /// Creates a directory. In a store without real directories it leaves a marker, so that the
    /// directory stays when it is empty.
    ///
    /// # Errors
    /// `AlreadyExists` when anything is there, be it a directory; `NotFound` when the parent is
    /// missing and the options do not ask for it.
    async fn mkdir(&self, path: &UfsPath, options: MkdirOptions) -> Result<(), UfsError>;

    /// Deletes a file. Readers: see [`crate::UfsCapability::StableReaders`].
    ///
    /// # Errors
    /// `NotFound`; `IsADirectory`.
    async fn delete_file(&self, path: &UfsPath) -> Result<(), UfsError>;

    /// Deletes many files, in as few requests as the store allows. The answers stand in the order
    /// of the paths; one that fails does not keep the others from being deleted. A store may answer
    /// with success for what was not there.
    async fn delete_files(&self, paths: &[UfsPath]) -> Vec<Result<(), UfsError>> {
        let mut answers = Vec::with_capacity(paths.len());
        for path in paths {
            answers.push(self.delete_file(path).await);
        }
        answers
    }

    /// Deletes a directory, or with [`Recursion::All`] everything in it as well. A recursive
    /// deletion is not atomic: when it fails, any part may be gone, and it can be repeated.
    ///
    /// # Errors
    /// `NotFound`; `NotADirectory`; `NotEmpty` without recursion.
    async fn delete_directory(&self, path: &UfsPath, recursion: Recursion) -> Result<(), UfsError>;

    /// Moves a file to a path in the same store. It replaces nothing. Content, length and, where
    /// the store has them, owner, mode and modification time stay.
    ///
    /// # Errors
    /// `NotFound` for the source or the target's parent; `IsADirectory` for the source;
    /// `AlreadyExists` when anything is at the target.
    async fn rename_file(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError>;

    /// Moves a directory with all that is in it. It replaces nothing, not even an empty directory.
    ///
    /// # Errors
    /// As [`Self::rename_file`], with `NotADirectory` for the source; `InvalidPath` when the
    /// target lies inside the source.
    async fn rename_directory(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError>;

    /// Goes on with a [`Self::rename_directory`] that was broken off with something at both places,
    /// in a store without [`crate::UfsCapability::AtomicRename`]. What the target does not have is
    /// moved, whether listings show it or not. When something else stands in the place of anything,
    /// nothing is touched.
    ///
    /// # Errors
    /// It can be repeated; `Unsupported` where a rename is one step.
    async fn resume_rename_directory(
        &self,
        source: &UfsPath,
        _target: &UfsPath,
    ) -> Result<RenameSide, UfsError> {
        let operation = UfsOperation::RenameDirectory;
        Err(UfsError::new(UfsErrorKind::Unsupported, operation, source))
    }

    /// Changes the owner, the group, or both; `None` leaves one as it is. Does nothing in a store
    /// without [`crate::UfsCapability::Permissions`].
    ///
    /// # Errors
    /// `NotFound`; `PermissionDenied` when this process may not; `Unexpected` for a name that the
    /// machine does not know.
    async fn set_owner(
        &self,
        path: &UfsPath,
        owner: Option<&str>,
        group: Option<&str>,
    ) -> Result<(), UfsError>;

    /// Changes the permission bits. Does nothing in a store without
    /// [`crate::UfsCapability::Permissions`].
    ///
    /// # Errors
    /// `NotFound`; `PermissionDenied`.
    async fn set_mode(&self, path: &UfsPath, mode: Mode) -> Result<(), UfsError>;

    /// How large the store is at `path`, or [`UfsSpace::UNKNOWN`].
    ///
    /// # Errors
    /// `NotFound`, where the store looks.
    async fn space(&self, path: &UfsPath) -> Result<UfsSpace, UfsError>;

    /// Removes what interrupted writers left below `root` (temporary files, unfinished uploads)
    /// and nobody touched for `age`. Returns how many it removed.
    ///
    /// # Errors
    /// When `root` cannot be walked; a single leftover that resists is skipped.
    async fn cleanup(&self, root: &UfsPath, age: Duration) -> Result<u64, UfsError>;
}

/// A listing in progress.
#[async_trait]
pub trait UfsListing: Send + fmt::Debug {
    /// The next entries, at most the page size of the options; none at the end, and from then on.
    ///
    /// # Errors
    /// After an error the listing is over; begin a new one behind the last entry.
    async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError>;

    /// The directories, relative to the listed one (which itself is empty), in which something was
    /// met since the last call that listings leave out, because it has no name in UTF-8 or is
    /// neither file nor directory; not necessarily all of them. Who is about to delete a directory
    /// with all that it holds wants to know.
    fn take_left_out(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// A file being written. Memory is bounded: a writer holds at most a few MiB (in object stores, a
/// few parts), and `write` waits for the store when it is full.
///
/// Dropping it is aborting it, in the background.
#[async_trait]
pub trait UfsWriter: Send + fmt::Debug {
    /// Appends bytes. Pieces of any size; large ones are not copied.
    ///
    /// # Errors
    /// After an error only [`Self::abort`] makes sense. An error may belong to an earlier write.
    async fn write(&mut self, data: Bytes) -> Result<(), UfsError>;

    /// Waits until the store has taken all that was written so far. It makes nothing visible and
    /// promises nothing about crashes.
    ///
    /// # Errors
    /// As [`Self::write`].
    async fn flush(&mut self) -> Result<(), UfsError>;

    /// Makes the file visible, whole, and returns what the store says about it; without the time
    /// where the store does not say it unasked.
    ///
    /// # Errors
    /// Then nothing of it is visible, but for `TimedOut` and `Unavailable`, which leave it open;
    /// `IsADirectory` when a directory has come to the path; `NotFound` when the parent has gone.
    async fn close(self: Box<Self>) -> Result<UfsFile, UfsError>;

    /// Throws away what was written, and waits until it is gone.
    ///
    /// # Errors
    /// When the store keeps something back; `cleanup` will find it.
    async fn abort(self: Box<Self>) -> Result<(), UfsError>;
}

/// A file being read from front to back.
#[async_trait]
pub trait UfsReader: Send + fmt::Debug {
    /// [`UfsFile::content_hash`] of what is being read, as it was when the reader was opened.
    fn content_hash(&self) -> &str;

    /// Says that at most so many further bytes will be read, so that the connector may fetch them
    /// ahead, and none behind them. Whether the reader ends there is not said.
    fn expect(&mut self, _length: u64) {}

    /// The next bytes, at most `max`, at least one but at the end, where there are none. Ask for a
    /// MiB or more at a time to go fast.
    ///
    /// # Errors
    /// `ChangedMeanwhile` or `NotFound` when the file was replaced or deleted in a store without
    /// [`crate::UfsCapability::StableReaders`]. After an error the reader is of no use.
    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError>;
}
