//! Comparing the namespace with a store: what changed there changes here, what vanished goes, what
//! is new comes. Only the namespace changes.

use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;

use alluxio_common::{AlluxioPath, InodeId, Mode, PersistenceState, Timestamp};
use alluxio_ufs::{
    Fingerprint, FingerprintChange, ListOptions, UfsCapability, UfsListing, UfsStatus,
    UnderFileSystem,
};

use super::mount::shared_mode;
use super::namespace::Draft;
use super::{Depth, FileSystemMaster, LoadMetadata, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::InodeRef;
use crate::journal_entry::{DeleteEntry, JournalEntry, UpdateInodeEntry};
use crate::mount::MountPoint;
use crate::permission::check_traverse;
use crate::reservation::{Reservation, ReservedPath};

/// How many children are compared in one go with the tree locked.
const COMPARED_AT_ONCE: usize = 1_000;

/// The names that a listing has shown, as hashes: eight bytes a name. Two names with one hash, one
/// in 10^13 at a million names, would let a vanished file live until the next comparison, which
/// draws another seed.
#[derive(Debug, Default)]
struct Seen {
    hashes: HashSet<u64>,
    hasher: foldhash::fast::RandomState,
}

impl Seen {
    fn insert(&mut self, name: &str) {
        self.hashes.insert(self.hasher.hash_one(name));
    }

    fn contains(&self, name: &str) -> bool {
        self.hashes.contains(&self.hasher.hash_one(name))
    }
}

/// The directory that is being compared.
#[derive(Debug)]
struct Compared<'a> {
    request: Request,
    directory: InodeId,
    reservation: &'a Reservation,
}

/// Where what is compared comes from.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    store: &'a dyn UnderFileSystem,
    mount: &'a MountPoint,
}

impl Source<'_> {
    /// Whether the store knows owners and modes. Another says the same of everything: who owns what
    /// is known to the namespace alone.
    fn keeps_permissions(self) -> bool {
        self.store.capabilities().has(UfsCapability::Permissions)
    }

    /// As loading takes it.
    fn mode_of(self, status: &UfsStatus) -> Mode {
        if self.mount.shared {
            shared_mode(status.mode())
        } else {
            status.mode()
        }
    }
}

/// What a comparison of one inode decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    /// Remove it: the store has it no more.
    Vanished,
    /// Remove it and load it again: its content is another.
    Replaced,
}

impl FileSystemMaster {
    /// Compares a path with its store.
    ///
    /// # Errors
    /// When the store does not answer, or the caller may not walk to the path.
    pub async fn sync_metadata(
        &self,
        request: &Request,
        path: &AlluxioPath,
        depth: Depth,
    ) -> Result<(), FileSystemError> {
        self.read(|tree| check_traverse(&request.caller, &tree.trace(path), path))?;
        self.sync_times.forget_absent(path);
        let mut queue = VecDeque::from([path.clone()]);
        let mut is_top = true;
        while let Some(path) = queue.pop_front() {
            let reservation = self.reserve([ReservedPath::entry(&path)]).await?;
            if is_top {
                self.sync_inode(request, &path, &reservation).await?;
            }
            is_top = false;
            if depth >= Depth::Children {
                self.sync_children(request, &path, &reservation).await?;
            }
            drop(reservation);
            if depth == Depth::All {
                queue.extend(self.directories_in(&path).await);
            }
        }
        Ok(())
    }

    /// Compares everything at and below a path that the caller has reserved.
    pub(super) async fn compare_reserved(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        self.sync_inode(request, path, reservation).await?;
        let mut queue = VecDeque::from([path.clone()]);
        while let Some(path) = queue.pop_front() {
            self.sync_children(request, &path, reservation).await?;
            queue.extend(self.directories_in(&path).await);
        }
        Ok(())
    }

    async fn sync_inode(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        if path.is_root() || resolution.mount.path == *path {
            return Ok(());
        }
        self.complete_abandoned(path, Scope::Reserved(reservation))
            .await?;
        let source = Source {
            store: &*store,
            mount: &resolution.mount,
        };
        let asked_at = self.clock.now();
        let status = store.find_status(&resolution.ufs_path).await?;
        let scope = Scope::Reserved(reservation);
        let mut removed = Vec::new();
        let is_missing = self
            .change(&request.as_part(), scope, |draft| {
                removed.clear();
                let Some(inode) = draft.tree.find(path) else {
                    return Ok(true);
                };
                let verdict = match &status {
                    Some(status) => compare(draft, inode, status, source),
                    None if is_vanished(inode, asked_at) => Verdict::Vanished,
                    None => Verdict::Keep,
                };
                remove_unless_kept(draft, inode, verdict, &mut removed);
                Ok(verdict == Verdict::Replaced)
            })
            .await?;
        self.remove_directories(&request.as_part(), scope, removed)
            .await?;
        if is_missing && status.is_some() {
            self.load_reserved(request, path, reservation).await?;
        }
        Ok(())
    }

    async fn sync_children(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<(), FileSystemError> {
        let directory = self.read(|tree| {
            let inode = tree.find(path)?;
            let in_store = inode.persistence() == PersistenceState::Persisted;
            (inode.is_directory() && in_store).then(|| inode.id())
        });
        let Some(directory) = directory else {
            return Ok(());
        };
        let (store, resolution) = self.resolve_store(path)?;
        let asked_at = self.clock.now();
        let mut listing = match store.list(&resolution.ufs_path, ListOptions::flat()).await {
            Ok(listing) => listing,
            Err(error) if error.is_absence() => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut seen = Seen::default();
        let source = Source {
            store: &*store,
            mount: &resolution.mount,
        };
        let at = Compared {
            request: request.as_part(),
            directory,
            reservation,
        };
        let is_whole = self
            .compare_listing(&at, &mut *listing, source, &mut seen)
            .await?;
        if is_whole {
            self.drop_vanished(&at, asked_at, &seen).await?;
        }
        // What the comparison removed as replaced, and what is new, comes in by loading.
        let load = LoadMetadata::Always;
        self.load_children_held(request, path, load, reservation)
            .await
    }

    /// Compares every entry that the store lists. Returns whether the listing came to its end.
    async fn compare_listing(
        &self,
        at: &Compared<'_>,
        listing: &mut dyn UfsListing,
        source: Source<'_>,
        seen: &mut Seen,
    ) -> Result<bool, FileSystemError> {
        loop {
            let page = match listing.next_page().await {
                Ok(page) => page,
                Err(error) if error.is_absence() => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            if page.is_empty() {
                return Ok(true);
            }
            for status in &page {
                seen.insert(status.name());
            }
            let scope = Scope::Reserved(at.reservation);
            let mut removed = Vec::new();
            self.change_soon(&at.request, scope, |draft| {
                removed.clear();
                // What this draft removes is still in its tree.
                let mut names = HashSet::with_capacity(page.len());
                for status in page.iter().filter(|status| names.insert(status.name())) {
                    if let Some(inode) = draft.tree.child(at.directory, status.name())
                        && !inode.is_mount_point()
                    {
                        let verdict = compare(draft, inode, status, source);
                        remove_unless_kept(draft, inode, verdict, &mut removed);
                    }
                }
                Ok(())
            })
            .await?;
            self.remove_directories(&at.request, scope, removed).await?;
        }
    }

    async fn drop_vanished(
        &self,
        at: &Compared<'_>,
        asked_at: Timestamp,
        seen: &Seen,
    ) -> Result<(), FileSystemError> {
        let mut last: Option<String> = None;
        loop {
            let scope = Scope::Reserved(at.reservation);
            let mut removed = Vec::new();
            let (next, _) = self
                .change_soon(&at.request, scope, |draft| {
                    removed.clear();
                    let mut next = None;
                    let children = draft.tree.children(at.directory, last.as_deref());
                    for child in children.take(COMPARED_AT_ONCE) {
                        next = Some(child.name().to_owned());
                        if !seen.contains(child.name()) && is_vanished(child, asked_at) {
                            remove_unless_kept(draft, child, Verdict::Vanished, &mut removed);
                        }
                    }
                    Ok(next)
                })
                .await?;
            self.remove_directories(&at.request, scope, removed).await?;
            // Where nothing had to change, nothing was waited for.
            tokio::task::yield_now().await;
            match next {
                Some(name) => last = Some(name),
                None => return Ok(()),
            }
        }
    }

    /// Marks a path to be compared with its store at the next access.
    pub fn needs_sync(&self, path: &AlluxioPath) {
        self.sync_times.force(path);
    }
}

/// Whether a store that does not have the inode is right. What is not persisted, still being
/// written, a mount point, or younger than the question, is not expected there.
fn is_vanished(inode: InodeRef<'_>, asked_at: Timestamp) -> bool {
    !is_nowhere_else(inode) && inode.modification_time() < asked_at
}

/// Compares an inode with what the store says, and adds a change of its permissions to the draft.
fn compare(
    draft: &mut Draft<'_>,
    inode: InodeRef<'_>,
    status: &UfsStatus,
    source: Source<'_>,
) -> Verdict {
    if inode.persistence() != PersistenceState::Persisted || !inode.is_completed() {
        return Verdict::Keep;
    }
    if inode.is_directory() != status.is_directory() {
        return Verdict::Replaced;
    }
    if inode.is_directory() {
        if source.keeps_permissions() {
            draft_permissions(draft, inode, (status, source.mode_of(status)), None);
        }
        return Verdict::Keep;
    }
    let now = Fingerprint::of(source.store.kind(), status);
    let Some(known) = Fingerprint::parse(inode.fingerprint()) else {
        // Nothing was known about it, so nothing of it can be trusted.
        return Verdict::Replaced;
    };
    match known.change_to(&now) {
        FingerprintChange::Metadata if source.keeps_permissions() => {
            let stored = (status, source.mode_of(status));
            draft_permissions(draft, inode, stored, Some(now.to_string()));
            Verdict::Keep
        }
        FingerprintChange::Same | FingerprintChange::Metadata => Verdict::Keep,
        FingerprintChange::Content => Verdict::Replaced,
    }
}

/// Takes over what the store says, as far as it says something.
fn draft_permissions(
    draft: &mut Draft<'_>,
    inode: InodeRef<'_>,
    (status, mode): (&UfsStatus, Mode),
    fingerprint: Option<String>,
) {
    let other = |theirs: &str, ours: &str| {
        (!theirs.is_empty() && theirs != ours).then(|| theirs.to_owned())
    };
    let mut update = UpdateInodeEntry::of(inode.id());
    update.owner = other(status.owner(), inode.owner());
    update.group = other(status.group(), inode.group());
    update.mode = (mode != inode.mode()).then_some(mode);
    update.fingerprint = fingerprint;
    if update == UpdateInodeEntry::of(inode.id()) {
        return;
    }
    draft.push(JournalEntry::UpdateInode(Box::new(update)));
}

/// Removes what is to go and has nothing below it; `removed` takes directories that may hold
/// something, which go in steps of their own.
fn remove_unless_kept(
    draft: &mut Draft<'_>,
    inode: InodeRef<'_>,
    verdict: Verdict,
    removed: &mut Vec<InodeId>,
) {
    match verdict {
        Verdict::Keep => {}
        Verdict::Vanished | Verdict::Replaced if inode.child_count() > 0 => {
            removed.push(inode.id());
        }
        Verdict::Vanished | Verdict::Replaced => draft_delete(draft, inode.id()),
    }
}

/// Whether a store that does not have it says nothing: it was never there, or it is another store.
pub(super) fn is_nowhere_else(inode: InodeRef<'_>) -> bool {
    inode.persistence() != PersistenceState::Persisted
        || !inode.is_completed()
        || inode.is_mount_point()
}

pub(super) fn draft_delete(draft: &mut Draft<'_>, id: InodeId) {
    let operation_time = draft.now;
    draft.push(JournalEntry::Delete(DeleteEntry { id, operation_time }));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alluxio_ufs::UfsError;
    use async_trait::async_trait;

    use super::super::testing::{Fixture, path};
    use super::*;

    /// One page.
    #[derive(Debug)]
    struct Page(Vec<UfsStatus>);

    #[async_trait]
    impl UfsListing for Page {
        async fn next_page(&mut self) -> Result<Vec<UfsStatus>, UfsError> {
            Ok(std::mem::take(&mut self.0))
        }
    }

    #[tokio::test]
    async fn what_a_store_lists_twice_is_replaced_once() {
        let fixture = Fixture::new().await;
        let master = &fixture.master;
        fixture.write_through("/d/f", b"old").await;
        fixture.advance(Duration::from_secs(1));
        fixture.write_ufs("/d/f", b"something longer");
        let (store, resolution) = master.resolve_store(&path("/d/f")).unwrap();
        let status = store.status(&resolution.ufs_path).await.unwrap();
        let mut listing = Page(vec![status.clone(), status]);
        let directory = ReservedPath::entry(&path("/d"));
        let at = Compared {
            request: fixture.root(),
            directory: fixture.status("/d").await.unwrap().file_id,
            reservation: &master.reservations.reserve([directory]).await,
        };
        let mut seen = Seen::default();
        let source = Source {
            store: &*store,
            mount: &resolution.mount,
        };
        let compared = master.compare_listing(&at, &mut listing, source, &mut seen);
        assert!(compared.await.unwrap());
        assert!(master.read(|tree| tree.find(&path("/d/f")).is_none()));
        assert_eq!(fixture.replayed_hash(), master.state_hash());
    }
}
