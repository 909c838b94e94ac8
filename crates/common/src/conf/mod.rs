//! Configuration: every property that Alluxio 2.9 knows, and the values of one process.
//!
//! **Owns** the registry of properties, the sources of values and their precedence, substitution,
//! typed reading, and what to say about wrong values.
//! **Must never know** what a value is used for; components take plain structs, never a [`Conf`].
//! **Start reading** at [`Conf`], then
//! [`load()`] for where values come from, then the tables in `registry/`.

pub mod key;
pub mod properties_file;
pub mod property;
pub mod registry;

mod environment;
mod error;
mod listing;
mod load;
mod machine;
mod secrecy;
mod snapshot;
mod source;
mod substitution;
mod suggest;
mod template;
mod validate;
mod value;

#[cfg(test)]
mod tests;

pub use environment::{GenericOptions, HIDDEN_OPTIONS, Role, environment_of_process};
pub use error::ConfError;
pub use listing::{ConfProperty, Entry, References, Unit, hash};
pub use load::{Loaded, Notice, SITE_FILE, Sources, load};
pub use machine::Machine;
pub use property::{Kind, Property, Secrecy};
pub use registry::Registry;
pub use secrecy::{STARS, ShownOptions, secrecy_of_option, shown, shown_option};
pub use snapshot::Conf;
pub use source::{Assignment, ConfSource};
pub use template::Template;
