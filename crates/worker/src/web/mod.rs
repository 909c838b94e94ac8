//! The web server of a worker: pages for people, JSON and metrics for programs.
//!
//! **Owns** what the pages say and how they look; everything that came from outside is escaped by
//! the templates.
//! **Must never know** how blocks are kept: it shows what [`crate::Worker`] tells.
//! **Start reading** at `router.rs`.

mod api;
mod pages;
mod router;
mod view;

pub use alluxio_web::ShownProperty;
pub use router::serve;
pub use view::{WebConf, WebView};
