//! [`ObjectStore`]: what one bucket of an object store offers: flat keys, whole objects.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Mode, Timestamp, UfsPath};
use async_trait::async_trait;

use super::{ObjectSink, Payload};
use crate::{UfsError, UfsErrorKind, UfsOperation};

/// One bucket. Keys are UTF-8 without a slash in front. Whoever implements it maps requests and
/// errors, and nothing else.
#[async_trait]
pub trait ObjectStore: Send + Sync + fmt::Debug {
    /// The short name of the kind of store: `s3`, `oss`.
    fn kind(&self) -> &'static str;

    /// Which bucket of which store it is, for as long as there are notes about it.
    fn name(&self) -> &str;

    /// The most keys of one page and of one batch of deletions.
    fn batch_limit(&self) -> usize;

    /// Whose everything in the bucket is; `None` where the options of the mount say it. Asked once.
    async fn permissions(&self) -> Result<Option<ObjectPermissions>, ObjectError> {
        Ok(None)
    }

    /// What is known of an object; `None` when there is none.
    async fn head(&self, key: &str) -> Result<Option<ObjectStatus>, ObjectError>;

    /// One page of keys in the order of their bytes.
    async fn list(&self, request: ObjectList) -> Result<ObjectPage, ObjectError>;

    /// Puts a range of an object into `sink` as it comes, less only where the object ends, nothing
    /// behind it. With `etag` only of that very content, else `ChangedMeanwhile`; without, all of it
    /// is of one content.
    async fn read(
        &self,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
        sink: &mut ObjectSink,
    ) -> Result<(), ObjectError>;

    /// Writes a whole object, in place of one that is there. The time may be missing where only
    /// another request would tell it.
    async fn put(&self, key: &str, data: Payload) -> Result<ObjectStatus, ObjectError>;

    /// Begins an object that comes in parts, and returns the id of the upload.
    async fn begin_upload(&self, key: &str) -> Result<String, ObjectError>;

    /// Sends a part. Numbers begin at 1 and have no gaps.
    async fn upload_part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        data: Payload,
    ) -> Result<ObjectPart, ObjectError>;

    /// Makes the object visible, in place of one that is there.
    async fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: Vec<ObjectPart>,
    ) -> Result<ObjectStatus, ObjectError>;

    /// Throws the parts away. An upload that is gone already is no error.
    async fn abort_upload(&self, key: &str, upload: &str) -> Result<(), ObjectError>;

    /// Throws away the unfinished uploads of `key` and of all keys below it as a directory, of the
    /// whole bucket when it is empty, that began longer ago than `age`. A store may give those that
    /// have any age more time.
    async fn abort_old_uploads(&self, key: &str, age: Duration) -> Result<u64, ObjectError>;

    /// The uploads of exactly this key that are not complete. A store that does not tell has none.
    async fn uploads_of(&self, _key: &str) -> Result<Vec<UnfinishedUpload>, ObjectError> {
        Ok(Vec::new())
    }

    /// The longest object that [`Self::copy`] takes. The parts of longer ones have this length.
    fn copy_limit(&self) -> u64;

    /// Copies an object of this length inside the bucket, in place of one that is at `target`.
    async fn copy(&self, source: &str, length: u64, target: &str) -> Result<(), ObjectError>;

    /// Copies a piece of an object as a part of an upload of `target`. Numbers begin at 1.
    async fn copy_part(
        &self,
        piece: CopiedPiece<'_>,
        target: &str,
        upload: &str,
        number: u32,
    ) -> Result<ObjectPart, ObjectError>;

    /// Deletes up to [`Self::batch_limit`] objects. Keys that are not there are no error. The
    /// answers stand in the order of the keys.
    async fn delete(&self, keys: &[String]) -> Vec<Result<(), ObjectError>>;
}

/// Whether `key` is `top` or lies below it as a directory; everything lies below the empty one.
pub(crate) fn is_at_or_below(key: &str, top: &str) -> bool {
    let rest = key.strip_prefix(top);
    rest.is_some_and(|rest| top.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectStatus {
    /// In bytes.
    pub length: u64,
    /// Changes with the content.
    pub etag: String,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
}

/// A content of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// Of the whole object, in bytes.
    pub length: u64,
    /// What the store calls it.
    pub etag: String,
}

/// A piece of one content of an object; `ChangedMeanwhile` when it has another one by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedPiece<'a> {
    /// The key.
    pub source: &'a str,
    /// The content.
    pub etag: &'a str,
    /// The bytes; not empty.
    pub range: Range<u64>,
}

/// An upload that is neither complete nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedUpload {
    /// What the store calls it.
    pub id: String,
    /// How long ago it began, by the clock of the store.
    pub age: Duration,
    /// Whether a part has arrived.
    pub has_parts: bool,
}

/// The owner and the mode of everything in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPermissions {
    /// Empty for none.
    pub owner: Arc<str>,
    /// The permissions.
    pub mode: Mode,
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectList {
    /// Only keys that begin so.
    pub prefix: String,
    /// Only keys behind this one.
    pub start_after: Option<String>,
    /// [`ObjectPage::next`] of the page before, which counts instead of `start_after`.
    pub token: Option<String>,
    /// Whether what follows the next slash is folded into one common prefix.
    pub folded: bool,
    /// The most entries.
    pub limit: usize,
}

/// A page of keys and common prefixes, merged, in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectPage {
    /// The entries.
    pub entries: Vec<ListedObject>,
    /// Where the next page begins, in words of the store; `None` at the end.
    pub next: Option<String>,
}

/// An entry of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// The key, or the common prefix with its slash.
    pub key: String,
    /// `None` for a common prefix.
    pub status: Option<ObjectStatus>,
}

/// A part that the store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPart {
    /// From 1.
    pub number: u32,
    /// What the store calls it.
    pub etag: String,
}

/// What a store could not do, before it is known which operation on which path it was for.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct ObjectError {
    /// The kind.
    pub kind: UfsErrorKind,
    /// The store's words.
    pub reason: String,
    /// The property that a person should look at.
    pub property: Option<&'static str>,
}

impl ObjectError {
    /// The error of an operation on a path.
    pub(super) fn on(self, operation: UfsOperation, path: &UfsPath) -> UfsError {
        let mut error = UfsError::new(self.kind, operation, path);
        if let Some(property) = self.property {
            error = error.with_property(property);
        }
        if self.kind == UfsErrorKind::Misconfigured {
            // Such an error is printed without the path.
            let (scheme, bucket) = (path.scheme(), path.authority());
            let reason = format!("{scheme}://{bucket}: {}", self.reason);
            return error.with_reason(reason).with_source(self);
        }
        if self.kind == UfsErrorKind::NotFound {
            return error.with_source(self);
        }
        error.with_reason(self.reason.clone()).with_source(self)
    }
}
