//! The page about the configuration.

use askama::Template;
use axum::response::Response;

use crate::page::{Frame, render};

/// One property as people may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownProperty {
    /// Its name.
    pub name: String,
    /// Its value, masked if it is a secret.
    pub value: String,
    /// Where the value comes from.
    pub source: String,
}

#[derive(Template)]
#[template(path = "configuration.html")]
struct Configuration<'a> {
    properties: &'a [ShownProperty],
}

/// The page that lists these properties.
pub fn configuration_page(frame: &Frame, properties: &[ShownProperty]) -> Response {
    render(frame, &Configuration { properties })
}
