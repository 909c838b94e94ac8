//! The page that says why there is no other one.

use std::error::Error;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::page::{Frame, render};

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    sentence: &'a str,
}

/// The page with this sentence, under this status.
pub fn problem_page(frame: &Frame, status: StatusCode, sentence: &str) -> Response {
    (status, render(frame, &Problem { sentence })).into_response()
}

/// The page for an address that shows nothing.
pub fn unknown_page(frame: &Frame, address: &Uri) -> Response {
    let sentence = format!("There is no page {}", address.path());
    problem_page(frame, StatusCode::NOT_FOUND, &sentence)
}

/// The page for a question that does not parse; it names the part that is wrong.
pub fn bad_query(frame: &Frame, rejection: &QueryRejection) -> Response {
    let reason = rejection
        .source()
        .map_or_else(|| rejection.body_text(), ToString::to_string);
    let sentence = format!("The address of this page does not parse: {reason}");
    problem_page(frame, StatusCode::BAD_REQUEST, &sentence)
}
