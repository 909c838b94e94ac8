//! Objects in parts: CreateMultipartUpload, UploadPart, CompleteMultipartUpload,
//! AbortMultipartUpload, ListMultipartUploads.

use std::time::Duration;

use alluxio_common::Timestamp;
use http::Method;
use md5::{Digest, Md5};

use super::client::{Call, Reply};
use super::error::{Failure, malformed};
use super::sign::hex;
use super::store::S3Objects;
use super::xml;
use crate::UfsErrorKind;
use crate::object::is_at_or_below;
use crate::object::{ObjectError, ObjectPart, ObjectStatus, Payload, UnfinishedUpload};

/// So much the clock of the store may be behind ours.
const CLOCKS_DIFFER_MILLIS: i64 = 60_000;

/// More pages of unfinished uploads than any bucket has: 1,000 a page.
const PAGE_LIMIT: usize = 10_000;

/// Where a listing of uploads stands.
#[derive(Debug, Default, PartialEq)]
struct Markers {
    key: String,
    upload: String,
}

/// An upload as a listing has it.
#[derive(Debug)]
struct ListedUpload {
    key: String,
    id: String,
    began: Timestamp,
}

impl S3Objects {
    async fn sent(&self, call: &Call<'_>) -> Result<Reply, ObjectError> {
        let reply = self.client.send(call).await;
        reply.map_err(|failure| self.client.error(failure))
    }

    /// See [`crate::object::ObjectStore::begin_upload`].
    pub(super) async fn create_upload(&self, key: &str) -> Result<String, ObjectError> {
        // A second one would be known to nobody, if the first was only not heard of.
        let call = Call::object(Method::POST, key)
            .query("uploads", "")
            .only_once();
        let reply = self.sent(&self.encrypted(call)).await?;
        let document = xml::parse(&reply.body)?;
        let id = xml::text(document.root_element(), "UploadId");
        if id.is_empty() {
            return Err(malformed("an upload has no id"));
        }
        Ok(id.to_owned())
    }

    /// See [`crate::object::ObjectStore::upload_part`].
    pub(super) async fn put_part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        data: Payload,
    ) -> Result<ObjectPart, ObjectError> {
        let call = Call::object(Method::PUT, key)
            .query("partNumber", number.to_string())
            .query("uploadId", upload)
            .body(data);
        let reply = self.sent(&call).await?;
        Ok(ObjectPart {
            number,
            etag: xml::etag(reply.header("etag")),
        })
    }

    /// See [`crate::object::ObjectStore::complete_upload`].
    pub(super) async fn finish_upload(
        &self,
        key: &str,
        upload: &str,
        parts: &[ObjectPart],
    ) -> Result<ObjectStatus, ObjectError> {
        let mut body = String::from("<CompleteMultipartUpload>");
        for ObjectPart { number, etag } in parts {
            let etag = xml::escaped(etag);
            body.push_str(&format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>"
            ));
        }
        body.push_str("</CompleteMultipartUpload>");
        let call = Call::object(Method::POST, key)
            .query("uploadId", upload)
            .body(body);
        let since = self.client.now();
        match self.client.send(&call).await {
            Ok(_) => self.written(key).await,
            // An answer that was lost: the first request may have done it.
            Err(Failure::Service(error)) if error.is_not_found() => {
                let status = self.head_object(key).await?;
                let is_ours = |status: &ObjectStatus| is_made_of(status, parts, since);
                // It is not said that nothing has happened.
                status.filter(is_ours).ok_or_else(|| ObjectError {
                    kind: UfsErrorKind::Unavailable,
                    ..self.client.error(Failure::Service(error))
                })
            }
            Err(failure) => Err(self.client.error(failure)),
        }
    }

    /// See [`crate::object::ObjectStore::abort_upload`].
    pub(super) async fn drop_upload(&self, key: &str, upload: &str) -> Result<(), ObjectError> {
        let call = Call::object(Method::DELETE, key).query("uploadId", upload);
        match self.client.send(&call).await {
            Ok(_) => Ok(()),
            Err(Failure::Service(error)) if error.is_not_found() => Ok(()),
            Err(failure) => Err(self.client.error(failure)),
        }
    }

    /// See [`crate::object::ObjectStore::uploads_of`]. One page holds more than one key ever has.
    pub(super) async fn list_uploads_of(
        &self,
        key: &str,
    ) -> Result<Vec<UnfinishedUpload>, ObjectError> {
        let call = Call::bucket(Method::GET)
            .query("uploads", "")
            .query("encoding-type", "url")
            .query("prefix", key);
        let reply = self.sent(&call).await?;
        let now = time_of(&reply).unwrap_or_else(|| self.client.now());
        let told = all_uploads(xml::parse(&reply.body)?.root_element())?;
        let mut unfinished = Vec::new();
        for upload in told.into_iter().filter(|upload| upload.key == key) {
            // It has ended since.
            let Some(has_parts) = self.has_parts(key, &upload.id).await? else {
                continue;
            };
            let age = now.millis().saturating_sub(upload.began.millis());
            unfinished.push(UnfinishedUpload {
                id: upload.id,
                age: Duration::from_millis(u64::try_from(age).unwrap_or(0)),
                has_parts,
            });
        }
        Ok(unfinished)
    }

    /// Whether a part of an upload has arrived; `None` when there is no such upload.
    async fn has_parts(&self, key: &str, upload: &str) -> Result<Option<bool>, ObjectError> {
        let call = Call::object(Method::GET, key)
            .query("uploadId", upload)
            .query("max-parts", "1");
        let reply = match self.client.send(&call).await {
            Ok(reply) => reply,
            Err(Failure::Service(error)) if error.is_not_found() => return Ok(None),
            Err(failure) => return Err(self.client.error(failure)),
        };
        let document = xml::parse(&reply.body)?;
        let first = xml::children(document.root_element(), "Part").next();
        Ok(Some(first.is_some()))
    }

    /// See [`crate::object::ObjectStore::abort_old_uploads`].
    pub(super) async fn drop_old_uploads(
        &self,
        key: &str,
        age: Duration,
    ) -> Result<u64, ObjectError> {
        // An upload that goes on for days is still one.
        let age = match age.is_zero() {
            true => age,
            false => age.max(self.client.options.clean_age),
        };
        let now = self.client.now().millis();
        let age_millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let (mut markers, mut dropped) = (Markers::default(), 0);
        for _ in 0..PAGE_LIMIT {
            let call = Call::bucket(Method::GET)
                .query("uploads", "")
                .query("encoding-type", "url")
                .query("prefix", key)
                .query("key-marker", &markers.key)
                .query("upload-id-marker", &markers.upload);
            let reply = self.sent(&call).await?;
            let (all, next) = {
                let document = xml::parse(&reply.body)?;
                let root = document.root_element();
                (all_uploads(root)?, next_of(root)?)
            };
            for ListedUpload { key: of, id, began } in all {
                let is_old = now - began.millis() >= age_millis;
                if !is_old || !is_at_or_below(&of, key) {
                    continue;
                }
                match self.drop_upload(&of, &id).await {
                    Ok(()) => dropped += 1,
                    // One that resists must not keep the others.
                    Err(error) => {
                        tracing::warn!(key = of, %error, "unfinished upload left behind");
                    }
                }
            }
            match next {
                Some(next) if next != markers => markers = next,
                Some(_) | None => return Ok(dropped),
            }
        }
        Ok(dropped)
    }
}

/// The uploads of a page that say when they began.
/// Whether the document lists uploads.
pub(super) fn is_listing(root: roxmltree::Node<'_, '_>) -> bool {
    let (all, next) = (all_uploads(root), next_of(root));
    next.is_ok() && all.is_ok_and(|all| !all.is_empty())
}

fn all_uploads(root: roxmltree::Node<'_, '_>) -> Result<Vec<ListedUpload>, ObjectError> {
    let mut all = Vec::new();
    for upload in xml::children(root, "Upload") {
        if let Some(began) = xml::time(xml::text(upload, "Initiated")) {
            all.push(ListedUpload {
                key: xml::key(root, xml::text(upload, "Key"))?,
                id: xml::text(upload, "UploadId").to_owned(),
                began,
            });
        }
    }
    Ok(all)
}

/// What time it is for whoever has answered.
fn time_of(reply: &Reply) -> Option<Timestamp> {
    let time = chrono::DateTime::parse_from_rfc2822(reply.header("date")).ok()?;
    Some(Timestamp::from_millis(time.timestamp_millis()))
}

fn next_of(root: roxmltree::Node<'_, '_>) -> Result<Option<Markers>, ObjectError> {
    if xml::text(root, "IsTruncated") != "true" {
        return Ok(None);
    }
    Ok(Some(Markers {
        key: xml::key(root, xml::text(root, "NextKeyMarker"))?,
        upload: xml::text(root, "NextUploadIdMarker").to_owned(),
    }))
}

/// Whether an object may be made of these parts since then. Stores that encrypt, and some others,
/// call it as they like, but for the number of the parts; then it must be new.
fn is_made_of(object: &ObjectStatus, parts: &[ObjectPart], since: Timestamp) -> bool {
    let usual = etag_of(parts);
    let is_usual = usual.is_some_and(|usual| usual.eq_ignore_ascii_case(&object.etag));
    let since = since.millis() - CLOCKS_DIFFER_MILLIS;
    let is_new = object
        .last_modified
        .is_some_and(|time| time.millis() >= since);
    is_usual || (is_new && object.etag.ends_with(&format!("-{}", parts.len())))
}

/// What the store calls an object of these parts, unless it encrypts it with keys of its own.
fn etag_of(parts: &[ObjectPart]) -> Option<String> {
    let mut all = Md5::new();
    for part in parts {
        let digits = part.etag.as_bytes().chunks(2);
        for pair in digits {
            let pair = std::str::from_utf8(pair).ok()?;
            all.update([u8::from_str_radix(pair, 16).ok()?]);
        }
    }
    Some(format!("{}-{}", hex(&all.finalize()), parts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_our_parts_is_known_by_its_sum_or_by_its_age_and_their_number() {
        let parts: Vec<ObjectPart> = (1..=2)
            .map(|number| ObjectPart {
                number,
                etag: "00112233445566778899aabbccddeeff".to_owned(),
            })
            .collect();
        let now = Timestamp::from_millis(1_000_000_000);
        let object = |etag: &str, age_millis: i64| ObjectStatus {
            length: 1,
            etag: etag.to_owned(),
            last_modified: Some(Timestamp::from_millis(now.millis() - age_millis)),
        };
        let sum = etag_of(&parts).unwrap();
        assert!(is_made_of(&object(&sum, 1 << 30), &parts, now));
        assert!(is_made_of(
            &object(&sum.to_uppercase(), 1 << 30),
            &parts,
            now
        ));
        assert!(is_made_of(&object("encrypted-2", 1000), &parts, now));
        assert!(!is_made_of(&object("encrypted-2", 1 << 30), &parts, now));
        assert!(!is_made_of(&object("encrypted-3", 1000), &parts, now));
    }
}
