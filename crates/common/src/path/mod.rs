//! The two kinds of paths, which are never mixed.
//!
//! **Owns** what a path in the namespace and a path in a store may look like; each is parsed once,
//! so holding one is a proof.
//! **Must never know** what lies at a path, nor which store serves which part of the namespace.
//! **Start reading** at [`AlluxioPath`].

mod alluxio_path;
mod ufs_path;

pub use alluxio_path::{AlluxioPath, InvalidPath};
pub use ufs_path::{InvalidUfsPath, UfsPath};
