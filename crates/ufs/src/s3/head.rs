//! HeadObject.

use http::{Method, StatusCode};

use super::client::{Call, Reply};
use super::error::{Failure, malformed};
use super::store::S3Objects;
use super::xml;
use crate::UfsErrorKind;
use crate::object::{ObjectError, ObjectList, ObjectStatus};

/// A refusal whose answer had no body, with what another one tells of it.
fn refusal(error: ObjectError, why: ObjectError) -> ObjectError {
    match why.property {
        Some(_) => ObjectError {
            property: why.property,
            ..error
        },
        // No property is wrong: the words alone tell what is.
        None => why,
    }
}

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
            // A request that says what is wrong finds nothing: it is the name.
            Err(Failure::Service(error)) if error.status == StatusCode::BAD_REQUEST => {
                match self.explain(key).await {
                    None => Err(invalid("The store holds no such name")),
                    Some(why) => Err(why),
                }
            }
            Err(Failure::Service(error)) if error.is_not_found() => Ok(None),
            Err(Failure::Service(error)) if error.status == StatusCode::FORBIDDEN => {
                // It says no more than that; which of the keys is wrong, another answer tells.
                let error = self.client.error(Failure::Service(error));
                match self.explain(key).await {
                    Some(why) if why.kind == UfsErrorKind::PermissionDenied => {
                        Err(refusal(error, why))
                    }
                    Some(_) | None => Err(error),
                }
            }
            Err(failure) => Err(self.client.error(failure)),
        }
    }

    /// Why the store refuses to say anything of a key. The answer to a HEAD has no body and so no
    /// reason; that to a listing has one.
    async fn explain(&self, key: &str) -> Option<ObjectError> {
        let listed = self.list_objects(ObjectList {
            prefix: key.to_owned(),
            start_after: None,
            token: None,
            folded: false,
            limit: 1,
        });
        listed.await.err()
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
