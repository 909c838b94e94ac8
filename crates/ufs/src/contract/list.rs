//! What `list` promises.

use super::Broken;
use super::subject::{Subject, ensure, ensure_kind, ensure_same};
use crate::{ListOptions, UfsErrorKind, UfsStatus};

/// Several pages of every store.
const MANY: usize = 5000;

/// How many files are created at a time.
const AT_ONCE: usize = 32;

pub(super) async fn entries_come_in_the_order_of_keys(subject: &Subject<'_>) -> Result<(), Broken> {
    for directory in ["a", "b"] {
        subject.mkdir(directory).await?;
    }
    for file in ["b/inner", "a.b", "a-", "a0", "Z", "\u{e9}"] {
        subject.write(file, b"x").await?;
    }
    let keys = subject.keys("", ListOptions::flat()).await?;
    let promised = ["Z", "a-", "a.b", "a/", "a0", "b/", "\u{e9}"].map(str::to_owned);
    ensure_same("keys", &keys, &promised.to_vec())
}

pub(super) async fn a_listing_says_what_status_says(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("file", b"12345").await?;
    for entry in subject.list("", ListOptions::flat()).await? {
        let status = subject.ufs.status(&subject.path(entry.name())).await?;
        ensure_same("entry", &entry, &status)?;
    }
    Ok(())
}

pub(super) async fn only_directories_are_listed(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"x").await?;
    subject.mkdir("empty").await?;
    let keys = subject.keys("empty", ListOptions::flat()).await?;
    ensure_same("keys of an empty directory", &keys, &Vec::new())?;
    let (file, missing) = (subject.path("file"), subject.path("none"));
    let listed = subject.ufs.list(&file, ListOptions::flat()).await;
    ensure_kind("list", listed, UfsErrorKind::NotADirectory)?;
    let listed = match subject.ufs.list(&missing, ListOptions::flat()).await {
        Ok(mut listing) => listing.next_page().await.map(|_| ()),
        Err(error) => Err(error),
    };
    ensure_kind("list", listed, UfsErrorKind::NotFound)
}

pub(super) async fn a_large_directory_comes_in_pages(subject: &Subject<'_>) -> Result<(), Broken> {
    let names: Vec<String> = (0..MANY)
        .map(|number| format!("file-{number:05}"))
        .collect();
    for batch in names.chunks(AT_ONCE) {
        let writes = batch.iter().map(|name| subject.write(name, b"x"));
        for written in futures::future::join_all(writes).await {
            written?;
        }
    }
    for page_size in [1000, 999, 7001] {
        let options = ListOptions {
            page_size,
            ..ListOptions::flat()
        };
        let keys = subject.keys("", options).await?;
        ensure(keys == names, || {
            format!("pages of {page_size} give {} of {MANY} entries", keys.len())
        })?;
    }
    let behind = ListOptions {
        start_after: Some(names[4321].clone()),
        ..ListOptions::flat()
    };
    let keys = subject.keys("", behind).await?;
    ensure(keys == names[4322..], || {
        format!("{} entries behind {}", keys.len(), names[4321])
    })
}

pub(super) async fn a_recursive_listing_has_everything(
    subject: &Subject<'_>,
) -> Result<(), Broken> {
    let promised = tree(subject).await?;
    let keys = subject.keys("", ListOptions::recursive()).await?;
    ensure_same("keys", &keys, &promised)?;
    let entries = subject.list("a", ListOptions::recursive()).await?;
    let names: Vec<&str> = entries.iter().map(UfsStatus::name).collect();
    ensure_same(
        "names below a",
        &names,
        &vec!["b", "b/deep", "b/deep/file", "file"],
    )
}

pub(super) async fn a_listing_begins_anywhere(subject: &Subject<'_>) -> Result<(), Broken> {
    let all = tree(subject).await?;
    for (index, key) in all.iter().enumerate() {
        let options = ListOptions {
            start_after: Some(key.clone()),
            page_size: 2,
            ..ListOptions::recursive()
        };
        let keys = subject.keys("", options).await?;
        ensure_same(&format!("behind {key}"), &keys, &all[index + 1..].to_vec())?;
    }
    let options = ListOptions {
        start_after: Some("a/".to_owned()),
        page_size: 1,
        ..ListOptions::flat()
    };
    let keys = subject.keys("", options).await?;
    ensure_same("behind a/", &keys, &vec!["z".to_owned()])
}

/// A small tree with a file whose name sorts before the slash; returns its keys.
async fn tree(subject: &Subject<'_>) -> Result<Vec<String>, Broken> {
    for directory in ["a", "a/b", "a/b/deep"] {
        subject.mkdir(directory).await?;
    }
    for file in ["a/b/deep/file", "a/file", "a-file", "z"] {
        subject.write(file, b"x").await?;
    }
    let keys = [
        "a-file",
        "a/",
        "a/b/",
        "a/b/deep/",
        "a/b/deep/file",
        "a/file",
        "z",
    ];
    Ok(keys.map(str::to_owned).to_vec())
}
