//! What the web servers of all processes share.
//!
//! **Owns** serving, the frame of a page and its headers, the pages about logs and configuration,
//! and the addresses for metrics and log levels. What came from outside is escaped by the templates.
//! **Must never know** masters, workers, files or blocks: who serves says what its pages show.
//! **Start reading** at [`serve`], then `page.rs`.

mod configuration;
mod log_level;
mod logs;
mod metrics;
mod page;
mod problem;
mod protection;
mod serve;

pub use configuration::{ShownProperty, configuration_page};
pub use log_level::log_level;
pub use logs::{LogQuery, logs_page};
pub use metrics::metrics_routes;
pub use page::{Frame, Link, render};
pub use problem::{bad_query, problem_page, unknown_page};
pub use serve::serve;
