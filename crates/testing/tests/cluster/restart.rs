use alluxio_client::FileSystem;
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{MiniCluster, content, read_file, write_file};

use crate::support::{RECURSIVELY, cluster, path, write_as};

const FILES: u64 = 20;

async fn fill(files: &FileSystem) {
    for index in 0..FILES {
        let write_type = match index % 3 {
            0 => WriteType::MustCache,
            1 => WriteType::CacheThrough,
            _ => WriteType::Through,
        };
        let path = path(&format!("/fill/{}/{index}", index % 4));
        let bytes = content(index, 10_000);
        write_file(files, &path, &bytes, write_as(write_type))
            .await
            .unwrap();
    }
    files
        .rename(&path("/fill/1"), &path("/fill/moved"))
        .await
        .unwrap();
    files.delete(&path("/fill/2"), RECURSIVELY).await.unwrap();
}

async fn check(files: &FileSystem) {
    for index in 0..FILES {
        let folder = match index % 4 {
            1 => "moved".to_owned(),
            2 => continue,
            other => other.to_string(),
        };
        let path = path(&format!("/fill/{folder}/{index}"));
        let read = read_file(files, &path, ReadType::Cache).await.unwrap();
        assert!(read == content(index, 10_000), "{path}");
    }
    assert!(!files.exists(&path("/fill/2")).await.unwrap());
}

fn hash(cluster: &MiniCluster) -> u64 {
    cluster.master().files().state_hash()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_everything_changes_nothing() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    fill(&files).await;
    let before = hash(&cluster);
    cluster.restart_all().await.unwrap();
    assert_eq!(hash(&cluster), before);
    check(&files).await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_from_a_checkpoint_and_the_log_behind_it_changes_nothing() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    fill(&files).await;
    cluster.master().checkpoint().await.unwrap();
    let path = path("/after the checkpoint");
    let bytes = content(1, 10);
    write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    let before = hash(&cluster);
    for _twice in 0..2 {
        cluster.stop_master().await;
        cluster.start_master().await.unwrap();
        assert_eq!(hash(&cluster), before);
    }
    cluster.restart_all().await.unwrap();
    check(&files).await;
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_and_workers_find_a_master_that_has_come_back() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    fill(&files).await;
    cluster.stop_master().await;
    let waiting = {
        let files = files.clone();
        async move {
            let bytes = content(9, 100);
            let options = write_as(WriteType::MustCache);
            write_file(&files, &path("/patient"), &bytes, options).await
        }
    };
    let (written, started) = futures::join!(waiting, cluster.start_master());
    started.unwrap();
    written.unwrap();
    check(&files).await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cluster_keeps_its_name() {
    let mut cluster = cluster().await;
    let name = |cluster: &MiniCluster| {
        cluster
            .master()
            .files()
            .read(|tree| tree.settings().cluster_id.clone())
    };
    let before = name(&cluster);
    assert_eq!(before.len(), 36);
    cluster.restart_all().await.unwrap();
    assert_eq!(name(&cluster), before);
    cluster.shutdown().await;
}
