//! CopyObject, and UploadPartCopy for what is too large for one request.

use futures::{StreamExt, TryStreamExt, stream};
use http::Method;

use super::client::{Call, Reply};
use super::endpoint::encode_path;
use super::error::malformed;
use super::store::S3Objects;
use super::xml;
use crate::object::{ObjectError, ObjectPart};

/// The largest object that one request copies.
const COPY_LIMIT: u64 = 5 << 30;

/// The parts of a larger one: few enough (10,000 at most) for the largest object, 5 TiB.
const PART_BYTES: u64 = 1 << 30;

/// Parts that are copied at once; the store does the work.
const PARTS_AT_ONCE: usize = 8;

impl S3Objects {
    /// See [`crate::object::ObjectStore::copy`].
    pub(super) async fn copy_object(
        &self,
        source: &str,
        length: u64,
        target: &str,
    ) -> Result<(), ObjectError> {
        let failed = |failure| self.client.error(failure);
        if length > COPY_LIMIT {
            return self.copy_in_parts(source, target, length).await;
        }
        let call = Call::object(Method::PUT, target).own_header("copy-source", self.from(source));
        let reply = self.client.send(&self.encrypted(call)).await;
        copied_etag(&reply.map_err(failed)?).map(drop)
    }

    async fn copy_in_parts(
        &self,
        source: &str,
        target: &str,
        length: u64,
    ) -> Result<(), ObjectError> {
        let upload = self.create_upload(target).await?;
        let count = u32::try_from(length.div_ceil(PART_BYTES)).unwrap_or(u32::MAX);
        let upload_id = upload.as_str();
        let copies = (1..=count).map(|number| async move {
            let first = u64::from(number - 1) * PART_BYTES;
            let last = (first + PART_BYTES).min(length) - 1;
            let call = Call::object(Method::PUT, target)
                .query("partNumber", number.to_string())
                .query("uploadId", upload_id)
                .own_header("copy-source", self.from(source))
                .own_header("copy-source-range", format!("bytes={first}-{last}"));
            let reply = self.client.send(&call).await;
            let reply = reply.map_err(|failure| self.client.error(failure))?;
            let etag = copied_etag(&reply)?;
            Ok::<ObjectPart, ObjectError>(ObjectPart { number, etag })
        });
        let parts: Result<Vec<ObjectPart>, ObjectError> = stream::iter(copies)
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await;
        let copied = match parts {
            Ok(parts) => self.finish_upload(target, &upload, &parts).await.map(drop),
            Err(error) => Err(error),
        };
        if copied.is_err()
            && let Err(error) = self.drop_upload(target, &upload).await
        {
            tracing::warn!(key = target, %error, "unfinished copy left behind");
        }
        copied
    }

    /// What is copied, as the header has it.
    fn from(&self, key: &str) -> String {
        encode_path(&format!("/{}/{key}", self.client.bucket))
    }
}

fn copied_etag(reply: &Reply) -> Result<String, ObjectError> {
    let document = xml::parse(&reply.body)?;
    let etag = xml::etag(xml::text(document.root_element(), "ETag"));
    if etag.is_empty() {
        return Err(malformed("a copy has no version"));
    }
    Ok(etag)
}
