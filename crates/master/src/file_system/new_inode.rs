//! How new inodes come to be: their entries, what they inherit, and the directories above them.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{Access, AlluxioPath, InodeId, Mode, PersistenceState, Timestamp};
use alluxio_ufs::{MkdirOptions, UfsErrorKind};

use super::make_in_store::made_in_store;
use super::namespace::Draft;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{Acl, DefaultAcl, InodeRef, InodeTree, Replication, Trace, Ttl};
use crate::journal_entry::{InodeDirectoryEntry, InodeFileEntry, JournalEntry, UpdateInodeEntry};
use crate::mount::MountTable;
use crate::reservation::Reservation;

/// The mode of a directory before the umask.
const DIRECTORY_MODE: Mode = Mode::from_bits(0o777);

/// A directory that nobody has described yet.
pub(super) fn draft_directory(
    id: InodeId,
    parent_id: InodeId,
    name: &str,
    now: Timestamp,
) -> InodeDirectoryEntry {
    InodeDirectoryEntry {
        id,
        parent_id,
        name: name.to_owned(),
        owner: String::new(),
        group: String::new(),
        mode: DIRECTORY_MODE,
        creation_time: now,
        modification_time: now,
        access_time: now,
        persistence: PersistenceState::NotPersisted,
        pinned: false,
        media: BTreeSet::new(),
        ttl: Ttl::NONE,
        mount_point: false,
        children_loaded: false,
        xattr: BTreeMap::new(),
        acl: None,
        default_acl: None,
        fingerprint: String::new(),
        parent_time: Some(now),
    }
}

/// An empty file that nobody has described yet.
pub(super) fn draft_file(
    id: InodeId,
    parent_id: InodeId,
    name: &str,
    now: Timestamp,
) -> InodeFileEntry {
    InodeFileEntry {
        id,
        parent_id,
        name: name.to_owned(),
        owner: String::new(),
        group: String::new(),
        mode: Mode::from_bits(0o666),
        block_size: 0,
        creation_time: now,
        modification_time: now,
        access_time: now,
        length: None,
        persistence: PersistenceState::NotPersisted,
        cacheable: true,
        pinned: false,
        media: BTreeSet::new(),
        ttl: Ttl::NONE,
        replication: Replication::UNLIMITED,
        xattr: BTreeMap::new(),
        acl: None,
        fingerprint: String::new(),
        parent_time: Some(now),
    }
}

/// What a new inode gets from the directory that holds it.
#[derive(Debug, Clone)]
pub(super) struct Inheritance {
    pub(super) pinned: bool,
    pub(super) media: BTreeSet<String>,
    pub(super) default_acl: Option<DefaultAcl>,
}

impl Inheritance {
    pub(super) fn of(parent: InodeRef<'_>) -> Self {
        Self {
            pinned: parent.is_pinned(),
            media: parent.media().iter().map(ToString::to_string).collect(),
            default_acl: parent.default_acl().cloned(),
        }
    }

    /// The mode and the access control list of a child that was asked for with `mode`. A default
    /// ACL grants at most what was asked for: the mask bounds the group and all named entries.
    pub(super) fn permissions(&self, mode: Mode) -> (Mode, Option<Acl>) {
        let Some(default) = &self.default_acl else {
            return (mode, None);
        };
        let both = |a: Access, b: Access| Access::from_bits(a.bits() & b.bits());
        let owner = both(default.mode.owner(), mode.owner());
        let other = both(default.mode.other(), mode.other());
        if default.named.is_empty() {
            let group = both(default.mode.group(), mode.group());
            return (mode_of(owner, group, other), None);
        }
        let mut acl = default.named.clone();
        acl.mask = acl.mask.map(|mask| both(mask, mode.group()));
        (mode_of(owner, default.mode.group(), other), Some(acl))
    }
}

fn mode_of(owner: Access, group: Access, other: Access) -> Mode {
    let bits = |access: Access| u16::from(access.bits());
    Mode::from_bits(bits(owner) << 6 | bits(group) << 3 | bits(other))
}

/// Whether the directory that is to hold a new path is there.
///
/// # Errors
/// When a file stands on the way, or more than the last name is missing.
pub(super) fn check_parent_exists(
    trace: &Trace<'_, '_>,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    check_no_file_on_the_way(trace, path)?;
    if trace.missing.len() > 1 {
        return Err(FileSystemError::ParentNotFound {
            path: path.clone(),
            index: trace.existing.len(),
            component: trace.missing[0].to_owned(),
        });
    }
    Ok(())
}

/// # Errors
/// When a file stands where a directory is needed.
pub(super) fn check_no_file_on_the_way(
    trace: &Trace<'_, '_>,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    if trace.missing.is_empty() || trace.nearest().is_directory() {
        return Ok(());
    }
    Err(FileSystemError::ParentNotDirectory {
        path: path.clone(),
        index: trace.existing.len() - 1,
        component: trace.nearest().name().to_owned(),
    })
}

/// The inode at the path with everything on the way, or why there is none.
///
/// # Errors
/// `PathNotFound`, or `ParentNotDirectory`.
pub(super) fn find_target<'t>(
    trace: &Trace<'t, '_>,
    path: &AlluxioPath,
) -> Result<InodeRef<'t>, FileSystemError> {
    check_no_file_on_the_way(trace, path)?;
    trace
        .target()
        .ok_or_else(|| FileSystemError::PathNotFound { path: path.clone() })
}

/// # Errors
/// `ReadOnlyMount` when the mount of the path is read-only.
pub(super) fn check_writable(
    mounts: &MountTable,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    let mount = mounts.mount_of(path);
    if mount.read_only {
        return Err(FileSystemError::ReadOnlyMount {
            path: path.clone(),
            mount_point: mount.path.clone(),
        });
    }
    Ok(())
}

/// Which of the directories above a new path the store has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ancestors<'a> {
    /// They live in the namespace only.
    NamespaceOnly,
    /// They are all in the store; these are new there, so that nothing unknown can be in them.
    InStore {
        /// Those that did not exist before.
        fresh: &'a [AlluxioPath],
    },
}

impl Ancestors<'_> {
    fn persistence(self) -> PersistenceState {
        match self {
            Self::NamespaceOnly => PersistenceState::NotPersisted,
            Self::InStore { .. } => PersistenceState::Persisted,
        }
    }

    fn is_fresh(self, path: &AlluxioPath) -> bool {
        match self {
            Self::NamespaceOnly => false,
            Self::InStore { fresh } => fresh.contains(path),
        }
    }
}

/// Where something new is to be put.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewPath<'a> {
    pub(super) request: &'a Request,
    pub(super) path: &'a AlluxioPath,
    pub(super) ancestors: Ancestors<'a>,
}

/// Adds the directories above a new path that are missing, and notes which existing ones are in
/// the store now. Returns the directory that is to hold the new path, and what it passes on.
pub(super) fn draft_ancestors(
    draft: &mut Draft<'_>,
    new: NewPath<'_>,
    umask: Mode,
) -> (InodeId, Inheritance) {
    let NewPath {
        path, ancestors, ..
    } = new;
    let caller = &new.request.caller;
    // Tree and mounts are borrowed for as long as the draft, so they outlive the changes to it.
    let (tree, mounts): (&InodeTree, &MountTable) = (draft.tree, draft.mounts);
    let trace = tree.trace(path);
    if ancestors.persistence() == PersistenceState::Persisted {
        let mount_path = &mounts.mount_of(path).path;
        note_persisted(draft, directories_above(&trace, mount_path), ancestors);
    }
    let holder = match trace.target() {
        Some(target) => target.parent().unwrap_or(target),
        None => trace.nearest(),
    };
    let inherited = Inheritance::of(holder);
    let mut parent_id = holder.id();
    let missing = names_above(&trace);
    if missing.is_empty() {
        return (parent_id, inherited);
    }
    let mut current = holder.path();
    for name in missing {
        current = current.child(name);
        let id = draft.next_directory_id();
        let mut entry = draft_directory(id, parent_id, name, draft.now);
        caller.user().clone_into(&mut entry.owner);
        caller.primary_group().clone_into(&mut entry.group);
        (entry.mode, entry.acl) = inherited.permissions(DIRECTORY_MODE.without(umask));
        entry.default_acl.clone_from(&inherited.default_acl);
        entry.pinned = inherited.pinned;
        entry.media.clone_from(&inherited.media);
        entry.persistence = ancestors.persistence();
        entry.children_loaded = ancestors.is_fresh(&current);
        draft.push(JournalEntry::InodeDirectory(Box::new(entry)));
        parent_id = id;
    }
    (parent_id, inherited)
}

/// Notes which directories are in the store now.
fn note_persisted(draft: &mut Draft<'_>, directories: &[InodeRef<'_>], ancestors: Ancestors<'_>) {
    for directory in directories {
        if directory.persistence() != PersistenceState::Persisted {
            let mut update = UpdateInodeEntry::of(directory.id());
            update.persistence = Some(PersistenceState::Persisted);
            update.children_loaded = Some(ancestors.is_fresh(&directory.path()));
            draft.push(JournalEntry::UpdateInode(Box::new(update)));
        }
    }
}

/// The directories above a path that exist, below the mount point that serves it: what is above
/// that lies in another store.
fn directories_above<'a, 't>(
    trace: &'a Trace<'t, '_>,
    mount_path: &AlluxioPath,
) -> &'a [InodeRef<'t>] {
    let end = match trace.target() {
        Some(_) => trace.existing.len() - 1,
        None => trace.existing.len(),
    };
    // The first of the existing ones is the root, which no path names.
    trace
        .existing
        .get(mount_path.depth() + 1..end)
        .unwrap_or(&[])
}

/// The names above a path that are missing.
fn names_above<'a, 'p>(trace: &'a Trace<'_, 'p>) -> &'a [&'p str] {
    trace
        .missing
        .split_last()
        .map_or(&[], |(_last, above)| above)
}

/// A directory that the store must have before something below it can be there.
#[derive(Debug)]
pub(super) struct WantedDirectory {
    pub(super) path: AlluxioPath,
    pub(super) options: MkdirOptions,
}

impl FileSystemMaster {
    /// Creates in the store those directories above `path` that the namespace has not noted as
    /// being there, and returns those that did not exist. They are in the namespace, and it notes at
    /// once what the store has, whatever becomes of the path. If the process dies in between, they go
    /// again: nobody would delete them with their directories. The caller has reserved them.
    pub(super) async fn make_ancestors_in_store(
        &self,
        request: &Request,
        path: &AlluxioPath,
        reservation: &Reservation,
    ) -> Result<Vec<AlluxioPath>, FileSystemError> {
        let wanted = self.wanted_directories(request, path);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (own, scope) = (self.own_request(), Scope::Reserved(reservation));
        request.presence.begin();
        self.note_making(&own, scope, self.note_of(path, &wanted))
            .await?;
        let (mut there, mut fresh) = (Vec::new(), Vec::new());
        let mut made = Ok(());
        for directory in wanted {
            match self
                .mkdir_in_store(&directory.path, directory.options)
                .await
            {
                Ok(Made::New) => fresh.push(directory.path.clone()),
                Ok(Made::WasThere) => {}
                Err(error) => {
                    made = Err(error);
                    break;
                }
            }
            there.push(directory.path);
        }
        let noted = self.change_soon(&own, scope, |draft| {
            let tree = draft.tree;
            let there: Vec<_> = there.iter().filter_map(|path| tree.find(path)).collect();
            note_persisted(draft, &there, Ancestors::InStore { fresh: &fresh });
            draft.push(made_in_store(path));
            Ok(())
        });
        noted.await?;
        made.map(|()| fresh)
    }

    /// The directories above a path that the namespace has not noted as being in the store.
    pub(super) fn wanted_directories(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Vec<WantedDirectory> {
        let mount = self.mounts.load().mount_of(path).path.clone();
        self.read(|tree| self.wanted_in(tree, request, path, &mount))
    }

    fn wanted_in(
        &self,
        tree: &InodeTree,
        request: &Request,
        path: &AlluxioPath,
        mount_path: &AlluxioPath,
    ) -> Vec<WantedDirectory> {
        let trace = tree.trace(path);
        let mut wanted = Vec::new();
        let mut current = mount_path.clone();
        for directory in directories_above(&trace, mount_path) {
            current = current.child(directory.name());
            if directory.persistence() != PersistenceState::Persisted {
                let mut options = MkdirOptions::new(directory.mode());
                options.owner = Some(directory.owner().to_owned());
                options.group = Some(directory.group().to_owned());
                wanted.push(WantedDirectory {
                    path: current.clone(),
                    options,
                });
            }
        }
        for name in names_above(&trace) {
            current = current.child(name);
            let mut options = MkdirOptions::new(DIRECTORY_MODE.without(self.conf.umask));
            options.owner = Some(request.caller.user().to_owned());
            options.group = Some(request.caller.primary_group().to_owned());
            wanted.push(WantedDirectory {
                path: current.clone(),
                options,
            });
        }
        wanted
    }

    /// Creates one directory in the store. One that is there already is as good.
    pub(super) async fn mkdir_in_store(
        &self,
        path: &AlluxioPath,
        options: MkdirOptions,
    ) -> Result<Made, FileSystemError> {
        let (store, resolution) = self.resolve_store(path)?;
        let ufs_path = &resolution.ufs_path;
        match store.mkdir(ufs_path, options.clone()).await {
            Ok(()) => return Ok(Made::New),
            Err(error) if error.kind() == UfsErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
        if store.status(ufs_path).await?.is_directory() {
            return Ok(Made::WasThere);
        }
        let error = alluxio_ufs::UfsError::new(
            UfsErrorKind::NotADirectory,
            alluxio_ufs::UfsOperation::Mkdir,
            ufs_path,
        );
        Err(error.into())
    }
}

/// What a mkdir in the store found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// Nothing: the directory is new and empty.
    New,
    /// A directory, with whatever is in it.
    WasThere,
}
