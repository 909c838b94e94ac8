//! Configuration: every property that Alluxio 2.9 knows, and the values of one process.
//!
//! **Owns** the registry of properties, the sources of values and their precedence, substitution,
//! typed reading, and what to say about wrong values.
//! **Must never know** what a value is used for; components take plain structs, never a [`Conf`].
//! **Start reading** at [`Conf`], then the tables
//! in `registry/`.

pub mod key;
pub mod properties_file;
pub mod property;
pub mod registry;

mod error;
mod machine;
mod snapshot;
mod source;
mod substitution;
mod suggest;
mod template;
mod value;

pub use error::ConfError;
pub use machine::Machine;
pub use property::{Kind, Property, Secrecy};
pub use registry::Registry;
pub use snapshot::{Conf, STARS, secrecy_of_option, shown};
pub use source::{Assignment, ConfSource};
pub use template::Template;
