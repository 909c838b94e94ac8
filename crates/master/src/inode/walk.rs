//! A walk over everything below a directory, in steps between which the tree may change.

use alluxio_common::InodeId;

use super::{InodeRef, InodeTree};

/// Where a walk stands. It holds ids and names only, so it outlives the lock under which a step ran.
///
/// Every inode that is below the top during the whole walk is visited exactly once, a directory
/// before its children, children in the order of their names. What appears, goes or moves meanwhile
/// may be visited or not.
#[derive(Debug, Clone)]
pub struct SubtreeWalk {
    /// Directories that are not finished: the id, and the last name that was visited in it.
    open: Vec<(InodeId, Option<String>)>,
}

impl SubtreeWalk {
    /// A walk over everything below this directory, without itself.
    pub fn below(directory: InodeId) -> Self {
        Self {
            open: vec![(directory, None)],
        }
    }

    /// Whether nothing is left.
    pub fn is_finished(&self) -> bool {
        self.open.is_empty()
    }

    /// Visits the next inodes, `limit` at most. Call it until [`SubtreeWalk::is_finished`].
    pub fn next_batch(
        &mut self,
        tree: &InodeTree,
        limit: usize,
        mut visit: impl FnMut(InodeRef<'_>),
    ) {
        let mut left = limit;
        while left > 0 {
            let Some((directory, last_name)) = self.open.last_mut() else {
                return;
            };
            let mut entered = None;
            let mut stopped_at = None;
            for child in tree.children(*directory, last_name.as_deref()) {
                visit(child);
                left -= 1;
                if child.is_directory() {
                    entered = Some(child.id());
                }
                if entered.is_some() || left == 0 {
                    stopped_at = Some(child.name().to_owned());
                    break;
                }
            }
            match stopped_at {
                Some(name) => *last_name = Some(name),
                None => {
                    self.open.pop();
                }
            }
            if let Some(child) = entered {
                self.open.push((child, None));
            }
        }
    }
}
