//! Formatting: emptying the storage directories of a worker that does not run.

use std::path::PathBuf;

use super::dir::{data_root, ensure_directory};
use super::error::BlockError;
use super::owner::{NotOwned, Ownership};
use super::recover::remove_contents;
use super::tier::StoreConf;

/// Removes every block from every directory, and creates the folders with their permissions.
/// Returns the folders. Blocking.
///
/// # Errors
/// When a running worker has a directory, or a folder cannot be created or emptied; the folders before it are formatted then.
pub fn format_dirs(conf: &StoreConf) -> Result<Vec<PathBuf>, BlockError> {
    let mut formatted = Vec::new();
    for dir in conf.tiers.iter().flat_map(|tier| &tier.dirs) {
        let root = data_root(conf, &dir.path);
        let failed = |source| BlockError::io("format", &root, source);
        ensure_directory(&dir.path, conf.permissions).map_err(failed)?;
        ensure_directory(&root, conf.permissions).map_err(failed)?;
        let _owned = Ownership::take(&root).map_err(|refused| match refused {
            NotOwned::InUse => BlockError::InUse { dir: root.clone() },
            NotOwned::Failed(source) => failed(source),
        })?;
        remove_contents(&root).map_err(failed)?;
        ensure_directory(&root.join(&conf.tmp_folder), conf.permissions).map_err(failed)?;
        formatted.push(root);
    }
    Ok(formatted)
}
