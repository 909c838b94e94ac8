//! From a path to an inode.

use alluxio_common::AlluxioPath;
use smallvec::{SmallVec, smallvec};

use super::{InodeRef, InodeTree};

/// A path of which only the upper part exists.
#[derive(Debug, Clone)]
pub struct Unresolved<'t> {
    /// The deepest inode on the path that exists. A file here means that the path goes through it.
    pub nearest: InodeRef<'t>,
    /// How many of the path's components lead to it; the next one is the first that is missing.
    pub depth: usize,
}

/// All inodes on a path, and what is missing.
#[derive(Debug, Clone)]
pub struct Trace<'t, 'p> {
    /// From the root down; never empty. Most paths have few enough components to need no memory of
    /// their own: every change makes two or three traces.
    pub existing: SmallVec<[InodeRef<'t>; 8]>,
    /// The names that are missing below the last of them.
    pub missing: SmallVec<[&'p str; 2]>,
}

impl<'t> Trace<'t, '_> {
    /// The deepest inode on the path that exists.
    pub fn nearest(&self) -> InodeRef<'t> {
        *self.existing.last().expect("the root is always there")
    }

    /// The inode at the path, if it is there.
    pub fn target(&self) -> Option<InodeRef<'t>> {
        self.missing.is_empty().then(|| self.nearest())
    }
}

impl InodeTree {
    /// The inode at this path, or how far the path leads.
    ///
    /// # Errors
    /// When a component is missing, or a file stands where a directory is needed.
    ///
    /// # Panics
    /// When the tree has no root yet.
    pub fn resolve(&self, path: &AlluxioPath) -> Result<InodeRef<'_>, Unresolved<'_>> {
        let mut nearest = self.root().expect("the root is created before any path");
        for (depth, name) in path.components().enumerate() {
            let Some(child) = nearest.child(name) else {
                return Err(Unresolved { nearest, depth });
            };
            nearest = child;
        }
        Ok(nearest)
    }

    /// The inode at this path; `None` when there is none.
    pub fn find(&self, path: &AlluxioPath) -> Option<InodeRef<'_>> {
        self.resolve(path).ok()
    }

    /// Every inode on this path, for checks that look at all of them.
    ///
    /// # Panics
    /// When the tree has no root yet.
    pub fn trace<'p>(&self, path: &'p AlluxioPath) -> Trace<'_, 'p> {
        let mut nearest = self.root().expect("the root is created before any path");
        let mut trace = Trace {
            existing: smallvec![nearest],
            missing: SmallVec::new(),
        };
        let mut names = path.components();
        for name in names.by_ref() {
            let Some(child) = nearest.child(name) else {
                trace.missing.push(name);
                break;
            };
            trace.existing.push(child);
            nearest = child;
        }
        trace.missing.extend(names);
        trace
    }
}
