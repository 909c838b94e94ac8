use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{content, read_file, write_file};

use crate::support::{cluster, files_below, free, path, write_as};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_tree_keeps_its_content_here_and_in_the_store() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 10_000);
    for (name, write_type) in [
        ("a", WriteType::CacheThrough),
        ("b/c", WriteType::MustCache),
    ] {
        let path = path(&format!("/from/{name}"));
        write_file(&files, &path, &bytes, write_as(write_type))
            .await
            .unwrap();
    }
    let persisted = path("/to");
    files.rename(&path("/from"), &persisted).await.unwrap();
    assert!(!files.exists(&path("/from")).await.unwrap());
    for name in ["a", "b/c"] {
        let path = path(&format!("/to/{name}"));
        let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
        assert!(read == bytes);
    }
    assert_eq!(files_below(&cluster.root_store()), ["to/a"]);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_file_is_read_again_from_where_the_store_has_it_now() {
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 10_000);
    let (from, to) = (path("/one"), path("/two"));
    write_file(&files, &from, &bytes, write_as(WriteType::CacheThrough))
        .await
        .unwrap();
    files.rename(&from, &to).await.unwrap();
    free(&cluster, &files, &to).await;
    let read = read_file(&files, &to, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    read_file(&files, &from, ReadType::Cache).await.unwrap_err();
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rename_never_replaces_anything() {
    let cluster = cluster().await;
    let files = cluster.client();
    let (one, two) = (path("/one"), path("/two"));
    for (seed, path) in [(1, &one), (2, &two)] {
        let bytes = content(seed, 1000);
        write_file(&files, path, &bytes, write_as(WriteType::CacheThrough))
            .await
            .unwrap();
    }
    files.rename(&one, &two).await.unwrap_err();
    let read = read_file(&files, &two, ReadType::Cache).await.unwrap();
    assert!(read == content(2, 1000));
    cluster.shutdown().await;
}
