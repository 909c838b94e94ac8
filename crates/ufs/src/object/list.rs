//! `list`: pages of keys, with the directories that deep keys imply put in between.

use std::collections::VecDeque;
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;
use futures::future;

use super::connector::{Objects, directory_key};
use super::pages::Pages;
use super::{ListedObject, ObjectError, ObjectList};
use crate::{ListOptions, Recursion, UfsError, UfsErrorKind, UfsListing, UfsOperation, UfsStatus};

#[derive(Debug)]
struct ObjectListing {
    objects: Arc<Objects>,
    root: UfsPath,
    prefix: String,
    folded: bool,
    page_size: usize,
    pages: Pages,
    /// The last key that was looked at, relative to the prefix.
    last_key: Option<String>,
    /// The objects whose keys the last key begins with: a directory of such a name would be the
    /// same name twice, so the object hides it, as it does in `status`.
    files: Vec<String>,
    /// Entries beyond the last page: implied directories make a page of keys longer.
    ready: VecDeque<UfsStatus>,
}

impl Objects {
    /// See [`crate::UnderFileSystem::list`].
    pub(super) async fn list(
        objects: &Arc<Self>,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError> {
        let operation = UfsOperation::List;
        let failed = |error: ObjectError| error.on(operation, directory);
        objects.load_permissions().await;
        let prefix = directory_key(directory);
        let folded = options.recursion == Recursion::None;
        let page_size = options.page_size.max(1);
        let start_after = options.start_after.as_deref();
        let request = ObjectList {
            start_after: start_after.map(|key| start_after_key(&prefix, key, options.recursion)),
            prefix: prefix.clone(),
            token: None,
            folded,
            limit: page_size.min(objects.store.batch_limit()),
        };
        let mut pages = Pages::of(objects, request);
        // An object of the same name hides the directory; what there is in it tells the rest.
        let (hiding, first) = future::join(objects.find_file(directory), pages.next()).await;
        if hiding.map_err(failed)?.is_some() {
            return Err(UfsError::new(
                UfsErrorKind::NotADirectory,
                operation,
                directory,
            ));
        }
        let mut first = first.map_err(failed)?.unwrap_or_default();
        while first.is_empty() && !pages.is_at_end() {
            first = pages.next().await.map_err(failed)?.unwrap_or_default();
        }
        if first.is_empty() && !directory.is_root() {
            if options.start_after.is_none() {
                return Err(UfsError::new(UfsErrorKind::NotFound, operation, directory));
            }
            objects.check_directory(directory, operation).await?;
        }
        let mut listing = ObjectListing {
            objects: Arc::clone(objects),
            root: directory.clone(),
            prefix,
            folded,
            page_size,
            pages,
            last_key: options.start_after,
            files: Vec::new(),
            ready: VecDeque::new(),
        };
        listing.add_all(first);
        Ok(Box::new(listing))
    }
}

#[async_trait]
impl UfsListing for ObjectListing {
    async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        while self.ready.len() < self.page_size && !self.pages.is_at_end() {
            let failed = |error: ObjectError| error.on(UfsOperation::List, &self.root);
            let page = self.pages.next().await.map_err(failed)?;
            self.add_all(page.unwrap_or_default());
        }
        let count = self.page_size.min(self.ready.len());
        Ok(self.ready.drain(..count).collect())
    }
}

/// The key behind which a listing goes on.
fn start_after_key(prefix: &str, last_key: &str, recursion: Recursion) -> String {
    let mut start_after = format!("{prefix}{last_key}");
    if recursion == Recursion::None && start_after.ends_with('/') {
        // Behind a folded directory means behind everything in it.
        start_after.push(char::MAX);
    }
    start_after
}

impl ObjectListing {
    fn add_all(&mut self, entries: Vec<ListedObject>) {
        for entry in entries {
            self.add(entry);
        }
    }

    fn add(&mut self, entry: ListedObject) {
        let Some(key) = entry.key.strip_prefix(&self.prefix) else {
            return;
        };
        let key = key.to_owned();
        if !is_reachable(&key) {
            tracing::debug!(ufs_path = %self.root, key, "no path leads to this key");
            return;
        }
        if self.is_hidden(&key) {
            tracing::debug!(ufs_path = %self.root, key, "an object has the name of its directory");
            self.last_key = Some(key);
            return;
        }
        if !self.folded {
            self.add_implied_directories(&key);
        }
        let listed = match (key.strip_suffix('/'), entry.status) {
            // The marker of the listed directory itself.
            _ if key.is_empty() => None,
            (Some(name), _) => {
                let directory = self.objects.directory(name.to_owned());
                Some(UfsStatus::Directory(directory))
            }
            (None, Some(object)) => {
                self.files.push(key.clone());
                Some(UfsStatus::File(self.objects.file(key.clone(), object)))
            }
            (None, None) => None,
        };
        self.ready.extend(listed);
        if !key.is_empty() {
            self.last_key = Some(key);
        }
    }

    /// Whether an object has the name of a directory that the key lies in, or is the marker of.
    fn is_hidden(&mut self, key: &str) -> bool {
        while self
            .files
            .pop_if(|file| !key.starts_with(file.as_str()))
            .is_some()
        {}
        let mut files = self.files.iter();
        files.any(|file| key[file.len()..].starts_with('/'))
    }

    /// Lists the directories on the way to `key` that the key before was not in, and that have no
    /// marker: a marker would have come before everything in it.
    fn add_implied_directories(&mut self, key: &str) {
        for (slash, _) in key.match_indices('/') {
            let directory = &key[..=slash];
            let is_listed = self
                .last_key
                .as_ref()
                .is_some_and(|last_key| last_key.starts_with(directory));
            if directory.len() < key.len() && !is_listed {
                let name = key[..slash].to_owned();
                let implied = self.objects.directory(name);
                self.ready.push_back(UfsStatus::Directory(implied));
            }
        }
    }
}

/// Whether a path leads to a key: other programs write keys with empty components, or with dots
/// that a path takes for directions. They move and go with their directory.
fn is_reachable(key: &str) -> bool {
    let name = key.strip_suffix('/').unwrap_or(key);
    key.is_empty() || !name.split('/').any(|part| matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use alluxio_common::{SystemClock, Tasks};

    use super::*;
    use crate::object::memory::MemoryStores;
    use crate::{CreateOptions, UnderFileSystem};

    /// Begins all objects before it closes one: nothing is begun where something else is.
    async fn write_all(ufs: &dyn UnderFileSystem, names: &[&str]) {
        let mut writers = Vec::new();
        for name in names {
            let path = UfsPath::parse(&format!("memory://bucket/d/{name}")).unwrap();
            let options = CreateOptions::default();
            writers.push(ufs.create(&path, options).await.unwrap());
        }
        for writer in writers {
            writer.close().await.unwrap();
        }
    }

    async fn keys(ufs: &dyn UnderFileSystem, options: ListOptions) -> Vec<String> {
        let root = UfsPath::parse("memory://bucket/d").unwrap();
        let mut listing = ufs.list(&root, options).await.unwrap();
        let mut keys = Vec::new();
        loop {
            let page = listing.next_page().await.unwrap();
            if page.is_empty() {
                return keys;
            }
            keys.extend(page.iter().map(UfsStatus::list_key));
        }
    }

    #[tokio::test]
    async fn an_object_hides_the_directory_of_its_name() {
        let stores = MemoryStores::new(SystemClock::shared(), Tasks::new());
        let ufs = stores.connect("bucket");
        let names = ["a/b", "a/c/d", "a-b", "a.b/c", "aa/b", "a", "aa/b/c"];
        write_all(ufs.as_ref(), &names).await;
        for page_size in [1, 2, 100] {
            let paged = |options: ListOptions| ListOptions {
                page_size,
                ..options
            };
            let flat = keys(ufs.as_ref(), paged(ListOptions::flat())).await;
            assert_eq!(flat, ["a", "a-b", "a.b/", "aa/"]);
            let all = keys(ufs.as_ref(), paged(ListOptions::recursive())).await;
            assert_eq!(all, ["a", "a-b", "a.b/", "a.b/c", "aa/", "aa/b"]);
        }
    }
}
