//! Telling what is mounted where, and which path a place in a store has.

use std::collections::BTreeMap;
use std::time::Duration;

use alluxio_common::conf::shown_option;
use alluxio_common::{AlluxioPath, MountId, UfsPath};
use alluxio_ufs::UfsSpace;
use futures::future::join_all;

use super::FileSystemMaster;
use crate::error::FileSystemError;
use crate::mount::MountPoint;

/// How long a store may take to say how large it is: somebody looks at a page, and the others have
/// answered.
const SPACE_PATIENCE: Duration = Duration::from_secs(1);

/// What is told about a mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountInfo {
    /// Where.
    pub path: AlluxioPath,
    /// What.
    pub ufs_uri: String,
    /// The short name of the kind of store.
    pub ufs_kind: &'static str,
    /// How large the store is, if it was asked.
    pub space: UfsSpace,
    /// Whether nothing below may be changed in the store.
    pub read_only: bool,
    /// Whether everybody gets the permissions of the owner.
    pub shared: bool,
    /// Settings of the connector; secrets are masked.
    pub properties: BTreeMap<String, String>,
    /// Its name for workers.
    pub mount_id: MountId,
}

/// Whether the stores are asked for their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskStores {
    /// They are.
    Yes,
    /// They are not.
    No,
}

impl FileSystemMaster {
    /// All mounts. A store that does not answer within a second has an unknown size.
    pub async fn mount_table(&self, ask: AskStores) -> Vec<MountInfo> {
        let mounts: Vec<_> = self.mounts.load().iter().cloned().collect();
        let infos = mounts.iter().map(|mount| self.mount_info(mount, ask));
        let mut infos = join_all(infos).await;
        infos.sort_by(|a, b| a.path.cmp(&b.path));
        infos
    }

    async fn mount_info(&self, mount: &MountPoint, ask: AskStores) -> MountInfo {
        let store = self.stores.of(mount);
        let mut space = UfsSpace::UNKNOWN;
        if let (Ok(store), AskStores::Yes) = (&store, ask) {
            let asked = tokio::time::timeout(SPACE_PATIENCE, store.space(&mount.ufs));
            if let Ok(Ok(told)) = asked.await {
                space = told;
            }
        }
        let kind = store.map_or("", |store| store.kind());
        info_of(mount, kind, space)
    }

    /// The path of a place in a mounted store.
    ///
    /// # Errors
    /// When no mount holds it.
    pub fn reverse_resolve(&self, ufs_path: &UfsPath) -> Result<AlluxioPath, FileSystemError> {
        let found = self.mounts.load().reverse_resolve(ufs_path);
        found.ok_or_else(|| FileSystemError::NotMounted {
            ufs_path: ufs_path.to_string(),
        })
    }
}

fn info_of(mount: &MountPoint, ufs_kind: &'static str, space: UfsSpace) -> MountInfo {
    let properties = mount
        .properties
        .iter()
        .map(|(key, value)| (key.clone(), shown_option(key, value).to_owned()));
    MountInfo {
        path: mount.path.clone(),
        ufs_uri: mount.ufs.to_string(),
        ufs_kind,
        space,
        read_only: mount.read_only,
        shared: mount.shared,
        properties: properties.collect(),
        mount_id: mount.id,
    }
}
