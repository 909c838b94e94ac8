//! `mount`, `unmount`, `update_mount`, `mount_table`: which store serves which path.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, MountId};
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use crate::error::ClientError;

/// Whether a mount may be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountAccess {
    /// Reads and writes.
    ReadWrite,
    /// Reads only.
    ReadOnly,
}

/// Whether everybody may use a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// As the permissions say.
    Private,
    /// Everybody may do everything.
    Shared,
}

/// How to mount.
#[derive(Debug, Clone)]
pub struct MountOptions {
    /// Reads and writes, or reads only.
    pub access: MountAccess,
    /// For everybody or as the permissions say.
    pub sharing: Sharing,
    /// Properties of the store, such as credentials.
    pub properties: BTreeMap<String, String>,
}

/// A mount, as the master lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct MountPointStatus {
    /// Where in the namespace.
    pub path: AlluxioPath,
    /// Which store.
    pub ufs_uri: String,
    /// What kind of store: `local`, `s3`.
    pub ufs_type: String,
    /// All room of the store; -1 when it does not tell.
    pub capacity_bytes: i64,
    /// What is taken of it; -1 when it does not tell.
    pub used_bytes: i64,
    /// Reads and writes, or reads only.
    pub access: MountAccess,
    /// For everybody or as the permissions say.
    pub sharing: Sharing,
    /// Properties of the store, secrets masked.
    pub properties: BTreeMap<String, String>,
    /// Its id.
    pub mount_id: MountId,
}

impl MountOptions {
    fn into_proto(self, common: Option<pb::FileSystemMasterCommonPOptions>) -> pb::MountPOptions {
        pb::MountPOptions {
            read_only: Some(self.access == MountAccess::ReadOnly),
            properties: self.properties,
            shared: Some(self.sharing == Sharing::Shared),
            common_options: common,
            ..Default::default()
        }
    }
}

impl FileSystem {
    /// Mounts a store at a path that does not exist yet.
    ///
    /// # Errors
    /// A refusal when the path exists, the store does not, or one of them overlaps another mount.
    pub async fn mount(
        &self,
        path: &AlluxioPath,
        ufs_uri: &str,
        options: MountOptions,
    ) -> Result<(), ClientError> {
        let request = pb::MountPRequest {
            alluxio_path: Some(path.to_string()),
            ufs_path: Some(ufs_uri.to_owned()),
            options: Some(options.into_proto(self.changing().to_proto())),
        };
        self.call(request, |mut stub, request| async move {
            stub.mount(request).await
        })
        .await
        .map(drop)
    }

    /// Takes a mount away; the store keeps everything.
    ///
    /// # Errors
    /// `InvalidPath` for the root and for what is no mount point, `PathNotFound`.
    pub async fn unmount(&self, path: &AlluxioPath) -> Result<(), ClientError> {
        let request = pb::UnmountPRequest {
            alluxio_path: Some(path.to_string()),
            options: Some(pb::UnmountPOptions {
                common_options: self.changing().to_proto(),
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.unmount(request).await
        })
        .await
        .map(drop)
    }

    /// Replaces all options of a mount.
    ///
    /// # Errors
    /// `InvalidPath` for the root and for what is no mount point.
    pub async fn update_mount(
        &self,
        path: &AlluxioPath,
        options: MountOptions,
    ) -> Result<(), ClientError> {
        let request = pb::UpdateMountPRequest {
            alluxio_path: Some(path.to_string()),
            options: Some(options.into_proto(self.changing().to_proto())),
        };
        self.call(request, |mut stub, request| async move {
            stub.update_mount(request).await
        })
        .await
        .map(drop)
    }

    /// All mounts, in the order of their paths.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn mount_table(&self) -> Result<Vec<MountPointStatus>, ClientError> {
        let request = pb::GetMountTablePRequest {
            check_ufs: Some(true),
        };
        let response = self
            .call(request, |mut stub, request| async move {
                stub.get_mount_table(request).await
            })
            .await?;
        let mounts = response
            .mount_points
            .into_iter()
            .filter_map(|(path, info)| {
                let path = AlluxioPath::parse(&path).ok()?;
                Some(MountPointStatus {
                    path,
                    capacity_bytes: info.ufs_capacity_bytes(),
                    used_bytes: info.ufs_used_bytes(),
                    access: if info.read_only() {
                        MountAccess::ReadOnly
                    } else {
                        MountAccess::ReadWrite
                    },
                    sharing: if info.shared() {
                        Sharing::Shared
                    } else {
                        Sharing::Private
                    },
                    mount_id: MountId::from_raw(info.mount_id()),
                    ufs_uri: info.ufs_uri.unwrap_or_default(),
                    ufs_type: info.ufs_type.unwrap_or_default(),
                    properties: info.properties,
                })
            });
        Ok(mounts.collect())
    }
}
