//! `cargo xtask docs`: documents that are made from registries.
//!
//! **Owns** one file per document.
//! **Must never know** a property or an error code by itself; the registries say it all.
//! **Start reading** at [`documents`].

mod document;
mod errors;
mod metrics;
mod names;
mod properties;
mod site_template;

pub(crate) use document::{documents, write};
