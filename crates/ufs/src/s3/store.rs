//! [`S3Objects`]: a bucket as an [`ObjectStore`].

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;

use super::client::S3Client;
use super::copy::COPY_PART_BYTES;
use crate::object::{
    CopiedPiece, ObjectError, ObjectList, ObjectPage, ObjectPart, ObjectPermissions, ObjectSink,
    ObjectStatus, ObjectStore, Payload, UnfinishedUpload,
};

/// What a page and a batch of deletions hold at most.
const BATCH_LIMIT: usize = 1000;

/// A bucket.
#[derive(Debug)]
pub(crate) struct S3Objects {
    pub(super) client: S3Client,
    /// What one request copies at most.
    pub(super) copy_part_bytes: u64,
}

impl S3Objects {
    pub(super) fn new(client: S3Client) -> Self {
        Self {
            client,
            copy_part_bytes: COPY_PART_BYTES,
        }
    }
}

#[async_trait]
impl ObjectStore for S3Objects {
    fn kind(&self) -> &'static str {
        self.client.kind()
    }

    fn name(&self) -> &str {
        &self.client.name
    }

    fn batch_limit(&self) -> usize {
        BATCH_LIMIT
    }

    async fn permissions(&self) -> Result<Option<ObjectPermissions>, ObjectError> {
        self.bucket_permissions().await
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectStatus>, ObjectError> {
        self.head_object(key).await
    }

    async fn list(&self, request: ObjectList) -> Result<ObjectPage, ObjectError> {
        self.list_objects(request).await
    }

    async fn read(
        &self,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
        sink: &mut ObjectSink,
    ) -> Result<(), ObjectError> {
        self.get_object(key, range, etag, sink).await
    }

    async fn put(&self, key: &str, data: Payload) -> Result<ObjectStatus, ObjectError> {
        self.put_object(key, data).await
    }

    async fn begin_upload(&self, key: &str) -> Result<String, ObjectError> {
        self.create_upload(key).await
    }

    async fn upload_part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        data: Payload,
    ) -> Result<ObjectPart, ObjectError> {
        self.put_part(key, upload, number, data).await
    }

    async fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: Vec<ObjectPart>,
    ) -> Result<ObjectStatus, ObjectError> {
        self.finish_upload(key, upload, &parts).await
    }

    async fn abort_upload(&self, key: &str, upload: &str) -> Result<(), ObjectError> {
        self.drop_upload(key, upload).await
    }

    async fn abort_old_uploads(&self, key: &str, age: Duration) -> Result<u64, ObjectError> {
        self.drop_old_uploads(key, age).await
    }

    async fn uploads_of(&self, key: &str) -> Result<Vec<UnfinishedUpload>, ObjectError> {
        self.list_uploads_of(key).await
    }

    fn copy_limit(&self) -> u64 {
        self.copy_part_bytes
    }

    async fn copy(&self, source: &str, length: u64, target: &str) -> Result<(), ObjectError> {
        self.copy_object(source, length, target).await
    }

    async fn copy_part(
        &self,
        piece: CopiedPiece<'_>,
        target: &str,
        upload: &str,
        number: u32,
    ) -> Result<ObjectPart, ObjectError> {
        self.copy_piece(piece, target, upload, number).await
    }

    async fn delete(&self, keys: &[String]) -> Vec<Result<(), ObjectError>> {
        self.delete_objects(keys).await
    }
}
