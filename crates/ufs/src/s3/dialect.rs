//! [`Dialect`]: in what the stores that speak this protocol differ.

use std::fmt;

use alluxio_common::Timestamp;

use super::endpoint::Endpoint;
use super::error::ServiceError;
use super::options::Credentials;

/// The words of one family of stores. The requests, their order and the documents that answer them
/// are the same for all.
pub(crate) trait Dialect: Send + Sync + fmt::Debug {
    /// The short name of the kind of store.
    fn kind(&self) -> &'static str;

    /// What the names of the store's own headers begin with.
    fn own_prefix(&self) -> &'static str;

    /// Whether signatures of requests to this place hold the hash of the content.
    fn signs_body(&self, endpoint: &Endpoint) -> bool;

    /// The headers that a request needs besides those that it has, before it is signed.
    fn prepare(&self, request: &mut Unsigned<'_>);

    /// Adds the headers that say who asks. `prepare` was called before.
    fn sign(&self, request: &mut Unsigned<'_>, credentials: &Credentials);

    /// Whether deletions that all went well are answered with no document at all. Elsewhere such an
    /// answer was cut short on its way.
    fn is_silent_on_success(&self) -> bool;

    /// Whether listings encode where the next page begins as they encode keys.
    fn encodes_tokens(&self) -> bool;

    /// What the store said no with, in the words of the store's own client, which people search for.
    fn sentence(&self, error: &ServiceError) -> String;

    /// The property that a person should look at.
    fn property(&self, suspect: Suspect) -> Option<&'static str>;
}

/// What may be wrong in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suspect {
    Bucket,
    Endpoint,
    /// The name of the host, which the bucket is a part of.
    BucketInHost,
    Region,
    AccessKey,
    SecretKey,
    /// What belongs to temporary keys.
    SessionToken,
    /// That the store shall encrypt what it keeps.
    Encryption,
    RequestTimeout,
    Proxy,
}

/// A request before it is signed.
#[derive(Debug)]
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    pub(crate) bucket: &'a str,
    /// `None` for the bucket itself.
    pub(crate) key: Option<&'a str>,
    /// Encoded, from the slash on, as it is sent.
    pub(crate) path: &'a str,
    /// Neither encoded nor sorted.
    pub(crate) query: &'a [(&'static str, String)],
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// What a signature says of the content: its hash in hexadecimal digits, or that it is not
    /// signed.
    pub(crate) payload: &'a str,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
}

impl Unsigned<'_> {
    /// Adds a header.
    pub(crate) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }
}
