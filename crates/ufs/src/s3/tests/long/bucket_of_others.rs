//! A bucket that other programs have filled: many objects, no markers, odd names.

use std::collections::BTreeMap;

use alluxio_common::UfsPath;
use futures::{StreamExt, stream};

use super::super::{MinIo, objects, read};
use crate::object::ObjectStore;
use crate::{ListOptions, Recursion, UfsStatus, UnderFileSystem};

const COUNT: usize = 30_000;

/// Requests at once, as another program would have them.
const AT_ONCE: usize = 64;

fn key(number: usize) -> String {
    let names = [
        "a b",
        "100%",
        "a+b",
        "\u{e9}t\u{e9}",
        "%2F",
        "~!@#$&*()=:,;?",
        "\u{1f600}",
    ];
    let name = names[number % names.len()];
    format!("deep/{name}/{}/{number:05} {name}", number % 31)
}

async fn entries(ufs: &dyn UnderFileSystem, options: ListOptions) -> BTreeMap<String, UfsStatus> {
    let root = UfsPath::parse("s3://bucket/deep").unwrap();
    let mut listing = ufs.list(&root, options).await.unwrap();
    let mut entries = BTreeMap::new();
    loop {
        let page = listing.next_page().await.unwrap();
        if page.is_empty() {
            return entries;
        }
        for entry in page {
            let twice = entries.insert(entry.list_key(), entry);
            assert!(twice.is_none(), "{twice:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs a MinIO: make test-s3"]
async fn thirty_thousand_objects_of_another_program_are_listed_read_and_deleted() {
    let minio = MinIo::start();
    let store = objects("s3://bucket/", &minio.properties());
    stream::iter(0..COUNT)
        .for_each_concurrent(AT_ONCE, |number| {
            let (key, store) = (key(number), &store);
            async move {
                store.put(&key, key.clone().into()).await.unwrap();
            }
        })
        .await;
    let ufs = minio.connect();
    let all = entries(ufs.as_ref(), ListOptions::recursive()).await;
    let files = all.values().filter(|entry| !entry.is_directory()).count();
    assert_eq!((files, all.len() - files), (COUNT, 7 + 7 * 31));
    for number in 0..COUNT {
        let listed = &all[key(number).strip_prefix("deep/").unwrap()];
        assert!(matches!(listed, UfsStatus::File(file) if file.length == key(number).len() as u64));
    }
    let flat = entries(ufs.as_ref(), ListOptions::flat()).await;
    assert_eq!(flat.len(), 7);
    assert!(flat.values().all(UfsStatus::is_directory));

    let root = UfsPath::parse("s3://bucket/").unwrap();
    for number in (0..COUNT).step_by(997) {
        let found = read(ufs.as_ref(), &root.join(&key(number))).await.unwrap();
        assert_eq!(found, key(number));
    }
    let deep = root.join("deep");
    ufs.delete_directory(&deep, Recursion::All).await.unwrap();
    assert!(ufs.status(&deep).await.unwrap_err().is_not_found());
}
