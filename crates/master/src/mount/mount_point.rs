//! [`MountPoint`]: one store at one path.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::{AlluxioPath, MountId, UfsPath};

/// One store at one path of the namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountPoint {
    /// Its name for workers.
    pub id: MountId,
    /// Where it is mounted.
    pub path: AlluxioPath,
    /// What is mounted there.
    pub ufs: UfsPath,
    /// Whether nothing below may be changed in the store.
    pub read_only: bool,
    /// Whether everybody gets every permission on the mount point itself.
    pub shared: bool,
    /// Settings of the connector, credentials among them.
    pub properties: BTreeMap<String, String>,
}

impl MountPoint {
    /// Where in the store a path of this mount lies. `path` must lie below the mount point.
    pub fn ufs_path(&self, path: &AlluxioPath) -> UfsPath {
        match self.path.relative(path) {
            Some(relative) => self.ufs.join(relative),
            None => self.ufs.clone(),
        }
    }

    /// What [`Self::ufs_path`] prints.
    pub fn ufs_text(&self, path: &AlluxioPath) -> String {
        self.ufs
            .joined_text(self.path.relative(path).unwrap_or_default())
    }

    /// What the namespace calls a place in this store; `None` when it lies outside.
    pub fn alluxio_path(&self, ufs_path: &UfsPath) -> Option<AlluxioPath> {
        let relative = self.ufs.relative(ufs_path)?;
        if relative.is_empty() {
            return Some(self.path.clone());
        }
        self.path.join(relative).ok()
    }
}

/// The answer for one path: the mount that serves it, and where in its store it lies.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// The mount.
    pub mount: Arc<MountPoint>,
    /// The place in the store.
    pub ufs_path: UfsPath,
}
