//! One batch of a listing, for callers that come back with where they stopped.

use std::sync::Arc;

use alluxio_common::{AlluxioPath, InodeId};

use super::status_view::StatusView;
use super::{FileSystemMaster, ListStatusOptions, Request};
use crate::error::FileSystemError;

/// Batch size of a caller that names none.
const DEFAULT_BATCH: usize = 10_000;

/// Where a batch begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offset {
    /// At the beginning.
    Start,
    /// Behind the entry with this id.
    AfterId(InodeId),
    /// Behind this name, or path relative to the directory.
    AfterPath(String),
    /// After so many entries.
    Count(usize),
}

/// Which batch of which listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStatusPartialOptions {
    /// How the directory is listed.
    pub listing: ListStatusOptions,
    /// Where the batch begins.
    pub offset: Offset,
    /// The most entries; a default when `None`.
    pub batch_size: Option<usize>,
    /// Only entries whose path relative to the directory begins like this.
    pub prefix: String,
}

/// What there is beyond a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialListing {
    /// Whether more follows.
    pub is_truncated: bool,
    /// How many children the directory has; -1 for a recursive listing.
    pub file_count: i64,
}

impl FileSystemMaster {
    /// Shows one batch of a listing.
    ///
    /// # Errors
    /// As [`Self::list_status`]; when the offset's inode is not below the directory.
    pub async fn list_status_partial(
        self: &Arc<Self>,
        request: &Request,
        path: &AlluxioPath,
        options: &ListStatusPartialOptions,
        mut visit: impl FnMut(&StatusView<'_>),
    ) -> Result<PartialListing, FileSystemError> {
        let mut listing = self.list_status(request, path, options.listing).await?;
        let mut to_skip = 0;
        match &options.offset {
            Offset::Start => {}
            Offset::AfterId(id) => listing.start_after(&self.relative_path(path, *id)?),
            Offset::AfterPath(after) => {
                let within = after.strip_prefix(path.as_str()).unwrap_or(after);
                listing.start_after(within.trim_start_matches('/'));
            }
            Offset::Count(count) => to_skip = *count,
        }
        let file_count = self.read(|tree| match tree.find(path) {
            _ if options.listing.recursive => -1,
            Some(inode) if inode.is_directory() => {
                i64::try_from(inode.child_count()).unwrap_or(i64::MAX)
            }
            Some(_) => 1,
            None => 0,
        });
        let limit = options.batch_size.unwrap_or(DEFAULT_BATCH).max(1);
        let base_length = path.as_str().trim_end_matches('/').len() + 1;
        let mut shown = 0;
        let mut is_truncated = false;
        // One more than asked for tells whether anything follows.
        while !is_truncated {
            let wanted = to_skip + (limit - shown) + 1;
            let seen = listing
                .next_page(wanted, |status| {
                    let whole = status.path.to_string();
                    let relative = whole.get(base_length..).unwrap_or("");
                    if !relative.starts_with(&options.prefix) {
                        return;
                    }
                    if to_skip > 0 {
                        to_skip -= 1;
                    } else if shown < limit {
                        shown += 1;
                        visit(status);
                    } else {
                        is_truncated = true;
                    }
                })
                .await?;
            if seen == 0 {
                break;
            }
        }
        Ok(PartialListing {
            is_truncated,
            file_count,
        })
    }

    fn relative_path(&self, top: &AlluxioPath, id: InodeId) -> Result<String, FileSystemError> {
        let path = self.path_of(id);
        let path = path.ok_or(FileSystemError::OffsetNotFound { id })?;
        match top.relative(&path) {
            Some(relative) => Ok(relative.to_owned()),
            None => Err(FileSystemError::InvalidArgument {
                what: format!("the offset {id} is not below {top}"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_system::testing::{Fixture, path};

    async fn batch(
        fixture: &Fixture,
        offset: Offset,
        batch_size: usize,
        prefix: &str,
    ) -> (Vec<String>, PartialListing) {
        let options = ListStatusPartialOptions {
            listing: ListStatusOptions::default(),
            offset,
            batch_size: Some(batch_size),
            prefix: prefix.to_owned(),
        };
        let mut names = Vec::new();
        let (request, directory) = (fixture.root(), path("/d"));
        let visit = |status: &StatusView<'_>| names.push(status.inode.name().to_owned());
        let listing = fixture
            .master
            .list_status_partial(&request, &directory, &options, visit)
            .await;
        (names, listing.unwrap())
    }

    #[tokio::test]
    async fn batches_join_into_the_whole_listing_by_any_kind_of_offset() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/d").await.unwrap();
        for name in ["a1", "a2", "a3", "b1"] {
            fixture.create(&format!("/d/{name}")).await.unwrap();
        }
        let (names, listing) = batch(&fixture, Offset::Start, 2, "").await;
        assert_eq!(names, ["a1", "a2"]);
        assert!(listing.is_truncated);
        assert_eq!(listing.file_count, 4);
        let id = fixture.status("/d/a2").await.unwrap().file_id;
        for offset in [
            Offset::AfterId(id),
            Offset::AfterPath("a2".to_owned()),
            Offset::AfterPath("/d/a2".to_owned()),
            Offset::Count(2),
        ] {
            let (names, listing) = batch(&fixture, offset, 2, "").await;
            assert_eq!(names, ["a3", "b1"]);
            assert!(!listing.is_truncated);
        }
        let (names, listing) = batch(&fixture, Offset::Start, 3, "a").await;
        assert_eq!(names, ["a1", "a2", "a3"]);
        assert!(!listing.is_truncated);
    }
}
