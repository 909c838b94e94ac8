//! DeleteObjects, and DeleteObject for what it cannot name.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use http::Method;
use md5::{Digest, Md5};

use super::client::Call;
use super::error::{Failure, ServiceError, status_of_code};
use super::options::Deletion;
use super::store::S3Objects;
use super::xml;
use crate::object::ObjectError;

/// Single deletions that are under way at once.
const AT_ONCE: usize = 20;

impl S3Objects {
    /// See [`crate::object::ObjectStore::delete`].
    pub(super) async fn delete_objects(&self, keys: &[String]) -> Vec<Result<(), ObjectError>> {
        let in_batches = self.client.options.deletion == Deletion::InBatches;
        let is_writable = !keys.iter().any(|key| xml::is_unwritable(key));
        if keys.len() == 1 || !in_batches || !is_writable {
            let mut answers = Vec::with_capacity(keys.len());
            for some in keys.chunks(AT_ONCE) {
                answers.extend(join_all(some.iter().map(|key| self.delete_object(key))).await);
            }
            return answers;
        }
        let mut refused = match self.delete_batch(keys).await {
            Ok(refused) => refused,
            Err(failure) => {
                // One reason for all of them; it is told with the first, and short with the rest.
                let error = self.client.error(failure);
                return keys.iter().map(|_| Err(error.clone())).collect();
            }
        };
        let mut answers: Vec<Result<(), ObjectError>> = keys
            .iter()
            .map(|key| match refused.remove(key) {
                None => Ok(()),
                Some(error) => Err(self.client.error(Failure::Service(Box::new(error)))),
            })
            .collect();
        // The error of a key that was not asked for is that of any of them.
        if let Some(error) = refused.into_values().next() {
            let error = self.client.error(Failure::Service(Box::new(error)));
            answers.fill(Err(error));
        }
        answers
    }

    async fn delete_object(&self, key: &str) -> Result<(), ObjectError> {
        match self.client.send(&Call::object(Method::DELETE, key)).await {
            Ok(_) => Ok(()),
            Err(Failure::Service(error)) if error.is_not_found() => Ok(()),
            Err(failure) => Err(self.client.error(failure)),
        }
    }

    /// The keys that the store would not delete.
    async fn delete_batch(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, ServiceError>, Failure> {
        let mut body = String::from("<Delete><Quiet>true</Quiet>");
        for key in keys {
            body.push_str("<Object><Key>");
            body.push_str(&xml::escaped(key));
            body.push_str("</Key></Object>");
        }
        body.push_str("</Delete>");
        let call = Call::bucket(Method::POST)
            .query("delete", "")
            .header("content-md5", STANDARD.encode(Md5::digest(&body)))
            .body(body);
        let reply = self.client.send(&call).await?;
        if reply.body.is_empty() && self.client.options.dialect.is_silent_on_success() {
            return Ok(HashMap::new());
        }
        let lost = |error: ObjectError| Failure::Lost(error.reason);
        let document = xml::parse(&reply.body).map_err(lost)?;
        if document.root_element().tag_name().name() != "DeleteResult" {
            return Err(Failure::Lost(
                "the answer is no result of a deletion".to_owned(),
            ));
        }
        let mut refused = HashMap::new();
        for error in xml::children(document.root_element(), "Error") {
            let code = xml::text(error, "Code").to_owned();
            if code == "NoSuchKey" {
                continue;
            }
            let told = ServiceError {
                status: status_of_code(&code),
                code,
                message: xml::text(error, "Message").to_owned(),
                request_id: reply.header(&self.client.own_name("request-id")).to_owned(),
                extended_request_id: reply.header(&self.client.own_name("id-2")).to_owned(),
                region: None,
                date: String::new(),
            };
            refused.insert(xml::text(error, "Key").to_owned(), told);
        }
        Ok(refused)
    }
}
