use alluxio_client::ListStatusOptions;
use alluxio_common::{PersistenceState, ReadType, WriteType};
use alluxio_testing::{content, eventually, read_file, write_file};
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};

use crate::support::{RECURSIVELY, cluster, files_below, free, path, persisted, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn async_through_files_get_into_the_store_by_themselves() {
    let cluster = cluster().await;
    let files = cluster.client();
    for index in 0..10 {
        let path = path(&format!("/async/{index}"));
        let bytes = content(index, 50_000);
        write_file(&files, &path, &bytes, write_as(WriteType::AsyncThrough))
            .await
            .unwrap();
    }
    for index in 0..10 {
        let status = persisted(&files, &path(&format!("/async/{index}"))).await;
        assert!(!status.ufs_fingerprint.is_empty());
        let in_store = std::fs::read(cluster.root_store().join(format!("async/{index}"))).unwrap();
        assert!(in_store == content(index, 50_000));
    }
    free(&cluster, &files, &path("/async")).await;
    let read = read_file(&files, &path("/async/3"), ReadType::Cache)
        .await
        .unwrap();
    assert!(read == content(3, 50_000));
    // Nothing is left of the temporary names.
    let left = files_below(&cluster.root_store().join(".alluxio_ufs_persistence"));
    assert!(left.is_empty(), "{left:?}");
    // The folder that they had is nobody's business.
    let listed = files
        .list_status(&path("/"), ListStatusOptions::default())
        .await
        .unwrap();
    let names: Vec<&str> = listed.iter().map(|status| status.name.as_str()).collect();
    assert_eq!(names, ["async"]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_wait_for_a_job_service_that_is_away() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    cluster.stop_job_worker(0).await;
    cluster.stop_job_master().await;
    let path = path("/waits");
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    let status = files.get_status(&path).await.unwrap();
    assert_eq!(status.persistence, PersistenceState::ToBePersisted);
    // The master forgets nothing about it either.
    cluster.stop_master().await;
    cluster.start_master().await.unwrap();
    cluster.start_job_master().unwrap();
    cluster.start_job_worker(0).await.unwrap();
    persisted(&files, &path).await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_the_job_master_forgot_is_done_again() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    let path = path("/again");
    // The first try never ends.
    cluster
        .worker_faults()
        .add(FaultRule::on(UfsOperation::Create, Fault::Hang));
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    let faults = cluster.worker_faults();
    eventually("the job has begun", async || {
        faults.calls(UfsOperation::Create) > 0
    })
    .await;
    cluster.stop_job_worker(0).await;
    cluster.stop_job_master().await;
    cluster.start_job_master().unwrap();
    cluster.start_job_worker(0).await.unwrap();
    persisted(&files, &path).await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_a_defect_breaks_off_is_done_again() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/broken");
    cluster
        .worker_faults()
        .add(FaultRule::on(UfsOperation::Create, Fault::Panic));
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    persisted(&files, &path).await;
    assert_eq!(cluster.worker_faults().calls(UfsOperation::Create), 2);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_for_a_while_gets_the_file_in_the_end() {
    let cluster = cluster().await;
    let files = cluster.client();
    let unavailable = Fault::Fail(UfsErrorKind::Unavailable);
    let (workers, master) = (cluster.worker_faults(), cluster.master_faults());
    workers.add(FaultRule::on(UfsOperation::Close, unavailable).times(3));
    master.add(FaultRule::on(UfsOperation::RenameFile, unavailable).times(2));
    let path = path("/stubborn");
    let bytes = content(1, 1000);
    write_file(&files, &path, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    persisted(&files, &path).await;
    let in_store = std::fs::read(cluster.root_store().join("stubborn")).unwrap();
    assert!(in_store == bytes);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_moves_while_it_is_persisted_arrives_under_its_new_name() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    cluster.stop_job_worker(0).await;
    let bytes = content(1, 1000);
    let (old, new) = (path("/old/name"), path("/new"));
    write_file(&files, &old, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    files.rename(&old, &new).await.unwrap();
    cluster.start_job_worker(0).await.unwrap();
    persisted(&files, &new).await;
    assert_eq!(files_below(&cluster.root_store()), ["new"]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_deleted_while_it_is_persisted_leaves_nothing() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    cluster.stop_job_worker(0).await;
    let bytes = content(1, 1000);
    let (gone, marker) = (path("/gone"), path("/marker"));
    write_file(&files, &gone, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    files.delete(&gone, RECURSIVELY).await.unwrap();
    write_file(&files, &marker, &bytes, write_as(WriteType::AsyncThrough))
        .await
        .unwrap();
    cluster.start_job_worker(0).await.unwrap();
    persisted(&files, &marker).await;
    let store = cluster.root_store();
    eventually("only the other file is there", async || {
        files_below(&store) == ["marker"]
    })
    .await;
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_file_is_persisted_when_somebody_asks() {
    let cluster = cluster().await;
    let files = cluster.client();
    let path = path("/asked/for");
    let bytes = content(1, 1_000_000);
    write_file(&files, &path, &bytes, write_as(WriteType::MustCache))
        .await
        .unwrap();
    files.schedule_persist(&path, 0).await.unwrap();
    persisted(&files, &path).await;
    let in_store = std::fs::read(cluster.root_store().join("asked/for")).unwrap();
    assert!(in_store == bytes);
    cluster.shutdown().await;
}
