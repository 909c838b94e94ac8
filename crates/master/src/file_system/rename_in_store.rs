//! The store's half of a rename.
//!
//! It starts when the journal has that the store is about to move something. When the store has
//! done it, the namespace follows in one transaction with the end of that note. Whoever comes back
//! to it after a crash looks which side the store is on.

use std::collections::BTreeSet;
use std::sync::Arc;

use alluxio_common::{AlluxioPath, UfsPath};
use alluxio_ufs::{
    RenameSide, UfsCapability, UfsError, UfsErrorKind, UfsFile, UfsOperation, UfsStatus,
    UnderFileSystem,
};

use super::compare_later::note_unknown;
use super::delete::{Children, note_children};
use super::namespace::Draft;
use super::store_work::{Attempt, LOOK_AFTER_SILENCE, Unsuccessful};
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, RenameEntry, StoreRenameDoneEntry, StoreRenameEntry};
use crate::reservation::Reservation;

/// Length of the hash of a whole content, as most object stores give it.
const MD5_DIGITS: usize = 32;

/// Why something is not at its new place.
enum NotMoved {
    /// It is at its old one.
    Refused(UfsError),
    /// The store does not say where it is.
    Unknown(UfsError),
}

/// What a store has at the source and at the target.
type Sides = (Option<UfsStatus>, Option<UfsStatus>);

/// A move with checked paths, and the store that does it.
struct Move {
    source: AlluxioPath,
    target: AlluxioPath,
    ufs_source: UfsPath,
    ufs_target: UfsPath,
    is_directory: bool,
    store: Arc<dyn UnderFileSystem>,
}

/// How a move ends, as far as it is known.
#[derive(Debug)]
enum End {
    Moved,
    Refused(FileSystemError),
    /// The store has said nothing for long: a part may be at each side.
    Unknown(FileSystemError),
}

impl FileSystemMaster {
    /// Lets the store move, and the namespace follow. The entry is durable.
    pub(super) async fn carry_out_rename(
        &self,
        entry: &StoreRenameEntry,
        reservation: &Reservation,
        attempt: Attempt,
    ) -> Result<(), Unsuccessful> {
        let (end, work) = match self.move_of(entry) {
            // What kept the store from being connected since the start may pass as well.
            Err(FileSystemError::Ufs(error)) if attempt == Attempt::Repeated => {
                return Err(Unsuccessful::goes_on(error));
            }
            Err(error) => (End::Refused(error), None),
            Ok(work) => {
                let moved = match attempt {
                    Attempt::First | Attempt::Withdrawal => work.begin().await,
                    Attempt::Repeated | Attempt::Last => work.look().await,
                };
                let end = match moved {
                    Ok(()) => End::Moved,
                    Err(NotMoved::Refused(error)) => End::Refused(work.refusal(error)),
                    // Whatever keeps the store from telling may pass.
                    Err(NotMoved::Unknown(error)) if attempt != Attempt::Last => {
                        return Err(Unsuccessful::goes_on(error));
                    }
                    Err(NotMoved::Unknown(error)) => End::Unknown(work.refusal(error)),
                };
                (end, Some(work))
            }
        };
        self.end_rename(entry, reservation, end).await?;
        if let Some(work) = work {
            let in_store = (&*work.store, &work.ufs_target);
            self.note_moved(&work.target, in_store, reservation).await;
        }
        Ok(())
    }

    /// Refuses a move whose target the store has, although the namespace does not know it.
    pub(super) async fn check_no_target_in_store(
        &self,
        entry: &StoreRenameEntry,
    ) -> Result<(), FileSystemError> {
        let work = self.move_of(entry)?;
        let checked = work.check_no_target().await;
        checked.map_err(|error| work.refusal(error))
    }

    fn move_of(&self, entry: &StoreRenameEntry) -> Result<Move, FileSystemError> {
        // The root store may have been changed in the configuration: what is there is not ours.
        let elsewhere = || FileSystemError::UnknownStore {
            ufs_path: entry.ufs_source.clone(),
        };
        let parse = |text: &str| AlluxioPath::parse(text).map_err(|_unchecked| elsewhere());
        let (source, target) = (parse(&entry.source)?, parse(&entry.target)?);
        let mount = self.mounts.load().resolve(&source).mount;
        let (ufs_source, ufs_target) = (mount.ufs_path(&source), mount.ufs_path(&target));
        if ufs_source.to_string() != entry.ufs_source || ufs_target.to_string() != entry.ufs_target
        {
            return Err(elsewhere());
        }
        Ok(Move {
            source,
            target,
            ufs_source,
            ufs_target,
            is_directory: entry.is_directory,
            store: self.stores.of(&mount)?,
        })
    }

    async fn end_rename(
        &self,
        entry: &StoreRenameEntry,
        reservation: &Reservation,
        end: End,
    ) -> Result<(), Unsuccessful> {
        let is_moved = matches!(end, End::Moved);
        let request = Request {
            operation_id: entry.operation_id.filter(|_| is_moved),
            ..self.own_request()
        };
        let ended = self.change(&request, Scope::Reserved(reservation), |draft| {
            match &end {
                End::Moved => follow(draft, entry),
                End::Refused(_) => {}
                End::Unknown(_) => ask_again(draft, entry),
            }
            let source = entry.source.clone();
            draft.push(JournalEntry::StoreRenameDone(StoreRenameDoneEntry {
                source,
            }));
            Ok(())
        });
        ended.await.map_err(Unsuccessful::Pending)?;
        if let Ok(target) = AlluxioPath::parse(&entry.target) {
            self.sync_times.forget_absent(&target);
        }
        match end {
            End::Moved => Ok(()),
            End::Refused(error) | End::Unknown(error) => Err(Unsuccessful::Settled(error)),
        }
    }
}

/// Moves the inode. Everything was checked when the move was noted, and the reservation has kept it
/// like that.
fn follow(draft: &mut Draft<'_>, entry: &StoreRenameEntry) {
    let tree = draft.tree;
    let find = |path: &AlluxioPath| tree.find(path).map(|inode| inode.id());
    let source = AlluxioPath::parse(&entry.source).ok();
    let target = AlluxioPath::parse(&entry.target).ok();
    let parent = target.as_ref().and_then(AlluxioPath::parent);
    let id = source.as_ref().and_then(find);
    let (Some(id), Some(new_parent_id), Some(target)) =
        (id, parent.as_ref().and_then(find), target)
    else {
        tracing::error!(
            source = entry.source,
            target = entry.target,
            "the namespace cannot follow its store; a comparison of both paths shows what is there"
        );
        return;
    };
    let operation_time = draft.now;
    draft.push(JournalEntry::Rename(RenameEntry {
        id,
        new_parent_id,
        new_name: target.name().to_owned(),
        operation_time,
    }));
}

/// Lets the next listings show what the store has at both sides, and what has left the source go from
/// the namespace as soon as the store tells it.
fn ask_again(draft: &mut Draft<'_>, entry: &StoreRenameEntry) {
    let source = AlluxioPath::parse(&entry.source).ok();
    if let Some(left) = source.and_then(|source| draft.tree.find(&source)) {
        note_unknown(draft, left.id());
    }
    let above = [&entry.source, &entry.target].map(|text| AlluxioPath::parse(text).ok()?.parent());
    let known = above
        .into_iter()
        .flatten()
        .filter_map(|above| draft.tree.find(&above));
    let ids: BTreeSet<_> = known
        .filter(|above| above.children_loaded())
        .map(|above| above.id())
        .collect();
    for id in ids {
        draft.push(note_children(id, Children::Unknown));
    }
}

impl Move {
    /// Lets the store move.
    async fn begin(&self) -> Result<(), NotMoved> {
        let (from, to) = (&self.ufs_source, &self.ufs_target);
        let renamed = if self.is_directory {
            self.store.rename_directory(from, to).await
        } else {
            self.store.rename_file(from, to).await
        };
        match renamed {
            Ok(()) => Ok(()),
            Err(error) if error.kind().is_without_effect() => Err(NotMoved::Refused(error)),
            Err(error) if error.kind() == UfsErrorKind::TimedOut => {
                match tokio::time::timeout(LOOK_AFTER_SILENCE, self.both_sides()).await {
                    Ok(Ok(sides)) => after(error, self.side_of(sides).await),
                    Ok(Err(_)) | Err(_) => Err(NotMoved::Unknown(error)),
                }
            }
            Err(error) => after(error, self.side().await),
        }
    }

    /// Looks what an earlier try has done.
    async fn look(&self) -> Result<(), NotMoved> {
        match self.side().await {
            Ok(RenameSide::Target) => Ok(()),
            Ok(RenameSide::Source) => {
                let kind = UfsErrorKind::ChangedMeanwhile;
                let error = UfsError::new(kind, UfsOperation::RenameFile, &self.ufs_source);
                let reason = "The store has not moved it";
                Err(NotMoved::Refused(error.with_reason(reason)))
            }
            Err(error) => Err(NotMoved::Unknown(error)),
        }
    }

    async fn side(&self) -> Result<RenameSide, UfsError> {
        let sides = self.both_sides().await?;
        self.side_of(sides).await
    }

    async fn both_sides(&self) -> Result<Sides, UfsError> {
        let source = self.store.find_status(&self.ufs_source).await?;
        let target = self.store.find_status(&self.ufs_target).await?;
        Ok((source, target))
    }

    /// Where it is, when the store has this at the two sides. What was half moved is moved whole.
    async fn side_of(&self, (source, target): Sides) -> Result<RenameSide, UfsError> {
        let is_atomic = self.store.capabilities().has(UfsCapability::AtomicRename);
        match (source, target) {
            (None, Some(_)) => Ok(RenameSide::Target),
            (_, None) => Ok(RenameSide::Source),
            // Where a rename is one step, the target is somebody else's.
            (Some(_), Some(_)) if is_atomic => Ok(RenameSide::Source),
            (Some(UfsStatus::File(source)), Some(UfsStatus::File(target)))
                if may_be_copy(&source, &target) =>
            {
                self.store.delete_file(&self.ufs_source).await?;
                Ok(RenameSide::Target)
            }
            // A part was copied, or the source is not yet deleted.
            (Some(UfsStatus::Directory(_)), Some(UfsStatus::Directory(_))) => {
                let (from, to) = (&self.ufs_source, &self.ufs_target);
                self.store.resume_rename_directory(from, to).await
            }
            (Some(_), Some(_)) => Ok(RenameSide::Source),
        }
    }

    /// Where a move is a copy and a deletion, nothing may stand at the target when it begins: only
    /// then what stands there later can be told for the copy.
    async fn check_no_target(&self) -> Result<(), UfsError> {
        if self.store.capabilities().has(UfsCapability::AtomicRename) {
            return Ok(());
        }
        let Some(_taken) = self.store.find_status(&self.ufs_target).await? else {
            return Ok(());
        };
        let (kind, operation) = (UfsErrorKind::AlreadyExists, UfsOperation::RenameFile);
        Err(UfsError::new(kind, operation, &self.ufs_target))
    }

    /// The sentence for a move that the store has not made.
    fn refusal(&self, error: UfsError) -> FileSystemError {
        if error.kind() != UfsErrorKind::AlreadyExists {
            return error.into();
        }
        FileSystemError::RenameTargetExists {
            source_path: self.source.clone(),
            target_path: self.target.clone(),
        }
    }
}

/// How a move has ended that failed like this, if it is on that side.
fn after(error: UfsError, side: Result<RenameSide, UfsError>) -> Result<(), NotMoved> {
    match side {
        Ok(RenameSide::Target) => Ok(()),
        Ok(RenameSide::Source) => Err(NotMoved::Refused(error)),
        Err(unknown) => Err(NotMoved::Unknown(unknown)),
    }
}

/// Whether a file can be the copy of another one that is still there. What another program has put
/// in its place meanwhile may have the same length.
fn may_be_copy(source: &UfsFile, target: &UfsFile) -> bool {
    let is_older = match (target.last_modified, source.last_modified) {
        (Some(target), Some(source)) => target < source,
        (None, _) | (_, None) => false,
    };
    let (source_hash, target_hash) = (&source.content_hash, &target.content_hash);
    let is_other = is_digest(source_hash) && is_digest(target_hash) && source_hash != target_hash;
    source.length == target.length && !is_older && !is_other
}

/// Whether equal contents have equal hashes. That of an object which came in parts depends on them.
fn is_digest(hash: &str) -> bool {
    hash.len() == MD5_DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alluxio_common::{Clock, ManualClock, SystemClock, Tasks, Timestamp};
    use alluxio_ufs::object::memory::MemoryStores;
    use alluxio_ufs::{CreateOptions, ListOptions};
    use bytes::Bytes;

    use super::*;

    /// A move of `/a` to `/b` in a store where a move is a copy and a deletion.
    fn a_to_b() -> Move {
        a_to_b_by(SystemClock::shared())
    }

    fn a_to_b_by(clock: Arc<dyn Clock>) -> Move {
        let stores = MemoryStores::new(clock, Tasks::new());
        Move {
            source: AlluxioPath::parse("/a").unwrap(),
            target: AlluxioPath::parse("/b").unwrap(),
            ufs_source: UfsPath::parse("memory://bucket/a").unwrap(),
            ufs_target: UfsPath::parse("memory://bucket/b").unwrap(),
            is_directory: true,
            store: stores.connect("bucket"),
        }
    }

    async fn put(store: &dyn UnderFileSystem, path: &UfsPath, content: &'static str) {
        let options = CreateOptions::default();
        let mut writer = store.create(path, options).await.unwrap();
        writer
            .write(Bytes::from_static(content.as_bytes()))
            .await
            .unwrap();
        writer.close().await.unwrap();
    }

    async fn lengths(store: &dyn UnderFileSystem, directory: &UfsPath) -> Vec<(String, u64)> {
        let listed = store.list(directory, ListOptions::recursive()).await;
        let mut listing = match listed {
            Ok(listing) => listing,
            Err(error) if error.is_absence() => return Vec::new(),
            Err(error) => panic!("{error}"),
        };
        let page = match listing.next_page().await {
            Err(error) if error.is_absence() => Vec::new(),
            page => page.unwrap(),
        };
        let files = page.iter().filter_map(UfsStatus::as_file);
        files.map(|file| (file.name.clone(), file.length)).collect()
    }

    #[tokio::test]
    async fn a_directory_of_which_a_part_was_copied_is_moved_whole() {
        let work = a_to_b();
        for (name, content) in [("x", "1"), ("y/z", "22"), ("y/w", "333")] {
            put(&*work.store, &work.ufs_source.join(name), content).await;
        }
        put(&*work.store, &work.ufs_target.join("x"), "1").await;
        assert!(work.look().await.is_ok());
        let moved = [("x", 1), ("y/w", 3), ("y/z", 2)].map(|(name, n)| (name.to_owned(), n));
        assert_eq!(lengths(&*work.store, &work.ufs_target).await, moved);
        assert_eq!(lengths(&*work.store, &work.ufs_source).await, []);
    }

    #[tokio::test]
    async fn a_directory_in_whose_place_something_else_stands_stays() {
        let work = a_to_b();
        for (name, content) in [("x", "1"), ("y", "22")] {
            put(&*work.store, &work.ufs_source.join(name), content).await;
        }
        put(&*work.store, &work.ufs_target.join("y"), "of another").await;
        assert!(matches!(work.look().await, Err(NotMoved::Refused(_))));
        let whole = [("x", 1), ("y", 2)].map(|(name, n)| (name.to_owned(), n));
        assert_eq!(lengths(&*work.store, &work.ufs_source).await, whole);
    }

    #[tokio::test]
    async fn a_file_keeps_its_name_while_one_of_another_program_stands_at_the_new_one() {
        let clock = ManualClock::starting_at(Timestamp::from_millis(1_000));
        let work = Move {
            is_directory: false,
            ..a_to_b_by(clock.clone())
        };
        put(&*work.store, &work.ufs_target, "2").await;
        clock.advance(Duration::from_secs(1));
        put(&*work.store, &work.ufs_source, "1").await;
        assert!(matches!(work.look().await, Err(NotMoved::Refused(_))));
        let there = work.store.find_status(&work.ufs_source).await.unwrap();
        assert!(there.is_some());
        let error = work.check_no_target().await.unwrap_err();
        assert_eq!(
            work.refusal(error).to_string(),
            "Cannot rename because destination already exists. src: /a dst: /b"
        );
    }

    #[test]
    fn two_contents_are_told_apart_by_their_digests() {
        let file = |hash: &str, at| UfsFile {
            name: "f".to_owned(),
            length: 7,
            content_hash: hash.to_owned(),
            last_modified: Some(Timestamp::from_millis(at)),
            owner: "".into(),
            group: "".into(),
            mode: alluxio_common::Mode::from_bits(0o755),
        };
        let (one, other) = ("a".repeat(32), "b".repeat(32));
        assert!(may_be_copy(&file(&one, 1), &file(&one, 2)));
        assert!(!may_be_copy(&file(&one, 1), &file(&other, 2)));
        assert!(!may_be_copy(&file(&one, 3), &file(&one, 2)));
        assert!(may_be_copy(&file("aa-2", 1), &file(&other, 2)));
    }

    #[tokio::test]
    async fn a_file_that_was_copied_loses_its_old_name() {
        let work = Move {
            is_directory: false,
            ..a_to_b()
        };
        put(&*work.store, &work.ufs_source, "1").await;
        assert!(matches!(work.look().await, Err(NotMoved::Refused(_))));
        put(&*work.store, &work.ufs_target, "1").await;
        assert!(work.look().await.is_ok());
        assert!(
            work.store
                .find_status(&work.ufs_source)
                .await
                .unwrap()
                .is_none()
        );
    }
}
