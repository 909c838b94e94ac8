//! [`Pages`]: the pages of a listing; while one is used, the next one is on its way. [`Keys`]: its
//! objects one by one, and [`Twins`]: beside those of the same names below another directory.

use std::collections::VecDeque;
use std::sync::Arc;

use alluxio_common::UfsPath;

use super::begun::Begun;
use super::connector::{Objects, directory_key};
use super::{ListedObject, ObjectError, ObjectList, ObjectPage, ObjectStatus};
use crate::UfsErrorKind;

/// So many pages in a row may be empty, as behind many deleted versions; a store with more goes in
/// circles.
pub(super) const SHORT_PAGES: usize = 1_000;

/// The error of a listing that goes on without entries.
pub(super) fn endless() -> ObjectError {
    ObjectError {
        kind: UfsErrorKind::Unexpected,
        reason: format!("More than {SHORT_PAGES} pages of a listing are empty"),
        property: None,
    }
}

/// A listing, page by page. After an error it is at its end.
#[derive(Debug)]
pub(super) struct Pages {
    objects: Arc<Objects>,
    /// Pages in a row that had no entries.
    empty: usize,
    next: Next,
}

#[derive(Debug)]
enum Next {
    /// Nothing was asked for yet.
    Ask(ObjectList),
    /// The page that the request is for.
    Coming(ObjectList, Begun<ObjectPage>),
    End,
}

impl Pages {
    /// Asks for nothing yet.
    pub(super) fn of(objects: &Arc<Objects>, request: ObjectList) -> Self {
        Self {
            objects: Arc::clone(objects),
            empty: 0,
            next: Next::Ask(request),
        }
    }

    /// The entries of the next page, which may be none; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<ListedObject>>, ObjectError> {
        let (mut request, page) = match std::mem::replace(&mut self.next, Next::End) {
            Next::Ask(request) => {
                let page = self.objects.store.list(request.clone()).await?;
                (request, page)
            }
            Next::Coming(request, page) => (request, page.await?),
            Next::End => return Ok(None),
        };
        self.empty = if page.entries.is_empty() {
            self.empty + 1
        } else {
            0
        };
        if self.empty > SHORT_PAGES {
            return Err(endless());
        }
        if page.next.is_some() {
            request.token = page.next;
            let (objects, asked) = (Arc::clone(&self.objects), request.clone());
            let coming = Begun::new(&self.objects.tasks, "list ahead", async move {
                objects.store.list(asked).await
            });
            self.next = Next::Coming(request, coming);
        }
        Ok(Some(page.entries))
    }

    /// Whether there is no further page.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.next, Next::End)
    }
}

/// The objects of a directory in the order of their keys, its marker included.
#[derive(Debug)]
pub(super) struct Keys {
    pages: Pages,
    page: VecDeque<ListedObject>,
}

impl Keys {
    pub(super) fn of(objects: &Arc<Objects>, directory: &UfsPath) -> Self {
        let request = ObjectList {
            prefix: directory_key(directory),
            start_after: None,
            token: None,
            folded: false,
            limit: objects.store.batch_limit(),
        };
        Self {
            pages: Pages::of(objects, request),
            page: VecDeque::new(),
        }
    }

    /// The next object; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<ListedObject>, ObjectError> {
        while self.page.is_empty() && self.load_page().await? {}
        Ok(self.page.pop_front())
    }

    /// The next objects, as many as one request may delete; none at the end.
    pub(super) async fn next_batch(&mut self) -> Result<Vec<ListedObject>, ObjectError> {
        while self.page.is_empty() && self.load_page().await? {}
        Ok(self.page.drain(..).collect())
    }

    async fn load_page(&mut self) -> Result<bool, ObjectError> {
        let page = self.pages.next().await?;
        let is_page = page.is_some();
        self.page.extend(page.into_iter().flatten());
        Ok(is_page)
    }
}

/// The objects of a directory, each with what stands at its place below another one.
#[derive(Debug)]
pub(super) struct Twins {
    objects: Keys,
    twins: Keys,
    twin: Option<ListedObject>,
    from: String,
    to: String,
}

/// An object, and its place below the other directory.
#[derive(Debug)]
pub(super) struct Twin {
    pub(super) object: ListedObject,
    /// The key of its place.
    pub(super) key: String,
    /// What stands there.
    pub(super) status: Option<ObjectStatus>,
}

impl Twins {
    pub(super) fn of(objects: &Arc<Objects>, directory: &UfsPath, other: &UfsPath) -> Self {
        Self {
            objects: Keys::of(objects, directory),
            twins: Keys::of(objects, other),
            twin: None,
            from: directory_key(directory),
            to: directory_key(other),
        }
    }

    /// The next object of the directory; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Twin>, ObjectError> {
        let Some(object) = self.objects.next().await? else {
            return Ok(None);
        };
        // Every key begins with the prefix that was listed.
        let below = object.key.strip_prefix(&self.from).unwrap_or(&object.key);
        let key = format!("{}{below}", self.to);
        while self.twin.as_ref().is_none_or(|twin| twin.key < key) {
            self.twin = self.twins.next().await?;
            if self.twin.is_none() {
                break;
            }
        }
        let found = self.twin.take_if(|twin| twin.key == key);
        let status = found.and_then(|twin| twin.status);
        Ok(Some(Twin {
            object,
            key,
            status,
        }))
    }
}
