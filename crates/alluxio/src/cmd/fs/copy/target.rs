//! What a copy makes inside Alluxio.

use alluxio_client::{CreateDirectoryOptions, FileSystem, IfExists, Parents};
use alluxio_common::AlluxioPath;

use crate::shell::Outcome;

/// Makes one directory, whose parent must be there.
pub(super) async fn make_directory(
    file_system: &FileSystem,
    path: &AlluxioPath,
    if_exists: IfExists,
) -> Outcome {
    let options = CreateDirectoryOptions {
        if_exists,
        parents: Parents::MustExist,
        mode: None,
        write_type: None,
    };
    Ok(file_system.create_directory(path, options).await?)
}
