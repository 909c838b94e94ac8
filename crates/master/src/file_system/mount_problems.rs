//! Telling which mounts cannot be used at the moment, and what to look at.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{AlluxioPath, Describe, Hint, MountId};
use alluxio_ufs::{
    UfsCapability, UfsError, UfsErrorKind, UfsOperation, UfsStatus, UnderFileSystem,
};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join_all};
use parking_lot::Mutex;

use super::FileSystemMaster;
use crate::mount::MountPoint;

/// How long a store may take to say that it is there: somebody waits for a page. A store that refuses
/// a connection is asked again for up to two seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long an answer counts: a page that is loaded again and again asks no store each time.
const FRESH: Duration = Duration::from_secs(10);

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

/// The last look at each mount. One that still runs is not begun again: behind a store that hangs,
/// each would hold a thread of its mount.
#[derive(Default)]
pub(super) struct MountLooks(Mutex<HashMap<MountId, Look>>);

#[derive(Clone)]
struct Look {
    began: Duration,
    answer: Shared<BoxFuture<'static, Option<MountProblem>>>,
}

impl MountLooks {
    /// The look that counts at this time, or the one that `begin` makes.
    fn look(
        &self,
        id: MountId,
        now: Duration,
        begin: impl FnOnce() -> BoxFuture<'static, Option<MountProblem>>,
    ) -> Look {
        let mut looks = self.0.lock();
        let latest = looks.get(&id).filter(|look| {
            let is_running = look.answer.peek().is_none();
            is_running || now.saturating_sub(look.began) < FRESH
        });
        if let Some(latest) = latest {
            return latest.clone();
        }
        let look = Look {
            began: now,
            answer: begin().shared(),
        };
        looks.insert(id, look.clone());
        look
    }

    fn forget_all_but(&self, mounts: &[Arc<MountPoint>]) {
        let is_there = |id: &MountId| mounts.iter().any(|mount| mount.id == *id);
        self.0.lock().retain(|id, _| is_there(id));
    }
}

impl fmt::Debug for MountLooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountLooks").finish_non_exhaustive()
    }
}

impl FileSystemMaster {
    /// The mounts that cannot be used now, sorted by path. All stores are asked at once, each at most
    /// every ten seconds; one that is silent is told of after three.
    pub async fn mount_problems(&self) -> Vec<MountProblem> {
        let mounts: Vec<_> = self.mounts.load().iter().cloned().collect();
        self.mount_looks.forget_all_but(&mounts);
        let looks = mounts.iter().map(|mount| self.mount_problem(mount));
        let mut problems: Vec<_> = join_all(looks).await.into_iter().flatten().collect();
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems
    }

    async fn mount_problem(&self, mount: &Arc<MountPoint>) -> Option<MountProblem> {
        let now = self.clock.monotonic();
        let look = self.mount_looks.look(mount.id, now, || {
            let (mount, store) = (Arc::clone(mount), self.stores.of(mount));
            async move { problem_of(&mount, store).await }.boxed()
        });
        let patience = PATIENCE.saturating_sub(now.saturating_sub(look.began));
        match tokio::time::timeout(patience, look.answer).await {
            Ok(problem) => problem,
            Err(_elapsed) => {
                let error = UfsError::new(UfsErrorKind::TimedOut, UfsOperation::Status, &mount.ufs);
                let silent = error.with_reason("The store has not answered yet");
                let silent = silent.with_property(key::MASTER_MOUNT_TABLE_ROOT_UFS);
                Some(MountProblem::of(mount, &silent))
            }
        }
    }
}

async fn problem_of(
    mount: &MountPoint,
    store: Result<Arc<dyn UnderFileSystem>, UfsError>,
) -> Option<MountProblem> {
    let looked = match store {
        Ok(store) => look_at(mount, &*store).await,
        Err(error) => Err(error),
    };
    looked.err().map(|error| MountProblem::of(mount, &error))
}

async fn look_at(mount: &MountPoint, store: &dyn UnderFileSystem) -> Result<(), UfsError> {
    let kind = match store.find_status(&mount.ufs).await? {
        Some(UfsStatus::Directory(_)) => return Ok(()),
        Some(UfsStatus::File(_)) => UfsErrorKind::NotADirectory,
        None if store.capabilities().has(UfsCapability::RealDirectories) => UfsErrorKind::NotFound,
        // It comes with the first object.
        None => return Ok(()),
    };
    Err(UfsError::new(kind, UfsOperation::Status, &mount.ufs))
}
