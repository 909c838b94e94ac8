//! `space`: what `df` says about the file system of a path.

use alluxio_common::UfsPath;
use nix::sys::statvfs::statvfs;

use super::connector::{Local, os_path};
use super::error::parse_error;
use crate::{UfsError, UfsOperation, UfsSpace};

impl Local {
    /// See [`crate::UnderFileSystem::space`].
    pub(super) fn space(&self, path: &UfsPath) -> Result<UfsSpace, UfsError> {
        let system = statvfs(os_path(path))
            .map_err(|error| parse_error(error, UfsOperation::Space, path))?;
        let bytes = |blocks: u64| blocks.saturating_mul(system.fragment_size());
        Ok(UfsSpace {
            capacity: Some(bytes(system.blocks())),
            used: Some(bytes(system.blocks().saturating_sub(system.blocks_free()))),
        })
    }
}
