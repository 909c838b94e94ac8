//! `set_attribute`: changes what a status shows.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, Mode};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::convert;
use bytes::Bytes;

use super::FileSystem;
use super::options::Descend;
use crate::error::ClientError;
use crate::status::{Pinned, Ttl};

/// What to change; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct SetAttributeOptions {
    /// Pinned or not.
    pub pinned: Option<Pinned>,
    /// The media of a pinned file; any when empty.
    pub media: Vec<String>,
    /// The owner; only the superuser may.
    pub owner: Option<String>,
    /// The group.
    pub group: Option<String>,
    /// Permission bits.
    pub mode: Option<Mode>,
    /// How long it lives.
    pub ttl: Option<Ttl>,
    /// Least number of copies.
    pub replication_min: Option<i32>,
    /// Greatest number of copies; -1 for no limit.
    pub replication_max: Option<i32>,
    /// Whether the store need not be asked what a directory holds.
    pub children_loaded: Option<bool>,
    /// Extended attributes to add or replace.
    pub xattr: BTreeMap<String, Bytes>,
}

impl FileSystem {
    /// Changes what a status shows, of the path alone or of everything below it.
    ///
    /// # Errors
    /// `PathNotFound`, `PermissionDenied`, `MountReadOnly`, and a refusal for values that make no
    /// sense together.
    pub async fn set_attribute(
        &self,
        path: &AlluxioPath,
        descend: Descend,
        options: SetAttributeOptions,
    ) -> Result<(), ClientError> {
        let here = self.at(path);
        let mut common = here.changing();
        let mut common_options = None;
        if let Some(ttl) = options.ttl {
            common.ttl_ms = ttl.millis;
            common.ttl_action = ttl.action;
            common_options = common.to_proto();
        } else if let Some(mut sent) = common.to_proto() {
            // A TTL that is present is set, so it must be absent here.
            sent.ttl = None;
            sent.ttl_action = None;
            common_options = Some(sent);
        }
        let request = pb::SetAttributePRequest {
            path: Some(path.to_string()),
            options: Some(pb::SetAttributePOptions {
                pinned: options.pinned.map(|pinned| pinned == Pinned::Yes),
                owner: options.owner,
                group: options.group,
                mode: options.mode.map(convert::mode_to_proto),
                recursive: descend.to_proto(),
                replication_max: options.replication_max,
                replication_min: options.replication_min,
                common_options,
                pinned_media: options.media,
                xattr: options.xattr,
                direct_children_loaded: options.children_loaded,
                ..Default::default()
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.set_attribute(request).await
        })
        .await
        .map(drop)
    }
}
