//! What protects people who look at pages, whatever the page.

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing but our own style runs or loads, and nobody shows a page inside another one: a hostile name
/// that slipped through would stay text.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                                 base-uri 'none'; frame-ancestors 'none'";

/// Puts the headers on every answer, and refuses changes that a page of another server asks for: a
/// browser sends such requests for whoever looks at that page.
pub(crate) async fn protect(request: Request, next: Next) -> Response {
    let mut answer = if !request.method().is_safe() && is_foreign(request.headers()) {
        let sentence = "A page of another server may not change anything here";
        (StatusCode::FORBIDDEN, sentence).into_response()
    } else {
        next.run(request).await
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Whether a browser says that the request comes from a page of another server. Other programs say
/// nothing.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    origin.split_once("://").map(|(_scheme, host)| host) != host
}
