//! CopyObject, and UploadPartCopy for what takes longer than one request should.

use http::Method;

use super::client::{Call, Reply};
use super::endpoint::encode_path;
use super::error::malformed;
use super::store::S3Objects;
use super::xml;
use crate::object::{CopiedPiece, ObjectError, ObjectPart};

/// What one request copies: most stores send nothing until they are done, so that a larger part
/// could not be told from a store that is gone. S3 takes up to 5 GiB.
pub(super) const COPY_PART_BYTES: u64 = 256 << 20;

impl S3Objects {
    /// See [`crate::object::ObjectStore::copy`].
    pub(super) async fn copy_object(
        &self,
        source: &str,
        length: u64,
        target: &str,
    ) -> Result<(), ObjectError> {
        let call = Call::object(Method::PUT, target)
            .own_header("copy-source", self.from(source))
            .moving(length);
        self.copied_etag(&self.encrypted(call)).await.map(drop)
    }

    /// See [`crate::object::ObjectStore::copy_part`].
    pub(super) async fn copy_piece(
        &self,
        piece: CopiedPiece<'_>,
        target: &str,
        upload: &str,
        number: u32,
    ) -> Result<ObjectPart, ObjectError> {
        let (first, behind) = (piece.range.start, piece.range.end);
        let call = Call::object(Method::PUT, target)
            .query("partNumber", number.to_string())
            .query("uploadId", upload)
            .own_header("copy-source", self.from(piece.source))
            .own_header("copy-source-if-match", format!("\"{}\"", piece.etag))
            .own_header(
                "copy-source-range",
                format!("bytes={first}-{}", behind.saturating_sub(1)),
            )
            .moving(behind.saturating_sub(first));
        let etag = self.copied_etag(&call).await?;
        Ok(ObjectPart { number, etag })
    }

    /// Sends a request to copy, and returns what the store calls the copy.
    async fn copied_etag(&self, call: &Call<'_>) -> Result<String, ObjectError> {
        let reply = self.client.send(call).await;
        etag_in(&reply.map_err(|failure| self.client.error(failure))?)
    }

    /// What is copied, as the header has it.
    fn from(&self, key: &str) -> String {
        encode_path(&format!("/{}/{key}", self.client.bucket))
    }
}

fn etag_in(reply: &Reply) -> Result<String, ObjectError> {
    let document = xml::parse(&reply.body)?;
    let etag = xml::etag(xml::text(document.root_element(), "ETag"));
    if etag.is_empty() {
        return Err(malformed("a copy has no version"));
    }
    Ok(etag)
}
