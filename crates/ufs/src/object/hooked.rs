//! [`Hooked`]: a store in memory that fails, waits or lies where a test says so.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;

use super::memory::MemoryObjects;
use super::{
    CopiedPiece, ObjectError, ObjectList, ObjectPage, ObjectPart, ObjectSink, ObjectStatus,
    ObjectStore, Payload, UnfinishedUpload,
};
use crate::UfsErrorKind;

/// What is asked of the store, with the key that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Head(String),
    /// The prefix.
    List(String),
    /// The bytes.
    Read(Range<u64>),
    Put(String),
    Part(u32),
    Abort,
    /// The source.
    Copy(String),
    CopyPart(u32),
    /// The first key of the batch.
    Delete(String),
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    /// It is answered with success, and nothing happens.
    Ignored,
    Failed(UfsErrorKind),
}

type Hook = dyn Fn(Asked) -> BoxFuture<'static, Verdict> + Send + Sync;

/// The store; `hook` is asked before every request.
pub(super) struct Hooked {
    store: MemoryObjects,
    hook: Arc<Hook>,
    first_is_empty: bool,
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooked").finish_non_exhaustive()
    }
}

impl Hooked {
    pub(super) fn new<F>(store: MemoryObjects, hook: F) -> Self
    where
        F: Fn(Asked) -> BoxFuture<'static, Verdict> + Send + Sync + 'static,
    {
        Self {
            store,
            hook: Arc::new(hook),
            first_is_empty: false,
        }
    }

    /// Every listing begins with a page without entries, behind which it goes on.
    pub(super) fn with_an_empty_first_page(mut self) -> Self {
        self.first_is_empty = true;
        self
    }

    /// Whether to do what was asked.
    async fn is_done(&self, asked: Asked) -> Result<bool, ObjectError> {
        match (self.hook)(asked).await {
            Verdict::Done => Ok(true),
            Verdict::Ignored => Ok(false),
            Verdict::Failed(kind) => Err(ObjectError {
                kind,
                reason: "as the test has it".to_owned(),
                property: None,
            }),
        }
    }
}

#[async_trait]
impl ObjectStore for Hooked {
    fn kind(&self) -> &'static str {
        self.store.kind()
    }

    fn name(&self) -> &str {
        self.store.name()
    }

    fn batch_limit(&self) -> usize {
        // Small, so that a few objects are several pages.
        10
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectStatus>, ObjectError> {
        self.is_done(Asked::Head(key.to_owned())).await?;
        self.store.head(key).await
    }

    async fn list(&self, request: ObjectList) -> Result<ObjectPage, ObjectError> {
        self.is_done(Asked::List(request.prefix.clone())).await?;
        if self.first_is_empty && request.token.is_none() {
            return Ok(ObjectPage {
                entries: Vec::new(),
                next: Some(String::new()),
            });
        }
        self.store.list(request).await
    }

    async fn read(
        &self,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
        sink: &mut ObjectSink,
    ) -> Result<(), ObjectError> {
        self.is_done(Asked::Read(range.clone())).await?;
        self.store.read(key, range, etag, sink).await
    }

    async fn put(&self, key: &str, data: Payload) -> Result<ObjectStatus, ObjectError> {
        self.is_done(Asked::Put(key.to_owned())).await?;
        self.store.put(key, data).await
    }

    async fn begin_upload(&self, key: &str) -> Result<String, ObjectError> {
        self.store.begin_upload(key).await
    }

    async fn upload_part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        data: Payload,
    ) -> Result<ObjectPart, ObjectError> {
        self.is_done(Asked::Part(number)).await?;
        self.store.upload_part(key, upload, number, data).await
    }

    async fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: Vec<ObjectPart>,
    ) -> Result<ObjectStatus, ObjectError> {
        self.store.complete_upload(key, upload, parts).await
    }

    async fn abort_upload(&self, key: &str, upload: &str) -> Result<(), ObjectError> {
        if self.is_done(Asked::Abort).await? {
            self.store.abort_upload(key, upload).await?;
        }
        Ok(())
    }

    async fn abort_old_uploads(&self, key: &str, age: Duration) -> Result<u64, ObjectError> {
        self.store.abort_old_uploads(key, age).await
    }

    async fn uploads_of(&self, key: &str) -> Result<Vec<UnfinishedUpload>, ObjectError> {
        self.store.uploads_of(key).await
    }

    fn copy_limit(&self) -> u64 {
        self.store.copy_limit()
    }

    async fn copy(&self, source: &str, length: u64, target: &str) -> Result<(), ObjectError> {
        self.is_done(Asked::Copy(source.to_owned())).await?;
        self.store.copy(source, length, target).await
    }

    async fn copy_part(
        &self,
        piece: CopiedPiece<'_>,
        target: &str,
        upload: &str,
        number: u32,
    ) -> Result<ObjectPart, ObjectError> {
        self.is_done(Asked::CopyPart(number)).await?;
        self.store.copy_part(piece, target, upload, number).await
    }

    async fn delete(&self, keys: &[String]) -> Vec<Result<(), ObjectError>> {
        let first = keys.first().cloned().unwrap_or_default();
        match self.is_done(Asked::Delete(first)).await {
            Ok(true) => self.store.delete(keys).await,
            Ok(false) => keys.iter().map(|_| Ok(())).collect(),
            Err(error) => keys.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}
