//! From a status to the `FileInfo` of the wire.

use alluxio_common::{Access, WorkerAddress};
use alluxio_proto::grpc;
use alluxio_proto::grpc::file::{
    FileBlockInfo, FileInfo, PAcl, PAclAction, PAclEntry, PAclEntryType,
};
use alluxio_rpc::convert;
use prost::bytes::Bytes;

use crate::file_system::{BlockLocation, FileBlock, PathPieces, StatusView};
use crate::inode::{Acl, InodeRef};

/// Everything that clients read. What has no value is sent explicitly, because an absent number
/// reads as zero in Java, and a TTL of zero would mean "expires at once".
pub(super) fn file_info(status: &StatusView<'_>) -> FileInfo {
    let inode = status.inode;
    let mut blocks = Vec::new();
    status.for_each_block(|block| blocks.push(block));
    let cached = status.cached(blocks.iter());
    let ttl = inode.ttl();
    let replication = inode.replication();
    let is_directory = inode.is_directory();
    FileInfo {
        file_id: Some(inode.id().raw()),
        name: Some(inode.name().to_owned()),
        path: Some(joined(status.path)),
        ufs_path: Some(joined(status.ufs_path)),
        length: Some(status.length()),
        block_size_bytes: Some(inode.block_size()),
        creation_time_ms: Some(inode.creation_time().millis()),
        completed: Some(inode.is_completed()),
        folder: Some(is_directory),
        pinned: Some(inode.is_pinned()),
        cacheable: Some(inode.is_cacheable()),
        persisted: Some(status.is_persisted()),
        block_ids: inode.block_ids().map(|id| id.raw()).collect(),
        last_modification_time_ms: Some(inode.modification_time().millis()),
        ttl: Some(ttl.millis),
        owner: Some(inode.owner().to_owned()),
        group: Some(inode.group().to_owned()),
        mode: Some(i32::from(inode.mode().bits())),
        persistence_state: Some(inode.persistence().as_str().to_owned()),
        mount_point: Some(inode.is_mount_point()),
        file_block_infos: blocks.into_iter().map(file_block_info).collect(),
        ttl_action: Some(convert::ttl_action_to_proto(ttl.action) as i32),
        mount_id: Some(status.mount_id.raw()),
        in_alluxio_percentage: Some(cached.in_alluxio),
        in_memory_percentage: Some(cached.in_memory),
        ufs_fingerprint: Some(inode.fingerprint().to_owned()),
        acl: Some(acl_message(inode)),
        default_acl: default_acl_message(inode),
        replication_max: Some(if is_directory { 0 } else { replication.max }),
        replication_min: Some(replication.min),
        last_access_time_ms: Some(status.access_time.millis()),
        xattr: inode
            .xattr()
            .iter()
            .map(|(name, value)| (name.clone(), Bytes::copy_from_slice(value)))
            .collect(),
        medium_type: inode.media().iter().cloned().collect(),
    }
}

fn joined(path: PathPieces<'_>) -> String {
    let mut whole = String::with_capacity(path.len());
    whole.push_str(path.prefix);
    whole.push_str(path.name);
    whole
}

fn file_block_info(block: FileBlock) -> FileBlockInfo {
    FileBlockInfo {
        block_info: Some(grpc::BlockInfo {
            block_id: Some(block.block_id.raw()),
            length: Some(block.length.cast_signed()),
            locations: block.copies.iter().map(block_location).collect(),
        }),
        offset: Some(block.offset.cast_signed()),
        ufs_locations: Vec::<grpc::WorkerNetAddress>::new(),
        ufs_string_locations: Vec::new(),
    }
}

fn block_location(copy: &BlockLocation) -> grpc::BlockLocation {
    let address: &WorkerAddress = &copy.address;
    grpc::BlockLocation {
        worker_id: Some(copy.worker_id.raw()),
        worker_address: Some(convert::worker_address_to_proto(address)),
        tier_alias: Some(copy.tier_alias.to_string()),
        medium_type: Some(copy.medium_type.to_string()),
    }
}

pub(super) fn acl_message(inode: InodeRef<'_>) -> PAcl {
    PAcl {
        owner: Some(inode.owner().to_owned()),
        owning_group: Some(inode.group().to_owned()),
        entries: inode.acl().map_or_else(Vec::new, |named| {
            entries(inode, inode.mode(), named, IsDefault::No)
        }),
        mode: Some(i32::from(inode.mode().bits())),
        is_default: Some(false),
        is_default_empty: None,
    }
}

pub(super) fn default_acl_message(inode: InodeRef<'_>) -> Option<PAcl> {
    let default = inode.default_acl()?;
    Some(PAcl {
        owner: Some(inode.owner().to_owned()),
        owning_group: Some(inode.group().to_owned()),
        entries: entries(inode, default.mode, &default.named, IsDefault::Yes),
        mode: Some(i32::from(default.mode.bits())),
        is_default: Some(true),
        is_default_empty: Some(false),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum IsDefault {
    Yes,
    No,
}

/// The entries in the order in which `getfacl` prints them.
fn entries(
    inode: InodeRef<'_>,
    mode: alluxio_common::Mode,
    named: &Acl,
    is_default: IsDefault,
) -> Vec<PAclEntry> {
    let entry = |kind: PAclEntryType, subject: &str, access: Access| PAclEntry {
        r#type: Some(kind as i32),
        subject: Some(subject.to_owned()),
        actions: actions(access),
        is_default: Some(is_default == IsDefault::Yes),
    };
    let mut entries = vec![
        entry(PAclEntryType::Owner, inode.owner(), mode.owner()),
        entry(PAclEntryType::OwningGroup, inode.group(), mode.group()),
        entry(PAclEntryType::Other, "", mode.other()),
    ];
    let users = named.users.iter();
    entries.extend(users.map(|(name, access)| entry(PAclEntryType::NamedUser, name, *access)));
    let groups = named.groups.iter();
    entries.extend(groups.map(|(name, access)| entry(PAclEntryType::NamedGroup, name, *access)));
    if let Some(mask) = named.mask {
        entries.push(entry(PAclEntryType::Mask, "", mask));
    }
    entries
}

fn actions(access: Access) -> Vec<i32> {
    let all = [
        (Access::READ, PAclAction::Read),
        (Access::WRITE, PAclAction::Write),
        (Access::EXECUTE, PAclAction::Execute),
    ];
    all.into_iter()
        .filter(|(bit, _)| access.includes(*bit))
        .map(|(_, action)| action as i32)
        .collect()
}
