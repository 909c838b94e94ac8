//! What a copy makes and takes back inside Alluxio.

use alluxio_client::{
    CreateDirectoryOptions, DeleteOptions, Descend, FileSystem, IfExists, MountPoints, Parents,
    UfsDelete,
};
use alluxio_common::{AlluxioPath, InodeId};

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

/// Removes what a failed copy has left behind, unless somebody has put another file there by now.
pub(super) async fn discard(file_system: &FileSystem, path: &AlluxioPath, file_id: InodeId) {
    let status = file_system.get_status(path).await;
    if !status.is_ok_and(|status| status.id == file_id) {
        return;
    }
    let options = DeleteOptions {
        descend: Descend::No,
        ufs: UfsDelete::Unchecked,
        mount_points: MountPoints::Refuse,
    };
    // The first error is what the user gets to see.
    drop(file_system.delete(path, options).await);
}
