//! [`Subject`]: the store under test, with the few steps that many cases share.

use std::collections::HashSet;

use alluxio_common::{Mode, UfsPath};
use bytes::Bytes;

use crate::{
    CreateOptions, Durability, ListOptions, MkdirOptions, UfsError, UfsErrorKind, UfsFile,
    UfsStatus, UnderFileSystem,
};

/// A connector and an empty directory in its store.
#[derive(Debug)]
pub struct Subject<'a> {
    pub(super) ufs: &'a dyn UnderFileSystem,
    pub(super) root: UfsPath,
}

/// A promise that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Broken {
    /// What was seen instead.
    pub reason: String,
}

impl From<UfsError> for Broken {
    fn from(error: UfsError) -> Self {
        let operation = error.operation();
        Self {
            reason: format!("{operation} answered {:?}: {error}", error.kind()),
        }
    }
}

/// More pages than any case has entries, so a listing without end is noticed.
const PAGE_LIMIT: usize = 100_000;

/// Asked of a reader at once.
const READ_BYTES: usize = 1 << 20;

impl<'a> Subject<'a> {
    pub(super) fn new(ufs: &'a dyn UnderFileSystem, root: UfsPath) -> Self {
        Self { ufs, root }
    }

    pub(super) fn path(&self, relative: &str) -> UfsPath {
        self.root.join(relative)
    }

    /// Options without the cost of syncing, which no case can see.
    pub(super) fn create_options() -> CreateOptions {
        CreateOptions {
            durability: Durability::Deferred,
            ..CreateOptions::default()
        }
    }

    pub(super) async fn write(&self, relative: &str, content: &[u8]) -> Result<UfsFile, UfsError> {
        let path = self.path(relative);
        let mut writer = self.ufs.create(&path, Self::create_options()).await?;
        writer.write(Bytes::copy_from_slice(content)).await?;
        writer.close().await
    }

    pub(super) async fn mkdir(&self, relative: &str) -> Result<(), UfsError> {
        let options = MkdirOptions::new(Mode::from_bits(0o755));
        self.ufs.mkdir(&self.path(relative), options).await
    }

    pub(super) async fn read(&self, relative: &str) -> Result<Vec<u8>, UfsError> {
        let mut reader = self.ufs.open(&self.path(relative), 0).await?;
        let mut content = Vec::new();
        loop {
            let piece = reader.read(READ_BYTES).await?;
            if piece.is_empty() {
                return Ok(content);
            }
            content.extend_from_slice(&piece);
        }
    }

    /// All entries of a directory, page by page; checks the size of the pages, and that no name is
    /// in one twice.
    pub(super) async fn list(
        &self,
        relative: &str,
        options: ListOptions,
    ) -> Result<Vec<UfsStatus>, Broken> {
        let page_size = options.page_size;
        let mut listing = self.ufs.list(&self.path(relative), options).await?;
        let mut entries = Vec::new();
        for _ in 0..PAGE_LIMIT {
            let page = listing.next_page().await?;
            if page.is_empty() {
                return Ok(entries);
            }
            ensure(page.len() <= page_size, || {
                format!("a page of {} entries, {page_size} asked for", page.len())
            })?;
            let names: HashSet<&str> = page.iter().map(UfsStatus::name).collect();
            ensure(names.len() == page.len(), || {
                "a name is listed twice".to_owned()
            })?;
            entries.extend(page);
        }
        Err(broken("the listing has no end"))
    }

    /// The keys of all entries.
    pub(super) async fn keys(
        &self,
        relative: &str,
        options: ListOptions,
    ) -> Result<Vec<String>, Broken> {
        let entries = self.list(relative, options).await?;
        Ok(entries.iter().map(UfsStatus::list_key).collect())
    }

    /// Checks that nothing is at a path, asked both ways.
    pub(super) async fn ensure_absent(&self, relative: &str) -> Result<(), Broken> {
        let status = self.ufs.status(&self.path(relative)).await;
        ensure_kind("status", status, UfsErrorKind::NotFound)?;
        let keys = self.keys("", ListOptions::recursive()).await?;
        let is_there = keys.iter().any(|key| key.trim_end_matches('/') == relative);
        ensure(!is_there, || format!("{relative} is listed"))
    }
}

pub(super) fn broken(reason: impl Into<String>) -> Broken {
    Broken {
        reason: reason.into(),
    }
}

/// Checks a fact.
#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the one argument is the fact that is checked"
)]
pub(super) fn ensure(fact: bool, otherwise: impl FnOnce() -> String) -> Result<(), Broken> {
    if fact {
        return Ok(());
    }
    Err(broken(otherwise()))
}

/// Checks that two things are the same.
pub(super) fn ensure_same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    seen: &T,
    promised: &T,
) -> Result<(), Broken> {
    ensure(seen == promised, || {
        format!("{what}: {seen:?} instead of {promised:?}")
    })
}

/// Checks that the bytes are those, without printing them.
pub(super) fn ensure_content(seen: &[u8], promised: &[u8]) -> Result<(), Broken> {
    ensure(seen == promised, || {
        let same = seen
            .iter()
            .zip(promised)
            .take_while(|(one, other)| one == other);
        format!(
            "{} bytes instead of {}, different from byte {} on",
            seen.len(),
            promised.len(),
            same.count()
        )
    })
}

/// Checks that a call failed in this way.
pub(super) fn ensure_kind<T>(
    call: &str,
    answer: Result<T, UfsError>,
    promised: UfsErrorKind,
) -> Result<(), Broken> {
    match answer {
        Ok(_) => Err(broken(format!("{call} succeeded instead of {promised:?}"))),
        Err(error) if error.kind() == promised => Ok(()),
        Err(error) => Err(broken(format!(
            "{call} answered {:?} ({error}) instead of {promised:?}",
            error.kind()
        ))),
    }
}
