//! The children of a directory in the order of their names.

use super::arena::Slot;
use super::directory::{ChildList, Position};
use super::{InodeRef, InodeTree};

/// Iterates over children in the byte order of their names.
#[derive(Debug, Clone)]
pub struct Children<'t> {
    tree: &'t InodeTree,
    list: Option<&'t ChildList>,
    position: Position,
}

impl<'t> Children<'t> {
    /// Those of one directory; none for what is not a directory.
    pub(super) fn of(tree: &'t InodeTree, slot: Slot, start_after: Option<&str>) -> Self {
        let list = tree.directory(slot).map(|directory| &directory.children);
        let position = match (list, start_after) {
            (Some(list), Some(name)) => {
                list.after(name.as_bytes(), |slot| tree.store.name_bytes(slot))
            }
            (Some(_) | None, _) => ChildList::start(),
        };
        Self {
            tree,
            list,
            position,
        }
    }

    /// No children.
    pub(super) fn none(tree: &'t InodeTree) -> Self {
        Self {
            tree,
            list: None,
            position: ChildList::start(),
        }
    }
}

impl<'t> Iterator for Children<'t> {
    type Item = InodeRef<'t>;

    fn next(&mut self) -> Option<InodeRef<'t>> {
        let slot = self.list?.next(&mut self.position)?;
        Some(InodeRef::new(self.tree, slot))
    }
}
