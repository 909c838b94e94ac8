//! Creating a directory.

use std::collections::BTreeMap;

use alluxio_common::{Access, AlluxioPath, Mode, PersistenceState, WriteType};
use alluxio_ufs::MkdirOptions;

use super::create_file::UnknownPath;
use super::make_in_store::NewInStore;
use super::namespace::Draft;
use super::new_inode::{
    Ancestors, NewPath, check_no_file_on_the_way, check_parent_exists, check_writable,
    draft_ancestors, draft_directory,
};
use super::{Depth, FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeTree, Ttl};
use crate::journal_entry::JournalEntry;
use crate::mount::MountTable;
use crate::permission::check_parent;

/// The mode of a directory before the umask.
const DIRECTORY_MODE: Mode = Mode::from_bits(0o777);

/// How to create a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDirectoryOptions {
    /// Whether missing directories above it are created too.
    pub recursive: bool,
    /// Whether a directory that is there already is a success.
    pub allow_exists: bool,
    /// Permissions; the default ones without the umask when `None`.
    pub mode: Option<Mode>,
    /// Whether it is created in the store, too.
    pub write_type: WriteType,
    /// When it expires.
    pub ttl: Ttl,
    /// Extended attributes.
    pub xattr: BTreeMap<String, Vec<u8>>,
}

impl Default for CreateDirectoryOptions {
    fn default() -> Self {
        Self {
            recursive: false,
            allow_exists: false,
            mode: None,
            write_type: WriteType::MustCache,
            ttl: Ttl::NONE,
            xattr: BTreeMap::new(),
        }
    }
}

/// What stands in the way of a new directory.
enum Obstacle {
    Nothing,
    /// The directory is there, and that is fine.
    Itself,
}

impl FileSystemMaster {
    /// Creates a directory.
    ///
    /// # Errors
    /// When the path is taken, its parent is missing or a file, or the caller may not.
    pub async fn create_directory(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: CreateDirectoryOptions,
    ) -> Result<(), FileSystemError> {
        let _in_flight = self.enter(request).await;
        if self.is_done(request).await? {
            return Ok(());
        }
        self.refresh(request, path, Depth::This).await?;
        // A directory replaces nothing; but a store that does not answer now does not make it either.
        let unknown = match options.write_type.writes_through() {
            true => UnknownPath::IsRefused,
            false => UnknownPath::IsFree,
        };
        self.load_before_create(request, path, unknown).await?;
        if options.write_type.writes_through() {
            return Box::pin(self.create_directory_in_store(request, path, &options)).await;
        }
        self.change(request, Scope::Paths(&[path]), |draft| {
            let ancestors = Ancestors::NamespaceOnly;
            let new = NewPath {
                request,
                path,
                ancestors,
            };
            self.decide_create_directory(draft, new, &options)
        })
        .await?;
        self.sync_times.forget_absent(path);
        Ok(())
    }

    async fn create_directory_in_store(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: &CreateDirectoryOptions,
    ) -> Result<(), FileSystemError> {
        let reservation = self.reserve_new(request, path).await?;
        let mounts = self.mounts.load_full();
        let obstacle =
            self.read(|tree| check_create_directory(tree, &mounts, request, path, options))?;
        if matches!(obstacle, Obstacle::Itself) {
            return Ok(());
        }
        self.check_store_writable(path)?;
        let mut mkdir = MkdirOptions::new(self.directory_mode(options));
        mkdir.owner = Some(request.caller.user().to_owned());
        mkdir.group = Some(request.caller.primary_group().to_owned());
        let new = NewInStore {
            request,
            path,
            directory: Some(mkdir),
        };
        self.make_in_store(new, reservation, |draft, fresh| {
            let ancestors = Ancestors::InStore { fresh };
            let new = NewPath {
                request,
                path,
                ancestors,
            };
            self.decide_create_directory(draft, new, options)
        })
        .await?;
        self.sync_times.forget_absent(path);
        Ok(())
    }

    fn directory_mode(&self, options: &CreateDirectoryOptions) -> Mode {
        options
            .mode
            .unwrap_or(DIRECTORY_MODE.without(self.conf.umask))
    }

    fn decide_create_directory(
        &self,
        draft: &mut Draft<'_>,
        new: NewPath<'_>,
        options: &CreateDirectoryOptions,
    ) -> Result<(), FileSystemError> {
        let NewPath { request, path, .. } = new;
        match check_create_directory(draft.tree, draft.mounts, request, path, options)? {
            Obstacle::Itself => return Ok(()),
            Obstacle::Nothing => {}
        }
        let caller = &request.caller;
        let (parent_id, inherited) = draft_ancestors(draft, new, self.conf.umask);
        let id = draft.next_directory_id();
        let mut entry = draft_directory(id, parent_id, path.name(), draft.now);
        caller.user().clone_into(&mut entry.owner);
        caller.primary_group().clone_into(&mut entry.group);
        (entry.mode, entry.acl) = inherited.permissions(self.directory_mode(options));
        entry.default_acl = inherited.default_acl;
        entry.pinned = inherited.pinned;
        entry.media = inherited.media;
        entry.ttl = options.ttl;
        entry.xattr.clone_from(&options.xattr);
        if let Ancestors::InStore { fresh } = new.ancestors {
            entry.persistence = PersistenceState::Persisted;
            entry.children_loaded = fresh.contains(path);
        }
        draft.push(JournalEntry::InodeDirectory(Box::new(entry)));
        Ok(())
    }
}

fn check_create_directory(
    tree: &InodeTree,
    mounts: &MountTable,
    request: &Request,
    path: &AlluxioPath,
    options: &CreateDirectoryOptions,
) -> Result<Obstacle, FileSystemError> {
    if path.is_root() {
        return Err(FileSystemError::RootExists);
    }
    let trace = tree.trace(path);
    check_no_file_on_the_way(&trace, path)?;
    check_parent(&request.caller, &trace, path, Access::WRITE)?;
    match trace.target() {
        Some(inode) if inode.is_directory() && options.allow_exists => Ok(Obstacle::Itself),
        Some(_) => Err(FileSystemError::DirectoryExists { path: path.clone() }),
        None => {
            check_writable(mounts, path)?;
            if !options.recursive {
                check_parent_exists(&trace, path)?;
            }
            Ok(Obstacle::Nothing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_system::testing::{Fixture, path};

    async fn mkdir(fixture: &Fixture, text: &str, options: CreateDirectoryOptions) -> String {
        let request = fixture.root();
        let made = fixture
            .master
            .create_directory(&request, &path(text), options)
            .await;
        made.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    }

    fn allow_exists() -> CreateDirectoryOptions {
        CreateDirectoryOptions {
            allow_exists: true,
            ..CreateDirectoryOptions::default()
        }
    }

    #[tokio::test]
    async fn create_directory_refuses_what_is_there_unless_it_may_be() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/d").await.unwrap();
        fixture.create("/f").await.unwrap();
        let default = CreateDirectoryOptions::default;
        let taken = "Not allowed to create directory because path already exists: ";
        assert_eq!(mkdir(&fixture, "/d", default()).await, format!("{taken}/d"));
        assert_eq!(mkdir(&fixture, "/d", allow_exists()).await, "ok");
        assert_eq!(
            mkdir(&fixture, "/f", allow_exists()).await,
            format!("{taken}/f")
        );
        for options in [default(), allow_exists()] {
            assert_eq!(
                mkdir(&fixture, "/", options).await,
                "Not allowed to create existing root path: /"
            );
        }
    }

    #[tokio::test]
    async fn create_directory_makes_parents_only_when_asked() {
        let fixture = Fixture::new().await;
        assert_eq!(
            mkdir(&fixture, "/no/d", CreateDirectoryOptions::default()).await,
            "File /no/d creation failed. Component 1(no) does not exist"
        );
        let recursive = CreateDirectoryOptions {
            recursive: true,
            ..CreateDirectoryOptions::default()
        };
        assert_eq!(mkdir(&fixture, "/no/a/d", recursive).await, "ok");
        let info = fixture.status("/no/a").await.unwrap();
        assert_eq!((info.mode.bits(), info.length), (0o755, 1));
        assert_eq!(info.persistence, PersistenceState::NotPersisted);
    }

    #[tokio::test]
    async fn a_directory_written_through_is_in_the_store() {
        let fixture = Fixture::new().await;
        let options = CreateDirectoryOptions {
            recursive: true,
            write_type: WriteType::CacheThrough,
            ..CreateDirectoryOptions::default()
        };
        assert_eq!(mkdir(&fixture, "/a/b", options).await, "ok");
        assert!(fixture.ufs_file("/a/b").is_dir());
        let info = fixture.status("/a/b").await.unwrap();
        assert_eq!(info.persistence, PersistenceState::Persisted);
    }

    #[tokio::test]
    async fn create_directory_refuses_a_read_only_mount() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/q").await.unwrap();
        fixture.mount_read_only("/q/ro", "ro").await;
        for write_type in [WriteType::CacheThrough, WriteType::MustCache] {
            let options = CreateDirectoryOptions {
                write_type,
                ..CreateDirectoryOptions::default()
            };
            assert_eq!(
                mkdir(&fixture, "/q/ro/nd", options).await,
                "A write operation on /q/ro/nd under a readonly mount point /q/ro is not allowed"
            );
        }
    }
}
