//! [`Case`]: one promise, and how to try it.

use std::fmt;

use alluxio_common::{Mode, UfsPath};
use futures::future::BoxFuture;

use super::{Broken, Subject};
use crate::{MkdirOptions, Parents, Recursion, UfsCapability, UfsError, UnderFileSystem};

/// One promise of the contract.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name: the promise in snake case.
    pub name: &'static str,
    /// The promise as a sentence.
    pub description: &'static str,
    /// What a store must have declared for the promise to hold.
    pub needs: &'static [UfsCapability],
    pub(super) check: for<'a> fn(&'a Subject<'a>) -> BoxFuture<'a, Result<(), Broken>>,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The promise held.
    Passed,
    /// The store does not claim what the promise takes.
    Skipped {
        /// The first capability that is missing.
        missing: UfsCapability,
    },
    /// The promise did not hold.
    Broken {
        /// What was seen instead.
        reason: String,
    },
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Tries all cases; the promises that were broken, with what was seen instead.
#[cfg(test)]
pub(crate) async fn broken_promises(ufs: &dyn UnderFileSystem, root: &UfsPath) -> Vec<String> {
    let mut broken = Vec::new();
    for case in &super::CASES {
        if let Outcome::Broken { reason } = run(case, ufs, root).await {
            broken.push(format!("{}: {reason}", case.name));
        }
    }
    broken
}

/// Tries one case in a directory of its own below `root`, which is removed afterwards.
pub async fn run(case: &Case, ufs: &dyn UnderFileSystem, root: &UfsPath) -> Outcome {
    let missing = |need: &&UfsCapability| !ufs.capabilities().has(**need);
    if let Some(missing) = case.needs.iter().find(missing) {
        return Outcome::Skipped { missing: *missing };
    }
    match try_in_directory(case, ufs, root).await {
        Ok(()) => Outcome::Passed,
        Err(Broken { reason }) => Outcome::Broken { reason },
    }
}

async fn try_in_directory(
    case: &Case,
    ufs: &dyn UnderFileSystem,
    root: &UfsPath,
) -> Result<(), Broken> {
    let directory = root.join(case.name);
    // An earlier run may have been killed.
    remove(ufs, &directory).await?;
    let mode = Mode::from_bits(0o755);
    let options = MkdirOptions {
        parents: Parents::Create(mode),
        ..MkdirOptions::new(mode)
    };
    ufs.mkdir(&directory, options).await?;
    let subject = Subject::new(ufs, directory.clone());
    let checked = (case.check)(&subject).await;
    let removed = remove(ufs, &directory).await;
    checked?;
    Ok(removed?)
}

async fn remove(ufs: &dyn UnderFileSystem, directory: &UfsPath) -> Result<(), UfsError> {
    match ufs.delete_directory(directory, Recursion::All).await {
        Err(error) if error.is_not_found() => Ok(()),
        removed => removed,
    }
}
