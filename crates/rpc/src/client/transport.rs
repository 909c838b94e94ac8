//! One request over one connection.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::header::{HeaderValue, USER_AGENT};
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use tonic::Status;
use tonic::body::Body;

use crate::error::NotSent;

const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("alluxio-rs/", env!("CARGO_PKG_VERSION")));

/// A connection, as the generated clients use it. It knows no user: the handshake and the question
/// for a version go over it.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    sender: SendRequest<Body>,
    /// The same for all clones, and for them alone.
    authority: Arc<Authority>,
}

impl Transport {
    pub(super) fn new(sender: SendRequest<Body>, authority: Authority) -> Self {
        Self {
            sender,
            authority: Arc::new(authority),
        }
    }

    /// Whether the connection takes more requests.
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Whether both are clones of one connection.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.authority, &other.authority)
    }

    pub(super) async fn send(
        &mut self,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, Status> {
        let mut target = std::mem::take(request.uri_mut()).into_parts();
        target.scheme = Some(Scheme::HTTP);
        target.authority = Some(Authority::clone(&self.authority));
        *request.uri_mut() = Uri::from_parts(target)
            .expect("the generated clients set a path, and scheme and authority are set here");
        request.headers_mut().insert(USER_AGENT, AGENT);
        self.sender
            .try_send_request(request)
            .await
            .map_err(|mut failed| {
                let unsent = failed.take_message().is_some();
                let error = failed.into_error();
                let mut status = Status::unavailable(format!(
                    "the connection to {} broke: {error}",
                    self.authority
                ));
                status.set_source(if unsent {
                    Arc::new(NotSent {
                        login_refused: false,
                    })
                } else {
                    Arc::new(error)
                });
                status
            })
    }
}

impl tower::Service<Request<Body>> for Transport {
    type Response = Response<Incoming>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Incoming>, Status>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut transport = self.clone();
        Box::pin(async move { transport.send(request).await })
    }
}
