//! The local file system, and everything that is mounted like it: NFS, GlusterFS, other FUSE.
//!
//! **Owns** the mapping of the rules of [`crate::UnderFileSystem`] to POSIX: temporary names and
//! renames, links, owners, the errors of the system.
//! **Must never know** where the mount begins: it is handed whole paths.
//! **Start reading** at [`LocalUfs`], which says what links and odd names become; then `create.rs`
//! for how a file comes to be in one step. Each operation has a file of its name.

mod cleanup;
mod connector;
mod create;
mod delete;
mod error;
mod list;
mod mkdir;
#[cfg(test)]
mod model_tests;
mod open;
mod owner_names;
mod rename;
mod set_attribute;
mod space;
mod status;
mod temporary;
#[cfg(test)]
mod tests;
mod threads;
mod warn_once;

pub use connector::{LocalUfs, SKIP_BROKEN_LINKS};
