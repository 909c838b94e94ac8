//! [`FakeOss`]: a bucket in the memory of the test, behind the requests of OSS. It checks the
//! signature of each, and knows no parameter that the documentation does not have.

use std::sync::Arc;

use alluxio_common::{Clock, SystemClock, Tasks, Timestamp};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;

use super::request::{ACCESS_KEY, Incoming};
use super::xml;
use crate::UfsErrorKind;
use crate::object::memory::MemoryStores;
use crate::object::{ObjectError, ObjectList, ObjectPart, ObjectStatus, ObjectStore, read_whole};

/// Larger than any part of a test.
const BODY_LIMIT: usize = 64 << 20;

/// The server of one test; it ends with it.
pub(super) struct FakeOss {
    pub(super) port: u16,
    server: tokio::task::JoinHandle<()>,
}

struct Bucket {
    objects: Box<dyn ObjectStore>,
    /// Ids, keys and times of what is not complete.
    uploads: Mutex<Vec<(String, String, Timestamp)>>,
    clock: Arc<dyn Clock>,
}

type Answer = Result<Response, Response>;

impl FakeOss {
    pub(super) async fn start() -> Self {
        let clock = SystemClock::shared();
        let stores = MemoryStores::new(Arc::clone(&clock), Tasks::new());
        let bucket = Arc::new(Bucket {
            objects: stores.store("bucket"),
            uploads: Mutex::default(),
            clock,
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let service = Router::new().fallback(answer).with_state(bucket);
        let serve = async move { axum::serve(listener, service).await.unwrap() };
        Self {
            port,
            server: Tasks::new().spawn("fake OSS", serve),
        }
    }
}

impl Drop for FakeOss {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(bucket): State<Arc<Bucket>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return refusal(StatusCode::BAD_REQUEST, "IncompleteBody", "cut short");
    };
    let Some(incoming) = Incoming::of(head.method, &head.uri, head.headers, body) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "InvalidArgument",
            "unknown parameter",
        );
    };
    bucket
        .answer(&incoming)
        .await
        .unwrap_or_else(|refusal| refusal)
}

impl Bucket {
    async fn answer(&self, incoming: &Incoming) -> Answer {
        let authorization = incoming.header("authorization");
        if !authorization.contains(ACCESS_KEY) {
            let message = "The OSS Access Key Id you provided does not exist in our records.";
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "InvalidAccessKeyId",
                message,
            ));
        }
        if !incoming.is_signed() {
            let message = "The request signature we calculated does not match the signature \
                you provided. Check your key and signing method.";
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                message,
            ));
        }
        if incoming.bucket != "bucket" {
            let message = "The specified bucket does not exist.";
            return Err(refusal(StatusCode::NOT_FOUND, "NoSuchBucket", message));
        }
        let has = |name| incoming.has(name);
        match (&incoming.method, incoming.key.as_deref()) {
            (&Method::GET, None) if has("bucketInfo") => Ok(document(xml::bucket_info("owner"))),
            (&Method::GET, None) if has("uploads") => {
                let prefix = incoming.parameter("prefix");
                let uploads = self.uploads.lock();
                let below = uploads.iter().filter(|(_, key, _)| key.starts_with(prefix));
                Ok(document(xml::uploads(&below.cloned().collect::<Vec<_>>())))
            }
            (&Method::GET, None) if incoming.parameter("list-type") == "2" => {
                self.list(incoming).await
            }
            (&Method::POST, None) if has("delete") => self.delete(incoming).await,
            (&Method::HEAD, Some(key)) => {
                let status = self.found(key).await?;
                let head = object_head(&status).header("content-length", status.length);
                Ok(head.body(Body::empty()).unwrap())
            }
            (&Method::GET, Some(key)) => self.read(key, incoming).await,
            (&Method::PUT, Some(key)) => self.write(key, incoming).await,
            (&Method::POST, Some(key)) => self.upload(key, incoming).await,
            (&Method::DELETE, Some(key)) => {
                match incoming.parameter("uploadId") {
                    "" => drop(self.objects.delete(&[key.to_owned()]).await),
                    id => {
                        self.uploads.lock().retain(|(own, _, _)| own != id);
                        self.objects.abort_upload(key, id).await.map_err(refused)?;
                    }
                }
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            (_, _) => Err(refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "no",
            )),
        }
    }

    async fn found(&self, key: &str) -> Result<ObjectStatus, Response> {
        let status = self.objects.head(key).await.map_err(refused)?;
        let missing = || {
            refusal(
                StatusCode::NOT_FOUND,
                "NoSuchKey",
                "The specified key does not exist.",
            )
        };
        status.ok_or_else(missing)
    }

    async fn list(&self, incoming: &Incoming) -> Answer {
        let text = |name| Some(incoming.parameter(name).to_owned()).filter(|text| !text.is_empty());
        assert_eq!(incoming.parameter("encoding-type"), "url");
        let page = self.objects.list(ObjectList {
            prefix: incoming.parameter("prefix").to_owned(),
            start_after: text("start-after"),
            token: text("continuation-token"),
            folded: incoming.parameter("delimiter") == "/",
            limit: incoming.parameter("max-keys").parse().unwrap_or(100),
        });
        Ok(document(xml::page(&page.await.map_err(refused)?)))
    }

    async fn delete(&self, incoming: &Incoming) -> Answer {
        let md5 = STANDARD.encode(Md5::digest(&incoming.body));
        if incoming.header("content-md5") != md5 {
            return Err(refusal(
                StatusCode::BAD_REQUEST,
                "InvalidDigest",
                "wrong digest",
            ));
        }
        let text = String::from_utf8_lossy(&incoming.body);
        let document = roxmltree::Document::parse(&text).unwrap();
        let keys = document
            .descendants()
            .filter(|node| node.has_tag_name("Key"));
        let keys: Vec<String> = keys
            .filter_map(|key| key.text().map(str::to_owned))
            .collect();
        assert!(keys.len() <= 1000 && text.contains("<Quiet>true</Quiet>"));
        self.objects.delete(&keys).await;
        // In quiet mode nothing is said.
        Ok(StatusCode::OK.into_response())
    }

    async fn read(&self, key: &str, incoming: &Incoming) -> Answer {
        let status = self.found(key).await?;
        let wanted = incoming.header("if-match").trim_matches('"');
        if !wanted.is_empty() && wanted != status.etag {
            let message = "At least one of the pre-conditions you specified did not hold.";
            return Err(refusal(
                StatusCode::PRECONDITION_FAILED,
                "PreconditionFailed",
                message,
            ));
        }
        let range = incoming.header("range").strip_prefix("bytes=");
        let range = range.and_then(|range| range.split_once('-'));
        let bounds =
            range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        let (first, last): (u64, u64) = bounds.unwrap_or((0, u64::MAX - 1));
        let is_standard = incoming.header("x-oss-range-behavior") == "standard";
        if first >= status.length && is_standard {
            let message = "The requested range is not satisfiable";
            return Err(refusal(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                message,
            ));
        }
        // What OSS does with such ranges by default.
        let is_partial = range.is_some() && first < status.length;
        let (first, end) = match is_partial {
            true => (first, (last + 1).min(status.length)),
            false => (0, status.length),
        };
        let read = read_whole(self.objects.as_ref(), key, first..end).await;
        let data = read.map_err(refused)?;
        let content_range = format!("bytes {first}-{}/{}", end.saturating_sub(1), status.length);
        let mut response = object_head(&status).status(match is_partial {
            true => StatusCode::PARTIAL_CONTENT,
            false => StatusCode::OK,
        });
        if is_partial {
            response = response.header("content-range", content_range);
        }
        let response = response.header("content-length", data.len());
        Ok(response.body(Body::from(data)).unwrap())
    }

    async fn write(&self, key: &str, incoming: &Incoming) -> Answer {
        let body = incoming.body.clone();
        if incoming.has("uploadId") {
            let number = incoming.parameter("partNumber").parse().unwrap();
            let upload = incoming.parameter("uploadId");
            let part = self
                .objects
                .upload_part(key, upload, number, body.into())
                .await;
            let etag = format!("\"{}\"", part.map_err(refused)?.etag);
            return Ok(([("etag", etag)], "").into_response());
        }
        let source = incoming.header("x-oss-copy-source");
        if source.is_empty() {
            let put = self.objects.put(key, body.into()).await.map_err(refused)?;
            return Ok(([("etag", format!("\"{}\"", put.etag))], "").into_response());
        }
        let source = percent_decode_str(source).decode_utf8().unwrap();
        let source = source.strip_prefix("/bucket/").unwrap();
        let length = self.found(source).await?.length;
        self.objects
            .copy(source, length, key)
            .await
            .map_err(refused)?;
        let etag = self.found(key).await?.etag;
        Ok(document(format!(
            "<CopyObjectResult><ETag>\"{etag}\"</ETag></CopyObjectResult>"
        )))
    }

    async fn upload(&self, key: &str, incoming: &Incoming) -> Answer {
        if incoming.has("uploads") {
            let id = self.objects.begin_upload(key).await.map_err(refused)?;
            let upload = (id.clone(), key.to_owned(), self.clock.now());
            self.uploads.lock().push(upload);
            let result = format!("<UploadId>{id}</UploadId>");
            return Ok(document(format!(
                "<InitiateMultipartUploadResult>{result}</InitiateMultipartUploadResult>"
            )));
        }
        let id = incoming.parameter("uploadId");
        let text = String::from_utf8_lossy(&incoming.body);
        let parsed = roxmltree::Document::parse(&text).unwrap();
        let parts: Vec<ObjectPart> = parsed
            .descendants()
            .filter(|node| node.has_tag_name("Part"))
            .map(|part| {
                let text = |name| part.children().find(|child| child.has_tag_name(name));
                let text = |name| text(name).and_then(|child| child.text()).unwrap_or("");
                ObjectPart {
                    number: text("PartNumber").parse().unwrap(),
                    etag: text("ETag").trim_matches('"').to_owned(),
                }
            })
            .collect();
        drop(parsed);
        let done = self.objects.complete_upload(key, id, parts).await;
        let etag = done.map_err(refused)?.etag;
        self.uploads.lock().retain(|(own, _, _)| own != id);
        Ok(document(format!(
            "<CompleteMultipartUploadResult><ETag>\"{etag}\"</ETag></CompleteMultipartUploadResult>"
        )))
    }
}

fn object_head(status: &ObjectStatus) -> http::response::Builder {
    let time = status.last_modified.map(xml::http_time).unwrap_or_default();
    Response::builder()
        .header("etag", format!("\"{}\"", status.etag))
        .header("last-modified", time)
}

fn document(text: String) -> Response {
    ([("content-type", "application/xml")], text).into_response()
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        [("x-oss-request-id", "1")],
        xml::error(code, message),
    )
        .into_response()
}

fn refused(error: ObjectError) -> Response {
    let (status, code) = if error.kind == UfsErrorKind::NotFound {
        (StatusCode::NOT_FOUND, "NoSuchUpload")
    } else if error.kind == UfsErrorKind::InvalidPath {
        (StatusCode::BAD_REQUEST, "InvalidObjectName")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
    };
    refusal(status, code, &error.reason)
}
