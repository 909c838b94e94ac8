use alluxio_client::CreateFileOptions;
use alluxio_common::{AlluxioPath, ReadType, WriteType};
use alluxio_testing::{ClusterOptions, MiniCluster, content, read_file, write_file};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_is_read() {
    let cluster = MiniCluster::start(ClusterOptions::default()).await.unwrap();
    let files = cluster.client();
    let path = AlluxioPath::parse("/a/b").unwrap();
    let bytes = content(1, 3_000_000);
    let options = CreateFileOptions {
        write_type: Some(WriteType::CacheThrough),
        ..CreateFileOptions::default()
    };
    write_file(&files, &path, &bytes, options).await.unwrap();
    let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
    assert!(read == bytes);
    cluster.shutdown().await;
}
