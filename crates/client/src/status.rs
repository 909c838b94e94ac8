//! [`FileStatus`]: what the master says of a file or directory.

use std::collections::BTreeMap;

use alluxio_common::{
    AlluxioPath, BlockId, ByteSize, InodeId, Mode, MountId, PersistenceState, Timestamp, TtlAction,
    WorkerAddress, WorkerId,
};
use alluxio_proto::grpc;
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::convert;
use bytes::Bytes;

use crate::acl::Acl;

/// A file or a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file that can be read.
    File,
    /// A file whose writer has not completed it.
    IncompleteFile,
    /// A directory.
    Directory,
}

/// Whether blocks may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinned {
    /// They may not.
    Yes,
    /// They may.
    No,
}

/// Whether a path is where a store is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountPoint {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// How long something lives, and what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl {
    /// Milliseconds since creation; -1 for ever.
    pub millis: i64,
    /// What happens when it is over.
    pub action: TtlAction,
}

/// What the master says of a file or directory.
#[derive(Debug, Clone, PartialEq)]
pub struct FileStatus {
    /// Its id, for ever.
    pub id: InodeId,
    /// The last component of the path; empty for the root.
    pub name: String,
    /// Where it is.
    pub path: AlluxioPath,
    /// Where it is, or would be, in the store.
    pub ufs_path: String,
    /// Which mount it belongs to.
    pub mount_id: MountId,
    /// Whether the path itself is a mount point.
    pub mount_point: MountPoint,
    /// File, incomplete file or directory.
    pub kind: Kind,
    /// Bytes of a file; number of children of a directory.
    pub length: i64,
    /// Size of all blocks but the last; 0 for a directory.
    pub block_size: ByteSize,
    /// The blocks of a file, in order.
    pub block_ids: Vec<BlockId>,
    /// Where the blocks are.
    pub blocks: Vec<FileBlock>,
    /// How far it has got on its way to the store.
    pub persistence: PersistenceState,
    /// Whether it is in the store.
    pub persisted: bool,
    /// Whether its blocks may be cached at all.
    pub cacheable: bool,
    /// Whether blocks may be evicted.
    pub pinned: Pinned,
    /// The media that a pinned file must be on; any when empty.
    pub media: Vec<String>,
    /// Who owns it.
    pub owner: String,
    /// The owning group.
    pub group: String,
    /// Permission bits.
    pub mode: Mode,
    /// The access control list, when there is more than the mode says.
    pub acl: Option<Acl>,
    /// What new children of a directory get.
    pub default_acl: Option<Acl>,
    /// When it was created.
    pub creation_time: Timestamp,
    /// When it was last changed.
    pub last_modification_time: Timestamp,
    /// When it was last read.
    pub last_access_time: Timestamp,
    /// How long it lives.
    pub ttl: Ttl,
    /// Least number of copies of each block.
    pub replication_min: i32,
    /// Greatest number of copies of each block; -1 for no limit.
    pub replication_max: i32,
    /// Share of the bytes that some worker holds, 0 to 100.
    pub in_alluxio_percentage: i32,
    /// Share of the bytes that is in memory, 0 to 100.
    pub in_memory_percentage: i32,
    /// What the store's file looked like when it was last seen; empty when unknown.
    pub ufs_fingerprint: String,
    /// Extended attributes.
    pub xattr: BTreeMap<String, Bytes>,
}

/// One block of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileBlock {
    /// Where it begins in the file.
    pub offset: u64,
    /// The block.
    pub info: BlockInfo,
    /// `host:port` of where the store has the bytes, when it tells.
    pub ufs_locations: Vec<String>,
}

/// A block and where it is cached.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockInfo {
    /// Its id.
    pub id: BlockId,
    /// Its bytes.
    pub length: u64,
    /// The workers that hold it.
    pub locations: Vec<BlockLocation>,
}

/// A worker that holds a block.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockLocation {
    /// The worker's id at the master.
    pub worker_id: WorkerId,
    /// Where it is reached.
    pub address: WorkerAddress,
    /// `MEM`, `SSD`, `HDD`.
    pub tier: String,
    /// The medium of the directory.
    pub medium: String,
}

impl FileStatus {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind == Kind::Directory
    }

    /// The bytes of a file; a length that the master does not know counts as zero.
    pub fn length_bytes(&self) -> u64 {
        u64::try_from(self.length).unwrap_or(0)
    }

    /// Reads a message. Fields that are absent get the value that a Java client would read.
    pub(crate) fn from_proto(info: pb::FileInfo) -> Self {
        let kind = match (
            info.folder.unwrap_or(false),
            info.completed.unwrap_or(false),
        ) {
            (true, _) => Kind::Directory,
            (false, true) => Kind::File,
            (false, false) => Kind::IncompleteFile,
        };
        let path = AlluxioPath::parse(info.path()).unwrap_or_else(|_invalid| AlluxioPath::root());
        Self {
            id: InodeId::from_raw(info.file_id()),
            mount_id: MountId::from_raw(info.mount_id()),
            mount_point: if info.mount_point() {
                MountPoint::Yes
            } else {
                MountPoint::No
            },
            kind,
            length: info.length(),
            block_size: ByteSize::from_bytes(info.block_size_bytes().max(0).unsigned_abs()),
            block_ids: info
                .block_ids
                .iter()
                .copied()
                .map(BlockId::from_raw)
                .collect(),
            persistence: PersistenceState::parse(info.persistence_state())
                .unwrap_or(PersistenceState::NotPersisted),
            persisted: info.persisted(),
            cacheable: info.cacheable(),
            pinned: if info.pinned() {
                Pinned::Yes
            } else {
                Pinned::No
            },
            mode: Mode::from_bits((info.mode() & 0o777) as u16),
            creation_time: Timestamp::from_millis(info.creation_time_ms()),
            last_modification_time: Timestamp::from_millis(info.last_modification_time_ms()),
            last_access_time: Timestamp::from_millis(info.last_access_time_ms()),
            ttl: Ttl {
                millis: info.ttl.unwrap_or(-1),
                action: convert::ttl_action_from_proto(info.ttl_action()),
            },
            replication_min: info.replication_min(),
            replication_max: info.replication_max.unwrap_or(-1),
            in_alluxio_percentage: info.in_alluxio_percentage(),
            in_memory_percentage: info.in_memory_percentage(),
            acl: info.acl.map(Acl::from_proto),
            default_acl: info.default_acl.map(Acl::from_proto),
            blocks: info
                .file_block_infos
                .into_iter()
                .map(FileBlock::from_proto)
                .collect(),
            name: info.name.unwrap_or_default(),
            path,
            ufs_path: info.ufs_path.unwrap_or_default(),
            media: info.medium_type,
            owner: info.owner.unwrap_or_default(),
            group: info.group.unwrap_or_default(),
            ufs_fingerprint: info.ufs_fingerprint.unwrap_or_default(),
            xattr: info.xattr,
        }
    }
}

impl FileBlock {
    fn from_proto(block: pb::FileBlockInfo) -> Self {
        Self {
            offset: block.offset().max(0).unsigned_abs(),
            info: BlockInfo::from_proto(block.block_info.unwrap_or_default()),
            ufs_locations: block.ufs_string_locations,
        }
    }
}

impl BlockInfo {
    pub(crate) fn from_proto(info: grpc::BlockInfo) -> Self {
        Self {
            id: BlockId::from_raw(info.block_id()),
            length: info.length().max(0).unsigned_abs(),
            locations: info
                .locations
                .into_iter()
                .filter_map(BlockLocation::from_proto)
                .collect(),
        }
    }
}

impl BlockLocation {
    /// `None` when the address makes no sense: the block is then read from elsewhere.
    fn from_proto(location: grpc::BlockLocation) -> Option<Self> {
        Some(Self {
            worker_id: WorkerId::from_raw(location.worker_id()),
            address: convert::worker_address_from_proto(location.worker_address.as_ref()?).ok()?,
            tier: location.tier_alias.unwrap_or_default(),
            medium: location.medium_type.unwrap_or_default(),
        })
    }
}
