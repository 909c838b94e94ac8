use std::collections::BTreeMap;

use alluxio_client::{MountAccess, MountOptions, Sharing};
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{content, read_file, write_file};

use crate::support::{cluster, files_below, free, path, persisted, write_as};

fn options(access: MountAccess) -> MountOptions {
    MountOptions {
        access,
        sharing: Sharing::Private,
        properties: BTreeMap::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mounted_store_is_read_and_written_under_its_path() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    let folder = cluster.folder().join("second store");
    std::fs::create_dir(&folder).unwrap();
    let old = content(1, 5000);
    std::fs::write(folder.join("old"), &old).unwrap();
    let mount = path("/mnt");
    let uri = folder.display().to_string();
    files
        .mount(&mount, &uri, options(MountAccess::ReadWrite))
        .await
        .unwrap();

    let read = read_file(&files, &path("/mnt/old"), ReadType::Cache)
        .await
        .unwrap();
    assert!(read == old);
    let new = content(2, 5000);
    for (name, write_type) in [
        ("new", WriteType::CacheThrough),
        ("later", WriteType::AsyncThrough),
    ] {
        let path = path(&format!("/mnt/{name}"));
        write_file(&files, &path, &new, write_as(write_type))
            .await
            .unwrap();
        persisted(&files, &path).await;
    }
    assert_eq!(files_below(&folder), ["later", "new", "old"]);
    assert!(files_below(&cluster.root_store()).is_empty());

    cluster.restart_all().await.unwrap();
    free(&cluster, &files, &mount).await;
    let read = read_file(&files, &path("/mnt/later"), ReadType::Cache)
        .await
        .unwrap();
    assert!(read == new);
    files.unmount(&mount).await.unwrap();
    assert!(!files.exists(&path("/mnt/old")).await.unwrap());
    assert_eq!(files_below(&folder).len(), 3, "the store keeps everything");
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_mount_takes_nothing() {
    let cluster = cluster().await;
    let files = cluster.client();
    let folder = cluster.folder().join("archive");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("old"), b"old").unwrap();
    let uri = folder.display().to_string();
    files
        .mount(&path("/archive"), &uri, options(MountAccess::ReadOnly))
        .await
        .unwrap();
    let bytes = content(1, 10);
    let refused = write_file(
        &files,
        &path("/archive/new"),
        &bytes,
        write_as(WriteType::CacheThrough),
    )
    .await;
    refused.unwrap_err();
    let read = read_file(&files, &path("/archive/old"), ReadType::Cache)
        .await
        .unwrap();
    assert_eq!(&read[..], b"old");
    assert_eq!(files_below(&folder), ["old"]);
    cluster.shutdown().await;
}
