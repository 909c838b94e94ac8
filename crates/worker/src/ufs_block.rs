//! Blocks that the store has as files of their own, because they found no room on a worker.

use alluxio_common::{BlockId, UfsPath};

/// The folder below a mount's root for such files. The name is a fact of the 2.9 protocol: clients
/// and workers of both kinds find each other's blocks by it.
const FOLDER: &str = ".alluxio_ufs_blocks.alluxio.0x1D91AC0E01AB0165.tmp";

/// The file of a block below the root of its mount.
pub(crate) fn path(mount_uri: &UfsPath, block_id: BlockId) -> UfsPath {
    mount_uri.join(&format!("{FOLDER}/{block_id}"))
}
