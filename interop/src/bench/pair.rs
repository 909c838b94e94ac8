//! [`Pair`]: one thing of ours, and the same of Alluxio's own.

use anyhow::Result;

use crate::cluster::Kind;

/// One thing of ours, and the same of Alluxio's own.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pair<T> {
    pub(crate) ours: T,
    pub(crate) theirs: T,
}

impl<T> Pair<T> {
    /// Makes both, ours first.
    ///
    /// # Errors
    /// When one cannot be made.
    pub(crate) fn make(mut make: impl FnMut(Kind) -> Result<T>) -> Result<Self> {
        Ok(Self {
            ours: make(Kind::Ours)?,
            theirs: make(Kind::Theirs)?,
        })
    }

    pub(crate) fn of(&self, kind: Kind) -> &T {
        match kind {
            Kind::Ours => &self.ours,
            Kind::Theirs => &self.theirs,
        }
    }

    pub(crate) fn of_mut(&mut self, kind: Kind) -> &mut T {
        match kind {
            Kind::Ours => &mut self.ours,
            Kind::Theirs => &mut self.theirs,
        }
    }

    pub(crate) fn map<U>(&self, mut map: impl FnMut(&T) -> U) -> Pair<U> {
        Pair {
            ours: map(&self.ours),
            theirs: map(&self.theirs),
        }
    }
}
