//! `list`: the entries of a directory, or of all below it, in pages and in the order of keys.
//!
//! The names of a directory are read and sorted at once, its statuses page by page. So memory
//! grows with the names of the largest directory (and those on the way to it), not with the tree.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alluxio_common::UfsPath;
use async_trait::async_trait;

use super::connector::{BrokenLinks, Local, SKIP_BROKEN_LINKS, os_path};
use super::error::parse_error;
use super::temporary::TemporaryNames;
use crate::{ListOptions, Recursion, UfsError, UfsErrorKind, UfsListing, UfsOperation, UfsStatus};

/// How many directories that hold something odd are remembered until somebody asks.
const LEFT_OUT_LIMIT: usize = 100;

/// How many of the odd names of a directory a warning spells out.
const NAMES_IN_WARNING: usize = 5;

#[derive(Debug)]
struct LocalListing {
    root: UfsPath,
    /// `None` while a page is being read, and after one that was given up.
    walk: Option<Walk>,
}

/// Where a listing stands: the directories from the listed one down to the current one.
#[derive(Debug)]
struct Walk {
    local: Arc<Local>,
    root: UfsPath,
    options: ListOptions,
    directories: Vec<OpenDirectory>,
    /// See [`UfsListing::take_left_out`].
    left_out: Vec<String>,
}

#[derive(Debug)]
struct OpenDirectory {
    path: PathBuf,
    /// What stands before the names of its entries, relative to the listed directory.
    prefix: String,
    /// Device and inode, to notice a link that leads back up.
    identity: (u64, u64),
    /// What is still to be listed.
    entries: std::vec::IntoIter<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// The name, with a slash behind that of a directory.
    key: String,
    /// Whether it was listed before `start_after`, so that only what is in it follows.
    listed: bool,
}

/// What an entry of a directory is for a listing.
enum Found {
    /// Its name, with a slash behind that of a directory.
    Key(String),
    /// Something that has no place in a listing.
    LeftOut,
    /// Nothing that anybody misses.
    Nothing,
}

impl Entry {
    fn name(&self) -> &str {
        self.key.strip_suffix('/').unwrap_or(&self.key)
    }
}

impl Local {
    /// See [`crate::UnderFileSystem::list`].
    pub(super) fn list(
        local: &Arc<Self>,
        directory: &UfsPath,
        options: ListOptions,
    ) -> Result<Box<dyn UfsListing>, UfsError> {
        let mut walk = Walk {
            local: Arc::clone(local),
            root: directory.clone(),
            options,
            directories: Vec::new(),
            left_out: Vec::new(),
        };
        let path = os_path(directory).to_path_buf();
        let metadata = fs::metadata(&path)
            .map_err(|error| parse_error(error, UfsOperation::List, directory))?;
        walk.enter(path, String::new(), &metadata)?;
        Ok(Box::new(LocalListing {
            root: directory.clone(),
            walk: Some(walk),
        }))
    }
}

#[async_trait]
impl UfsListing for LocalListing {
    async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        let Some(mut walk) = self.walk.take() else {
            let error = UfsError::new(UfsErrorKind::Unexpected, UfsOperation::List, &self.root);
            return Err(error.with_reason("The listing was given up before"));
        };
        let threads = walk.local.threads.clone();
        let work = move || {
            let page = walk.next_page()?;
            Ok((walk, page))
        };
        let (walk, page) = threads.run(UfsOperation::List, &self.root, work).await?;
        self.walk = Some(walk);
        Ok(page)
    }

    fn take_left_out(&mut self) -> Vec<String> {
        let walk = self.walk.as_mut();
        walk.map_or_else(Vec::new, |walk| std::mem::take(&mut walk.left_out))
    }
}

impl Walk {
    fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
        let page_size = self.options.page_size.max(1);
        let mut page = Vec::new();
        while page.len() < page_size {
            let Some(directory) = self.directories.last_mut() else {
                break;
            };
            let Some(entry) = directory.entries.next() else {
                self.directories.pop();
                continue;
            };
            let path = directory.path.join(entry.name());
            let name = format!("{}{}", directory.prefix, entry.name());
            // Read again, because it may have changed since its name was read.
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(self.error_below(error, &name)),
            };
            let enter = metadata.is_dir() && self.options.recursion == Recursion::All;
            if entry.listed
                && let Some(status) = self.local.status_of(name.clone(), &metadata)
            {
                page.push(status);
            }
            if enter && !self.leads_back(&metadata) {
                self.enter_if_there(path, name, &metadata)?;
            }
        }
        Ok(page)
    }

    fn leads_back(&self, metadata: &Metadata) -> bool {
        let identity = (metadata.dev(), metadata.ino());
        let mut on_the_way = self.directories.iter();
        on_the_way.any(|directory| directory.identity == identity)
    }

    fn enter_if_there(
        &mut self,
        path: PathBuf,
        name: String,
        metadata: &Metadata,
    ) -> Result<(), UfsError> {
        match self.enter(path, format!("{name}/"), metadata) {
            // Deleted or replaced since its status was read.
            Err(error) if error.is_absence() => Ok(()),
            entered => entered,
        }
    }

    /// Reads the names of a directory; they are listed next.
    fn enter(
        &mut self,
        path: PathBuf,
        prefix: String,
        metadata: &Metadata,
    ) -> Result<(), UfsError> {
        let failed = |error| self.error_below(error, &prefix);
        let mut odd_names = OddNames::default();
        let mut entries = Vec::new();
        let mut leaves_out = false;
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let key = match self.key_of(&entry, &prefix, &mut odd_names)? {
                Found::Key(key) => key,
                Found::LeftOut => {
                    leaves_out = true;
                    continue;
                }
                Found::Nothing => continue,
            };
            if let Some(listed) = self.place_of(&prefix, &key) {
                entries.push(Entry { key, listed });
            }
        }
        odd_names.warn(&self.local, &path);
        if leaves_out && self.left_out.len() < LEFT_OUT_LIMIT {
            self.left_out.push(prefix.trim_end_matches('/').to_owned());
        }
        self.directories.push(OpenDirectory {
            path,
            prefix,
            identity: (metadata.dev(), metadata.ino()),
            entries: sorted(entries).into_iter(),
        });
        Ok(())
    }

    /// The key of an entry.
    fn key_of(
        &self,
        entry: &DirEntry,
        prefix: &str,
        odd_names: &mut OddNames,
    ) -> Result<Found, UfsError> {
        let mut key = match entry.file_name().into_string() {
            Ok(name) => name,
            Err(odd) => {
                odd_names.add(&odd.to_string_lossy());
                return Ok(Found::LeftOut);
            }
        };
        if TemporaryNames::is_temporary(&key) {
            return Ok(Found::Nothing);
        }
        let Ok(mut kind) = entry.file_type() else {
            // Deleted since its name was read.
            return Ok(Found::Nothing);
        };
        if kind.is_symlink() {
            match fs::metadata(entry.path()) {
                Ok(metadata) => kind = metadata.file_type(),
                Err(_leads_nowhere) if self.local.broken_links == BrokenLinks::Skip => {
                    return Ok(Found::LeftOut);
                }
                Err(error) => return Err(self.broken_link(error, prefix, &key)),
            }
        }
        if kind.is_dir() {
            key.push('/');
        } else if !kind.is_file() {
            return Ok(Found::LeftOut);
        }
        Ok(Found::Key(key))
    }

    /// Whether an entry is to be listed (`true`), only entered (`false`), or lies wholly before
    /// where the listing begins (`None`).
    fn place_of(&self, prefix: &str, key: &str) -> Option<bool> {
        let Some(start_after) = &self.options.start_after else {
            return Some(true);
        };
        let full_key = format!("{prefix}{key}");
        if full_key.as_str() > start_after.as_str() {
            return Some(true);
        }
        let holds_later_ones = self.options.recursion == Recursion::All
            && key.ends_with('/')
            && start_after.starts_with(&full_key);
        holds_later_ones.then_some(false)
    }

    fn broken_link(&self, error: io::Error, prefix: &str, name: &str) -> UfsError {
        let path = self.root.join(&format!("{prefix}{name}"));
        UfsError::new(UfsErrorKind::Misconfigured, UfsOperation::List, &path)
            .with_reason(format!(
                "{path} is a symbolic link that leads nowhere. \
                 Set {SKIP_BROKEN_LINKS}=true to leave such links out."
            ))
            .with_property(SKIP_BROKEN_LINKS)
            .with_source(error)
    }

    fn error_below(&self, error: io::Error, relative: &str) -> UfsError {
        let path = self.root.join(relative.trim_end_matches('/'));
        parse_error(error, UfsOperation::List, &path)
    }
}

/// The entries in the order of keys, each name once: file systems may give a name twice when it is
/// replaced while they are read, perhaps once as a file and once as a directory.
fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    entries.dedup_by(|one, other| one.key == other.key);
    let is_twice = |entry: &Entry| {
        let name = entry.key.strip_suffix('/');
        name.is_some_and(|name| {
            let found = entries.binary_search_by(|other| other.key.as_str().cmp(name));
            found.is_ok()
        })
    };
    let twice: Vec<bool> = entries.iter().map(is_twice).collect();
    let mut twice = twice.into_iter();
    entries.retain(|_entry| !twice.next().unwrap_or(false));
    entries
}

/// Names that are not UTF-8, of one directory.
#[derive(Debug, Default)]
struct OddNames {
    count: usize,
    first: Vec<String>,
}

impl OddNames {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < NAMES_IN_WARNING {
            self.first.push(name.to_owned());
        }
    }

    fn warn(self, local: &Local, directory: &Path) {
        let directory = directory.to_string_lossy();
        if self.count == 0 || !local.warnings.is_first(&directory) {
            return;
        }
        let (count, names) = (self.count, self.first);
        tracing::warn!(%directory, count, ?names, "names that are not UTF-8 are left out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_read_twice_is_listed_once() {
        let entries = ["b/", "a/", "c", "a-", "a", "c"].map(|key| Entry {
            key: key.to_owned(),
            listed: true,
        });
        let sorted = sorted(entries.into());
        let keys: Vec<&str> = sorted.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["a", "a-", "b/", "c"]);
    }
}
