//! The web server of a worker: pages for people, JSON and metrics for programs.
//!
//! **Owns** what the pages say and how they look; everything that came from outside is escaped by
//! the templates.
//! **Must never know** how blocks are kept: it shows what [`crate::Worker`] tells.
//! **Start reading** at `router.rs`.

mod api;
mod log_level;
mod pages;
mod router;
mod view;

pub(crate) use log_level::log_level;
pub use router::serve;
pub use view::{ShownProperty, WebConf, WebView};
