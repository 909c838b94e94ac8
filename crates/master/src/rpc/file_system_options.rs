//! From the options of the wire to those of the operations.

use std::collections::BTreeMap;
use std::time::Duration;

use alluxio_common::{Access, AlluxioPath, InodeId, UfsPath, WriteType};
use alluxio_proto::grpc;
use alluxio_proto::grpc::file as pb;
use alluxio_proto::proto::journal::XAttrUpdateStrategy;
use alluxio_rpc::convert;
use prost::bytes::Bytes;

use crate::error::FileSystemError;
use crate::file_system::{
    AclEntry, AclSubject, CompleteFileOptions, CreateDirectoryOptions, CreateFileOptions,
    DeleteOptions, GetStatusOptions, ListStatusOptions, LoadMetadata, MountRequest, SetAclAction,
    SetAttributeOptions, XattrUpdate,
};
use crate::inode::{MountOptions, Replication, Ttl};

/// Block size of a client that names none, in bytes.
const DEFAULT_BLOCK_SIZE: i64 = 64 << 20;

pub(super) fn load_metadata(load: Option<i32>) -> LoadMetadata {
    match load.and_then(|raw| pb::LoadMetadataPType::try_from(raw).ok()) {
        Some(pb::LoadMetadataPType::Never) => LoadMetadata::Never,
        Some(pb::LoadMetadataPType::Always) => LoadMetadata::Always,
        // Clients of 2.9 always send it; `ONCE` is their default.
        Some(pb::LoadMetadataPType::Once) | None => LoadMetadata::Once,
    }
}

fn write_type(raw: Option<i32>) -> WriteType {
    match raw.and_then(|raw| pb::WritePType::try_from(raw).ok()) {
        Some(pb::WritePType::TryCache) => WriteType::TryCache,
        Some(pb::WritePType::CacheThrough) => WriteType::CacheThrough,
        Some(pb::WritePType::Through) => WriteType::Through,
        Some(pb::WritePType::AsyncThrough) => WriteType::AsyncThrough,
        Some(pb::WritePType::None) => WriteType::None,
        // The enum has no zero: unset reads as its first value.
        Some(pb::WritePType::MustCache) | None => WriteType::MustCache,
    }
}

/// The TTL that stands in the common options, if one does.
pub(super) fn given_ttl(common: Option<&pb::FileSystemMasterCommonPOptions>) -> Option<Ttl> {
    let common = common?;
    let millis = common.ttl?;
    Some(Ttl {
        millis,
        action: convert::ttl_action_from_proto(common.ttl_action()),
    })
}

fn ttl(common: Option<&pb::FileSystemMasterCommonPOptions>) -> Ttl {
    given_ttl(common)
        .filter(|ttl| ttl.millis >= 0)
        .unwrap_or(Ttl::NONE)
}

fn xattr(given: BTreeMap<String, Bytes>) -> BTreeMap<String, Vec<u8>> {
    given
        .into_iter()
        .map(|(name, value)| (name, value.to_vec()))
        .collect()
}

pub(super) fn create_file(options: pb::CreateFilePOptions) -> CreateFileOptions {
    CreateFileOptions {
        block_size: options.block_size_bytes.unwrap_or(DEFAULT_BLOCK_SIZE),
        recursive: options.recursive(),
        mode: options.mode.as_ref().map(convert::mode_from_proto),
        replication: Replication {
            min: options.replication_min(),
            max: options.replication_max.unwrap_or(-1),
        },
        write_type: write_type(options.write_type),
        ttl: ttl(options.common_options.as_ref()),
        overwrite: options.overwrite(),
        xattr: xattr(options.xattr),
    }
}

pub(super) fn create_directory(options: pb::CreateDirectoryPOptions) -> CreateDirectoryOptions {
    CreateDirectoryOptions {
        recursive: options.recursive(),
        allow_exists: options.allow_exists(),
        mode: options.mode.as_ref().map(convert::mode_from_proto),
        write_type: write_type(options.write_type),
        ttl: ttl(options.common_options.as_ref()),
        xattr: xattr(options.xattr),
    }
}

/// The pause of a request to persist; `None` when the file is not to be persisted by itself.
pub(super) fn persist_pause(options: &pb::ScheduleAsyncPersistencePOptions) -> Option<Duration> {
    let millis = u64::try_from(options.persistence_wait_time()).ok()?;
    Some(Duration::from_millis(millis))
}

pub(super) fn complete_file(options: &pb::CompleteFilePOptions) -> CompleteFileOptions {
    let persist = options.async_persist_options.as_ref();
    CompleteFileOptions {
        ufs_length: options.ufs_length,
        persist_after: persist.and_then(persist_pause),
        file: options.file_id.map(InodeId::from_raw),
        content_hash: options.content_hash.clone(),
    }
}

pub(super) fn delete(options: &pb::DeletePOptions) -> DeleteOptions {
    DeleteOptions {
        recursive: options.recursive(),
        alluxio_only: options.alluxio_only(),
        unchecked: options.unchecked(),
        delete_mount_point: options.delete_mount_point(),
        sync_parent_next_time: options.sync_parent_next_time(),
        inode: options.file_id.map(InodeId::from_raw),
    }
}

pub(super) fn get_status(options: &pb::GetStatusPOptions) -> GetStatusOptions {
    GetStatusOptions {
        load: load_metadata(options.load_metadata_type),
        access: access(options.access_mode),
        update_access_time: options.update_timestamps(),
    }
}

/// What a caller is going to do; unset for just looking.
pub(super) fn access(bits: Option<i32>) -> Access {
    bits.and_then(|raw| grpc::Bits::try_from(raw).ok())
        .map_or(Access::NONE, convert::access_from_proto)
}

pub(super) fn list_status(options: &pb::ListStatusPOptions) -> ListStatusOptions {
    ListStatusOptions {
        load: load_metadata(options.load_metadata_type),
        recursive: options.recursive(),
    }
}

pub(super) fn mount(options: &pb::MountPOptions) -> MountOptions {
    MountOptions {
        read_only: options.read_only(),
        shared: options.shared(),
        properties: options.properties.clone().into_iter().collect(),
    }
}

pub(super) fn set_attribute(options: pb::SetAttributePOptions) -> SetAttributeOptions {
    let strategy = match options.xattr_update_strategy() {
        XAttrUpdateStrategy::Truncate => XattrUpdate::Truncate,
        XAttrUpdateStrategy::UnionReplace => XattrUpdate::UnionReplace,
        XAttrUpdateStrategy::UnionPreserve => XattrUpdate::UnionPreserve,
        XAttrUpdateStrategy::DeleteKeys => XattrUpdate::DeleteKeys,
    };
    let sets_xattr = !options.xattr.is_empty() || options.xattr_update_strategy.is_some();
    let common = options.common_options.as_ref();
    let ttl = given_ttl(common);
    let ttl_action = common.filter(|common| common.ttl_action.is_some());
    let ttl_action = ttl_action.map(|common| convert::ttl_action_from_proto(common.ttl_action()));
    SetAttributeOptions {
        recursive: options.recursive(),
        mode: options.mode.as_ref().map(convert::mode_from_proto),
        owner: options.owner.filter(|owner| !owner.is_empty()),
        group: options.group.filter(|group| !group.is_empty()),
        pinned: options.pinned,
        media: options.pinned_media.into_iter().collect(),
        persisted: options.persisted,
        replication_min: options.replication_min,
        replication_max: options.replication_max,
        ttl: ttl.map(|ttl| if ttl.millis < 0 { Ttl::NONE } else { ttl }),
        ttl_action,
        xattr: sets_xattr.then(|| (xattr(options.xattr), strategy)),
        children_loaded: options.direct_children_loaded,
    }
}

pub(super) fn set_acl_action(action: pb::SetAclAction) -> SetAclAction {
    match action {
        pb::SetAclAction::Replace => SetAclAction::Replace,
        pb::SetAclAction::Modify => SetAclAction::Modify,
        pb::SetAclAction::Remove => SetAclAction::Remove,
        pb::SetAclAction::RemoveAll => SetAclAction::RemoveAll,
        pb::SetAclAction::RemoveDefault => SetAclAction::RemoveDefault,
    }
}

/// # Errors
/// When a named entry has no name.
pub(super) fn acl_entry(entry: &pb::PAclEntry) -> Result<AclEntry, FileSystemError> {
    let name = || match entry.subject() {
        "" => Err(FileSystemError::InvalidArgument {
            what: "an ACL entry of a named user or group has no name".to_owned(),
        }),
        name => Ok(name.to_owned()),
    };
    let subject = match entry.r#type() {
        pb::PAclEntryType::Owner => AclSubject::OwningUser,
        pb::PAclEntryType::NamedUser => AclSubject::User(name()?),
        pb::PAclEntryType::OwningGroup => AclSubject::OwningGroup,
        pb::PAclEntryType::NamedGroup => AclSubject::Group(name()?),
        pb::PAclEntryType::Mask => AclSubject::Mask,
        pb::PAclEntryType::Other => AclSubject::Other,
    };
    let access = entry.actions().fold(Access::NONE, |all, action| {
        all.union(match action {
            pb::PAclAction::Read => Access::READ,
            pb::PAclAction::Write => Access::WRITE,
            pb::PAclAction::Execute => Access::EXECUTE,
        })
    });
    Ok(AclEntry {
        subject,
        access,
        is_default: entry.is_default(),
    })
}

/// What is to be mounted, and how.
pub(super) fn mount_request(message: pb::MountPRequest) -> Result<MountRequest, FileSystemError> {
    let given = message.options.unwrap_or_default();
    let how = mount(&given);
    let ufs_text = message.ufs_path.unwrap_or_default();
    Ok(MountRequest {
        ufs: UfsPath::parse(&ufs_text)?,
        ufs_text,
        read_only: how.read_only,
        shared: how.shared,
        properties: how.properties,
        remount: given.remount(),
    })
}

/// The documentation of some stores mounts at a path without a slash in front.
pub(super) fn mount_path(text: &str) -> Result<AlluxioPath, FileSystemError> {
    let is_relative = text.ends_with('/') && !text.starts_with('/') && !text.contains("://");
    if is_relative {
        return Ok(AlluxioPath::parse(&format!("/{text}"))?);
    }
    Ok(AlluxioPath::parse(text)?)
}

/// What the audit log calls a change of attributes.
pub(super) fn attribute_command(options: &pb::SetAttributePOptions) -> &'static str {
    if options.owner.is_some() {
        return "chown";
    }
    if options.group.is_some() {
        return "chgrp";
    }
    if options.mode.is_some() {
        return "chmod";
    }
    "setAttribute"
}
