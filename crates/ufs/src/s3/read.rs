//! GetObject: a range of one version, which a broken connection does not end.

use std::ops::Range;

use http::{HeaderMap, Method, StatusCode};
use hyper::body::Body as _;

use super::client::{Call, too_long};
use super::error::Failure;
use super::store::S3Objects;
use super::xml;
use crate::UfsErrorKind;
use crate::object::{ObjectError, ObjectSink, ObjectVersion};

/// What is known of an object after the head of the first answer.
#[derive(Debug)]
struct Seen {
    etag: String,
    /// Of the whole object.
    length: u64,
}

/// A range that is being read.
#[derive(Debug)]
struct Progress<'a> {
    /// The version that the caller wants.
    wanted: Option<&'a str>,
    seen: Option<Seen>,
    /// What is still to come.
    rest: Range<u64>,
}

impl Progress<'_> {
    /// Whether an answer is of the version that was wanted, and that was seen before. Not every
    /// store looks at the condition of a request.
    fn check(&mut self, answered: Seen) -> Result<(), Failure> {
        let differs = |etag: &str| {
            let are_known = !etag.is_empty() && !answered.etag.is_empty();
            are_known && etag != answered.etag
        };
        let is_another = |seen: &Seen| differs(&seen.etag) || seen.length != answered.length;
        if self.wanted.is_some_and(differs) || self.seen.as_ref().is_some_and(is_another) {
            return Err(Failure::Changed);
        }
        self.seen.get_or_insert(answered);
        Ok(())
    }
}

impl S3Objects {
    /// See [`crate::object::ObjectStore::read`]. When the connection breaks, what came is kept, and
    /// the rest is asked for, of the same version.
    pub(super) async fn get_object(
        &self,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
        sink: &mut ObjectSink,
    ) -> Result<(), ObjectError> {
        let mut read = Progress {
            wanted: etag,
            seen: None,
            rest: range,
        };
        let mut attempt = 1;
        while !read.rest.is_empty() {
            let before = read.rest.start;
            let failure = match self.get_once(key, &mut read, sink).await {
                Ok(()) => return Ok(()),
                Err(Failure::Service(error))
                    if error.status == StatusCode::RANGE_NOT_SATISFIABLE =>
                {
                    // Behind the end, unless there was more a moment ago.
                    match read.seen {
                        None => break,
                        Some(_) => Failure::Changed,
                    }
                }
                Err(failure) => failure,
            };
            if read.rest.start > before {
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
        match read.seen {
            Some(_) => Ok(()),
            None => self.get_nothing(key, sink).await,
        }
    }

    /// No bytes of an object that is there.
    async fn get_nothing(&self, key: &str, sink: &mut ObjectSink) -> Result<(), ObjectError> {
        match self.head_object(key).await? {
            Some(status) => {
                sink.begin(ObjectVersion {
                    length: status.length,
                    etag: status.etag,
                });
                Ok(())
            }
            None => Err(ObjectError {
                kind: UfsErrorKind::NotFound,
                reason: "The specified key does not exist".to_owned(),
                property: None,
            }),
        }
    }

    fn get_call<'a>(&self, key: &'a str, read: &Progress<'_>) -> Call<'a> {
        // Stores count in signed numbers.
        let last = read.rest.end.min(i64::MAX as u64) - 1;
        let first = read.rest.start;
        let call = Call::object(Method::GET, key).header("range", format!("bytes={first}-{last}"));
        let seen = read.seen.as_ref().map(|seen| seen.etag.as_str());
        match seen.or(read.wanted) {
            Some(etag) => call.header("if-match", format!("\"{etag}\"")),
            None => call,
        }
    }

    /// Asks for the rest once, and hands on what comes of it.
    async fn get_once(
        &self,
        key: &str,
        read: &mut Progress<'_>,
        sink: &mut ObjectSink,
    ) -> Result<(), Failure> {
        let call = self.get_call(key, read);
        let response = self.client.begin(&call).await?;
        let (head, mut incoming) = response.into_parts();
        if head.status != StatusCode::PARTIAL_CONTENT && read.rest.start > 0 {
            return Err(Failure::Lost("the store ignores ranges".to_owned()));
        }
        let announced = incoming.size_hint().lower();
        let seen = Seen {
            etag: xml::etag(header(&head.headers, "etag")),
            length: whole_length(&head.headers).unwrap_or(announced),
        };
        let end = read.rest.end.min(seen.length).max(read.rest.start);
        let version = ObjectVersion {
            length: seen.length,
            etag: seen.etag.clone(),
        };
        read.check(seen)?;
        sink.begin(version);
        while let Some(data) = self.client.next_data(&mut incoming).await? {
            let bytes = data.len() as u64;
            if bytes > read.rest.end - read.rest.start {
                return Err(too_long());
            }
            read.rest.start += bytes;
            sink.put(data).await;
        }
        // A proxy in between may end a body early, and well.
        match read.rest.start == end {
            true => Ok(()),
            false => Err(Failure::Lost("the answer is too short".to_owned())),
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or("")
}

/// The length in `bytes 0-9/1234`.
fn whole_length(headers: &HeaderMap) -> Option<u64> {
    let (_, length) = header(headers, "content-range").rsplit_once('/')?;
    length.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(etag: &str, length: u64) -> Seen {
        Seen {
            etag: etag.to_owned(),
            length,
        }
    }

    #[test]
    fn pieces_of_another_version_are_refused_even_if_the_store_gives_them() {
        let read = |wanted| Progress {
            wanted,
            seen: None,
            rest: 0..9,
        };
        assert!(read(Some("a")).check(seen("b", 1)).is_err());
        let mut goes_on = read(None);
        goes_on.check(seen("a", 9)).unwrap();
        goes_on.check(seen("a", 9)).unwrap();
        assert!(goes_on.check(seen("b", 9)).is_err());
        assert!(goes_on.check(seen("a", 8)).is_err());
        // A store without versions is believed.
        assert!(read(Some("a")).check(seen("", 1)).is_ok());
    }
}
