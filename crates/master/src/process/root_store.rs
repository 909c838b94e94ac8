//! The store behind `/`: it must be there before the first client asks.

use std::time::Duration;

use alluxio_common::conf::key;
use alluxio_common::{Mode, Tasks, UfsPath};
use alluxio_ufs::{
    MkdirOptions, Parents, UfsError, UfsErrorKind, UfsOperation, UfsStatus, UnderFileSystem,
};
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::error::StartMasterError;
use crate::error::property_to_check;
use crate::file_system::FileSystemConf;
use crate::mount::Stores;

/// What a local root directory gets when it is created.
const ROOT_MODE: Mode = Mode::from_bits(0o755);

/// How long a start waits for what the store says, so that whoever starts the master hears it, too.
/// The master serves meanwhile. Most stores that cannot be used say so by then, after all retries.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was wrong with the root store when the master started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The root store {ufs} {trouble}")]
pub struct RootStoreProblem {
    /// The store.
    pub ufs: String,
    /// What is wrong with it, with what it said.
    pub trouble: String,
    /// The property to look at.
    pub check: &'static str,
}

/// What is found out about the root store while the master starts.
#[derive(Debug)]
pub(super) struct RootStoreLook {
    ufs: UfsPath,
    /// `None` for a local store: it is there.
    answer: Option<oneshot::Receiver<Option<RootStoreProblem>>>,
    /// That it is another store than before.
    another: Option<RootStoreProblem>,
}

impl RootStoreProblem {
    /// What is persisted is in the store `before`, and would not be found in `ufs`.
    fn another(ufs: &UfsPath, before: &str) -> Self {
        warn!(ufs_path = %ufs, before, "the root store is another one than before");
        Self {
            ufs: ufs.to_string(),
            trouble: format!(
                "is another one than before, which was {before}: what is persisted there is not \
                 found here"
            ),
            check: key::MASTER_MOUNT_TABLE_ROOT_UFS,
        }
    }
}

impl RootStoreLook {
    /// Takes note of the store over which the namespace was before, if it was another one.
    pub(super) fn after(mut self, before: Option<&str>) -> Self {
        self.another = before.map(|before| RootStoreProblem::another(&self.ufs, before));
        self
    }

    /// What is wrong with the store, as far as it is known in time. That it cannot be used comes first.
    pub(super) async fn problem(mut self) -> Option<RootStoreProblem> {
        let another = self.another.take();
        self.unusable().await.or(another)
    }

    async fn unusable(self) -> Option<RootStoreProblem> {
        match tokio::time::timeout(PATIENCE, self.answer?).await {
            Ok(answer) => answer.ok().flatten(),
            Err(_elapsed) => {
                warn!(ufs_path = %self.ufs, "the root store has not answered yet");
                Some(RootStoreProblem {
                    ufs: self.ufs.to_string(),
                    trouble: "cannot be used: It has not answered yet".to_owned(),
                    check: key::MASTER_MOUNT_TABLE_ROOT_UFS,
                })
            }
        }
    }
}

/// Creates the directory of a local root store, as a new installation has none yet. Another store is
/// looked at in the background, and what is wrong with it is only reported, in the log and to whoever
/// starts the master: what is cached can be read without it, and it may hang.
///
/// # Errors
/// When the local directory cannot be created.
pub(super) async fn prepare(
    stores: &Stores,
    conf: &FileSystemConf,
    tasks: &Tasks,
) -> Result<RootStoreLook, StartMasterError> {
    let ufs = conf.root_ufs.clone();
    let store = stores
        .connect(&ufs, &conf.root_properties)
        .map_err(|source| refused(&ufs, source))?;
    if matches!(ufs.scheme(), "" | "file") {
        prepare_local(&*store, &ufs).await?;
        return Ok(RootStoreLook {
            ufs,
            answer: None,
            another: None,
        });
    }
    let (sender, receiver) = oneshot::channel();
    let conf = conf.clone();
    tasks.spawn("look at the root store", async move {
        // Whoever started the master may have waited long enough.
        let _waits_no_more = sender.send(look(&*store, &conf).await);
    });
    let answer = Some(receiver);
    Ok(RootStoreLook {
        ufs,
        answer,
        another: None,
    })
}

async fn look(store: &dyn UnderFileSystem, conf: &FileSystemConf) -> Option<RootStoreProblem> {
    let ufs = &conf.root_ufs;
    let error = match store.find_status(ufs).await {
        Ok(Some(UfsStatus::Directory(_))) => return None,
        Ok(Some(UfsStatus::File(_))) => is_a_file(ufs),
        Ok(None) => {
            warn!(ufs_path = %ufs, "the root store has no such directory yet");
            return None;
        }
        Err(error) => error,
    };
    let check = property_of(&error);
    let name = conf.name_of(check);
    warn!(ufs_path = %ufs, check = name, %error, "the root store cannot be used");
    Some(RootStoreProblem {
        ufs: ufs.to_string(),
        trouble: format!("cannot be used: {error}"),
        check,
    })
}

async fn prepare_local(store: &dyn UnderFileSystem, ufs: &UfsPath) -> Result<(), StartMasterError> {
    match store.find_status(ufs).await {
        Ok(Some(UfsStatus::Directory(_))) => return Ok(()),
        Ok(Some(UfsStatus::File(_))) => return Err(refused(ufs, is_a_file(ufs))),
        Ok(None) => {}
        Err(source) => return Err(refused(ufs, source)),
    }
    let options = MkdirOptions {
        parents: Parents::Create(ROOT_MODE),
        ..MkdirOptions::new(ROOT_MODE)
    };
    match store.mkdir(ufs, options).await {
        Ok(()) => {
            info!(ufs_path = %ufs, "directory of the root store created");
            Ok(())
        }
        // Somebody else was quicker.
        Err(error) if error.kind() == UfsErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(refused(ufs, source)),
    }
}

/// The property to look at.
fn property_of(error: &UfsError) -> &'static str {
    property_to_check(error).unwrap_or(key::MASTER_MOUNT_TABLE_ROOT_UFS)
}

fn is_a_file(ufs: &UfsPath) -> UfsError {
    let error = UfsError::new(UfsErrorKind::NotADirectory, UfsOperation::Status, ufs);
    error.with_reason("it is a file")
}

fn refused(ufs: &UfsPath, source: UfsError) -> StartMasterError {
    StartMasterError::RootStore {
        ufs: ufs.to_string(),
        source,
    }
}
