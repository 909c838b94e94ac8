//! Signatures of version 4: who asks, for what, and when.

use alluxio_common::Timestamp;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::options::Credentials;
use crate::object::Payload;

/// The hash of a payload that is not signed because the connection protects it.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// How much is hashed before others get their turn.
const HASHED_AT_ONCE: usize = 1 << 20;

/// What is signed.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Encoded, from the slash on.
    pub(super) path: &'a str,
    /// Encoded, in the order of the names.
    pub(super) query: &'a str,
    /// In lower case, in the order of the names; with `host`, `x-amz-date` and
    /// `x-amz-content-sha256`.
    pub(super) headers: &'a [(String, String)],
    /// The hash of the payload in hexadecimal digits.
    pub(super) payload: &'a str,
    pub(super) region: &'a str,
    pub(super) now: Timestamp,
}

/// The date of a request as its header has it: `20260102T030405Z`.
pub(crate) fn request_date(now: Timestamp) -> String {
    let now = DateTime::<Utc>::from_timestamp_millis(now.millis()).unwrap_or_default();
    now.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The hash of a short text.
pub(crate) fn hash(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

/// The hash of a payload, which takes half a millisecond for each megabyte: others run in between.
pub(super) async fn payload_hash(payload: &Payload) -> String {
    let mut hash = Sha256::new();
    for piece in payload.pieces() {
        for slice in piece.chunks(HASHED_AT_ONCE) {
            hash.update(slice);
            tokio::task::yield_now().await;
        }
    }
    hex(&hash.finalize())
}

/// The value of the header `authorization`.
pub(super) fn authorization(signed: &Signed<'_>, credentials: &Credentials) -> String {
    let date = request_date(signed.now);
    let day = &date[..8];
    let region = signed.region;
    let scope = format!("{day}/{region}/s3/aws4_request");
    let names: Vec<&str> = signed
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let names = names.join(";");
    let lines: String = signed
        .headers
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    let Signed {
        method,
        path,
        query,
        payload,
        ..
    } = signed;
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
    let canonical = hash(canonical.as_bytes());
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    let key = mac(format!("AWS4{}", credentials.secret_key).as_bytes(), day);
    let key = mac(&key, region);
    let key = mac(&key, "s3");
    let key = mac(&key, "aws4_request");
    let signature = hex(&mac(&key, &text));
    let access_key = &credentials.access_key;
    format!(
        "AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, \
         Signature={signature}"
    )
}

/// HMAC-SHA256.
pub(crate) fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.expect("a key of any length will do");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the protocol's own documentation.
    #[test]
    fn the_example_of_the_documentation_has_its_signature() {
        let credentials = Credentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let empty = hash(b"");
        let headers = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            ("x-amz-content-sha256", empty.as_str()),
            ("x-amz-date", "20130524T000000Z"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signed = Signed {
            method: "GET",
            path: "/test.txt",
            query: "",
            headers: &headers,
            payload: &empty,
            region: "us-east-1",
            now: Timestamp::from_millis(1_369_353_600_000),
        };
        let authorization = authorization(&signed, &credentials);
        let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(authorization.ends_with(signature), "{authorization}");
    }
}
