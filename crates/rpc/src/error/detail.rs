//! What travels beside a status: the part of an error that gRPC has no place for.

use std::time::Duration;

use alluxio_common::conf::Registry;
use alluxio_common::{Describe, Hint};
use prost::Message;
use tonic::Status;
use tonic::metadata::MetadataValue;

use super::code;

/// The trailer that carries the detail. Clients that do not know it skip it.
pub(super) const TRAILER: &str = "alluxio-error-bin";

/// Clients in Java take at most 8 KiB of headers in one block, and the sentence needs a part of
/// them; base64 adds a third.
const MAX_ENCODED: usize = 2 * 1024;

/// More facts than this tell nobody anything.
const MAX_FACTS: usize = 12;

/// A fact longer than this is cut: it is there to be recognised, not to be complete.
const MAX_VALUE: usize = 512;

/// The number of each hint. Unknown ones are dropped by the reader.
const CHECK_PROPERTY: u32 = 1;
const CHECK_MOUNT_CREDENTIALS: u32 = 2;
const RUN_COMMAND: u32 = 3;

/// One entry of a map from names to values, spelled out so that the order of the facts survives.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct WireFact {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct WireHint {
    #[prost(uint32, tag = "1")]
    pub(super) kind: u32,
    #[prost(string, tag = "2")]
    pub(super) text: String,
}

/// The message in the trailer.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct ErrorDetail {
    #[prost(uint32, tag = "1")]
    pub(super) code: u32,
    #[prost(message, repeated, tag = "2")]
    pub(super) facts: Vec<WireFact>,
    #[prost(message, optional, tag = "3")]
    pub(super) hint: Option<WireHint>,
    /// Which process said so, as `host:port`; set where an error is passed on.
    #[prost(string, tag = "4")]
    pub(super) origin: String,
    #[prost(uint32, tag = "5")]
    pub(super) retry_after_ms: u32,
}

impl ErrorDetail {
    /// Everything that the error tells, within the limits.
    pub(super) fn of(error: &dyn Describe) -> Self {
        let mut facts = Vec::new();
        let mut origin = String::new();
        for (name, value) in error.facts() {
            let value = cut(value, MAX_VALUE);
            if name == "origin" {
                origin = value;
            } else if facts.len() < MAX_FACTS {
                facts.push(WireFact {
                    name: name.to_owned(),
                    value,
                });
            }
        }
        let retry_after = error.retry_after().unwrap_or(Duration::ZERO);
        let mut detail = Self {
            code: code::number(error.code()),
            facts,
            hint: error.hint().map(WireHint::from),
            origin,
            retry_after_ms: u32::try_from(retry_after.as_millis()).unwrap_or(u32::MAX),
        };
        while detail.encoded_len() > MAX_ENCODED && detail.facts.pop().is_some() {}
        detail
    }

    /// Puts the detail beside the status.
    pub(super) fn attach(&self, status: &mut Status) {
        let value = MetadataValue::from_bytes(&self.encode_to_vec());
        status.metadata_mut().insert_bin(TRAILER, value);
    }

    /// The detail beside a status, if there is one that can be read.
    pub(super) fn read(status: &Status) -> Option<Self> {
        let value = status.metadata().get_bin(TRAILER)?;
        let bytes = value.to_bytes().ok()?;
        Self::decode(bytes).ok()
    }
}

impl From<Hint> for WireHint {
    fn from(hint: Hint) -> Self {
        let (kind, text) = match hint {
            Hint::CheckProperty(name) => (CHECK_PROPERTY, name.to_owned()),
            Hint::CheckMountCredentials(path) => (CHECK_MOUNT_CREDENTIALS, path),
            Hint::RunCommand(command) => (RUN_COMMAND, command),
        };
        Self {
            kind,
            text: cut(text, MAX_VALUE),
        }
    }
}

impl WireHint {
    /// The hint, if this side knows its kind, and for a property also its name.
    pub(super) fn into_hint(self) -> Option<Hint> {
        match self.kind {
            CHECK_PROPERTY => Registry::new()
                .find(&self.text)
                .map(|property| Hint::CheckProperty(property.name)),
            CHECK_MOUNT_CREDENTIALS => Some(Hint::CheckMountCredentials(self.text)),
            RUN_COMMAND => Some(Hint::RunCommand(self.text)),
            _ => None,
        }
    }
}

/// Cuts at a character boundary at or below `limit` bytes, and shows that something is missing.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    const MARK: &str = "...";
    if text.len() <= limit {
        return text;
    }
    text.truncate(text.floor_char_boundary(limit.saturating_sub(MARK.len())));
    text.push_str(MARK);
    text
}
