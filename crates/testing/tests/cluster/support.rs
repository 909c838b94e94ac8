//! Short words for what every test does.

use alluxio_client::{
    CreateFileOptions, DeleteOptions, Descend, FileStatus, FileSystem, FreePinned, MountPoints,
    UfsDelete,
};
use alluxio_common::{AlluxioPath, PersistenceState, WriteType};
use alluxio_master::block::WorkerFilter;
use alluxio_testing::{ClusterOptions, MiniCluster, eventually};

/// Removing files that the store has as well.
pub(crate) const RECURSIVELY: DeleteOptions = DeleteOptions {
    descend: Descend::All,
    ufs: UfsDelete::Checked,
    mount_points: MountPoints::Refuse,
};

pub(crate) async fn cluster() -> MiniCluster {
    start(ClusterOptions::default()).await
}

pub(crate) async fn start(options: ClusterOptions) -> MiniCluster {
    MiniCluster::start(options).await.expect("a cluster starts")
}

pub(crate) fn path(text: &str) -> AlluxioPath {
    AlluxioPath::parse(text).expect("tests name good paths")
}

pub(crate) fn write_as(write_type: WriteType) -> CreateFileOptions {
    CreateFileOptions {
        write_type: Some(write_type),
        ..CreateFileOptions::default()
    }
}

pub(crate) async fn persisted(files: &FileSystem, path: &AlluxioPath) -> FileStatus {
    eventually("the file is persisted", async || {
        let status = files.get_status(path).await.expect("the file is there");
        status.persistence == PersistenceState::Persisted
    })
    .await;
    files.get_status(path).await.expect("the file is there")
}

/// Drops all copies on workers, and waits until they are gone.
pub(crate) async fn free(cluster: &MiniCluster, files: &FileSystem, path: &AlluxioPath) {
    files
        .free(path, Descend::All, FreePinned::Yes)
        .await
        .expect("what is persisted can be freed");
    cluster.no_blocks().await;
    eventually("the master knows that the blocks are gone", async || {
        let held = cluster.master().blocks().workers(&WorkerFilter::Live);
        held.iter().all(|worker| worker.block_count == 0)
    })
    .await;
}

/// Every file below a folder of the machine, by its path inside.
pub(crate) fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                found.push(relative.display().to_string());
            }
        }
    }
    found.sort();
    found
}
