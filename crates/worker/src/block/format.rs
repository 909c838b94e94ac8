//! Formatting: emptying the storage directories of a worker that does not run.

use std::io;
use std::path::PathBuf;

use super::dir::{data_root, ensure_directory};
use super::error::BlockError;
use super::recover::remove_contents;
use super::tier::StoreConf;

/// Removes every block from every directory, and creates the folders with their permissions.
/// Returns the folders. Blocking.
///
/// # Errors
/// When a folder cannot be created or emptied; the folders before it are formatted then.
pub fn format_dirs(conf: &StoreConf) -> Result<Vec<PathBuf>, BlockError> {
    let mut formatted = Vec::new();
    for dir in conf.tiers.iter().flat_map(|tier| &tier.dirs) {
        let root = data_root(conf, &dir.path);
        let format = || -> io::Result<()> {
            ensure_directory(&dir.path, conf.permissions)?;
            ensure_directory(&root, conf.permissions)?;
            remove_contents(&root)?;
            ensure_directory(&root.join(&conf.tmp_folder), conf.permissions)
        };
        format().map_err(|source| BlockError::io("format", &root, source))?;
        formatted.push(root);
    }
    Ok(formatted)
}
