//! Creating a file: an inode without content, for a writer to fill.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, InodeId, Mode, PersistenceState, WriteType};

use super::file_info::FileInfo;
use super::make_in_store::NewInStore;
use super::namespace::Draft;
use super::new_inode::{
    Ancestors, NewPath, check_no_file_on_the_way, check_parent_exists, check_writable,
    draft_ancestors, draft_file,
};
use super::{DeleteOptions, Depth, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeTree, Replication, Ttl};
use crate::journal_entry::JournalEntry;
use crate::mount::MountTable;
use crate::permission::check_parent;

/// The mode of a file before the umask.
const FILE_MODE: Mode = Mode::from_bits(0o666);

/// How to create a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateFileOptions {
    /// Bytes of every block but the last.
    pub block_size: i64,
    /// Whether missing directories above it are created too.
    pub recursive: bool,
    /// Permissions; the default ones without the umask when `None`.
    pub mode: Option<Mode>,
    /// How many copies are wanted.
    pub replication: Replication,
    /// Where the writer will put the content.
    pub write_type: WriteType,
    /// When the file expires.
    pub ttl: Ttl,
    /// Extended attributes.
    pub xattr: BTreeMap<String, Vec<u8>>,
    /// Whether a file that is there is replaced.
    pub overwrite: bool,
}

impl Default for CreateFileOptions {
    fn default() -> Self {
        Self {
            block_size: 64 << 20,
            recursive: false,
            mode: None,
            replication: Replication::UNLIMITED,
            write_type: WriteType::MustCache,
            ttl: Ttl::NONE,
            xattr: BTreeMap::new(),
            overwrite: false,
        }
    }
}

/// What counts of a path of which the store does not tell whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownPath {
    /// A store that does not answer does not keep anybody from writing to workers.
    IsFree,
    /// What is made now will be written to the store, over what may be there.
    IsRefused,
}

impl CreateFileOptions {
    fn check(&self) -> Result<(), FileSystemError> {
        if self.block_size < 1 {
            return Err(FileSystemError::InvalidBlockSize {
                size: self.block_size,
            });
        }
        let Replication { min, max } = self.replication;
        if max >= 0 && min > max {
            return Err(FileSystemError::InvalidReplication { min, max });
        }
        Ok(())
    }
}

impl FileSystemMaster {
    /// Creates a file and tells where its content goes.
    ///
    /// # Errors
    /// When the path is taken, its parent is missing or a file, or the caller may not.
    pub async fn create_file(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: CreateFileOptions,
    ) -> Result<FileInfo, FileSystemError> {
        let id = self.create_file_id(request, path, options).await?;
        self.info_of(id)
    }

    /// As [`Self::create_file`], for callers that read the status themselves.
    ///
    /// # Errors
    /// As [`Self::create_file`].
    pub async fn create_file_id(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: CreateFileOptions,
    ) -> Result<InodeId, FileSystemError> {
        options.check()?;
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return self.id_at(path);
        }
        self.refresh(request, path, Depth::This).await?;
        // What goes to the store replaces what is there.
        let unknown = match options.write_type {
            WriteType::MustCache | WriteType::TryCache | WriteType::None => UnknownPath::IsFree,
            WriteType::CacheThrough | WriteType::Through | WriteType::AsyncThrough => {
                UnknownPath::IsRefused
            }
        };
        self.load_before_create(request, path, unknown).await?;
        if options.overwrite {
            Box::pin(self.delete_overwritten(request, path, &options)).await?;
        }
        let id = if options.write_type.writes_through() {
            Box::pin(self.create_file_in_store(request, path, &options)).await?
        } else {
            let scope = Scope::Paths(&[path]);
            self.change(request, scope, |draft| {
                let ancestors = Ancestors::NamespaceOnly;
                let new = NewPath {
                    request,
                    path,
                    ancestors,
                };
                self.decide_create_file(draft, new, &options)
            })
            .await?
        };
        self.sync_times.forget_absent(path);
        Ok(id)
    }

    async fn create_file_in_store(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: &CreateFileOptions,
    ) -> Result<InodeId, FileSystemError> {
        let reservation = self.reserve_new(request, path).await?;
        let mounts = self.mounts.load_full();
        self.read(|tree| check_create_file(tree, &mounts, request, path, options))?;
        self.check_store_writable(path)?;
        let new = NewInStore {
            request,
            path,
            directory: None,
        };
        self.make_in_store(new, reservation, |draft, fresh| {
            let ancestors = Ancestors::InStore { fresh };
            let new = NewPath {
                request,
                path,
                ancestors,
            };
            self.decide_create_file(draft, new, options)
        })
        .await
    }

    fn decide_create_file(
        &self,
        draft: &mut Draft<'_>,
        new: NewPath<'_>,
        options: &CreateFileOptions,
    ) -> Result<InodeId, FileSystemError> {
        let NewPath { request, path, .. } = new;
        if request.presence.has_ended() {
            // It would stay incomplete.
            return Err(FileSystemError::Cancelled);
        }
        check_create_file(draft.tree, draft.mounts, request, path, options)?;
        let caller = &request.caller;
        let (parent_id, inherited) = draft_ancestors(draft, new, self.conf.umask);
        let id = draft.next_file_id();
        let mut entry = draft_file(id, parent_id, path.name(), draft.now);
        caller.user().clone_into(&mut entry.owner);
        caller.primary_group().clone_into(&mut entry.group);
        let mode = options.mode.unwrap_or(FILE_MODE.without(self.conf.umask));
        (entry.mode, entry.acl) = inherited.permissions(mode);
        // Copies that must be there are not evicted.
        entry.pinned = inherited.pinned || options.replication.min > 0;
        entry.media = inherited.media;
        entry.block_size = options.block_size;
        entry.replication = options.replication;
        if entry.pinned && entry.replication.min == 0 {
            entry.replication.min = 1;
        }
        entry.ttl = options.ttl;
        entry.xattr.clone_from(&options.xattr);
        if options.write_type.writes_through() {
            entry.persistence = PersistenceState::Persisted;
        }
        draft.push(JournalEntry::InodeFile(Box::new(entry)));
        Ok(id)
    }

    /// Removes the file that an overwriting create replaces, as a delete of its own would.
    async fn delete_overwritten(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: &CreateFileOptions,
    ) -> Result<(), FileSystemError> {
        let exists = self.read(|tree| match tree.find(path) {
            Some(inode) if inode.is_directory() => {
                Err(FileSystemError::DirectoryNotOverwritable { path: path.clone() })
            }
            Some(_) => Ok(true),
            None => Ok(false),
        })?;
        if !exists {
            return Ok(());
        }
        options.check()?;
        let deleted = self
            .delete(&request.as_part(), path, DeleteOptions::default())
            .await;
        match deleted {
            Err(error) if error.is_not_found() => Ok(()),
            other => other,
        }
    }

    /// Looks into the store for something at a path that is about to be created, where the
    /// namespace cannot know.
    pub(super) async fn load_before_create(
        &self,
        request: &Request,
        path: &AlluxioPath,
        unknown: UnknownPath,
    ) -> Result<(), FileSystemError> {
        let may_be_there = self.read(|tree| match tree.resolve(path) {
            Ok(_) => false,
            Err(unresolved) => {
                let nearest = unresolved.nearest;
                nearest.is_directory()
                    && nearest.persistence() == PersistenceState::Persisted
                    && !nearest.children_loaded()
            }
        });
        if !may_be_there || (unknown == UnknownPath::IsFree && self.has_just_been_silent(path)) {
            return Ok(());
        }
        match self.load_path(request, path).await {
            Err(error) if unknown == UnknownPath::IsFree => {
                tracing::debug!(%path, %error, "store cannot be asked before a create");
                Ok(())
            }
            loaded => loaded,
        }
    }
}

fn check_create_file(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    path: &AlluxioPath,
    options: &CreateFileOptions,
) -> Result<(), FileSystemError> {
    let trace = tree.trace(path);
    check_no_file_on_the_way(&trace, path)?;
    check_parent(&request.caller, &trace, path, alluxio_common::Access::WRITE)?;
    check_writable(mounts, path)?;
    match trace.target() {
        Some(inode) if inode.is_directory() && options.overwrite => {
            Err(FileSystemError::DirectoryNotOverwritable { path: path.clone() })
        }
        Some(_) => Err(FileSystemError::FileExists { path: path.clone() }),
        None if options.recursive => Ok(()),
        None => check_parent_exists(&trace, path),
    }
}
