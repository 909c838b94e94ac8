//! CopyObject, and UploadPartCopy for what takes longer than one request should.

use futures::{StreamExt, TryStreamExt, stream};
use http::Method;

use super::client::{Call, Reply};
use super::endpoint::encode_path;
use super::error::malformed;
use super::store::S3Objects;
use super::xml;
use crate::UfsErrorKind;
use crate::object::{ObjectError, ObjectPart, ObjectStatus};

/// What one request copies: most stores send nothing until they are done, so that a larger part
/// could not be told from a store that is gone. S3 takes up to 5 GiB.
pub(super) const COPY_PART_BYTES: u64 = 256 << 20;

/// The most parts of one object.
const MOST_PARTS: u64 = 10_000;

/// Parts that are copied at once; the store does the work.
const PARTS_AT_ONCE: usize = 4;

impl S3Objects {
    /// See [`crate::object::ObjectStore::copy`].
    pub(super) async fn copy_object(
        &self,
        source: &str,
        length: u64,
        target: &str,
    ) -> Result<(), ObjectError> {
        let failed = |failure| self.client.error(failure);
        if length > self.copy_part_bytes {
            let found = self.head_object(source).await?;
            let found = found.ok_or_else(|| ObjectError {
                kind: UfsErrorKind::NotFound,
                reason: "The specified key does not exist".to_owned(),
                property: None,
            })?;
            return self.copy_version(source, &found, target).await;
        }
        let call = Call::object(Method::PUT, target)
            .own_header("copy-source", self.from(source))
            .moving(length);
        let reply = self.client.send(&self.encrypted(call)).await;
        copied_etag(&reply.map_err(failed)?).map(drop)
    }

    /// Copies one version in parts: what is written anew meanwhile must not be half of the copy.
    pub(super) async fn copy_version(
        &self,
        source: &str,
        found: &ObjectStatus,
        target: &str,
    ) -> Result<(), ObjectError> {
        let upload = self.create_upload(target).await?;
        let ranges = part_ranges(found.length, self.copy_part_bytes);
        let (upload_id, etag) = (upload.as_str(), found.etag.as_str());
        let copies = (1..).zip(ranges).map(|(number, (first, last))| async move {
            let call = Call::object(Method::PUT, target)
                .query("partNumber", number.to_string())
                .query("uploadId", upload_id)
                .own_header("copy-source", self.from(source))
                .own_header("copy-source-if-match", format!("\"{etag}\""))
                .own_header("copy-source-range", format!("bytes={first}-{last}"))
                .moving(last - first + 1);
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

/// The first and the last byte of each part, all of one size but for the last.
fn part_ranges(length: u64, part_bytes: u64) -> impl Iterator<Item = (u64, u64)> {
    let part_bytes = part_bytes.max(length.div_ceil(MOST_PARTS)).max(1);
    let count = length.div_ceil(part_bytes);
    (0..count).map(move |part| {
        let first = part * part_bytes;
        (first, (first + part_bytes).min(length) - 1)
    })
}

fn copied_etag(reply: &Reply) -> Result<String, ObjectError> {
    let document = xml::parse(&reply.body)?;
    let etag = xml::etag(xml::text(document.root_element(), "ETag"));
    if etag.is_empty() {
        return Err(malformed("a copy has no version"));
    }
    Ok(etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_copy_cover_the_object_and_are_never_too_many() {
        let parts: Vec<_> = part_ranges(12, 5).collect();
        assert_eq!(parts, [(0, 4), (5, 9), (10, 11)]);
        assert_eq!(part_ranges(10, 5).count(), 2);
        let largest: Vec<_> = part_ranges(5 << 40, COPY_PART_BYTES).collect();
        assert!(largest.len() as u64 <= MOST_PARTS);
        assert_eq!(largest.last().unwrap().1, (5 << 40) - 1);
    }
}
