//! [`Keys`]: all objects of a directory, one after the other, a page in memory.

use std::collections::VecDeque;

use alluxio_common::UfsPath;

use super::connector::{Objects, directory_key};
use super::{ListedObject, ObjectError, ObjectList};
use crate::{UfsError, UfsOperation};

/// Walks over the objects of a directory in the order of their keys, its marker included.
pub(super) struct Keys<'a> {
    objects: &'a Objects,
    directory: &'a UfsPath,
    operation: UfsOperation,
    page: VecDeque<ListedObject>,
    /// Where the next page begins: behind this key, in words of the store if it gave some.
    start_after: Option<String>,
    token: Option<String>,
    at_end: bool,
}

impl<'a> Keys<'a> {
    pub(super) fn of(
        objects: &'a Objects,
        directory: &'a UfsPath,
        operation: UfsOperation,
    ) -> Self {
        Self {
            objects,
            directory,
            operation,
            page: VecDeque::new(),
            start_after: None,
            token: None,
            at_end: false,
        }
    }

    /// The next object; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<ListedObject>, UfsError> {
        while self.page.is_empty() && !self.at_end {
            self.load_more().await?;
        }
        Ok(self.page.pop_front())
    }

    /// The next objects, as many as one request may delete; none at the end.
    pub(super) async fn next_batch(&mut self) -> Result<Vec<ListedObject>, UfsError> {
        while self.page.is_empty() && !self.at_end {
            self.load_more().await?;
        }
        Ok(self.page.drain(..).collect())
    }

    async fn load_more(&mut self) -> Result<(), UfsError> {
        let request = ObjectList {
            prefix: directory_key(self.directory),
            start_after: self.start_after.clone(),
            token: self.token.take(),
            folded: false,
            limit: self.objects.store.batch_limit(),
        };
        let failed = |error: ObjectError| error.on(self.operation, self.directory);
        let listed = self.objects.store.list(request).await.map_err(failed)?;
        self.at_end = listed.next.is_none();
        self.token = listed.next;
        self.start_after = listed.entries.last().map(|last| last.key.clone());
        self.page.extend(listed.entries);
        Ok(())
    }
}
