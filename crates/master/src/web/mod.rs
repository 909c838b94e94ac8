//! The web server of the master: pages for people, JSON and metrics for programs.
//!
//! **Owns** what the pages say and how they look; everything that came from outside is escaped by
//! the templates, and paths travel percent-encoded.
//! **Must never know** how inodes or blocks are kept: it asks the masters like any client does.
//! **Start reading** at `router.rs`.

mod api;
mod browse;
mod cluster;
mod content;
mod render;
mod router;
mod view;

pub use alluxio_web::ShownProperty;
pub use router::{router, serve};
pub use view::{WebConf, WebParts, WebView};
