//! Completing a file: its content is all there, and from now on it never changes.

use std::time::Duration;

use alluxio_common::{Access, AlluxioPath, BlockId, InodeId, PersistenceState, Timestamp};
use alluxio_ufs::{Fingerprint, UfsCapability, UfsStatus};

use super::block_locations::BlockRemoval;
use super::late_upload::{Upload, is_of_lost_file};
use super::namespace::Draft;
use super::new_inode::find_target;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree};
use crate::journal_entry::{
    BlockCommittedEntry, CompleteFileEntry, JournalEntry, UpdateInodeEntry,
};
use crate::permission::{check_access, check_traverse};

/// How long workers have to drop the blocks of a file that are in the wrong place before it is
/// completed: a few heartbeats.
const REMOVED_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked whether they have.
const REMOVED_LOOK: Duration = Duration::from_millis(50);

/// Whether workers may still show readers what is in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Copies {
    MayBeThere,
    Gone,
}

/// How to complete a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompleteFileOptions {
    /// The length in bytes that the writer put into the store; `None` when it wrote to workers
    /// only.
    pub ufs_length: Option<i64>,
    /// Asks for the content to be persisted, after this pause at the earliest.
    pub persist_after: Option<Duration>,
    /// The file that the writer has created, if it says so: another one is not completed for it.
    pub file: Option<InodeId>,
    /// What the store said about the content when it was written there.
    pub content_hash: Option<String>,
}

impl CompleteFileOptions {
    /// What the writer has brought to the store, if that can be recognised.
    fn upload(&self) -> Option<Upload<'_>> {
        let content_hash = self.content_hash.as_deref();
        Some(Upload {
            length: self.ufs_length?,
            content_hash: content_hash.filter(|hash| !hash.is_empty())?,
        })
    }
}

impl FileSystemMaster {
    /// Makes a file complete.
    ///
    /// # Errors
    /// When it is no file or complete already, blocks are missing or too short, the store shows
    /// another file than its writer says, or the caller may not. The owner may, whatever the mode.
    pub async fn complete_file(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: CompleteFileOptions,
    ) -> Result<(), FileSystemError> {
        if options.ufs_length.is_some() {
            // The writer has brought something to the store: it is completed or taken away, whether
            // anybody waits for that or not.
            request.presence.begin();
        }
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        let completed = self.complete_written(request, path, &options).await;
        if let (Err(error), Some(upload)) = (&completed, options.upload())
            && is_of_lost_file(error)
        {
            // On the heap, as it is rare, and all calls would carry its room with them.
            Box::pin(self.discard_upload(request, path, upload)).await;
        }
        completed
    }

    async fn complete_written(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: &CompleteFileOptions,
    ) -> Result<(), FileSystemError> {
        let stored = match options.ufs_length {
            Some(_) => Some(Box::pin(self.stored_status(path)).await?),
            None => None,
        };
        // A worker shows readers what it holds: it drops what is in the wrong place before the file can
        // be read.
        let mut copies = Copies::MayBeThere;
        loop {
            let misplaced = self
                .change(request, Scope::Paths(&[path]), |draft| {
                    let misplaced =
                        decide_complete_file(draft, request, path, options, stored.as_ref())?;
                    if misplaced.withdrawn_from.is_none() {
                        copies = Copies::Gone;
                    } else if copies == Copies::MayBeThere {
                        draft.entries.clear();
                    } else {
                        // Before the change can be seen, so that no commit slips in between.
                        self.late_commits.expect(self.clock.monotonic());
                    }
                    Ok(misplaced)
                })
                .await?;
            self.blocks.remove(&misplaced.all, BlockRemoval::Delete);
            if copies == Copies::Gone {
                return Ok(());
            }
            self.wait_removed(&misplaced.all).await;
            copies = Copies::Gone;
        }
    }

    /// Waits until workers have dropped these blocks, which they do with their next heartbeat; not for
    /// ever for one that does not say so.
    async fn wait_removed(&self, blocks: &[BlockId]) {
        let removed = async {
            while self.blocks.are_being_removed(blocks) {
                tokio::time::sleep(REMOVED_LOOK).await;
            }
        };
        if tokio::time::timeout(REMOVED_WITHIN, removed).await.is_err() {
            tracing::warn!(?blocks, "a worker has not dropped misplaced blocks in time");
        }
    }

    /// What the store says about a file that was just written there.
    async fn stored_status(&self, path: &AlluxioPath) -> Result<Stored, FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        let status = store.find_status(&resolution.ufs_path).await?;
        let status = status.filter(|status| !status.is_directory());
        let length = status.as_ref().and_then(UfsStatus::as_file);
        let length = length.and_then(|file| i64::try_from(file.length).ok());
        let capabilities = store.capabilities();
        // Of an object it is one of the content. That of a file system has the time in it, which the
        // close may set once more, and other hosts see later.
        let is_of_content = !capabilities.has(UfsCapability::RealDirectories);
        let file = status.as_ref().and_then(UfsStatus::as_file);
        let file = file.filter(|_| is_of_content);
        Ok(Stored {
            content_hash: file.map(|file| file.content_hash.clone()),
            fingerprint: status.map(|status| Fingerprint::of(store.kind(), &status).to_string()),
            length,
            visibility: match capabilities.has(UfsCapability::ImmediateVisibility) {
                true => Visibility::Immediate,
                false => Visibility::Eventual,
            },
        })
    }

    /// Notes that a worker holds a whole block. A block of a file that is complete, or gone, needs
    /// no note.
    ///
    /// # Errors
    /// `LateBlock` when the file was completed without the block; the worker must drop it. When the
    /// journal cannot be written.
    pub async fn block_committed(
        &self,
        block_id: BlockId,
        length: u64,
    ) -> Result<(), FileSystemError> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        // Most blocks are copies of files that are complete: there is nothing to log, so it matters to
        // nobody whether the journal takes anything.
        let news = self.read(|tree| self.news_of_block(tree, block_id, length))?;
        if news.is_none() {
            return Ok(());
        }
        self.change(&self.own_request(), Scope::Paths(&[]), |draft| {
            if let Some(entry) = self.news_of_block(draft.tree, block_id, length)? {
                draft.push(JournalEntry::BlockCommitted(entry));
            }
            Ok(())
        })
        .await
    }

    /// What the journal learns from a worker that has a block of this length.
    fn news_of_block(
        &self,
        tree: &InodeTree,
        block_id: BlockId,
        length: i64,
    ) -> Result<Option<BlockCommittedEntry>, FileSystemError> {
        let id = block_id.file_id();
        let Some(inode) = tree.inode(id) else {
            return Ok(None);
        };
        let index = block_id.index();
        if inode.is_completed()
            && (index >= inode.block_count() || self.refuses_late_commit(inode, block_id))
        {
            return Err(FileSystemError::LateBlock { block_id });
        }
        let is_known = inode.is_completed()
            || index >= inode.block_count()
            || inode.block_length(index) == Some(length);
        Ok((!is_known).then_some(BlockCommittedEntry {
            id,
            block_index: index,
            length,
        }))
    }
}

/// What a store says about a file that its writer calls written.
#[derive(Debug)]
struct Stored {
    /// `None` when it shows no file.
    fingerprint: Option<String>,
    /// The same, in bytes.
    length: Option<i64>,
    /// `None` also when this store's hashes are none of the content.
    content_hash: Option<String>,
    visibility: Visibility,
}

/// Whether what a store does not show is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Immediate,
    /// It may come; the next sync will find out.
    Eventual,
}

impl Stored {
    /// Whether the store has the file as its writer says, as far as can be told. A file that counts
    /// as persisted loses its cached blocks, so a writer that is wrong must not be believed.
    fn confirms(&self, length: i64) -> bool {
        match self.visibility {
            Visibility::Immediate => self.length == Some(length),
            Visibility::Eventual => true,
        }
    }

    /// Whether the store has what this writer has brought there, and not what another one has put in
    /// its place since. Only a writer of ours, who names its file, is known to tell the hash as the
    /// store shows it.
    fn is_of_writer(&self, options: &CompleteFileOptions) -> bool {
        let (Some(_ours), Some(upload)) = (options.file, options.upload()) else {
            return true;
        };
        match self.visibility {
            Visibility::Immediate => {
                let shown = self.content_hash.as_deref();
                shown.is_none_or(|shown| shown.is_empty() || shown == upload.content_hash)
            }
            Visibility::Eventual => true,
        }
    }
}

/// Whether the caller may write a file that it is creating: its owner always may. `file` is the one
/// that it has created, if it says so: somebody else may have put another one there since.
pub(super) fn check_writer<'t>(
    draft: &Draft<'t>,
    request: &Request,
    path: &AlluxioPath,
    file: Option<InodeId>,
) -> Result<InodeRef<'t>, FileSystemError> {
    let trace = draft.tree.trace(path);
    check_traverse(&request.caller, &trace, path)?;
    let inode = find_target(&trace, path)?;
    if file.is_some_and(|file| file != inode.id()) {
        return Err(FileSystemError::PathNotFound { path: path.clone() });
    }
    if !inode.is_file() {
        return Err(FileSystemError::NotAFile { path: path.clone() });
    }
    if inode.owner() != request.caller.user() {
        check_access(&request.caller, &trace, path, Access::WRITE)?;
    }
    if inode.is_completed() {
        return Err(FileSystemError::AlreadyCompleted {
            name: inode.name().to_owned(),
        });
    }
    Ok(inode)
}

fn decide_complete_file(
    draft: &mut Draft<'_>,
    request: &Request,
    path: &AlluxioPath,
    options: &CompleteFileOptions,
    stored: Option<&Stored>,
) -> Result<MisplacedBlocks, FileSystemError> {
    let inode = check_writer(draft, request, path, options.file)?;
    let is_in_store =
        options.ufs_length.is_some() && inode.persistence() == PersistenceState::Persisted;
    let missing = if is_in_store {
        MissingBlocks::Harmless
    } else {
        MissingBlocks::Refused
    };
    let cached = committed_length(inode, missing)?;
    let length = match options.ufs_length {
        // What the store has counts, even if not all of it is cached.
        Some(length)
            if length < 0
                || (cached > 0 && length < cached)
                || stored.is_some_and(|stored| {
                    !stored.confirms(length) || !stored.is_of_writer(options)
                }) =>
        {
            return Err(FileSystemError::InvalidLength {
                name: inode.name().to_owned(),
                length,
            });
        }
        Some(length) => length,
        None => cached,
    };
    let persist = options.persist_after.filter(|_| {
        options.ufs_length.is_none() && inode.persistence() == PersistenceState::NotPersisted
    });
    let misplaced = MisplacedBlocks::of(inode, length);
    draft.push(JournalEntry::CompleteFile(CompleteFileEntry {
        id: inode.id(),
        length,
        operation_time: draft.now,
        fingerprint: stored.and_then(|stored| stored.fingerprint.clone()),
        persistence: persist.map(|_| PersistenceState::ToBePersisted),
        withdrawn_from: misplaced.withdrawn_from,
    }));
    if let Some(pause) = persist.filter(|pause| !pause.is_zero()) {
        let mut update = UpdateInodeEntry::of(inode.id());
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let start = draft.now.millis().saturating_add(pause);
        update.should_persist_time = Some(Timestamp::from_millis(start));
        draft.push(JournalEntry::UpdateInode(Box::new(update)));
    }
    Ok(misplaced)
}

/// What blocks mean that were handed out, and that no worker has committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingBlocks {
    /// The store has their bytes; the workers had no room for them.
    Harmless,
    /// The file would have a hole.
    Refused,
}

/// Blocks of a file in the store that cannot be trusted to hold the bytes of their place.
///
/// A writer whose answer with a block id was lost asks again and gets the next one, so the bytes of
/// block 0 stand in block 1, and so on. The blocks up to the first one that is missing, or that has
/// another length than its place in the file, are right; the others are read from the store again.
#[derive(Debug, Default)]
pub(super) struct MisplacedBlocks {
    /// All of them, those beyond the end of the file too.
    pub(super) all: Vec<BlockId>,
    /// The first of them inside the file whose bytes, if a worker has any, may be those of another
    /// place.
    pub(super) withdrawn_from: Option<u32>,
}

impl MisplacedBlocks {
    pub(super) fn of(inode: InodeRef<'_>, length: i64) -> Self {
        let mut misplaced = Self::default();
        let mut rest = length;
        let blocks_of_length = match u64::try_from(inode.block_size()) {
            Ok(block_size @ 1..) => length.max(0).unsigned_abs().div_ceil(block_size),
            Ok(0) | Err(_) => 0,
        };
        for (index, block_id) in (0..).zip(inode.block_ids()) {
            let committed = inode.block_length(index);
            let expected = rest.min(inode.block_size());
            let is_right = misplaced.all.is_empty() && rest > 0 && committed == Some(expected);
            if is_right {
                rest -= expected;
                continue;
            }
            // The first one that is missing may still come: everything before it is right, so it is
            // too. Those behind it may be one place off.
            let may_be_right = committed.is_none() && misplaced.all.is_empty();
            if !may_be_right && u64::from(index) < blocks_of_length {
                misplaced.withdrawn_from.get_or_insert(index);
            }
            misplaced.all.push(block_id);
        }
        misplaced
    }
}

/// The bytes in the blocks that were committed, up to the first one that is missing.
fn committed_length(inode: InodeRef<'_>, missing: MissingBlocks) -> Result<i64, FileSystemError> {
    let count = inode.block_count();
    let mut total = 0;
    for (index, block_id) in (0..).zip(inode.block_ids()) {
        let Some(length) = inode.block_length(index) else {
            if missing == MissingBlocks::Harmless {
                return Ok(total);
            }
            return Err(FileSystemError::BlocksNotCommitted { block_id });
        };
        if index + 1 < count && length != inode.block_size() {
            return Err(FileSystemError::BlockTooShort {
                index,
                block_size: inode.block_size().unsigned_abs(),
            });
        }
        total += length;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use alluxio_common::WriteType;
    use futures::FutureExt;

    use super::*;
    use crate::block::{BlockOwners, Unwanted};
    use crate::file_system::testing::{Fixture, path};
    use crate::file_system::{CreateFileOptions, DeleteOptions};

    #[tokio::test]
    async fn a_file_in_the_store_is_completed_although_no_worker_had_room() {
        let fixture = Fixture::new().await;
        fixture.create_through("/f").await.unwrap();
        let block = fixture
            .master
            .new_block_id(&fixture.root(), &path("/f"), None)
            .await;
        block.unwrap();
        fixture.finish_through("/f", b"content").await;
        let info = fixture.status("/f").await.unwrap();
        assert_eq!(info.length, 7);
        assert_eq!(info.in_alluxio_percentage, 0);
    }

    /// A file of two blocks of 10 bytes, written through by a client that asked twice for its first
    /// block, and that goes on without the workers' copies of blocks it has not committed.
    async fn write_one_off(fixture: &Fixture, committed: &[u32]) -> Vec<BlockId> {
        write_one_off_at(fixture, "/f", committed).await
    }

    async fn write_one_off_at(fixture: &Fixture, at: &str, committed: &[u32]) -> Vec<BlockId> {
        let options = CreateFileOptions {
            block_size: 10,
            write_type: WriteType::CacheThrough,
            ..CreateFileOptions::default()
        };
        let (request, file) = (fixture.root(), path(at));
        let master = &fixture.master;
        master.create_file(&request, &file, options).await.unwrap();
        let mut blocks = Vec::new();
        for index in 0..3 {
            let block = master.new_block_id(&request, &file, None).await.unwrap();
            if committed.contains(&index) {
                master.block_committed(block, 10).await.unwrap();
                fixture.blocks.cached.lock().insert(block);
            }
            blocks.push(block);
        }
        fixture.finish_through(at, b"0123456789abcdefghij").await;
        blocks
    }

    #[tokio::test]
    async fn blocks_behind_one_that_is_missing_do_not_count_as_cached() {
        let fixture = Fixture::new().await;
        let blocks = write_one_off(&fixture, &[1, 2]).await;
        let removed: Vec<_> = blocks
            .iter()
            .map(|block| (*block, BlockRemoval::Delete))
            .collect();
        // Before the file is completed, and what has come in between.
        assert_eq!(*fixture.blocks.removed.lock(), removed.repeat(2));
        let info = fixture.status("/f").await.unwrap();
        assert_eq!(info.length, 20);
        assert_eq!(info.in_alluxio_percentage, 0);
        assert_eq!(info.blocks.len(), 2);
    }

    #[tokio::test]
    async fn a_file_is_complete_when_its_misplaced_blocks_are_on_no_worker() {
        let fixture = Fixture::new().await;
        fixture.blocks.is_slow.store(true, Ordering::SeqCst);
        let mut written = Box::pin(write_one_off(&fixture, &[1, 2]));
        while fixture.blocks.removed.lock().is_empty() {
            assert!(written.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        assert!(!fixture.status("/f").await.unwrap().completed);
        fixture.blocks.is_slow.store(false, Ordering::SeqCst);
        written.await;
        assert!(fixture.status("/f").await.unwrap().completed);
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }

    #[tokio::test]
    async fn a_spare_block_at_the_end_costs_only_itself() {
        let fixture = Fixture::new().await;
        let blocks = write_one_off(&fixture, &[0, 1]).await;
        let removed = fixture.blocks.removed.lock().clone();
        assert_eq!(removed, [(blocks[2], BlockRemoval::Delete)]);
        assert_eq!(
            fixture.status("/f").await.unwrap().in_alluxio_percentage,
            100
        );
    }

    #[tokio::test]
    async fn a_late_commit_of_a_misplaced_block_is_refused() {
        let fixture = Fixture::new().await;
        let blocks = write_one_off(&fixture, &[]).await;
        let commit = |index: usize| fixture.master.block_committed(blocks[index], 10);
        commit(0).await.unwrap();
        for late in [1, 2] {
            let error = commit(late).await.unwrap_err();
            assert!(
                matches!(error, FileSystemError::LateBlock { .. }),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_withdrawn_block_can_be_cached_once_no_commit_of_its_writer_can_come() {
        let mut fixture = Fixture::new().await;
        let blocks = write_one_off(&fixture, &[]).await;
        fixture.restart();
        assert_eq!(
            fixture.master.unwanted(&blocks),
            Unwanted {
                orphans: vec![blocks[2]],
                withdrawn: vec![blocks[1]],
            }
        );
        fixture.advance(Duration::from_mins(29));
        fixture
            .master
            .block_committed(blocks[1], 10)
            .await
            .unwrap_err();
        assert!(fixture.master.refuses_commit(blocks[1]));
        fixture.advance(Duration::from_mins(1));
        fixture.master.block_committed(blocks[1], 10).await.unwrap();
        assert!(!fixture.master.refuses_commit(blocks[1]));
        // Another file with such blocks makes the commits of all wait again.
        write_one_off_at(&fixture, "/g", &[]).await;
        fixture
            .master
            .block_committed(blocks[1], 10)
            .await
            .unwrap_err();
    }

    #[tokio::test]
    async fn blocks_that_nobody_asked_for_are_not_withdrawn() {
        let fixture = Fixture::new().await;
        fixture.create_through("/f").await.unwrap();
        let (request, file) = (fixture.root(), path("/f"));
        let block = fixture
            .master
            .new_block_id(&request, &file, None)
            .await
            .unwrap();
        fixture.finish_through("/f", b"content").await;
        assert_eq!(fixture.master.unwanted(&[block]), Unwanted::default());
        fixture.master.block_committed(block, 7).await.unwrap();
    }

    #[tokio::test]
    async fn the_length_of_a_completed_file_is_that_of_its_blocks() {
        let fixture = Fixture::new().await;
        let blocks = fixture.write_file("/f", &[100, 100, 7]).await;
        let info = fixture.status("/f").await.unwrap();
        assert!(info.completed);
        assert_eq!(info.length, 207);
        let ids: Vec<_> = info.blocks.iter().map(|block| block.block_id).collect();
        assert_eq!(ids, blocks);
        let offsets: Vec<_> = info.blocks.iter().map(|block| block.offset).collect();
        assert_eq!(offsets, [0, 100, 200]);
        assert_eq!(info.in_alluxio_percentage, 100);
    }

    #[tokio::test]
    async fn complete_file_refuses_blocks_that_are_missing_or_too_short() {
        let fixture = Fixture::new().await;
        let request = fixture.root();
        let options = CreateFileOptions {
            block_size: 100,
            ..CreateFileOptions::default()
        };
        let file = path("/f");
        let master = &fixture.master;
        master.create_file(&request, &file, options).await.unwrap();
        let complete = || master.complete_file(&request, &file, CompleteFileOptions::default());
        let first = master.new_block_id(&request, &file, None).await.unwrap();
        assert_eq!(
            complete().await.unwrap_err().to_string(),
            "Cannot complete a file without all the blocks committed"
        );
        master.block_committed(first, 60).await.unwrap();
        let second = master.new_block_id(&request, &file, None).await.unwrap();
        master.block_committed(second, 60).await.unwrap();
        assert_eq!(
            complete().await.unwrap_err().to_string(),
            "Block index 0 has a block size smaller than the file block size (100)"
        );
    }

    #[tokio::test]
    async fn a_file_is_completed_once_but_a_retry_succeeds() {
        let fixture = Fixture::new().await;
        fixture.create("/f").await.unwrap();
        let request = fixture.with_operation_id(3);
        let file = path("/f");
        let complete = async |request| {
            let options = CompleteFileOptions::default();
            fixture.master.complete_file(request, &file, options).await
        };
        complete(&request).await.unwrap();
        complete(&request).await.unwrap();
        let error = complete(&fixture.root()).await.unwrap_err();
        assert_eq!(error.to_string(), "File f has already been completed.");
    }

    #[tokio::test]
    async fn a_file_that_was_deleted_meanwhile_cannot_be_completed() {
        let fixture = Fixture::new().await;
        fixture.create("/del").await.unwrap();
        fixture
            .delete("/del", DeleteOptions::default())
            .await
            .unwrap();
        let request = fixture.root();
        let options = CompleteFileOptions::default();
        let error = fixture
            .master
            .complete_file(&request, &path("/del"), options)
            .await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "Path \"/del\" does not exist."
        );
    }

    #[tokio::test]
    async fn a_file_written_through_has_the_length_and_fingerprint_of_the_store() {
        let fixture = Fixture::new().await;
        fixture.write_through("/f", b"hello").await;
        let info = fixture.status("/f").await.unwrap();
        assert_eq!(
            (info.length, info.persistence),
            (5, PersistenceState::Persisted)
        );
        assert!(info.ufs_fingerprint.starts_with("TYPE|FILE UFS|local "));
        assert_eq!(info.blocks.len(), 1);
        assert_eq!(info.in_alluxio_percentage, 0);
    }

    #[tokio::test]
    async fn a_file_that_the_store_does_not_have_like_that_is_not_completed() {
        let fixture = Fixture::new().await;
        fixture.create_through("/f").await.unwrap();
        let request = fixture.root();
        let complete = async |length| {
            let options = CompleteFileOptions {
                ufs_length: Some(length),
                ..CompleteFileOptions::default()
            };
            let file = path("/f");
            fixture.master.complete_file(&request, &file, options).await
        };
        let missing = complete(5).await.unwrap_err();
        assert_eq!(missing.to_string(), "File f cannot have length 5");
        fixture.write_ufs("/f", b"half");
        complete(5).await.unwrap_err();
        assert!(!fixture.status("/f").await.unwrap().completed);
        fixture.write_ufs("/f", b"whole");
        complete(5).await.unwrap();
        assert_eq!(fixture.status("/f").await.unwrap().length, 5);
    }

    #[test]
    fn a_store_that_shows_its_files_later_is_believed_unseen() {
        let stored = |visibility| Stored {
            fingerprint: None,
            length: None,
            content_hash: None,
            visibility,
        };
        assert!(stored(Visibility::Eventual).confirms(5));
        assert!(!stored(Visibility::Immediate).confirms(5));
    }

    #[tokio::test]
    async fn completing_may_ask_for_persistence() {
        let fixture = Fixture::new().await;
        fixture.write_async("/f", b"data").await;
        let info = fixture.status("/f").await.unwrap();
        assert_eq!(info.persistence, PersistenceState::ToBePersisted);
    }
}
