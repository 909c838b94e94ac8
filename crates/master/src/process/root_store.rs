//! The store behind `/`: it must be there before the first client asks.

use alluxio_common::conf::key;
use alluxio_common::{Describe, Hint, Mode, UfsPath};
use alluxio_ufs::{MkdirOptions, Parents, UfsError, UfsErrorKind, UfsOperation, UfsStatus};
use tracing::{info, warn};

use super::error::StartMasterError;
use crate::file_system::FileSystemConf;
use crate::mount::Stores;

/// What a local root directory gets when it is created.
const ROOT_MODE: Mode = Mode::from_bits(0o755);

/// Why the root store could not be used when the master started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The root store {ufs} cannot be used: {reason}")]
pub struct RootStoreProblem {
    /// The store.
    pub ufs: String,
    /// What it said.
    pub reason: String,
    /// The property to look at.
    pub check: &'static str,
}

/// Creates the directory of a local root store, as a new installation has none yet. Another store
/// that does not answer is only reported, in the log and as the result: what is cached can be read
/// without it.
///
/// # Errors
/// When the local directory cannot be created.
pub(super) async fn prepare(
    stores: &Stores,
    conf: &FileSystemConf,
) -> Result<Option<RootStoreProblem>, StartMasterError> {
    let ufs = &conf.root_ufs;
    let store = stores
        .connect(ufs, &conf.root_properties)
        .map_err(|source| refused(ufs, source))?;
    let is_local = matches!(ufs.scheme(), "" | "file");
    match store.find_status(ufs).await {
        Ok(Some(UfsStatus::Directory(_))) => return Ok(None),
        Ok(Some(UfsStatus::File(_))) => {
            let kind = UfsErrorKind::NotADirectory;
            let source = UfsError::new(kind, UfsOperation::Status, ufs);
            return Err(refused(ufs, source.with_reason("it is a file")));
        }
        Ok(None) if is_local => {}
        Ok(None) => {
            warn!(ufs_path = %ufs, "the root store has no such directory yet");
            return Ok(None);
        }
        Err(error) if !is_local => {
            let check = property_of(&error);
            warn!(ufs_path = %ufs, check, %error, "the root store cannot be used");
            let problem = RootStoreProblem {
                ufs: ufs.to_string(),
                reason: error.to_string(),
                check,
            };
            return Ok(Some(problem));
        }
        Err(source) => return Err(refused(ufs, source)),
    }
    let options = MkdirOptions {
        parents: Parents::Create(ROOT_MODE),
        ..MkdirOptions::new(ROOT_MODE)
    };
    match store.mkdir(ufs, options).await {
        Ok(()) => {
            info!(ufs_path = %ufs, "directory of the root store created");
            Ok(None)
        }
        // Somebody else was quicker.
        Err(error) if error.kind() == UfsErrorKind::AlreadyExists => Ok(None),
        Err(source) => Err(refused(ufs, source)),
    }
}

/// The property to look at.
fn property_of(error: &UfsError) -> &'static str {
    match error.hint() {
        Some(Hint::CheckProperty(name)) => name,
        Some(Hint::CheckMountCredentials(_) | Hint::RunCommand(_)) | None => {
            key::MASTER_MOUNT_TABLE_ROOT_UFS
        }
    }
}

fn refused(ufs: &UfsPath, source: UfsError) -> StartMasterError {
    StartMasterError::RootStore {
        ufs: ufs.to_string(),
        source,
    }
}
