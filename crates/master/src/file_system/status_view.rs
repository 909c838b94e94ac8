//! [`StatusView`]: the status of an inode, borrowed from the tree.

use alluxio_common::{AlluxioPath, InodeId, MountId, PersistenceState, Timestamp};

use super::block_locations::BlockLocations;
use super::file_info::{FileBlock, FileInfo};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::mount::MountTable;

/// A path in two pieces, so that the entries of a directory share one of them.
#[derive(Debug, Clone, Copy)]
pub struct PathPieces<'a> {
    /// The directory with a slash at its end, or the whole path.
    pub prefix: &'a str,
    /// The name of the entry, or nothing.
    pub name: &'a str,
}

impl PathPieces<'_> {
    /// How many bytes the whole has.
    pub fn len(&self) -> usize {
        self.prefix.len() + self.name.len()
    }

    /// Whether the path has no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Display for PathPieces<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.prefix)?;
        f.write_str(self.name)
    }
}

/// The status of an inode, borrowed: making one costs a few pointers. It lives while the tree is
/// locked, so whoever reads it copies what it needs and returns.
#[derive(Debug, Clone, Copy)]
pub struct StatusView<'a> {
    /// The inode with everything that the tree knows.
    pub inode: InodeRef<'a>,
    /// Where it stands.
    pub path: PathPieces<'a>,
    /// Where it lies, or would lie, in the store.
    pub ufs_path: PathPieces<'a>,
    /// The mount that serves the path.
    pub mount_id: MountId,
    /// When it was last opened; may be newer than what the tree knows.
    pub access_time: Timestamp,
    pub(super) blocks: &'a dyn BlockLocations,
}

/// How much of a file is on workers, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cached {
    /// On any tier.
    pub in_alluxio: i32,
    /// In a tier called `MEM`.
    pub in_memory: i32,
}

impl<'a> StatusView<'a> {
    /// Bytes of a file, -1 when the store cannot tell; children of a directory.
    pub fn length(&self) -> i64 {
        if self.inode.is_directory() {
            return i64::try_from(self.inode.child_count()).unwrap_or(i64::MAX);
        }
        self.inode.length()
    }

    /// Whether its content is in the store.
    pub fn is_persisted(&self) -> bool {
        self.inode.persistence() == PersistenceState::Persisted
    }

    /// Visits the blocks that have a length, in order, with their copies.
    pub fn for_each_block(&self, mut visit: impl FnMut(FileBlock)) {
        if self.inode.is_directory() {
            return;
        }
        let block_size = self.inode.block_size().unsigned_abs();
        for (index, block_id) in (0..).zip(self.inode.block_ids()) {
            let Some(length) = self.inode.block_length(index) else {
                continue;
            };
            visit(FileBlock {
                block_id,
                length: length.unsigned_abs(),
                offset: u64::from(index) * block_size,
                copies: self.blocks.copies(block_id),
            });
        }
    }

    /// What share of a file these blocks are: all of an empty file, nothing of a directory.
    pub fn cached<'b>(&self, blocks: impl Iterator<Item = &'b FileBlock>) -> Cached {
        if self.inode.is_directory() {
            return Cached {
                in_alluxio: 0,
                in_memory: 0,
            };
        }
        let length = self.inode.length().max(0).unsigned_abs();
        if length == 0 {
            return Cached {
                in_alluxio: 100,
                in_memory: 100,
            };
        }
        let (mut cached, mut in_memory) = (0, 0);
        for block in blocks.filter(|block| !block.copies.is_empty()) {
            cached += block.length;
            if block.copies.iter().any(|copy| &*copy.tier_alias == "MEM") {
                in_memory += block.length;
            }
        }
        // At most 100, so it fits.
        let percent = |part: u64| (part.min(length) * 100 / length) as i32;
        Cached {
            in_alluxio: percent(cached),
            in_memory: percent(in_memory),
        }
    }

    /// A copy of everything.
    pub fn to_info(&self) -> FileInfo {
        let inode = self.inode;
        let mut blocks = Vec::new();
        self.for_each_block(|block| blocks.push(block));
        let cached = self.cached(blocks.iter());
        FileInfo {
            file_id: inode.id(),
            name: inode.name().to_owned(),
            path: self.path.to_string(),
            ufs_path: self.ufs_path.to_string(),
            length: self.length(),
            block_size: inode.block_size(),
            creation_time: inode.creation_time(),
            modification_time: inode.modification_time(),
            access_time: self.access_time,
            completed: inode.is_completed(),
            folder: inode.is_directory(),
            pinned: inode.is_pinned(),
            media: inode.media().iter().map(ToString::to_string).collect(),
            cacheable: inode.is_cacheable(),
            persistence: inode.persistence(),
            ttl: inode.ttl(),
            owner: inode.owner().to_owned(),
            group: inode.group().to_owned(),
            mode: inode.mode(),
            acl: inode.acl().cloned(),
            default_acl: inode.default_acl().cloned(),
            mount_point: inode.is_mount_point(),
            mount_id: self.mount_id,
            replication: inode.replication(),
            ufs_fingerprint: inode.fingerprint().to_owned(),
            xattr: inode.xattr().clone(),
            blocks,
            in_alluxio_percentage: cached.in_alluxio,
            in_memory_percentage: cached.in_memory,
        }
    }
}

impl super::FileSystemMaster {
    /// Shows the status of one inode whose path is known.
    pub(super) fn show<R>(
        &self,
        inode: InodeRef<'_>,
        path: &AlluxioPath,
        mounts: &MountTable,
        visit: impl FnOnce(&StatusView<'_>) -> R,
    ) -> R {
        let mount = mounts.mount_of(path);
        let ufs_path = mount.ufs_text(path);
        visit(&StatusView {
            inode,
            path: PathPieces {
                prefix: path.as_str(),
                name: "",
            },
            ufs_path: PathPieces {
                prefix: &ufs_path,
                name: "",
            },
            mount_id: mount.id,
            access_time: self.access_times.latest(inode),
            blocks: &*self.blocks,
        })
    }

    /// The status of an inode by its id, wherever it stands.
    ///
    /// # Errors
    /// `IdNotFound`.
    pub fn visit_inode<R>(
        &self,
        id: InodeId,
        visit: impl FnOnce(&StatusView<'_>) -> R,
    ) -> Result<R, FileSystemError> {
        let mounts = self.mounts.load();
        self.read(|tree| {
            let inode = tree.inode(id).ok_or(FileSystemError::IdNotFound { id })?;
            Ok(self.show(inode, &inode.path(), &mounts, visit))
        })
    }

    /// A copy of the status of an inode by its id.
    ///
    /// # Errors
    /// `IdNotFound`.
    pub fn info_of(&self, id: InodeId) -> Result<FileInfo, FileSystemError> {
        self.visit_inode(id, |status| status.to_info())
    }
}
