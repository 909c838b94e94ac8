use alluxio_client::{Descend, ListStatusOptions};
use alluxio_common::{ReadType, WriteType};
use alluxio_testing::{content, read_file, write_file};
use futures::{StreamExt, stream};

use crate::support::{RECURSIVELY, cluster, files_below, free, path, write_as};

/// Names that mean something to somebody else: shells, globs, URLs, HTML, Java.
const ODD: [&str; 14] = [
    "a b",
    "*",
    "?",
    "[x]",
    "{y,z}",
    "%2F%00",
    "<script>",
    "&amp;",
    "\"quoted\" 'too'",
    "ünïcödé 文件",
    "#fragment",
    "a:b",
    "-rf",
    "tab\tand\nline",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_names_are_names() {
    let mut cluster = cluster().await;
    let files = cluster.client();
    for (index, name) in ODD.into_iter().enumerate() {
        let path = path(&format!("/odd/{name}/{name}"));
        let bytes = content(index as u64, 1000);
        write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
            .await
            .unwrap();
    }
    cluster.restart_all().await.unwrap();
    free(&cluster, &files, &path("/odd")).await;
    let listed = files
        .list_status(&path("/odd"), ListStatusOptions::default())
        .await
        .unwrap();
    let mut names: Vec<String> = listed.into_iter().map(|status| status.name).collect();
    let mut expected = ODD.map(str::to_owned);
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    for (index, name) in ODD.into_iter().enumerate() {
        let path = path(&format!("/odd/{name}/{name}"));
        let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
        assert!(read == content(index as u64, 1000), "{name}");
    }
    files.delete(&path("/odd"), RECURSIVELY).await.unwrap();
    assert!(files_below(&cluster.root_store()).is_empty());
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_small_files_go_in_and_come_out() {
    const COUNT: u64 = 2_000;
    let cluster = cluster().await;
    let files = cluster.client();
    let name = |index: u64| path(&format!("/many/{}/{index}", index % 7));
    stream::iter(0..COUNT)
        .for_each_concurrent(32, |index| {
            let (files, path) = (files.clone(), name(index));
            async move {
                let bytes = content(index, usize::try_from(index % 300).unwrap());
                write_file(&files, &path, &bytes, write_as(WriteType::CacheThrough))
                    .await
                    .unwrap();
            }
        })
        .await;
    let options = ListStatusOptions {
        descend: Descend::All,
        ..ListStatusOptions::default()
    };
    let listed = files.list_status(&path("/many"), options).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .filter(|status| !status.is_directory())
            .count() as u64,
        COUNT
    );
    assert_eq!(files_below(&cluster.root_store()).len() as u64, COUNT);
    stream::iter((0..COUNT).step_by(13))
        .for_each_concurrent(32, |index| {
            let (files, path) = (files.clone(), name(index));
            async move {
                let read = read_file(&files, &path, ReadType::Cache).await.unwrap();
                assert!(read == content(index, usize::try_from(index % 300).unwrap()));
            }
        })
        .await;
    files.delete(&path("/many"), RECURSIVELY).await.unwrap();
    assert!(files_below(&cluster.root_store()).is_empty());
    cluster.no_blocks().await;
    cluster.shutdown().await;
}
