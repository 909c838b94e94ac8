//! `copy`: in one request, or in parts of an upload that the ledger knows.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, future, stream};

use super::connector::Objects;
use super::create::MOST_PARTS;
use super::{CopiedPiece, ObjectError, ObjectPart, ObjectStatus};
use crate::UfsErrorKind;

/// Parts of one object that are copied at once; the store does the work.
const PARTS_AT_ONCE: usize = 4;

impl Objects {
    /// Copies an object of this length inside the bucket, in place of one that is at `target`.
    pub(super) async fn copy(
        &self,
        source: &str,
        length: u64,
        target: &str,
    ) -> Result<(), ObjectError> {
        if length <= self.store.copy_limit() {
            return self.store.copy(source, length, target).await;
        }
        let found = self.store.head(source).await?;
        let found = found.ok_or_else(|| ObjectError {
            kind: UfsErrorKind::NotFound,
            reason: "The specified key does not exist".to_owned(),
            property: None,
        })?;
        self.copy_version(source, &found, target).await
    }

    /// Copies one version in parts: what is written anew meanwhile must not be half of the copy.
    pub(crate) async fn copy_version(
        &self,
        source: &str,
        found: &ObjectStatus,
        target: &str,
    ) -> Result<(), ObjectError> {
        let (upload, entry) = self.begin_upload(target).await?;
        let copied = match self.copy_parts((source, found), target, &upload).await {
            Ok(parts) => {
                let completed = self.store.complete_upload(target, &upload, parts);
                completed.await.map(drop)
            }
            Err(error) => Err(error),
        };
        if copied.is_err()
            && let Err(error) = self.store.abort_upload(target, &upload).await
        {
            tracing::warn!(key = target, %error, "unfinished copy left behind");
            // The note stays, so it is tried again.
            return copied;
        }
        if let Some(entry) = entry {
            entry.forget();
        }
        copied
    }

    /// After a failure no further part begins, and those that are under way have ended when it
    /// returns: one that comes after an abortion would stay in the store.
    async fn copy_parts(
        &self,
        (source, found): (&str, &ObjectStatus),
        target: &str,
        upload: &str,
    ) -> Result<Vec<ObjectPart>, ObjectError> {
        let has_failed = AtomicBool::new(false);
        let is_over = &has_failed;
        let pieces = (1..).zip(ranges(found.length, self.store.copy_limit()));
        let copies = stream::iter(pieces)
            .take_while(|_| future::ready(!is_over.load(Ordering::Relaxed)))
            .map(|(number, range)| {
                let piece = CopiedPiece {
                    source,
                    etag: &found.etag,
                    range,
                };
                self.store.copy_part(piece, target, upload, number)
            })
            .buffered(PARTS_AT_ONCE);
        let mut copies = std::pin::pin!(copies);
        let (mut parts, mut first) = (Vec::new(), Ok(()));
        while let Some(copied) = copies.next().await {
            match copied {
                Ok(part) => parts.push(part),
                Err(error) => {
                    has_failed.store(true, Ordering::Relaxed);
                    first = first.and(Err(error));
                }
            }
        }
        first.map(|()| parts)
    }
}

/// The bytes of each part, all of one size but for the last.
fn ranges(length: u64, part_bytes: u64) -> impl Iterator<Item = Range<u64>> {
    let part_bytes = part_bytes
        .max(length.div_ceil(u64::from(MOST_PARTS)))
        .max(1);
    let count = length.div_ceil(part_bytes);
    (0..count).map(move |part| {
        let first = part * part_bytes;
        first..(first + part_bytes).min(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_copy_cover_the_object_and_are_never_too_many() {
        let parts: Vec<_> = ranges(12, 5).collect();
        assert_eq!(parts, [0..5, 5..10, 10..12]);
        assert_eq!(ranges(10, 5).count(), 2);
        let largest: Vec<_> = ranges(5 << 40, 256 << 20).collect();
        assert!(largest.len() <= MOST_PARTS as usize);
        assert_eq!(largest.last().unwrap().end, 5 << 40);
    }
}
