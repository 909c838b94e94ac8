//! What stands on every page of the master.

use alluxio_web::{Frame, Link, problem_page};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::view::WebView;

/// What a query value may hold as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'/');

/// The frame of the page with this title.
pub(super) fn frame(title: &'static str, view: &WebView) -> Frame {
    let identity = view.parts.meta.identity();
    Frame {
        title,
        process: "master",
        host: identity.hostname.clone(),
        version: identity.version.clone(),
        links: vec![
            Link::new("Overview", "/overview"),
            Link::new("Browse", "/browse"),
            Link::new("Workers", "/workers"),
            Link::new("Mount Table", "/mounttable"),
            Link::new("Configuration", "/config"),
            Link::new("Logs", "/logs"),
            Link::new("Metrics", "/metrics/json/"),
        ],
    }
}

/// A path as a part of a link.
pub(super) fn in_link(path: &str) -> String {
    utf8_percent_encode(path, QUERY).to_string()
}

/// A page that says why there is no other one.
pub(super) fn problem(view: &WebView, status: StatusCode, sentence: &str) -> Response {
    problem_page(&frame("Error", view), status, sentence)
}
