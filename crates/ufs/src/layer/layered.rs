//! [`Layered`]: a connector with one [`Layer`] around it.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Mode, UfsPath};
use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;

use crate::{
    CreateOptions, ListOptions, MkdirOptions, Recursion, RenameSide, UfsCapabilities, UfsError,
    UfsFile, UfsListing, UfsOperation, UfsReader, UfsSpace, UfsStatus, UfsWriter, UnderFileSystem,
};

/// A call that passes through a layer.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// What is called.
    pub operation: UfsOperation,
    /// On which path; the source of a rename.
    pub path: &'a UfsPath,
    /// How many bytes it brings to the store.
    pub bytes: u64,
}

impl<'a> Call<'a> {
    pub(super) fn new(operation: UfsOperation, path: &'a UfsPath) -> Self {
        Self {
            operation,
            path,
            bytes: 0,
        }
    }
}

/// What a call returns.
pub trait Payload: Send + Sized {
    /// How many bytes of content it brings from the store.
    fn bytes(&self) -> u64 {
        0
    }

    /// The same with at most so many bytes of content.
    fn truncated(self, _bytes: usize) -> Self {
        self
    }
}

impl Payload for Bytes {
    fn bytes(&self) -> u64 {
        self.len() as u64
    }

    fn truncated(mut self, bytes: usize) -> Self {
        self.truncate(bytes);
        self
    }
}

impl Payload for () {}
impl Payload for u64 {}
impl Payload for UfsStatus {}
impl Payload for UfsFile {}
impl Payload for UfsSpace {}
impl Payload for RenameSide {}
impl Payload for Vec<UfsStatus> {}
impl Payload for Vec<Result<(), UfsError>> {}
impl Payload for Box<dyn UfsListing> {}
impl Payload for Box<dyn UfsReader> {}
impl Payload for Box<dyn UfsWriter> {}

/// Something that happens around every call. The methods have defaults that do nothing, so that a
/// layer says only what it is about.
pub trait Layer: Send + Sync + fmt::Debug + Sized + 'static {
    /// Around a call of the connector. `attempt` makes the call, and may make it again.
    fn around<'a, T, F>(
        &'a self,
        call: Call<'a>,
        attempt: F,
    ) -> impl Future<Output = Result<T, UfsError>> + Send + 'a
    where
        T: Payload + 'a,
        F: Fn() -> BoxFuture<'a, Result<T, UfsError>> + Send + Sync + 'a;

    /// Around a call of a stream or of a listing, which cannot be made again.
    fn around_once<'a, T: Payload + 'a>(
        &'a self,
        call: Call<'a>,
        attempt: BoxFuture<'a, Result<T, UfsError>>,
    ) -> impl Future<Output = Result<T, UfsError>> + Send + 'a;

    /// The reader that is given out for `reader`.
    fn wrap_reader(
        layer: &Arc<Self>,
        opened: Opened<'_>,
        reader: Box<dyn UfsReader>,
    ) -> Box<dyn UfsReader> {
        Box::new(LayeredReader {
            layer: Arc::clone(layer),
            path: opened.path.clone(),
            reader,
        })
    }

    /// The writer that is given out for `writer`.
    fn wrap_writer(
        layer: &Arc<Self>,
        path: &UfsPath,
        writer: Box<dyn UfsWriter>,
    ) -> Box<dyn UfsWriter> {
        Box::new(LayeredWriter {
            layer: Arc::clone(layer),
            path: path.clone(),
            writer,
        })
    }

    /// The listing that is given out for `listing`.
    fn wrap_listing(
        layer: &Arc<Self>,
        listed: Listed<'_>,
        listing: Box<dyn UfsListing>,
    ) -> Box<dyn UfsListing> {
        Box::new(LayeredListing {
            layer: Arc::clone(layer),
            path: listed.path.clone(),
            listing,
        })
    }
}

/// What a reader was opened for.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// The connector inside.
    pub ufs: &'a Arc<dyn UnderFileSystem>,
    /// The file.
    pub path: &'a UfsPath,
    /// Where it begins.
    pub offset: u64,
    /// Where it ends, if that was said.
    pub end: Option<u64>,
}

/// What a listing was begun for.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The connector inside.
    pub ufs: &'a Arc<dyn UnderFileSystem>,
    /// The directory.
    pub path: &'a UfsPath,
    /// How.
    pub options: &'a ListOptions,
}

/// A connector with a layer around it.
#[derive(Debug)]
pub struct Layered<L> {
    layer: Arc<L>,
    ufs: Arc<dyn UnderFileSystem>,
}

impl<L: Layer> Layered<L> {
    /// Puts `layer` around `ufs`.
    pub fn new(layer: L, ufs: Arc<dyn UnderFileSystem>) -> Self {
        Self {
            layer: Arc::new(layer),
            ufs,
        }
    }
}

#[derive(Debug)]
struct LayeredReader<L> {
    layer: Arc<L>,
    path: UfsPath,
    reader: Box<dyn UfsReader>,
}

#[derive(Debug)]
struct LayeredWriter<L> {
    layer: Arc<L>,
    path: UfsPath,
    writer: Box<dyn UfsWriter>,
}

#[derive(Debug)]
struct LayeredListing<L> {
    layer: Arc<L>,
    path: UfsPath,
    listing: Box<dyn UfsListing>,
}

#[async_trait]
impl<L: Layer> UfsReader for LayeredReader<L> {
    fn content_hash(&self) -> &str {
        self.reader.content_hash()
    }

    fn expect(&mut self, length: u64) {
        self.reader.expect(length);
    }

    async fn read(&mut self, max: usize) -> Result<Bytes, UfsError> {
        let call = Call::new(UfsOperation::Read, &self.path);
        self.layer.around_once(call, self.reader.read(max)).await
    }
}

#[async_trait]
impl<L: Layer> UfsWriter for LayeredWriter<L> {
    async fn write(&mut self, data: Bytes) -> Result<(), UfsError> {
        let call = Call {
            bytes: data.len() as u64,
            ..Call::new(UfsOperation::Write, &self.path)
        };
        self.layer.around_once(call, self.writer.write(data)).await
    }

    async fn flush(&mut self) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::Flush, &self.path);
        self.layer.around_once(call, self.writer.flush()).await
    }

    async fn close(self: Box<Self>) -> Result<UfsFile, UfsError> {
        let call = Call::new(UfsOperation::Close, &self.path);
        self.layer.around_once(call, self.writer.close()).await
    }

    async fn abort(self: Box<Self>) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::Abort, &self.path);
        self.layer.around_once(call, self.writer.abort()).await
    }
}

#[async_trait]
impl<L: Layer> UfsListing for LayeredListing<L> {
    async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        let call = Call::new(UfsOperation::List, &self.path);
        self.layer.around_once(call, self.listing.next_page()).await
    }

    fn take_left_out(&mut self) -> Vec<String> {
        self.listing.take_left_out()
    }
}

#[async_trait]
impl<L: Layer> UnderFileSystem for Layered<L> {
    fn kind(&self) -> &'static str {
        self.ufs.kind()
    }

    fn capabilities(&self) -> UfsCapabilities {
        self.ufs.capabilities()
    }

    async fn status(&self, path: &UfsPath) -> Result<UfsStatus, UfsError> {
        let call = Call::new(UfsOperation::Status, path);
        self.layer.around(call, || self.ufs.status(path)).await
    }

    async fn list(
        &self,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError> {
        let call = Call::new(UfsOperation::List, directory);
        let again = options.clone();
        let listing = self
            .layer
            .around(call, || self.ufs.list(directory, again.clone()))
            .await?;
        let listed = Listed {
            ufs: &self.ufs,
            path: directory,
            options: &options,
        };
        Ok(L::wrap_listing(&self.layer, listed, listing))
    }

    async fn create(
        &self,
        path: &UfsPath,
        options: CreateOptions,
    ) -> Result<Box<dyn UfsWriter>, UfsError> {
        let call = Call::new(UfsOperation::Create, path);
        let create = || self.ufs.create(path, options.clone());
        let writer = self.layer.around(call, create).await?;
        Ok(L::wrap_writer(&self.layer, path, writer))
    }

    async fn open(&self, path: &UfsPath, offset: u64) -> Result<Box<dyn UfsReader>, UfsError> {
        let call = Call::new(UfsOperation::Open, path);
        let reader = self
            .layer
            .around(call, || self.ufs.open(path, offset))
            .await?;
        let opened = Opened {
            ufs: &self.ufs,
            path,
            offset,
            end: None,
        };
        Ok(L::wrap_reader(&self.layer, opened, reader))
    }

    async fn open_range(
        &self,
        path: &UfsPath,
        range: Range<u64>,
    ) -> Result<Box<dyn UfsReader>, UfsError> {
        let call = Call::new(UfsOperation::Open, path);
        let open = || self.ufs.open_range(path, range.clone());
        let reader = self.layer.around(call, open).await?;
        let opened = Opened {
            ufs: &self.ufs,
            path,
            offset: range.start,
            end: Some(range.end),
        };
        Ok(L::wrap_reader(&self.layer, opened, reader))
    }

    async fn read_at(&self, path: &UfsPath, offset: u64, length: usize) -> Result<Bytes, UfsError> {
        let call = Call::new(UfsOperation::ReadAt, path);
        let read = || self.ufs.read_at(path, offset, length);
        self.layer.around(call, read).await
    }

    async fn mkdir(&self, path: &UfsPath, options: MkdirOptions) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::Mkdir, path);
        let mkdir = || self.ufs.mkdir(path, options.clone());
        self.layer.around(call, mkdir).await
    }

    async fn delete_file(&self, path: &UfsPath) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::DeleteFile, path);
        self.layer.around(call, || self.ufs.delete_file(path)).await
    }

    /// One call for the layer, so a failure of single files in the batch is not retried.
    async fn delete_files(&self, paths: &[UfsPath]) -> Vec<Result<(), UfsError>> {
        let Some(first) = paths.first() else {
            return Vec::new();
        };
        let call = Call::new(UfsOperation::DeleteFile, first);
        let batch = Box::pin(async { Ok(self.ufs.delete_files(paths).await) });
        match self.layer.around_once(call, batch).await {
            Ok(answers) => answers,
            Err(error) => {
                let same = |path| UfsError::new(error.kind(), error.operation(), path);
                let failed = |path| Err(same(path).with_reason(error.reason()));
                paths.iter().map(failed).collect()
            }
        }
    }

    async fn delete_directory(&self, path: &UfsPath, recursion: Recursion) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::DeleteDirectory, path);
        let delete = || self.ufs.delete_directory(path, recursion);
        self.layer.around(call, delete).await
    }

    async fn rename_file(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::RenameFile, source);
        let rename = || self.ufs.rename_file(source, target);
        self.layer.around(call, rename).await
    }

    async fn rename_directory(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::RenameDirectory, source);
        let rename = || self.ufs.rename_directory(source, target);
        self.layer.around(call, rename).await
    }

    async fn resume_rename_directory(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<RenameSide, UfsError> {
        let call = Call::new(UfsOperation::RenameDirectory, source);
        let resume = || self.ufs.resume_rename_directory(source, target);
        self.layer.around(call, resume).await
    }

    async fn set_owner(
        &self,
        path: &UfsPath,
        owner: Option<&str>,
        group: Option<&str>,
    ) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::SetOwner, path);
        let set = || self.ufs.set_owner(path, owner, group);
        self.layer.around(call, set).await
    }

    async fn set_mode(&self, path: &UfsPath, mode: Mode) -> Result<(), UfsError> {
        let call = Call::new(UfsOperation::SetMode, path);
        self.layer
            .around(call, || self.ufs.set_mode(path, mode))
            .await
    }

    async fn space(&self, path: &UfsPath) -> Result<UfsSpace, UfsError> {
        let call = Call::new(UfsOperation::Space, path);
        self.layer.around(call, || self.ufs.space(path)).await
    }

    async fn cleanup(&self, root: &UfsPath, age: Duration) -> Result<u64, UfsError> {
        let call = Call::new(UfsOperation::Cleanup, root);
        self.layer
            .around(call, || self.ufs.cleanup(root, age))
            .await
    }
}
