use std::collections::BTreeMap;
use std::time::Duration;

use alluxio_client::{FileSystem, ListStatusOptions, MountAccess, MountOptions, Sharing};
use alluxio_common::{ByteSize, ReadType, Tasks, UfsPath, WriteType};
use alluxio_testing::{MiniCluster, content, read_all, read_file, write_file};
use alluxio_ufs::UfsOperation;
use alluxio_ufs::layer::{Fault, FaultRule};
use tokio::time::timeout;

use crate::support::{cluster, free, path, write_as};

/// Whoever has nothing to do with a store that hangs is served at once.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Mounts a folder with these files at `/other`, and returns where it is.
async fn mount_other(cluster: &MiniCluster, files: &FileSystem, names: &[&str]) -> UfsPath {
    let folder = cluster.folder().join("other");
    std::fs::create_dir(&folder).unwrap();
    for name in names {
        std::fs::write(folder.join(name), content(1, 3_000_000)).unwrap();
    }
    let options = MountOptions {
        access: MountAccess::ReadWrite,
        sharing: Sharing::Private,
        properties: BTreeMap::new(),
    };
    let uri = folder.display().to_string();
    files.mount(&path("/other"), &uri, options).await.unwrap();
    UfsPath::parse(&uri).unwrap()
}

/// Everything that another store has nothing to do with.
async fn use_root(cluster: &MiniCluster, files: &FileSystem) {
    let bytes = content(2, 3_000_000);
    for write_type in [
        WriteType::CacheThrough,
        WriteType::MustCache,
        WriteType::Through,
    ] {
        let here = path(&format!("/here/{write_type}"));
        let work = async {
            write_file(files, &here, &bytes, write_as(write_type))
                .await
                .unwrap();
            if write_type == WriteType::CacheThrough {
                free(cluster, files, &here).await;
            }
            read_file(files, &here, ReadType::Cache).await.unwrap()
        };
        let read = timeout(AT_ONCE, work)
            .await
            .expect("another store is none of its business");
        assert!(read == bytes);
    }
    let root = path("/");
    let root = files.list_status(&root, ListStatusOptions::default());
    let root = timeout(AT_ONCE, root)
        .await
        .expect("the root is listed")
        .unwrap();
    assert_eq!(root.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_hangs_holds_up_its_own_users_only() {
    let cluster = cluster().await;
    let files = cluster.client();
    let names = ["a", "b", "c", "d", "e", "f"];
    let other = mount_other(&cluster, &files, &names).await;
    let top = path("/other");
    let listed = files.list_status(&top, ListStatusOptions::default());
    assert_eq!(listed.await.unwrap().len(), names.len());
    let hang = |operation| FaultRule::on(operation, Fault::Hang).always().below(&other);
    for operation in [
        UfsOperation::Status,
        UfsOperation::List,
        UfsOperation::Mkdir,
    ] {
        cluster.master_faults().add(hang(operation));
    }
    for operation in UfsOperation::ALL {
        cluster.worker_faults().add(hang(operation));
    }
    // Its users wait: readers, writers, and those who look for what is new.
    let users = Tasks::new();
    let mut waiting = Vec::new();
    for name in names {
        let (files, bytes) = (files.clone(), content(1, 1000));
        waiting.push(users.spawn("a user of a store that hangs", async move {
            let there = path(&format!("/other/{name}"));
            let new = path(&format!("/other/new-{name}"));
            tokio::select! {
                _ = read_file(&files, &there, ReadType::Cache) => {}
                _ = write_file(&files, &new, &bytes, write_as(WriteType::Through)) => {}
                _ = files.get_fresh_status(&there) => {}
            }
        }));
    }
    use_root(&cluster, &files).await;
    assert!(
        waiting.iter().all(|user| !user.is_finished()),
        "the store does not hang"
    );
    users.shutdown().await;

    // It comes back.
    cluster.master_faults().clear();
    cluster.worker_faults().clear();
    let bytes = content(2, 3_000_000);
    let after = path("/other/after");
    let work = async {
        write_file(&files, &after, &bytes, write_as(WriteType::Through))
            .await
            .unwrap();
        read_file(&files, &after, ReadType::Cache).await.unwrap()
    };
    let read = timeout(AT_ONCE, work).await.expect("the store is back");
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_gives_fewer_bytes_than_it_says_is_an_error_and_nothing_is_kept() {
    let cluster = cluster().await;
    let files = cluster.client();
    let other = mount_other(&cluster, &files, &["file"]).await;
    for operation in [UfsOperation::Read, UfsOperation::ReadAt] {
        let fault = FaultRule::on(operation, Fault::TruncateRead(10))
            .always()
            .below(&other);
        cluster.worker_faults().add(fault);
    }
    let file = path("/other/file");
    let error = read_file(&files, &file, ReadType::Cache).await.unwrap_err();
    assert!(error.to_string().contains("file"), "{error}");
    cluster.worker_faults().clear();
    let read = read_file(&files, &file, ReadType::Cache).await.unwrap();
    assert!(read == content(1, 3_000_000));
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_a_store_that_is_unmounted_ends_and_the_store_can_be_mounted_again() {
    let cluster = cluster().await;
    let files = cluster.client_with(|conf| conf.block_read_retry.total = Duration::from_secs(1));
    let bytes = content(1, 8_000_000);
    let folder = cluster.folder().join("other");
    mount_other(&cluster, &files, &[]).await;
    let file = path("/other/file");
    let mut options = write_as(WriteType::Through);
    options.block_size = Some(ByteSize::from_bytes(1 << 20));
    write_file(&files, &file, &bytes, options).await.unwrap();

    let mut reader = files.open_file(&file, Some(ReadType::Cache)).await.unwrap();
    let first = reader.read(100_000).await.unwrap();
    files.unmount(&path("/other")).await.unwrap();
    let rest = timeout(AT_ONCE, read_all(&mut reader))
        .await
        .expect("the reader ends");
    if let Ok(rest) = rest {
        assert!([first, rest].concat() == bytes, "other bytes");
    }
    assert!(!files.exists(&file).await.unwrap());

    let options = MountOptions {
        access: MountAccess::ReadWrite,
        sharing: Sharing::Private,
        properties: BTreeMap::new(),
    };
    let uri = folder.display().to_string();
    files.mount(&path("/again"), &uri, options).await.unwrap();
    let read = read_file(&files, &path("/again/file"), ReadType::Cache)
        .await
        .unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}
