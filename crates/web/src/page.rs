//! What stands on every page, and how a page becomes an answer.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// What stands around the content of a page.
#[derive(Debug)]
pub struct Frame {
    /// What the page shows.
    pub title: &'static str,
    /// Who shows it: `master` or `worker`.
    pub process: &'static str,
    /// The host of the process.
    pub host: String,
    /// Its release.
    pub version: String,
    /// Where the head of the page leads to.
    pub links: Vec<Link>,
}

/// A link in the head of a page.
#[derive(Debug)]
pub struct Link {
    /// What people read.
    pub name: &'static str,
    /// Where it leads to.
    pub address: String,
}

impl Link {
    /// A link with this name to this address.
    pub fn new(name: &'static str, address: impl Into<String>) -> Self {
        Self {
            name,
            address: address.into(),
        }
    }
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Page<'a> {
    frame: &'a Frame,
    /// HTML that its own template has escaped.
    content: &'a str,
}

/// The page with this content in this frame.
pub fn render(frame: &Frame, content: &impl Template) -> Response {
    let page = content.render().and_then(|content| {
        let content = content.as_str();
        Page { frame, content }.render()
    });
    match page {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(source = "<p>{{ name }}</p>", ext = "html")]
    struct Content {
        name: &'static str,
    }

    #[tokio::test]
    async fn a_page_escapes_what_came_from_outside() {
        let frame = Frame {
            title: "Logs",
            process: "worker",
            host: "<b>host</b>".to_owned(),
            version: "2.9.4".to_owned(),
            links: vec![Link::new("Master", "http://\"master:1/")],
        };
        let answer = render(&frame, &Content { name: "<script>" });
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await;
        let text = String::from_utf8(body.unwrap().to_vec()).unwrap();
        for expected in [
            "<title>Alluxio worker &#60;b&#62;host&#60;/b&#62;: Logs</title>",
            "<a href=\"http://&#34;master:1/\">Master</a>",
            "<p>&#60;script&#62;</p>",
            "<footer>Alluxio 2.9.4</footer>",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
