//! Loading: what the store has and the namespace does not know yet.
//!
//! Loading only adds. What changed or vanished is the business of a comparison (`sync_metadata`).

use std::collections::HashSet;

use std::time::Duration;

use alluxio_common::{AlluxioPath, InodeId, Mode, PersistenceState, Timestamp};
use alluxio_ufs::{Fingerprint, ListOptions, UfsErrorKind, UfsStatus, UnderFileSystem};

use super::change_found::is_refusal_of_journal;
use super::delete::{Children, note_children};
use super::mount::shared_mode;
use super::namespace::Draft;
use super::new_inode::{Inheritance, draft_directory, draft_file};
use super::{Depth, FileSystemMaster, Request};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::journal_entry::JournalEntry;
use crate::mount::MountPoint;
use crate::permission::check_traverse;
use crate::reservation::{Reservation, ReservedPath};

/// How the folder of blocks in a store begins; its full name is a fact of the 2.9 protocol.
const UFS_BLOCKS_PREFIX: &str = ".alluxio_ufs_blocks.";

/// How long a store that did not answer is not asked again by those who can do without it.
const SILENT_FOR: Duration = Duration::from_secs(10);

/// How many children are looked at in one go with the tree locked: about a tenth of a millisecond.
const LOOKED_AT_ONCE: usize = 2_000;

/// When the store is asked for what the namespace does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadMetadata {
    /// Not at all.
    Never,
    /// The first time that something is looked at.
    #[default]
    Once,
    /// Every time.
    Always,
}

impl LoadMetadata {
    /// Whether a store is to be asked for the children of this directory.
    pub(super) fn is_wanted_in(self, inode: InodeRef<'_>) -> bool {
        let in_store = inode.is_directory() && inode.persistence() == PersistenceState::Persisted;
        match self {
            Self::Never => false,
            Self::Once => in_store && !inode.children_loaded(),
            Self::Always => in_store,
        }
    }
}

/// Something that a store has, on its way into the namespace.
struct Found<'a> {
    parent: InodeRef<'a>,
    name: &'a str,
    status: &'a UfsStatus,
    mount: &'a MountPoint,
    ufs_kind: &'a str,
}

impl FileSystemMaster {
    /// Loads a path that the namespace does not have, with the directories above it. Whether it is
    /// there now is for the caller to see: another may have been faster.
    pub(super) async fn load_path(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<(), FileSystemError> {
        if !self.may_be_in_store(request, path)? {
            return Ok(());
        }
        // Boxed, as everything that works in a store: the futures of the common case stay small.
        Box::pin(self.load_path_from_store(request, path)).await
    }

    async fn load_path_from_store(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<(), FileSystemError> {
        let since = self.clock.monotonic();
        let reservation = self.reserve([ReservedPath::entry(path)]).await?;
        // While this request waited, another one may have loaded the path.
        if !self.may_be_in_store(request, path)? {
            return Ok(());
        }
        let load = self.load_reserved(request, path, &reservation);
        self.ask_store_of(path, since, load).await
    }

    /// Asks a store on behalf of somebody who has waited since this time: if it has failed meanwhile,
    /// it is not asked again.
    async fn ask_store_of(
        &self,
        path: &AlluxioPath,
        since: Duration,
        load: impl Future<Output = Result<(), FileSystemError>>,
    ) -> Result<(), FileSystemError> {
        let mount = self.mounts.load().mount_of(path).id;
        self.store_failures.check_since(mount, since)?;
        let loaded = load.await;
        let now = self.clock.monotonic();
        self.store_failures.note(mount, now, &loaded);
        loaded
    }

    /// Whether the store of a path did not answer a moment ago. Whoever can do without it, as a rule,
    /// is the one who has waited for that.
    pub(super) fn has_just_been_silent(&self, path: &AlluxioPath) -> bool {
        let mount = self.mounts.load().mount_of(path).id;
        let since = self.clock.monotonic().checked_sub(SILENT_FOR);
        let known = self
            .store_failures
            .check_since(mount, since.unwrap_or_default());
        known.is_err_and(|error| error.kind() == UfsErrorKind::TimedOut)
    }

    /// As [`Self::load_path`], when the path is missing.
    pub(super) async fn load_if_missing(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<(), FileSystemError> {
        if self.read(|tree| tree.find(path).is_some()) {
            return Ok(());
        }
        self.load_path(request, path).await
    }

    /// Whether the path is missing, and the nearest directory that exists is in the store.
    fn may_be_in_store(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<bool, FileSystemError> {
        if self.sync_times.is_absent(path, self.clock.monotonic()) {
            return Ok(false);
        }
        self.read(|tree| {
            let trace = tree.trace(path);
            if trace.missing.is_empty() {
                return Ok(false);
            }
            // Whoever may not look for it learns nothing about the store either.
            check_traverse(&request.caller, &trace, path)?;
            let nearest = trace.nearest();
            let in_store = nearest.persistence() == PersistenceState::Persisted;
            Ok(nearest.is_directory() && in_store)
        })
    }

    pub(super) async fn load_reserved(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        let Some(status) = store.find_status(&resolution.ufs_path).await? else {
            self.sync_times.note_absent(path, self.clock.monotonic());
            return Ok(());
        };
        let missing = self.read(|tree| tree.trace(path).missing.len());
        let mut statuses = vec![(path.clone(), status)];
        let mut current = path.clone();
        for _ in 1..missing {
            let Some(parent) = current.parent() else {
                break;
            };
            let ufs_path = resolution.mount.ufs_path(&parent);
            let Some(status) = store.find_status(&ufs_path).await? else {
                return Ok(());
            };
            statuses.push((parent.clone(), status));
            current = parent;
        }
        // One transaction each: a child is decided when its parent has an id.
        let (request, mut last) = (request.as_part(), None);
        for (path, status) in statuses.into_iter().rev() {
            let found = self.change_found(&request, reservation, |draft| {
                let Some(parent) = path.parent().and_then(|parent| draft.tree.find(&parent)) else {
                    return Ok(());
                };
                let found = Found {
                    parent,
                    name: path.name(),
                    status: &status,
                    mount: &resolution.mount,
                    ufs_kind: store.kind(),
                };
                self.draft_found(draft, &found);
                Ok(())
            });
            last = found.await?.or(last);
        }
        self.wait_found(last).await
    }

    /// Makes sure that a directory's list of children is complete, as far as the store goes.
    pub(super) async fn load_children(
        &self,
        request: &Request,
        path: &AlluxioPath,
        load: LoadMetadata,
    ) -> Result<(), FileSystemError> {
        if !self.wants_children(path, load) {
            return Ok(());
        }
        let since = self.clock.monotonic();
        let reservation = self.reserve([ReservedPath::entry(path)]).await?;
        if !self.wants_children(path, load) {
            return Ok(());
        }
        let load = Box::pin(self.load_children_reserved(request, path, &reservation));
        self.ask_store_of(path, since, load).await
    }

    /// As [`Self::load_children`], under a reservation that the caller holds.
    pub(super) async fn load_children_held(
        &self,
        request: &Request,
        path: &AlluxioPath,
        load: LoadMetadata,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        if !self.wants_children(path, load) {
            return Ok(());
        }
        self.load_children_reserved(request, path, reservation)
            .await
    }

    fn wants_children(&self, path: &AlluxioPath, load: LoadMetadata) -> bool {
        self.read(|tree| {
            let inode = tree.find(path);
            inode.is_some_and(|inode| load.is_wanted_in(inode))
        })
    }

    async fn load_children_reserved(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let Some(directory) = self.read(|tree| tree.find(path).map(|inode| inode.id())) else {
            return Ok(());
        };
        let (store, resolution) = self.resolve_store(path)?;
        let mut listing = match store.list(&resolution.ufs_path, ListOptions::flat()).await {
            Ok(listing) => listing,
            // The store has lost the directory: a comparison will tell; there is nothing to add.
            Err(error) if error.is_absence() => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let (request, mut last) = (request.as_part(), None);
        loop {
            let page = match listing.next_page().await {
                Ok(page) => page,
                Err(error) if error.is_absence() => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            if page.is_empty() {
                break;
            }
            let mount = &resolution.mount;
            let found = self.change_found(&request, reservation, |draft| {
                self.draft_page(draft, directory, &page, (mount, &*store));
                Ok(())
            });
            last = found.await?.or(last);
        }
        let known = self.change_found(&request, reservation, |draft| {
            if draft
                .tree
                .inode(directory)
                .is_some_and(|inode| !inode.children_loaded())
            {
                draft.push(note_children(directory, Children::Known));
            }
            Ok(())
        });
        last = known.await?.or(last);
        self.wait_found(last).await
    }

    fn draft_page(
        &self,
        draft: &mut Draft<'_>,
        directory: InodeId,
        page: &[UfsStatus],
        (mount, store): (&MountPoint, &dyn UnderFileSystem),
    ) {
        let Some(parent) = draft.tree.inode(directory) else {
            return;
        };
        let is_top = parent.path() == mount.path;
        // What this draft adds is not in its tree yet.
        let mut names = HashSet::with_capacity(page.len());
        for status in page {
            if is_top && self.is_working_name(status.name()) {
                continue;
            }
            if !names.insert(status.name()) {
                let (directory, name) = (parent.path(), status.name());
                tracing::warn!(%directory, name, "the store lists a name twice");
                continue;
            }
            let found = Found {
                parent,
                name: status.name(),
                status,
                mount,
                ufs_kind: store.kind(),
            };
            self.draft_found(draft, &found);
        }
    }

    /// Whether a path relative to the top of a store leads to such a directory, or into one.
    pub(super) fn is_working_path(&self, relative: &str) -> bool {
        let first = relative
            .split_once('/')
            .map_or(relative, |(first, _)| first);
        self.is_working_name(first)
    }

    /// Whether this is a directory of ours at the top of a store: for copies that have no name yet,
    /// and for blocks that found no room on a worker. Nobody's files are in there.
    fn is_working_name(&self, name: &str) -> bool {
        name == self.conf.persist_directory || name.starts_with(UFS_BLOCKS_PREFIX)
    }

    /// Adds something that the store has, unless the namespace has its name already.
    fn draft_found(&self, draft: &mut Draft<'_>, found: &Found<'_>) {
        // A name that is no component would break every path below it.
        let is_component = !matches!(found.name, "" | "." | "..") && !found.name.contains('/');
        if !is_component || draft.tree.child(found.parent.id(), found.name).is_some() {
            return;
        }
        match found.status {
            UfsStatus::File(file) => {
                let length = i64::try_from(file.length).unwrap_or(i64::MAX);
                self.draft_found_file(draft, found, length);
            }
            UfsStatus::Directory(_) => draft_found_directory(draft, found),
        }
    }

    fn draft_found_file(&self, draft: &mut Draft<'_>, found: &Found<'_>, length: i64) {
        let id = draft.next_file_id();
        let time = found.time(draft.now);
        let inherited = Inheritance::of(found.parent);
        let mut entry = draft_file(id, found.parent.id(), found.name, time);
        found.status.owner().clone_into(&mut entry.owner);
        found.status.group().clone_into(&mut entry.group);
        entry.mode = found.mode();
        entry.block_size = self.conf.default_block_size;
        entry.length = Some(length);
        entry.persistence = PersistenceState::Persisted;
        entry.pinned = inherited.pinned;
        entry.media = inherited.media;
        entry.fingerprint = Fingerprint::of(found.ufs_kind, found.status).to_string();
        entry.parent_time = None;
        draft.push(JournalEntry::InodeFile(Box::new(entry)));
    }

    /// Shows again what a store kept of a deleted path.
    pub(super) async fn load_kept(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        self.sync_times.forget_absent(path);
        self.load_reserved(request, path, reservation).await?;
        let mut directories = vec![path.clone()];
        while let Some(directory) = directories.pop() {
            if !self.wants_children(&directory, LoadMetadata::Once) {
                continue;
            }
            self.load_children_reserved(request, &directory, reservation)
                .await?;
            directories.extend(self.directories_in(&directory).await);
        }
        Ok(())
    }

    /// The directories among the children of a directory.
    pub(super) async fn directories_in(&self, path: &AlluxioPath) -> Vec<AlluxioPath> {
        let mut found = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let next = self.read(|tree| {
                let directory = tree.find(path)?;
                let children = tree.children(directory.id(), last.as_deref());
                let mut next = None;
                for child in children.take(LOOKED_AT_ONCE) {
                    next = Some(child.name().to_owned());
                    if child.is_directory() {
                        found.push(path.child(child.name()));
                    }
                }
                next
            });
            if next.is_none() {
                return found;
            }
            last = next;
            // The thread also serves others: nobody looks at its sockets while it walks.
            tokio::task::yield_now().await;
        }
    }

    /// Compares a path with its store first, if the request asks for an answer that fresh. While the
    /// journal refuses, what is known has to do: a change is refused by its own entry.
    pub(super) async fn refresh(
        &self,
        request: &Request,
        path: &AlluxioPath,
        depth: Depth,
    ) -> Result<(), FileSystemError> {
        let now = self.clock.monotonic();
        let interval = request.sync_interval;
        if !self.sync_times.is_due(path, depth, interval, now) {
            return Ok(());
        }
        match Box::pin(self.sync_metadata(request, path, depth)).await {
            Ok(()) => self.sync_times.note(path, depth, now),
            Err(error) if is_refusal_of_journal(&error) => {
                tracing::debug!(%path, %error, "a comparison with the store cannot be logged");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Found<'_> {
    fn mode(&self) -> Mode {
        let mode = self.status.mode();
        if self.mount.shared {
            shared_mode(mode)
        } else {
            mode
        }
    }

    fn time(&self, now: Timestamp) -> Timestamp {
        self.status.last_modified().unwrap_or(now)
    }
}

fn draft_found_directory(draft: &mut Draft<'_>, found: &Found<'_>) {
    let id = draft.next_directory_id();
    let time = found.time(draft.now);
    let inherited = Inheritance::of(found.parent);
    let mut entry = draft_directory(id, found.parent.id(), found.name, time);
    found.status.owner().clone_into(&mut entry.owner);
    found.status.group().clone_into(&mut entry.group);
    entry.mode = found.mode();
    entry.persistence = PersistenceState::Persisted;
    entry.pinned = inherited.pinned;
    entry.media = inherited.media;
    entry.parent_time = None;
    draft.push(JournalEntry::InodeDirectory(Box::new(entry)));
}

#[cfg(test)]
mod tests {
    use super::super::Scope;
    use super::super::testing::Fixture;
    use super::*;

    #[tokio::test]
    async fn a_name_that_a_store_lists_twice_comes_in_once() {
        let fixture = Fixture::new().await;
        let master = &fixture.master;
        let root = AlluxioPath::root();
        let (store, resolution) = master.resolve_store(&root).unwrap();
        fixture.write_ufs("/a", b"file");
        std::fs::create_dir(fixture.ufs_file("/b")).unwrap();
        let file = store.status(&resolution.ufs_path.join("a")).await.unwrap();
        let mut directory = store.status(&resolution.ufs_path.join("b")).await.unwrap();
        if let UfsStatus::Directory(directory) = &mut directory {
            directory.name = "a".to_owned();
        }
        let page = [file.clone(), directory, file];
        let request = fixture.root();
        let added = master.change(&request, Scope::Paths(&[]), |draft| {
            let id = draft.tree.find(&root).expect("the root is there").id();
            master.draft_page(draft, id, &page, (&resolution.mount, &*store));
            Ok(())
        });
        added.await.unwrap();
        assert_eq!(master.read(|tree| tree.counts()).files, 1);
        assert_eq!(fixture.status("/a").await.unwrap().length, 4);
        assert_eq!(fixture.replayed_hash(), master.state_hash());
    }
}
