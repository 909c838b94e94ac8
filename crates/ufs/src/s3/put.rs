//! PutObject.

use http::Method;

use super::client::Call;
use super::error::malformed;
use super::options::Encryption;
use super::store::S3Objects;
use super::xml;
use crate::object::{ObjectError, ObjectStatus, Payload};

impl S3Objects {
    /// See [`crate::object::ObjectStore::put`].
    pub(super) async fn put_object(
        &self,
        key: &str,
        data: Payload,
    ) -> Result<ObjectStatus, ObjectError> {
        let length = data.len() as u64;
        let call = self.encrypted(Call::object(Method::PUT, key)).body(data);
        let put = self.client.send(&call).await;
        let reply = put.map_err(|failure| self.client.error(failure))?;
        let etag = xml::etag(reply.header("etag"));
        if etag.is_empty() {
            return self.written(key).await;
        }
        // No answer to a write has the time, and nobody who writes needs it: one request less.
        Ok(ObjectStatus {
            length,
            etag,
            last_modified: None,
        })
    }

    /// The status of what was just written, where the answer does not tell it.
    pub(super) async fn written(&self, key: &str) -> Result<ObjectStatus, ObjectError> {
        let status = self.head_object(key).await?;
        status.ok_or_else(|| malformed("what was written is not there"))
    }

    /// The call of something that makes an object, with what the object shall be.
    pub(super) fn encrypted<'a>(&self, call: Call<'a>) -> Call<'a> {
        match self.client.options.encryption {
            Encryption::Aes256 => call.own_header("server-side-encryption", "AES256"),
            Encryption::None => call,
        }
    }
}
