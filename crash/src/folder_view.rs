//! What another program sees in a folder that is a store.

use std::fs;
use std::io;
use std::path::Path;

use bytes::Bytes;

use crate::model::{Found, StoreView};

/// Where copies lie while they are made. The folder itself may stay.
pub(crate) const COPIES: &str = ".alluxio_ufs_persistence";

/// Everything below a folder. What vanishes meanwhile is left out.
///
/// # Errors
/// When something cannot be read.
pub fn folder_view(root: &Path) -> io::Result<StoreView> {
    let mut view = StoreView::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in unless_gone(fs::read_dir(&folder))?.into_iter().flatten() {
            let path = entry?.path();
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let name = relative.display().to_string();
            if path.is_dir() {
                if name != COPIES {
                    view.insert(name, Found::Directory);
                }
                folders.push(path);
            } else if let Some(bytes) = unless_gone(fs::read(&path))? {
                view.insert(name, Found::File(Bytes::from(bytes)));
            }
        }
    }
    Ok(view)
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
