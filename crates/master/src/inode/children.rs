//! The children of a directory in the order of their names.

use std::collections::btree_map;

use alluxio_common::InodeId;

use super::{InodeRef, InodeTree};

/// Iterates over children in the byte order of their names.
#[derive(Debug, Clone)]
pub struct Children<'t> {
    pub(super) tree: &'t InodeTree,
    pub(super) range: btree_map::Range<'t, String, InodeId>,
}

impl<'t> Iterator for Children<'t> {
    type Item = InodeRef<'t>;

    fn next(&mut self) -> Option<InodeRef<'t>> {
        let (_name, id) = self.range.next()?;
        self.tree.inode(*id)
    }
}
