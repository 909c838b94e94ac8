//! Telling which mounts cannot be used at the moment, and what to look at.

use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{AlluxioPath, Describe, Hint};
use alluxio_ufs::{UfsCapability, UfsError, UfsErrorKind, UfsOperation, UfsStatus};
use futures::future::join_all;

use super::FileSystemMaster;
use crate::mount::MountPoint;

/// How long a store may take to say that it is there: somebody waits for a page. A store that refuses
/// a connection is asked again for up to two seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a mount cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountProblem {
    /// Where the mount is.
    pub path: AlluxioPath,
    /// What is mounted there.
    pub ufs_uri: String,
    /// What its store says.
    pub reason: String,
    /// The property to look at, if one may be wrong.
    pub check: Option<&'static str>,
}

impl MountProblem {
    fn of(mount: &MountPoint, error: &UfsError) -> Self {
        let check = match error.hint() {
            Some(Hint::CheckProperty(name)) => Some(name),
            Some(Hint::CheckMountCredentials(_) | Hint::RunCommand(_)) | None => None,
        };
        Self {
            path: mount.path.clone(),
            ufs_uri: mount.ufs.to_string(),
            reason: error.to_string(),
            check,
        }
    }

    /// What a person may look at. A property of a mount that is not the root is one of its options
    /// first, and its bucket stands in its own URI.
    pub fn advice(&self) -> String {
        match self.check {
            None => String::new(),
            Some(name) if self.path.is_root() => format!("Check the property {name}."),
            Some(key::MASTER_MOUNT_TABLE_ROOT_UFS) => "Check the URI of the mount.".to_owned(),
            Some(name) => {
                format!("Check the property {name}, or the option of that name of the mount.")
            }
        }
    }
}

impl FileSystemMaster {
    /// The mounts that cannot be used now, sorted by path. All stores are asked at once; one that is
    /// silent is told of after three seconds.
    pub async fn mount_problems(&self) -> Vec<MountProblem> {
        let mounts: Vec<_> = self.mounts.load().iter().cloned().collect();
        let looks = mounts.iter().map(|mount| self.mount_problem(mount));
        let mut problems: Vec<_> = join_all(looks).await.into_iter().flatten().collect();
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems
    }

    async fn mount_problem(&self, mount: &MountPoint) -> Option<MountProblem> {
        let looked = tokio::time::timeout(PATIENCE, self.look_at_mount(mount)).await;
        let error = match looked {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => error,
            Err(_elapsed) => {
                let error = UfsError::new(UfsErrorKind::TimedOut, UfsOperation::Status, &mount.ufs);
                let silent = error.with_reason("The store has not answered yet");
                silent.with_property(key::MASTER_MOUNT_TABLE_ROOT_UFS)
            }
        };
        Some(MountProblem::of(mount, &error))
    }

    async fn look_at_mount(&self, mount: &MountPoint) -> Result<(), UfsError> {
        let store = self.stores.of(mount)?;
        let kind = match store.find_status(&mount.ufs).await? {
            Some(UfsStatus::Directory(_)) => return Ok(()),
            Some(UfsStatus::File(_)) => UfsErrorKind::NotADirectory,
            None if store.capabilities().has(UfsCapability::RealDirectories) => {
                UfsErrorKind::NotFound
            }
            // It comes with the first object.
            None => return Ok(()),
        };
        Err(UfsError::new(kind, UfsOperation::Status, &mount.ufs))
    }
}
