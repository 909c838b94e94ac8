//! `create_directory`: makes a directory.

use alluxio_common::{AlluxioPath, Mode, WriteType};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::convert;

use super::FileSystem;
use super::write_type::write_type_to_proto;
use crate::error::ClientError;

/// What to do when the directory is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfExists {
    /// That is an error.
    Fail,
    /// That is fine, if it is a directory.
    Accept,
}

/// Whether missing parents are made too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parents {
    /// They must exist.
    MustExist,
    /// They are made.
    Create,
}

impl Parents {
    pub(crate) fn to_proto(self) -> Option<bool> {
        Some(self == Self::Create)
    }
}

/// How to make a directory.
#[derive(Debug, Clone)]
pub struct CreateDirectoryOptions {
    /// When it is there already.
    pub if_exists: IfExists,
    /// When a parent is missing.
    pub parents: Parents,
    /// Permission bits before the umask; 777 when `None`.
    pub mode: Option<Mode>,
    /// `CACHE_THROUGH` makes it in the store at once; the client's default when `None`.
    pub write_type: Option<WriteType>,
}

impl FileSystem {
    /// Makes a directory.
    ///
    /// # Errors
    /// `AlreadyExists`, `PathNotFound` for a missing parent, `InvalidPath` when a parent is a file,
    /// `PermissionDenied`, `MountReadOnly`.
    pub async fn create_directory(
        &self,
        path: &AlluxioPath,
        options: CreateDirectoryOptions,
    ) -> Result<(), ClientError> {
        let here = self.at(path);
        let mode = options
            .mode
            .unwrap_or(Mode::from_bits(0o777))
            .without(here.conf().umask);
        let write_type = options.write_type.unwrap_or(here.conf().write_type);
        let request = pb::CreateDirectoryPRequest {
            path: Some(path.to_string()),
            options: Some(pb::CreateDirectoryPOptions {
                recursive: options.parents.to_proto(),
                allow_exists: Some(options.if_exists == IfExists::Accept),
                mode: Some(convert::mode_to_proto(mode)),
                write_type: Some(write_type_to_proto(write_type).into()),
                common_options: here.changing().to_proto(),
                ..Default::default()
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.create_directory(request).await
        })
        .await
        .map(drop)
    }
}
