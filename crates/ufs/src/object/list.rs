//! `list`: pages of keys, with the directories that deep keys imply put in between.

use std::collections::VecDeque;
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;

use super::connector::{Objects, directory_key};
use super::{ListedObject, ObjectError, ObjectList};
use crate::{ListOptions, Recursion, UfsError, UfsListing, UfsOperation, UfsStatus};

#[derive(Debug)]
struct ObjectListing {
    objects: Arc<Objects>,
    root: UfsPath,
    prefix: String,
    folded: bool,
    page_size: usize,
    /// The last key that was looked at, relative to the prefix.
    last_key: Option<String>,
    /// Entries beyond the last page: implied directories make a page of keys longer.
    ready: VecDeque<UfsStatus>,
    at_end: bool,
}

impl Objects {
    /// See [`crate::UnderFileSystem::list`].
    pub(super) async fn list(
        objects: &Arc<Self>,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError> {
        objects
            .check_directory(directory, UfsOperation::List)
            .await?;
        Ok(Box::new(ObjectListing {
            objects: Arc::clone(objects),
            root: directory.clone(),
            prefix: directory_key(directory),
            folded: options.recursion == Recursion::None,
            page_size: options.page_size.max(1),
            last_key: options.start_after,
            ready: VecDeque::new(),
            at_end: false,
        }))
    }
}

#[async_trait]
impl UfsListing for ObjectListing {
    async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        while self.ready.len() < self.page_size && !self.at_end {
            self.load_more().await?;
        }
        let count = self.page_size.min(self.ready.len());
        Ok(self.ready.drain(..count).collect())
    }
}

impl ObjectListing {
    async fn load_more(&mut self) -> Result<(), UfsError> {
        let request = ObjectList {
            prefix: self.prefix.clone(),
            start_after: self.start_after(),
            folded: self.folded,
            limit: self.page_size.min(self.objects.store.batch_limit()),
        };
        let failed = |error: ObjectError| error.on(UfsOperation::List, &self.root);
        let page = self.objects.store.list(request).await.map_err(failed)?;
        self.at_end = !page.has_more;
        for entry in page.entries {
            self.add(entry);
        }
        Ok(())
    }

    fn start_after(&self) -> Option<String> {
        let last_key = self.last_key.as_ref()?;
        let mut start_after = format!("{}{last_key}", self.prefix);
        if self.folded && start_after.ends_with('/') {
            // Behind a folded directory means behind everything in it.
            start_after.push(char::MAX);
        }
        Some(start_after)
    }

    fn add(&mut self, entry: ListedObject) {
        let Some(key) = entry.key.strip_prefix(&self.prefix) else {
            return;
        };
        let key = key.to_owned();
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
            (None, Some(object)) => Some(UfsStatus::File(self.objects.file(key.clone(), object))),
            (None, None) => None,
        };
        self.ready.extend(listed);
        if !key.is_empty() {
            self.last_key = Some(key);
        }
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
