//! Changing attributes: owner, group, mode, pin, replication, TTL, extended attributes.
//!
//! What the store keeps too (owner, group, mode of what is persisted) changes there first, so that
//! a refusal there changes nothing here.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{Access, AlluxioPath, InodeId, Mode, PersistenceState, TtlAction};
use alluxio_ufs::Fingerprint;

use super::namespace::Draft;
use super::new_inode::{check_writable, find_target};
use super::{Depth, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree, Replication, SubtreeWalk, Ttl};
use crate::journal_entry::{JournalEntry, UpdateInodeEntry};
use crate::permission::{check_access, check_owner, check_superuser};
use crate::reservation::{Reservation, ReservedPath};

/// How many inodes change with one journal entry, to keep the tree's lock short.
const CHANGED_AT_ONCE: usize = 500;

/// How given extended attributes meet those that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XattrUpdate {
    /// Only the given ones remain.
    Truncate,
    /// The given ones win.
    UnionReplace,
    /// Those that are there win.
    UnionPreserve,
    /// The given names go.
    DeleteKeys,
}

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetAttributeOptions {
    /// The owning user.
    pub owner: Option<String>,
    /// The owning group.
    pub group: Option<String>,
    /// The permissions.
    pub mode: Option<Mode>,
    /// Whether blocks are never evicted; on a directory, for everything below, too.
    pub pinned: Option<bool>,
    /// Where pinned blocks must stay; empty for anywhere.
    pub media: BTreeSet<String>,
    /// Whether the content is in the store. It cannot be taken back.
    pub persisted: Option<bool>,
    /// The least number of copies of a file.
    pub replication_min: Option<i32>,
    /// The greatest number of copies of a file, -1 for any.
    pub replication_max: Option<i32>,
    /// When it expires.
    pub ttl: Option<Ttl>,
    /// What happens then, where the time stays as it is.
    pub ttl_action: Option<TtlAction>,
    /// Extended attributes, and how they meet those that are there.
    pub xattr: Option<(BTreeMap<String, Vec<u8>>, XattrUpdate)>,
    /// Whether the store need not be asked for a directory's children.
    pub children_loaded: Option<bool>,
    /// Whether everything below a directory changes, too.
    pub recursive: bool,
}

impl SetAttributeOptions {
    /// Whether a store that keeps permissions has to follow.
    fn changes_permissions(&self) -> bool {
        self.owner.is_some() || self.group.is_some() || self.mode.is_some()
    }

    fn reaches_below(&self) -> bool {
        self.recursive || self.pinned.is_some()
    }

    /// What of it applies to inodes below the path of the request.
    fn for_below(&self) -> Self {
        if self.recursive {
            return Self {
                children_loaded: None,
                ..self.clone()
            };
        }
        Self {
            pinned: self.pinned,
            media: self.media.clone(),
            ..Self::default()
        }
    }
}

impl FileSystemMaster {
    /// Changes attributes of a path, and of everything below it if asked.
    ///
    /// # Errors
    /// When nothing is there, the values make no sense, the store refuses, or the caller may not.
    /// Nothing has changed then, but for a recursive change whose store refuses in the middle.
    pub async fn set_attribute(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: SetAttributeOptions,
    ) -> Result<(), FileSystemError> {
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        self.refresh(request, path, Depth::This).await?;
        self.load_if_missing(request, path).await?;
        self.check_media(&options)?;
        let mounts = self.mounts.load_full();
        let top = self.read(|tree| {
            let inode = check_set_attribute(tree, request, path, &options)?;
            if options.changes_permissions() {
                check_writable(&mounts, path)?;
            }
            update_of(inode, &options)?;
            Ok::<_, FileSystemError>((inode.id(), inode.is_directory()))
        })?;
        // Groups are looked up for those alone who may change the owner.
        self.check_membership(path, &options).await?;
        let goes_down = options.reaches_below() && top.1;
        if goes_down {
            self.check_below(request, top.0, &options.for_below())
                .await?;
        }
        if options.changes_permissions() {
            let reservation = self.reserve([ReservedPath::subtree(path)]).await?;
            request.presence.begin();
            self.set_permissions_in_store(path, top.0, &options).await?;
            let scope = Scope::Reserved(&reservation);
            if goes_down {
                let part = request.as_part();
                self.set_one(&part, path, &options, scope).await?;
                let below = options.for_below();
                self.set_below(request, top.0, &below, Some(&reservation))
                    .await?;
            }
            return self.set_one(request, path, &options, scope).await;
        }
        let paths = [path];
        let scope = Scope::Paths(&paths);
        if goes_down {
            // First, so that what is created meanwhile inherits it; and last again, as the step
            // that a retry finds: a retry must not take the first step for the whole.
            let part = request.as_part();
            self.set_one(&part, path, &options, scope).await?;
            let below = options.for_below();
            self.set_below(request, top.0, &below, None).await?;
        }
        self.set_one(request, path, &options, scope).await
    }

    /// A new owner is in the new group that comes with it.
    async fn check_membership(
        &self,
        path: &AlluxioPath,
        options: &SetAttributeOptions,
    ) -> Result<(), FileSystemError> {
        let (Some(owner), Some(group)) = (&options.owner, &options.group) else {
            return Ok(());
        };
        if self.callers.resolve(owner).await.is_in(group) {
            return Ok(());
        }
        Err(FileSystemError::OwnerNotInGroup {
            path: path.clone(),
            owner: owner.clone(),
            group: group.clone(),
        })
    }

    fn check_media(&self, options: &SetAttributeOptions) -> Result<(), FileSystemError> {
        let unknown: Vec<&str> = options
            .media
            .iter()
            .filter(|medium| !self.conf.media.contains(medium))
            .map(String::as_str)
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(FileSystemError::UnknownMedium {
            media: unknown.join(","),
            known: self.conf.media.join(","),
        })
    }

    async fn check_below(
        &self,
        request: &Request,
        top: InodeId,
        options: &SetAttributeOptions,
    ) -> Result<(), FileSystemError> {
        let mut walk = SubtreeWalk::below(top);
        let mut checked = Ok(());
        while !walk.is_finished() && checked.is_ok() {
            self.read(|tree| {
                walk.next_batch(tree, CHANGED_AT_ONCE, |inode| {
                    if checked.is_err() {
                        return;
                    }
                    if !request.caller.is_superuser() {
                        let path = inode.path();
                        checked = check_set_attribute(tree, request, &path, options).map(|_| ());
                    }
                    if checked.is_ok() {
                        checked = update_of(inode, options).map(|_| ());
                    }
                });
            });
            // The thread also serves others: nobody looks at its sockets while it walks.
            tokio::task::yield_now().await;
        }
        checked
    }

    async fn set_one(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: &SetAttributeOptions,
        scope: Scope<'_>,
    ) -> Result<(), FileSystemError> {
        self.change(request, scope, |draft| {
            let inode = check_set_attribute(draft.tree, request, path, options)?;
            push_update(draft, inode, options)
        })
        .await
    }

    async fn set_below(
        &self,
        request: &Request,
        top: InodeId,
        options: &SetAttributeOptions,
        reservation: Option<&Reservation>,
    ) -> Result<(), FileSystemError> {
        let request = request.as_part();
        let mut walk = SubtreeWalk::below(top);
        while !walk.is_finished() {
            let mut batch = Vec::new();
            self.read(|tree| {
                walk.next_batch(tree, CHANGED_AT_ONCE, |inode| batch.push(inode.id()));
            });
            if options.changes_permissions() {
                for id in &batch {
                    if let Some(path) = self.path_of(*id) {
                        self.set_permissions_in_store(&path, *id, options).await?;
                    }
                }
            }
            let scope = reservation.map_or(Scope::Paths(&[]), Scope::Reserved);
            self.change(&request, scope, |draft| {
                for id in &batch {
                    if let Some(inode) = draft.tree.inode(*id) {
                        push_update(draft, inode, options)?;
                    }
                }
                Ok(())
            })
            .await?;
            // Where nothing had to change, nothing was waited for.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn set_permissions_in_store(
        &self,
        path: &AlluxioPath,
        id: InodeId,
        options: &SetAttributeOptions,
    ) -> Result<(), FileSystemError> {
        let in_store = self.read(|tree| {
            tree.inode(id).is_some_and(|inode| {
                inode.persistence() == PersistenceState::Persisted && inode.is_completed()
            })
        });
        if !in_store {
            return Ok(());
        }
        self.check_store_writable(path)?;
        let (store, resolution) = self.resolve_store(path)?;
        let ufs_path = &resolution.ufs_path;
        let refused = |operation| {
            move |source| FileSystemError::UfsAttribute {
                operation,
                ufs_path: ufs_path.to_string(),
                source,
            }
        };
        if options.owner.is_some() || options.group.is_some() {
            store
                .set_owner(ufs_path, options.owner.as_deref(), options.group.as_deref())
                .await
                .map_err(refused("setOwner"))?;
        }
        if let Some(mode) = options.mode {
            store
                .set_mode(ufs_path, mode)
                .await
                .map_err(refused("setMode"))?;
        }
        Ok(())
    }
}

/// The inode at the path, if the caller may change it like this: a new owner takes a superuser, a
/// new group or mode the owner, everything else permission to write.
fn check_set_attribute<'t>(
    tree: &'t InodeTree,
    request: &Request,
    path: &AlluxioPath,
    options: &SetAttributeOptions,
) -> Result<InodeRef<'t>, FileSystemError> {
    let trace = tree.trace(path);
    check_access(&request.caller, &trace, path, Access::NONE)?;
    let inode = find_target(&trace, path)?;
    if options.owner.is_some() {
        check_superuser(&request.caller)?;
    }
    if options.group.is_some() || options.mode.is_some() {
        check_owner(&request.caller, &trace, path)?;
    } else {
        check_access(&request.caller, &trace, path, Access::WRITE)?;
    }
    Ok(inode)
}

fn push_update(
    draft: &mut Draft<'_>,
    inode: InodeRef<'_>,
    options: &SetAttributeOptions,
) -> Result<(), FileSystemError> {
    let mut update = update_of(inode, options)?;
    if update == UpdateInodeEntry::of(inode.id()) {
        return Ok(());
    }
    if is_modification(inode, &update) {
        update.modification_time = Some(draft.now.max(inode.modification_time()));
    }
    draft.push(JournalEntry::UpdateInode(Box::new(update)));
    Ok(())
}

/// Whether a change counts as one of the file, for those who decide by its time. As in 2.9, what
/// keeps its data or lets it go does; permissions and extended attributes do not.
fn is_modification(inode: InodeRef<'_>, update: &UpdateInodeEntry) -> bool {
    update.pinned.is_some()
        || update.replication.is_some()
        || update.persistence.is_some()
        || update.ttl.is_some_and(|ttl| ttl != inode.ttl())
}

/// The change of one inode that the options make.
fn update_of(
    inode: InodeRef<'_>,
    options: &SetAttributeOptions,
) -> Result<UpdateInodeEntry, FileSystemError> {
    let mut update = UpdateInodeEntry::of(inode.id());
    update.owner.clone_from(&options.owner);
    update.group.clone_from(&options.group);
    update.mode = options.mode;
    update.ttl = new_ttl(inode.ttl(), options);
    if inode.is_directory() {
        update.children_loaded = options.children_loaded;
    }
    if options.changes_permissions() {
        update.fingerprint = Fingerprint::parse(inode.fingerprint()).map(|known| {
            let (owner, group) = (options.owner.as_deref(), options.group.as_deref());
            known
                .with_permissions(owner, group, options.mode)
                .to_string()
        });
    }
    if let Some((given, strategy)) = &options.xattr {
        let known = inode
            .xattr()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_vec()));
        update.xattr = Some(merge_xattr(known.collect(), given, *strategy));
    }
    set_persisted(&mut update, inode, options)?;
    let mut replication = set_replication(inode, options)?;
    if let Some(pinned) = options.pinned {
        update.pinned = Some(pinned);
        update.media = Some(if pinned {
            options.media.clone()
        } else {
            BTreeSet::new()
        });
        if inode.is_file() {
            // A pin wants at least one copy; taking it back wants none.
            let current = replication.unwrap_or(inode.replication());
            let min = if pinned { current.min.max(1) } else { 0 };
            replication = Some(Replication { min, ..current });
        }
    }
    update.replication = replication.filter(|_| inode.is_file());
    if let (Some(replication), None) = (update.replication, options.pinned)
        && options.replication_min.is_some()
    {
        // Copies that must be there are not evicted.
        update.pinned = Some(replication.min > 0);
    }
    Ok(update)
}

fn new_ttl(current: Ttl, options: &SetAttributeOptions) -> Option<Ttl> {
    options.ttl.or_else(|| {
        let action = options.ttl_action?;
        // What never expires has no action.
        (current != Ttl::NONE).then_some(Ttl { action, ..current })
    })
}

fn set_persisted(
    update: &mut UpdateInodeEntry,
    inode: InodeRef<'_>,
    options: &SetAttributeOptions,
) -> Result<(), FileSystemError> {
    let is_persisted = inode.persistence() == PersistenceState::Persisted;
    match options.persisted {
        Some(true) if !inode.is_completed() => return Err(FileSystemError::PersistedIncomplete),
        Some(true) if !is_persisted => update.persistence = Some(PersistenceState::Persisted),
        Some(false) if is_persisted => return Err(FileSystemError::Unpersist),
        Some(_) | None => {}
    }
    Ok(())
}

fn set_replication(
    inode: InodeRef<'_>,
    options: &SetAttributeOptions,
) -> Result<Option<Replication>, FileSystemError> {
    if inode.is_directory()
        || (options.replication_min.is_none() && options.replication_max.is_none())
    {
        return Ok(None);
    }
    let current = inode.replication();
    let min = options.replication_min.unwrap_or(current.min);
    let max = options.replication_max.unwrap_or(current.max);
    if min < 0 {
        return Err(FileSystemError::NegativeReplication);
    }
    if max < -1 || (max >= 0 && min > max) {
        return Err(FileSystemError::InvalidReplication { min, max });
    }
    Ok(Some(Replication { min, max }))
}

fn merge_xattr(
    mut known: BTreeMap<String, Vec<u8>>,
    given: &BTreeMap<String, Vec<u8>>,
    strategy: XattrUpdate,
) -> BTreeMap<String, Vec<u8>> {
    match strategy {
        XattrUpdate::Truncate => given.clone(),
        XattrUpdate::UnionReplace => {
            known.extend(given.clone());
            known
        }
        XattrUpdate::UnionPreserve => {
            for (name, value) in given {
                known.entry(name.clone()).or_insert_with(|| value.clone());
            }
            known
        }
        XattrUpdate::DeleteKeys => {
            known.retain(|name, _value| !given.contains_key(name));
            known
        }
    }
}
