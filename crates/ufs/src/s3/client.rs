//! [`S3Client`]: signs a request, sends it, waits no longer than it should, and sends it again when
//! that may help.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use alluxio_common::Clock;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::StdRng;

use super::dialect::Unsigned;
use super::endpoint::{DEFAULT_REGION, Endpoint, encode_query, region_of_host};
use super::error::{Failure, ServiceError, status_of_code};
use super::http_client::HttpClient;
use super::options::S3Options;
use super::payload_body::PayloadBody;
use super::sign::{self, UNSIGNED_PAYLOAD};
use crate::object::{ObjectError, Payload};

/// The longest first pause before a request is sent again; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Who has not begun to answer a short question by then is gone; a person waits for it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A store that moves fewer bytes in a second is taken for one that is gone.
const SLOWEST_STORE: u64 = 2 << 20;

/// More than the largest document, a page of 1,000 keys of 1,024 bytes each, each byte encoded.
const DOCUMENT_LIMIT: usize = 16 << 20;

/// A request, before it is signed.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// `None` for the bucket itself.
    pub(super) key: Option<&'a str>,
    pub(super) query: Vec<(&'static str, String)>,
    /// Names in lower case.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Names without the prefix that the dialect gives them.
    pub(super) own_headers: Vec<(&'static str, String)>,
    pub(super) body: Payload,
    /// The hash of the body, once it was needed: it is the same for each attempt.
    hash: OnceLock<String>,
    /// What the store has to move before it can answer, besides the body.
    moved_bytes: u64,
    repeat: Repeat,
}

/// When a request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Doing it twice is as good as doing it once.
    Always,
    /// Only when the store said that it has not done it.
    WhenRefused,
}

impl<'a> Call<'a> {
    /// Asks something of the bucket.
    pub(super) fn bucket(method: Method) -> Self {
        Self {
            method,
            key: None,
            query: Vec::new(),
            headers: Vec::new(),
            own_headers: Vec::new(),
            body: Payload::default(),
            hash: OnceLock::new(),
            moved_bytes: 0,
            repeat: Repeat::Always,
        }
    }

    /// Asks something of an object.
    pub(super) fn object(method: Method, key: &'a str) -> Self {
        Self {
            key: Some(key),
            ..Self::bucket(method)
        }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn own_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.own_headers.push((name, value.into()));
        self
    }

    /// The store copies so much before it answers.
    pub(super) fn moving(mut self, bytes: u64) -> Self {
        self.moved_bytes = bytes;
        self
    }

    /// An answer that is lost must not make it happen twice.
    pub(super) fn only_once(mut self) -> Self {
        self.repeat = Repeat::WhenRefused;
        self
    }

    pub(super) fn body(mut self, body: impl Into<Payload>) -> Self {
        self.body = body.into();
        self
    }
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    /// A header; empty without it.
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

/// The requests to one bucket.
pub(super) struct S3Client {
    pub(super) bucket: String,
    /// Bucket and place.
    pub(super) name: String,
    pub(super) options: S3Options,
    endpoint: Endpoint,
    http: HttpClient,
    /// Changes when the store says that the bucket is elsewhere.
    region: Mutex<String>,
    clock: Arc<dyn Clock>,
    random: Mutex<StdRng>,
}

impl fmt::Debug for S3Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Client")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl S3Client {
    pub(super) fn new(
        bucket: &str,
        options: S3Options,
        endpoint: Endpoint,
        clock: Arc<dyn Clock>,
        random: StdRng,
    ) -> io::Result<Self> {
        let told = options.region.as_deref();
        let seen = || region_of_host(&endpoint.host);
        let region = told.or_else(seen).unwrap_or(DEFAULT_REGION).to_owned();
        Ok(Self {
            bucket: bucket.to_owned(),
            name: format!("{bucket} at {}", endpoint.host),
            http: HttpClient::of(&options, &endpoint)?,
            options,
            endpoint,
            region: Mutex::new(region),
            clock,
            random: Mutex::new(random),
        })
    }

    /// What time it is.
    pub(super) fn now(&self) -> alluxio_common::Timestamp {
        self.clock.now()
    }

    /// What a failure of this store is to the caller.
    pub(super) fn error(&self, failure: Failure) -> ObjectError {
        failure.into_error(&self.endpoint, self.options.dialect)
    }

    /// The short name of the kind of store.
    pub(super) fn kind(&self) -> &'static str {
        self.options.dialect.kind()
    }

    /// The whole name of one of the store's own headers.
    pub(super) fn own_name(&self, name: &str) -> String {
        format!("{}{name}", self.options.dialect.own_prefix())
    }

    /// Sends a request until it is answered well, or there is no use in sending it again.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        self.send_up_to(call, DOCUMENT_LIMIT).await
    }

    /// As [`Self::send`]; an answer of more than `limit` bytes is an error.
    async fn send_up_to(&self, call: &Call<'_>, limit: usize) -> Result<Reply, Failure> {
        let (mut attempt, mut was_uncertain) = (1, false);
        loop {
            let failure = match self.send_once(call, limit).await {
                Ok(reply) => return Ok(reply),
                Err(failure) if was_uncertain => failure.after_uncertainty(),
                Err(failure) => failure,
            };
            was_uncertain |= failure.is_uncertain() && !call.method.is_safe();
            let moved = self.follow_bucket(&failure);
            let may_help = match call.repeat {
                Repeat::Always => failure.is_transient(),
                Repeat::WhenRefused => failure.is_transient() && !failure.is_uncertain(),
            };
            if attempt >= self.options.attempts || !(moved || may_help) {
                return Err(failure);
            }
            tracing::debug!(?failure, attempt, method = %call.method, "request sent again");
            self.pause(attempt).await;
            attempt += 1;
        }
    }

    async fn send_once(&self, call: &Call<'_>, limit: usize) -> Result<Reply, Failure> {
        let response = self.begin(call).await?;
        let (mut head, mut incoming) = response.into_parts();
        let mut body = BytesMut::new();
        self.collect(&mut incoming, &mut body, limit).await?;
        let body = body.freeze();
        // Long requests are answered with success before their outcome is known.
        let is_error = head.status.is_success() && begins_with_error(&body);
        if is_error {
            head.status = StatusCode::INTERNAL_SERVER_ERROR;
            let mut failure = self.refusal(&head, &body);
            if let Failure::Service(error) = &mut failure {
                error.status = status_of_code(&error.code);
            }
            return Err(failure);
        }
        Ok(Reply {
            headers: head.headers,
            body,
        })
    }

    /// Sends a request once and waits for the head of a good answer.
    pub(super) async fn begin(&self, call: &Call<'_>) -> Result<Response<Incoming>, Failure> {
        let payload = self.signed_payload(call).await;
        let request = self.signed(call, payload)?;
        let sent = self.http.send(request);
        let answered = tokio::time::timeout(self.answer_timeout(call), sent).await;
        let response = match answered {
            Ok(answer) => answer.map_err(|error| self.parse_failure(&error))?,
            Err(_elapsed) => return Err(Failure::TimedOut),
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let (head, mut incoming) = response.into_parts();
        let mut body = BytesMut::new();
        // The status alone is worth more than the reason why there is no more than that.
        let collected = self.collect(&mut incoming, &mut body, DOCUMENT_LIMIT);
        if let Err(failure) = collected.await {
            tracing::debug!(?failure, "the text of an error is lost");
        }
        Err(self.refusal(&head, &body))
    }

    /// Where there is a proxy, it is the proxy that connections are made to.
    fn parse_failure(&self, error: &hyper_util::client::legacy::Error) -> Failure {
        let failure = parse_failure(error);
        let Some((host, port)) = &self.options.proxy else {
            return failure;
        };
        failure.through(format!("{host}:{port}"))
    }

    fn refusal(&self, head: &http::response::Parts, body: &[u8]) -> Failure {
        let prefix = self.options.dialect.own_prefix();
        let error = ServiceError::of(head.status, &head.headers, body, prefix);
        Failure::Service(Box::new(error))
    }

    /// Writing and copying take longer the larger the content is.
    fn answer_timeout(&self, call: &Call<'_>) -> Duration {
        let longest = self.options.request_timeout;
        match call.method {
            Method::PUT | Method::POST => {
                let bytes = call.moved_bytes.saturating_add(call.body.len() as u64);
                longest.saturating_add(Duration::from_secs(bytes / SLOWEST_STORE))
            }
            _ => longest.min(ANSWER_TIMEOUT),
        }
    }

    /// Appends a body to `collected`, which holds what came when it breaks.
    async fn collect(
        &self,
        incoming: &mut Incoming,
        collected: &mut BytesMut,
        limit: usize,
    ) -> Result<(), Failure> {
        while let Some(data) = self.next_data(incoming).await? {
            if collected.len() + data.len() > limit {
                return Err(too_long());
            }
            collected.extend_from_slice(&data);
        }
        Ok(())
    }

    /// The next bytes of a body, as they came from the connection; `None` at its end.
    pub(super) async fn next_data(
        &self,
        incoming: &mut Incoming,
    ) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = tokio::time::timeout(self.options.socket_timeout, incoming.frame()).await;
            let frame = match frame {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(Failure::Lost(innermost(&error))),
                Ok(None) => return Ok(None),
                Err(_elapsed) => return Err(Failure::TimedOut),
            };
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// Waits before the attempt that follows this one.
    pub(super) async fn pause(&self, attempt: u32) {
        let longest = FIRST_PAUSE.saturating_mul(1 << attempt.min(16).saturating_sub(1));
        let longest = longest.min(LONGEST_PAUSE);
        // Half of it at least, so that a store that is busy gets a pause from everybody.
        let pause = self.random.lock().random_range(longest / 2..=longest);
        tokio::time::sleep(pause).await;
    }

    /// Whether the store said that the bucket is in another region, which counts from now on.
    fn follow_bucket(&self, failure: &Failure) -> bool {
        let (Failure::Service(error) | Failure::Unclear(error)) = failure else {
            return false;
        };
        let Some(told) = &error.region else {
            return false;
        };
        let mut region = self.region.lock();
        let is_elsewhere = matches!(error.status.as_u16(), 301 | 307 | 400) && told != &*region;
        if is_elsewhere {
            tracing::info!(
                bucket = self.bucket,
                region = told,
                "the bucket is elsewhere"
            );
            region.clone_from(told);
        }
        is_elsewhere
    }

    /// What a signature says of the body.
    async fn signed_payload<'a>(&self, call: &'a Call<'_>) -> &'a str {
        let is_signed = self.options.credentials.is_some();
        let needs_hash = is_signed && self.options.dialect.signs_body(&self.endpoint);
        // Of an empty body the hash is known without effort, and all stores take it.
        if !(needs_hash || call.body.is_empty()) {
            return UNSIGNED_PAYLOAD;
        }
        if let Some(hash) = call.hash.get() {
            return hash;
        }
        let hash = sign::payload_hash(&call.body).await;
        call.hash.get_or_init(|| hash)
    }

    fn signed(&self, call: &Call<'_>, payload: &str) -> Result<Request<PayloadBody>, Failure> {
        let path = self.endpoint.path(call.key);
        let query = encode_query(&call.query);
        let mark = if query.is_empty() { "" } else { "?" };
        let (scheme, host) = (self.endpoint.scheme(), &self.endpoint.host);
        let mut request = Request::builder()
            .method(&call.method)
            .uri(format!("{scheme}://{host}{path}{mark}{query}"));
        for (name, value) in self.headers(call, &path, payload) {
            request = request.header(name, value);
        }
        let request = request.body(PayloadBody::new(call.body.clone()));
        request.map_err(|error| Failure::Lost(error.to_string()))
    }

    fn headers(&self, call: &Call<'_>, path: &str, payload: &str) -> Vec<(String, String)> {
        let region = self.region.lock().clone();
        let mut request = Unsigned {
            method: call.method.as_str(),
            bucket: &self.bucket,
            key: call.key,
            path,
            query: &call.query,
            headers: Vec::with_capacity(call.headers.len() + call.own_headers.len() + 5),
            payload,
            region: &region,
            now: self.clock.now(),
        };
        for (name, value) in &call.headers {
            request.add(name, value.as_str());
        }
        for (name, value) in &call.own_headers {
            request.add(&self.own_name(name), value.as_str());
        }
        request.add("host", self.endpoint.host.as_str());
        let dialect = self.options.dialect;
        dialect.prepare(&mut request);
        if let Some(credentials) = &self.options.credentials {
            dialect.sign(&mut request, credentials);
        }
        request.headers
    }
}

/// An answer of more bytes than were asked for.
pub(super) fn too_long() -> Failure {
    Failure::Lost("the answer is too long".to_owned())
}

/// Whether a document is an error, which may stand behind a declaration and white space.
fn begins_with_error(body: &[u8]) -> bool {
    const LONGEST_FRONT: usize = 512;
    let front = String::from_utf8_lossy(&body[..body.len().min(LONGEST_FRONT)]);
    let front = front.trim_start();
    let root = front
        .strip_prefix("<?xml")
        .and_then(|declared| declared.split_once("?>"))
        .map_or(front, |(_, root)| root.trim_start());
    root.starts_with("<Error>") || root.starts_with("<Error ")
}

/// Tells an unknown host from a silent one from a refused connection from one that broke.
fn parse_failure(error: &hyper_util::client::legacy::Error) -> Failure {
    let why = innermost(error);
    if !error.is_connect() {
        return Failure::Lost(why);
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.to_string().contains("dns error") {
            return Failure::UnknownHost(why);
        }
        match rustls_error_in(inner) {
            Some(rustls::Error::InvalidCertificate(_)) => return Failure::Untrusted(why),
            Some(rustls::Error::InvalidMessage(_)) => {
                return Failure::NoTls;
            }
            Some(_) | None => {}
        }
        let io = inner.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return Failure::Unreachable;
        }
        source = inner.source();
    }
    Failure::NotConnected(why)
}

/// The error of TLS that an error of input and output stands for.
fn rustls_error_in<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    inner.downcast_ref().or_else(|| rustls_error_in(inner))
}

/// The last of the reasons, without the number of the operating system.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    let text = innermost.to_string();
    let words = text
        .split_once(" (os error")
        .map_or(text.as_str(), |(words, _)| words);
    words.to_owned()
}
