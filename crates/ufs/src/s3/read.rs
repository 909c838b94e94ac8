//! GetObject: a range of one version, which a broken connection does not end.

use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use hyper::body::Body as _;

use super::client::Call;
use super::error::Failure;
use super::store::S3Objects;
use super::xml;
use crate::UfsErrorKind;
use crate::object::ObjectError;

impl S3Objects {
    /// See [`crate::object::ObjectStore::read`]. When the connection breaks, what came is kept, and
    /// the rest is asked for, of the same version.
    pub(super) async fn get_object(
        &self,
        key: &str,
        range: (u64, usize),
        etag: Option<&str>,
    ) -> Result<Bytes, ObjectError> {
        let (offset, length) = range;
        if length == 0 {
            return match self.head_object(key).await? {
                Some(_) => Ok(Bytes::new()),
                None => Err(ObjectError {
                    kind: UfsErrorKind::NotFound,
                    reason: "The specified key does not exist".to_owned(),
                    property: None,
                }),
            };
        }
        let mut etag = etag.map(str::to_owned);
        let mut data = BytesMut::new();
        let mut attempt = 1;
        while data.len() < length {
            let before = data.len();
            let rest = (offset + before as u64, length - before);
            let failure = match self.get_once(key, rest, &mut etag, &mut data).await {
                Ok(()) => break,
                Err(Failure::Service(error))
                    if error.status == StatusCode::RANGE_NOT_SATISFIABLE =>
                {
                    // Behind the end.
                    break;
                }
                Err(failure) => failure,
            };
            if data.len() > before {
                // Getting on is no failed attempt.
                attempt = 1;
            }
            if attempt >= self.client.options.attempts || !failure.is_transient() {
                return Err(self.client.error(failure));
            }
            tracing::debug!(?failure, key, attempt, "reading goes on after a failure");
            self.client.pause(attempt).await;
            attempt += 1;
        }
        Ok(data.freeze())
    }

    async fn get_once(
        &self,
        key: &str,
        (offset, length): (u64, usize),
        etag: &mut Option<String>,
        data: &mut BytesMut,
    ) -> Result<(), Failure> {
        // Stores count in signed numbers.
        let end = offset.saturating_add(length as u64).min(i64::MAX as u64);
        let last = end - 1;
        let mut call = Call::object(Method::GET, key);
        call = call.header("range", format!("bytes={offset}-{last}"));
        if let Some(etag) = etag.as_deref() {
            call = call.header("if-match", format!("\"{etag}\""));
        }
        let response = self.client.begin(&call).await?;
        let (head, mut incoming) = response.into_parts();
        if etag.is_none()
            && let Some(seen) = head.headers.get("etag").and_then(|etag| etag.to_str().ok())
        {
            *etag = Some(xml::etag(seen));
        }
        if head.status != StatusCode::PARTIAL_CONTENT && offset > 0 {
            return Err(Failure::Lost("the store ignores ranges".to_owned()));
        }
        // What the store announces, and no more than was asked for: a caller may ask for anything.
        let announced = incoming.size_hint().lower();
        data.reserve(length.min(usize::try_from(announced).unwrap_or(0)));
        let limit = data.len().saturating_add(length);
        self.client.collect(&mut incoming, data, limit).await
    }
}
