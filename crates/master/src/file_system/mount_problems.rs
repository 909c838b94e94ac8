//! Telling which mounts cannot be used at the moment, and what to look at.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{AlluxioPath, MountId, Tasks};
use alluxio_ufs::{
    UfsCapability, UfsError, UfsErrorKind, UfsOperation, UfsStatus, UnderFileSystem,
};
use futures::future::join_all;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{FileSystemConf, FileSystemMaster};
use crate::error::property_to_check;
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
    /// What a person may look at; empty if nothing that is set may be wrong.
    pub advice: String,
}

impl MountProblem {
    fn of(mount: &MountPoint, error: &UfsError, conf: &FileSystemConf) -> Self {
        Self {
            path: mount.path.clone(),
            ufs_uri: mount.ufs.to_string(),
            reason: error.to_string(),
            advice: advice(mount, error, conf),
        }
    }
}

/// A property of a mount that is not the root is one of its options first, and its bucket stands in its
/// own URI.
fn advice(mount: &MountPoint, error: &UfsError, conf: &FileSystemConf) -> String {
    match property_to_check(error) {
        None => String::new(),
        Some(name) if mount.path.is_root() => {
            format!("Check the property {}.", conf.name_of(name))
        }
        Some(key::MASTER_MOUNT_TABLE_ROOT_UFS) => "Check the URI of the mount.".to_owned(),
        Some(name) => {
            format!("Check the property {name}, or the option of that name of the mount.")
        }
    }
}

/// The last look at each mount. One that still runs is not begun again: behind a store that hangs,
/// each would hold a thread of its mount.
#[derive(Debug, Default)]
pub(super) struct MountLooks(Mutex<HashMap<MountId, Look>>);

#[derive(Debug, Clone)]
struct Look {
    began: Duration,
    /// What was found, when the look has ended.
    found: watch::Receiver<Option<Found>>,
}

type Found = Option<MountProblem>;

impl MountLooks {
    /// The look that counts at this time.
    fn current(&self, id: MountId, now: Duration) -> Option<Look> {
        let looks = self.0.lock();
        let counts = |look: &&Look| {
            // Nobody ends a look whose process ends.
            let is_running = look.found.borrow().is_none() && look.found.has_changed().is_ok();
            is_running || now.saturating_sub(look.began) < FRESH
        };
        looks.get(&id).filter(counts).cloned()
    }

    fn begin(&self, id: MountId, now: Duration) -> (Look, watch::Sender<Option<Found>>) {
        let (sender, found) = watch::channel(None);
        let look = Look { began: now, found };
        self.0.lock().insert(id, look.clone());
        (look, sender)
    }

    fn forget_all_but(&self, mounts: &[Arc<MountPoint>]) {
        let is_there = |id: &MountId| mounts.iter().any(|mount| mount.id == *id);
        self.0.lock().retain(|id, _| is_there(id));
    }
}

impl FileSystemMaster {
    /// The mounts that cannot be used now, sorted by path. All stores are asked at once, each at most
    /// every ten seconds; one that is silent is told of after three, and goes on being asked.
    pub async fn mount_problems(&self, tasks: &Tasks) -> Vec<MountProblem> {
        let mounts: Vec<_> = self.mounts.load().iter().cloned().collect();
        self.mount_looks.forget_all_but(&mounts);
        let looks = mounts.iter().map(|mount| self.mount_problem(mount, tasks));
        let mut problems: Vec<_> = join_all(looks).await.into_iter().flatten().collect();
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems
    }

    async fn mount_problem(&self, mount: &Arc<MountPoint>, tasks: &Tasks) -> Found {
        let now = self.clock.monotonic();
        let mut look = match self.mount_looks.current(mount.id, now) {
            Some(look) => look,
            None => self.begin_look(mount, now, tasks),
        };
        let patience = PATIENCE.saturating_sub(now.saturating_sub(look.began));
        let ended = look.found.wait_for(Option::is_some);
        match tokio::time::timeout(patience, ended).await {
            Ok(Ok(found)) => found.clone().flatten(),
            // The master ends.
            Ok(Err(_)) => None,
            Err(_elapsed) => {
                let error = UfsError::new(UfsErrorKind::TimedOut, UfsOperation::Status, &mount.ufs);
                let silent = error.with_reason("The store has not answered yet");
                let silent = silent.with_property(key::MASTER_MOUNT_TABLE_ROOT_UFS);
                Some(MountProblem::of(mount, &silent, &self.conf))
            }
        }
    }

    fn begin_look(&self, mount: &Arc<MountPoint>, now: Duration, tasks: &Tasks) -> Look {
        let (look, sender) = self.mount_looks.begin(mount.id, now);
        let (mount, store) = (Arc::clone(mount), self.stores.of(mount));
        let conf = self.conf.clone();
        tasks.spawn("look at a mounted store", async move {
            // The mount may be gone.
            let _nobody_asks = sender.send(Some(problem_of(&mount, store, &conf).await));
        });
        look
    }
}

async fn problem_of(
    mount: &MountPoint,
    store: Result<Arc<dyn UnderFileSystem>, UfsError>,
    conf: &FileSystemConf,
) -> Found {
    let looked = match store {
        Ok(store) => look_at(mount, &*store).await,
        Err(error) => Err(error),
    };
    let problem = |error| MountProblem::of(mount, &error, conf);
    looked.err().map(problem)
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
