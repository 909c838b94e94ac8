//! What a reservation covers.

use alluxio_common::AlluxioPath;

/// How much of the namespace a reservation covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The one inode: creating it, loading it, or loading the list of its children.
    Entry,
    /// The inode and everything below: deleting or moving it.
    Subtree,
}

/// One path of a reservation.
#[derive(Debug, Clone)]
pub struct ReservedPath {
    /// Where.
    pub path: AlluxioPath,
    /// How much of it.
    pub extent: Extent,
}

impl ReservedPath {
    /// Covers one inode.
    pub fn entry(path: &AlluxioPath) -> Self {
        Self {
            path: path.clone(),
            extent: Extent::Entry,
        }
    }

    /// Covers an inode and everything below.
    pub fn subtree(path: &AlluxioPath) -> Self {
        Self {
            path: path.clone(),
            extent: Extent::Subtree,
        }
    }
}
