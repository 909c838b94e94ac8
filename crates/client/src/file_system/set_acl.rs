//! `set_acl`: changes an access control list.

use alluxio_common::AlluxioPath;
use alluxio_proto::grpc::file as pb;

use super::FileSystem;
use super::options::Descend;
use crate::acl::{AclEntry, SetAclAction};
use crate::error::ClientError;

impl FileSystem {
    /// Changes the access control list of the path, or of everything below it.
    ///
    /// # Errors
    /// `PathNotFound`, `PermissionDenied`, and a refusal for entries that make no sense.
    pub async fn set_acl(
        &self,
        path: &AlluxioPath,
        descend: Descend,
        action: SetAclAction,
        entries: &[AclEntry],
    ) -> Result<(), ClientError> {
        let here = self.at(path);
        let action = match action {
            SetAclAction::Replace => pb::SetAclAction::Replace,
            SetAclAction::Modify => pb::SetAclAction::Modify,
            SetAclAction::Remove => pb::SetAclAction::Remove,
            SetAclAction::RemoveAll => pb::SetAclAction::RemoveAll,
            SetAclAction::RemoveDefault => pb::SetAclAction::RemoveDefault,
        };
        let request = pb::SetAclPRequest {
            path: Some(path.to_string()),
            action: Some(action.into()),
            entries: entries.iter().map(AclEntry::to_proto).collect(),
            options: Some(pb::SetAclPOptions {
                common_options: here.changing().to_proto(),
                recursive: descend.to_proto(),
            }),
        };
        self.call(request, |mut stub, request| async move {
            stub.set_acl(request).await
        })
        .await
        .map(drop)
    }
}
