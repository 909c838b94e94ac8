//! HeadObject.

use http::{Method, StatusCode};

use super::client::{Call, Reply};
use super::error::{Failure, malformed};
use super::store::S3Objects;
use super::xml;
use crate::UfsErrorKind;
use crate::object::{ObjectError, ObjectStatus};

/// The longest key in bytes.
const KEY_LIMIT: usize = 1024;

impl S3Objects {
    /// See [`crate::object::ObjectStore::head`]. The answer has no body, so that a missing bucket
    /// looks like a missing key; the listing that follows tells.
    pub(super) async fn head_object(&self, key: &str) -> Result<Option<ObjectStatus>, ObjectError> {
        let invalid = |reason: &str| ObjectError {
            kind: UfsErrorKind::InvalidPath,
            reason: reason.to_owned(),
            property: None,
        };
        if key.len() > KEY_LIMIT {
            return Err(invalid("Your key is too long"));
        }
        match self.client.send(&Call::object(Method::HEAD, key)).await {
            Ok(reply) => status_of(&reply).map(Some),
            // The name is the only part of such a request that can be wrong.
            Err(Failure::Service(error)) if error.status == StatusCode::BAD_REQUEST => {
                Err(invalid("The store holds no such name"))
            }
            Err(Failure::Service(error)) if error.is_not_found() => Ok(None),
            Err(failure) => Err(self.client.error(failure)),
        }
    }
}

fn status_of(reply: &Reply) -> Result<ObjectStatus, ObjectError> {
    let length = reply.header("content-length").parse();
    let time = chrono::DateTime::parse_from_rfc2822(reply.header("last-modified"));
    let time = time.ok().map(|time| time.timestamp() * 1000);
    Ok(ObjectStatus {
        length: length.map_err(malformed)?,
        etag: xml::etag(reply.header("etag")),
        last_modified: time.map(alluxio_common::Timestamp::from_millis),
    })
}
