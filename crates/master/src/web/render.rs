//! What stands on every page, and how a page becomes an answer.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::view::WebView;

/// Nothing but our own style runs or loads: a hostile name that slipped through would stay text.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'";

/// What a query value may hold as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'/');

/// What stands on every page.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) title: &'static str,
    pub(super) host: String,
    pub(super) version: String,
}

impl Frame {
    pub(super) fn new(title: &'static str, view: &WebView) -> Self {
        let identity = view.parts.meta.identity();
        Self {
            title,
            host: identity.hostname.clone(),
            version: identity.version.clone(),
        }
    }
}

/// A path as a part of a link.
pub(super) fn in_link(path: &str) -> String {
    utf8_percent_encode(path, QUERY).to_string()
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    sentence: String,
}

/// A page that says why there is no other one.
pub(super) fn problem(view: &WebView, status: StatusCode, sentence: String) -> Response {
    let page = ProblemPage {
        frame: Frame::new("Error", view),
        sentence,
    };
    (status, render(&page)).into_response()
}

pub(super) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let headers = [
                (CONTENT_SECURITY_POLICY, POLICY),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, Html(text)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
