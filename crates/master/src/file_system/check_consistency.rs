//! `check_consistency`: which files and directories are not in their store as the namespace says.
//! Nothing changes.

use std::collections::{HashSet, VecDeque};

use alluxio_common::{Access, AlluxioPath, InodeId, PersistenceState, Timestamp};
use alluxio_ufs::{Fingerprint, FingerprintChange, ListOptions, UfsStatus};

use super::{FileSystemMaster, Request};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::permission::check_access;
use crate::reservation::ReservedPath;

/// The most paths that one answer names: the check ends there. It keeps the answer below the 100 MB
/// that a client takes, at a kilobyte a path.
const NAMED_LIMIT: usize = 100_000;

/// How many children are looked at in one go with the tree locked.
const LOOKED_AT_ONCE: usize = 1_000;

impl FileSystemMaster {
    /// Everything at and below a path that differs from its store: what is persisted and missing
    /// there or another file by now, and what should not be there yet and is. In the order of the
    /// paths; at most the first 100,000 that were found.
    ///
    /// # Errors
    /// When nothing is at the path, the caller may not look at it, or a store does not answer.
    pub async fn check_consistency(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<Vec<AlluxioPath>, FileSystemError> {
        self.load_if_missing(request, path).await?;
        let is_directory = self.read(|tree| {
            let trace = tree.trace(path);
            check_access(&request.caller, &trace, path, Access::READ)?;
            match trace.target() {
                Some(inode) => Ok(inode.is_directory()),
                None => Err(FileSystemError::PathNotFound { path: path.clone() }),
            }
        })?;
        let mut found = Vec::new();
        found.extend(self.check_inode(path).await?);
        let mut queue = VecDeque::new();
        queue.extend(is_directory.then(|| path.clone()));
        while let Some(directory) = queue.pop_front() {
            found.extend(self.check_children(&directory).await?);
            if found.len() >= NAMED_LIMIT {
                break;
            }
            queue.extend(self.directories_in(&directory).await);
        }
        found.truncate(NAMED_LIMIT);
        found.sort_unstable();
        Ok(found)
    }

    /// The path itself, if it differs.
    async fn check_inode(
        &self,
        path: &AlluxioPath,
    ) -> Result<Option<AlluxioPath>, FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        let _reserved = self.reserve([ReservedPath::entry(path)]).await?;
        let asked_at = self.clock.now();
        let status = store.find_status(&resolution.ufs_path).await?;
        let differs = self.read(|tree| {
            let inode = tree.find(path).filter(|inode| !inode.is_root());
            inode.is_some_and(|inode| differs(inode, status.as_ref(), store.kind(), asked_at))
        });
        Ok(differs.then(|| path.clone()))
    }

    /// The children of a directory that differ.
    async fn check_children(
        &self,
        directory: &AlluxioPath,
    ) -> Result<Vec<AlluxioPath>, FileSystemError> {
        let Some(id) = self.read(|tree| tree.find(directory).map(|inode| inode.id())) else {
            return Ok(Vec::new());
        };
        let (store, resolution) = self.resolve_store(directory)?;
        let _reserved = self.reserve([ReservedPath::entry(directory)]).await?;
        let asked_at = self.clock.now();
        let mut found = Vec::new();
        // Names that the store has, of those that the namespace has, too.
        let mut seen = HashSet::new();
        let mut listing = match store.list(&resolution.ufs_path, ListOptions::flat()).await {
            Ok(listing) => Some(listing),
            Err(error) if error.is_absence() => None,
            Err(error) => return Err(error.into()),
        };
        while let Some(pages) = &mut listing {
            let page = match pages.next_page().await {
                Ok(page) => page,
                Err(error) if error.is_absence() => break,
                Err(error) => return Err(error.into()),
            };
            if page.is_empty() {
                break;
            }
            self.read(|tree| {
                for status in &page {
                    let Some(child) = tree.child(id, status.name()) else {
                        continue;
                    };
                    seen.insert(child.id());
                    if differs(child, Some(status), store.kind(), asked_at) {
                        found.push(directory.child(child.name()));
                    }
                }
            });
        }
        let place = (directory, id);
        self.name_missing(place, &seen, asked_at, &mut found).await;
        Ok(found)
    }

    /// Adds the children that the store should have and has not.
    async fn name_missing(
        &self,
        (directory, id): (&AlluxioPath, InodeId),
        seen: &HashSet<InodeId>,
        asked_at: Timestamp,
        found: &mut Vec<AlluxioPath>,
    ) {
        let mut last: Option<String> = None;
        loop {
            let next = self.read(|tree| {
                let mut next = None;
                for child in tree.children(id, last.as_deref()).take(LOOKED_AT_ONCE) {
                    next = Some(child.name().to_owned());
                    if !seen.contains(&child.id()) && differs(child, None, "", asked_at) {
                        found.push(directory.child(child.name()));
                    }
                }
                next
            });
            if next.is_none() {
                return;
            }
            last = next;
            tokio::task::yield_now().await;
        }
    }
}

/// Whether what a store says of an inode is something else than the namespace does. What is being
/// written, mounted, or younger than the question is as it should be.
fn differs(
    inode: InodeRef<'_>,
    status: Option<&UfsStatus>,
    ufs_kind: &str,
    asked_at: Timestamp,
) -> bool {
    if inode.is_mount_point() || !inode.is_completed() || inode.modification_time() > asked_at {
        return false;
    }
    let is_persisted = inode.persistence() == PersistenceState::Persisted;
    let Some(status) = status else {
        return is_persisted;
    };
    if inode.is_directory() != status.is_directory() {
        return true;
    }
    if !is_persisted {
        // A directory that the store has, too, is noted as such when it is next loaded.
        return inode.is_file();
    }
    if inode.is_directory() {
        return false;
    }
    let now = Fingerprint::of(ufs_kind, status);
    match Fingerprint::parse(inode.fingerprint()) {
        // Nothing was known about it, so nothing of it can be trusted.
        None => true,
        Some(known) => known.change_to(&now) != FingerprintChange::Same,
    }
}
