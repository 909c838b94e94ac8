//! The short form of the crash loop, and the loop itself put to the test. `make crash` runs the long
//! form.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod minio;
mod planted;
mod rounds;
