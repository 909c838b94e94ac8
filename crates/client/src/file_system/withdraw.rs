//! `withdraw`: takes back a file that its writer could not complete.

use std::time::Duration;

use alluxio_common::{AlluxioPath, Describe, ErrorCode, InodeId};
use tokio::time::timeout;
use tracing::debug;

use super::FileSystem;
use super::delete::{DeleteOptions, MountPoints, UfsDelete};
use super::get_status::StatusPurpose;
use super::options::{Descend, SyncInterval};
use crate::error::ClientError;
use crate::status::Kind;

/// How long the master alone is asked. Whoever waits for the error has waited long enough for what
/// caused it.
const WITHDRAWAL: Duration = Duration::from_secs(10);

/// How long it is waited for a store: a bit more than the minute after which a master gives up one
/// that does not answer.
const STORE_WITHDRAWAL: Duration = Duration::from_secs(75);

/// What a store may have of a file that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InStore {
    /// Nothing: a store has a file when its upload was ended, and this one was not.
    Nothing,
    /// The whole file, or nothing: how the end of its upload went is not known.
    Unknown,
}

impl FileSystem {
    /// Takes back a file that its writer could not complete, wherever it is by now, unless it is
    /// complete after all. Another one that stands there stays.
    ///
    /// A store that has nothing of the file is not asked: it is mostly its failure that the file
    /// is given up for. Where it may have the whole file, that goes as well; if the store refuses,
    /// the file goes from the namespace only, and is found again, whole, if it is there.
    pub(crate) async fn withdraw(&self, path: &AlluxioPath, id: InodeId, in_store: InStore) {
        let limit = match in_store {
            InStore::Nothing => WITHDRAWAL,
            InStore::Unknown => WITHDRAWAL + STORE_WITHDRAWAL,
        };
        match timeout(limit, self.try_withdraw(path, id, in_store)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(%path, %error, "an incomplete file stays"),
            Err(_elapsed) => debug!(%path, "an incomplete file stays: no answer"),
        }
    }

    async fn try_withdraw(
        &self,
        path: &AlluxioPath,
        id: InodeId,
        in_store: InStore,
    ) -> Result<(), ClientError> {
        let moved_to;
        let path = if self.is_incomplete(path, id).await? {
            path
        } else {
            // What is above it may have been moved.
            moved_to = self.file_path(id).await?;
            if !self.is_incomplete(&moved_to, id).await? {
                return Ok(());
            }
            &moved_to
        };
        if in_store == InStore::Unknown {
            let deleted = self.delete_inode(path, id, UfsDelete::Unchecked).await;
            // Any other failure leaves the deletion pending: the master goes on with it by itself.
            if !deleted.as_ref().is_err_and(is_refusal_of_store) {
                return deleted;
            }
        }
        self.delete_inode(path, id, UfsDelete::Keep).await
    }

    /// Whether this file is at the path, and has yet to be completed.
    async fn is_incomplete(&self, path: &AlluxioPath, id: InodeId) -> Result<bool, ClientError> {
        let status = self.status_for(path, StatusPurpose::Look, SyncInterval::Never);
        match status.await {
            Ok(status) => Ok(status.id == id && status.kind == Kind::IncompleteFile),
            Err(error) if error.code() == ErrorCode::PathNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes a file and no other (a master of 2.9 goes by the path alone), without a comparison with
    /// the store, whose absence must not be in the way.
    async fn delete_inode(
        &self,
        path: &AlluxioPath,
        id: InodeId,
        ufs: UfsDelete,
    ) -> Result<(), ClientError> {
        let options = DeleteOptions {
            descend: Descend::No,
            ufs,
            mount_points: MountPoints::Refuse,
        };
        let mut common = self.at(path).changing();
        common.sync = SyncInterval::Never;
        let mut options = options.to_proto(common);
        options.file_id = Some(id.raw());
        self.delete_as(path, options).await
    }
}

/// Whether a deletion is over because a store did not carry it out. Of a file, which has no
/// children, the code says nothing else.
fn is_refusal_of_store(error: &ClientError) -> bool {
    error.code() == ErrorCode::DirectoryNotEmpty
}
