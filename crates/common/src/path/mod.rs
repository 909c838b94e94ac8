//! Paths in the namespace and in the stores. Two types, so that neither is taken for the other.

mod alluxio_path;
mod ufs_path;

pub use alluxio_path::{AlluxioPath, InvalidPath};
pub use ufs_path::{InvalidUfsPath, UfsPath};
