//! [`call`]: a call whose request and answer are bodies made by hand, past generated code.

use alluxio_rpc::{Channel, failure_of};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, StatusCode, Uri, Version, header};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;

/// Calls `path`; returns the body of a good answer.
pub(super) async fn call(
    mut channel: Channel,
    path: &'static str,
    body: Body,
) -> Result<Body, Status> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = Uri::from(PathAndQuery::from_static(path));
    let headers = request.headers_mut();
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    let grpc = HeaderValue::from_static("application/grpc");
    headers.insert(header::CONTENT_TYPE, grpc);
    let response = channel.call(request).await?;
    if let Some(refused) = failure_of(response.headers()) {
        return Err(refused);
    }
    if response.status() != StatusCode::OK {
        let answer = response.status();
        return Err(Status::unknown(format!("the worker answered {answer}")));
    }
    Ok(Body::new(response.into_body()))
}
