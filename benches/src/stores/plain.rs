//! [`PlainClient`]: the requests of S3 and nothing else. It is what a program gets that uses the
//! store itself: connections that stay open, signed requests, answers that are read as they come.

use alluxio_common::{Clock, SystemClock};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use hmac::{Hmac, Mac};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::minio::{BUCKET, KEY};

/// Requests that are under way at once, where many are needed.
pub(super) const AT_ONCE: usize = 64;

/// Parts of one upload that are under way at once.
const PARTS_AT_ONCE: usize = 4;

/// What a query need not encode.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A client of the bucket.
#[derive(Debug, Clone)]
pub(super) struct PlainClient {
    http: Client<HttpConnector, Full<Bytes>>,
    host: String,
}

/// A request, before it is signed.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Of letters, digits, slashes and dashes; empty for the bucket itself.
    pub(super) key: &'a str,
    pub(super) query: Vec<(&'a str, &'a str)>,
    /// Names in lower case.
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: Bytes,
}

/// What a listing says of an object.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) length: u64,
}

impl PlainClient {
    pub(super) fn new(port: u16) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        Self {
            http: Client::builder(TokioExecutor::new()).build(tcp),
            host: format!("127.0.0.1:{port}"),
        }
    }

    /// Sends a request and waits for the head of a good answer.
    pub(super) async fn send(&self, ask: Ask<'_>) -> Result<Response<Incoming>> {
        let (method, key) = (ask.method.clone(), ask.key);
        let response = self.http.request(self.signed(ask)?).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        bail!(
            "{method} {key}: {status}: {}",
            String::from_utf8_lossy(&body)
        );
    }

    /// Sends a request and reads its whole answer.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Bytes> {
        let response = self.send(ask).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// Writes an object.
    pub(super) async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        let method = Method::PUT;
        let ask = Ask {
            method,
            key,
            body,
            ..Ask::default()
        };
        self.ask(ask).await.map(drop)
    }

    /// Writes an object of `count` parts, all the same, a few at a time.
    pub(super) async fn upload(&self, key: &str, part: &Bytes, count: usize) -> Result<()> {
        let begin = Ask {
            method: Method::POST,
            key,
            query: vec![("uploads", "")],
            ..Ask::default()
        };
        let begun = self.ask(begin).await?;
        let id = element(std::str::from_utf8(&begun)?, "UploadId")?;
        let parts = (1..=count).map(|number| {
            let (id, number) = (&id, number.to_string());
            async move {
                let ask = Ask {
                    method: Method::PUT,
                    key,
                    query: vec![("partNumber", &number), ("uploadId", id)],
                    body: part.clone(),
                    ..Ask::default()
                };
                let response = self.send(ask).await?;
                let etag = response.headers().get(http::header::ETAG);
                let etag = etag.context("a part has an ETag")?.to_str()?;
                anyhow::Ok(format!(
                    "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
                ))
            }
        });
        let parts: Vec<String> = stream::iter(parts)
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        let list = parts.concat();
        let complete = Ask {
            method: Method::POST,
            key,
            query: vec![("uploadId", &id)],
            body: format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>").into(),
            ..Ask::default()
        };
        let completed = self.ask(complete).await?;
        element(std::str::from_utf8(&completed)?, "ETag").map(drop)
    }

    /// Reads a whole object by one request, and drops the bytes as they come.
    pub(super) async fn read(&self, key: &str) -> Result<u64> {
        let ask = Ask {
            key,
            ..Ask::default()
        };
        let mut body = self.send(ask).await?.into_body();
        let mut total = 0;
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                total += data.len() as u64;
            }
        }
        Ok(total)
    }

    /// Writes small objects, numbered from zero, with keys that `key` makes.
    pub(super) async fn fill(&self, count: usize, key: impl Fn(usize) -> String) -> Result<()> {
        let puts = (0..count).map(|number| {
            let key = key(number);
            async move { self.put(&key, Bytes::from_static(b"small")).await }
        });
        stream::iter(puts)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Copies an object inside the bucket.
    pub(super) async fn copy(&self, source: &str, target: &str) -> Result<()> {
        let source = format!("/{BUCKET}/{source}");
        let ask = Ask {
            method: Method::PUT,
            key: target,
            headers: vec![("x-amz-copy-source", &source)],
            ..Ask::default()
        };
        let answer = self.ask(ask).await?;
        if !answer.windows(6).any(|tag| tag == b"<ETag>") {
            bail!("not copied: {}", String::from_utf8_lossy(&answer));
        }
        Ok(())
    }

    /// The objects and folded prefixes of a directory, page after page.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Listed>> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut query = vec![
                ("list-type", "2"),
                ("max-keys", "1000"),
                ("prefix", prefix),
                ("delimiter", "/"),
            ];
            query.extend(token.as_ref().map(|token| ("continuation-token", &**token)));
            let ask = Ask {
                query,
                ..Ask::default()
            };
            let page = self.ask(ask).await?;
            token = add_page(&page, &mut all)?;
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    fn signed(&self, ask: Ask<'_>) -> Result<Request<Full<Bytes>>> {
        let mut query = ask.query;
        query.sort_unstable();
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED)))
            .collect();
        let query = pairs.join("&");
        let path = format!("/{BUCKET}/{}", ask.key);
        let now = SystemClock::new().now().millis();
        let now = chrono::DateTime::from_timestamp_millis(now).context("a time")?;
        let date = now.format("%Y%m%dT%H%M%SZ").to_string();
        let payload = hex(&Sha256::digest(&ask.body));
        let mut headers = ask.headers;
        headers.extend([
            ("host", &*self.host),
            ("x-amz-content-sha256", &payload),
            ("x-amz-date", &date),
        ]);
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let method = &ask.method;
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}");
        let signature = signature(&date, &canonical)?;
        let uri = format!("http://{}{path}?{query}", self.host);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let scope = scope(&date);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, \
             Signature={signature}"
        );
        let request = request.header("authorization", authorization);
        Ok(request.body(Full::new(ask.body))?)
    }
}

/// Adds what a page lists, and returns where the next one begins.
fn add_page(page: &[u8], all: &mut Vec<Listed>) -> Result<Option<String>> {
    let text = std::str::from_utf8(page)?;
    let document = roxmltree::Document::parse(text)?;
    let mut next = None;
    for node in document.root_element().children() {
        let text = |name: &str| {
            let mut named = node.children().filter(|node| node.has_tag_name(name));
            named.next().and_then(|node| node.text())
        };
        match node.tag_name().name() {
            "NextContinuationToken" => next = node.text().map(str::to_owned),
            "Contents" => all.push(Listed {
                key: text("Key").context("a key")?.to_owned(),
                length: text("Size").context("a size")?.parse()?,
            }),
            _ => {}
        }
    }
    Ok(next)
}

/// The text of the only element of this name.
fn element(document: &str, name: &str) -> Result<String> {
    let document = roxmltree::Document::parse(document)?;
    let mut named = document
        .descendants()
        .filter(|node| node.tag_name().name() == name);
    let text = named.next().and_then(|node| node.text());
    Ok(text
        .with_context(|| format!("{name} in the answer"))?
        .to_owned())
}

fn scope(date: &str) -> String {
    format!("{}/us-east-1/s3/aws4_request", &date[..8])
}

fn signature(date: &str, canonical: &str) -> Result<String> {
    let mut key = format!("AWS4{KEY}").into_bytes();
    for word in scope(date).split('/') {
        key = mac(&key, word)?;
    }
    let hash = hex(&Sha256::digest(canonical));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{}\n{hash}", scope(date));
    Ok(hex(&mac(&key, &text)?))
}

fn mac(key: &[u8], text: &str) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
