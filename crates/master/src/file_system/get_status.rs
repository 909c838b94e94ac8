//! Telling everything about one path; also by id, and whether it is there at all.

use alluxio_common::{Access, AlluxioPath, InodeId};

use super::change_found::is_refusal_of_journal;
use super::file_info::FileInfo;
use super::new_inode::find_target;
use super::status_view::StatusView;
use super::{Depth, FileSystemMaster, LoadMetadata, Request, Scope};
use crate::error::FileSystemError;
use crate::inode::{InodeRef, InodeTree};
use crate::permission::{check_access, check_parent};

/// How to look at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetStatusOptions {
    /// When the store is asked for a path that the namespace does not have.
    pub load: LoadMetadata,
    /// What the caller is going to do with the file; `NONE` for just looking.
    pub access: Access,
    /// Whether an access for reading counts as one.
    pub update_access_time: bool,
}

impl Default for GetStatusOptions {
    fn default() -> Self {
        Self {
            load: LoadMetadata::Once,
            access: Access::NONE,
            update_access_time: false,
        }
    }
}

impl FileSystemMaster {
    /// Everything about a path.
    ///
    /// # Errors
    /// When nothing is there, or the caller may not walk to it or not access it as asked.
    pub async fn get_status(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: GetStatusOptions,
    ) -> Result<FileInfo, FileSystemError> {
        self.visit_status(request, path, options, |status| status.to_info())
            .await
    }

    /// As [`Self::get_status`], without a copy: `visit` reads what it needs while the tree is
    /// locked.
    ///
    /// # Errors
    /// As [`Self::get_status`].
    pub async fn visit_status<R>(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: GetStatusOptions,
        visit: impl FnOnce(&StatusView<'_>) -> R,
    ) -> Result<R, FileSystemError> {
        self.refresh(request, path, Depth::This).await?;
        if options.access.includes(Access::READ) {
            match self.complete_abandoned(path, Scope::Paths(&[path])).await {
                Err(error) if !is_refusal_of_journal(&error) => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let (error, visit) = match self.try_visit(request, path, options, visit) {
            Ok(answer) => return Ok(answer),
            Err(refused) => refused,
        };
        if !error.is_not_found() || options.load == LoadMetadata::Never {
            return Err(error);
        }
        self.load_path(request, path).await?;
        self.try_visit(request, path, options, visit)
            .map_err(|(error, _visit)| error)
    }

    /// Shows what the namespace has, or gives the visitor back.
    fn try_visit<R, V>(
        &self,
        request: &Request,
        path: &AlluxioPath,
        options: GetStatusOptions,
        visit: V,
    ) -> Result<R, (FileSystemError, V)>
    where
        V: FnOnce(&StatusView<'_>) -> R,
    {
        let mounts = self.mounts.load();
        let namespace = self.namespace.read();
        let inode = match check_status(&namespace.tree, request, path, options.access) {
            Ok(inode) => inode,
            Err(error) => return Err((error, visit)),
        };
        if options.update_access_time && options.access.includes(Access::READ) && inode.is_file() {
            self.access_times.note(inode, self.clock.now());
        }
        Ok(self.show(inode, path, &mounts, visit))
    }

    /// Whether something is at a path. What the caller may not see is not there.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn exists(
        &self,
        request: &Request,
        path: &AlluxioPath,
        load: LoadMetadata,
    ) -> Result<bool, FileSystemError> {
        let options = GetStatusOptions {
            load,
            ..GetStatusOptions::default()
        };
        match self
            .visit_status(request, path, options, |_status| ())
            .await
        {
            Ok(()) => Ok(true),
            Err(
                FileSystemError::PathNotFound { .. } | FileSystemError::ParentNotDirectory { .. },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Where the inode with this id stands.
    ///
    /// # Errors
    /// `IdNotFound`.
    pub fn file_path(&self, id: InodeId) -> Result<AlluxioPath, FileSystemError> {
        self.path_of(id).ok_or(FileSystemError::IdNotFound { id })
    }

    /// Checks whether the caller may access a path in this way.
    ///
    /// # Errors
    /// When nothing is there, or the caller may not.
    pub async fn check_access(
        &self,
        request: &Request,
        path: &AlluxioPath,
        access: Access,
    ) -> Result<(), FileSystemError> {
        let options = GetStatusOptions {
            access,
            ..GetStatusOptions::default()
        };
        self.visit_status(request, path, options, |_status| ())
            .await
    }

    /// The inode at a path that an earlier try of this request has created.
    pub(super) fn id_at(&self, path: &AlluxioPath) -> Result<InodeId, FileSystemError> {
        self.read(|tree| find_target(&tree.trace(path), path).map(InodeRef::id))
    }

    /// Answers the request to follow the changes of a store: no store here reports them.
    ///
    /// # Errors
    /// Always: when the caller may not, else that it is not supported.
    pub fn refuse_active_sync(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<(), FileSystemError> {
        self.read(|tree| check_parent(&request.caller, &tree.trace(path), path, Access::WRITE))?;
        let (store, _) = self.resolve_store(path)?;
        Err(FileSystemError::ActiveSyncUnsupported { kind: store.kind() })
    }
}

/// The inode at the path, if the caller may look at it.
fn check_status<'t>(
    tree: &'t InodeTree,
    request: &Request,
    path: &AlluxioPath,
    access: Access,
) -> Result<InodeRef<'t>, FileSystemError> {
    // The common case needs no list of what is on the way.
    if request.caller.is_superuser()
        && let Ok(inode) = tree.resolve(path)
    {
        return Ok(inode);
    }
    let trace = tree.trace(path);
    check_access(&request.caller, &trace, path, access)?;
    find_target(&trace, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_system::testing::{Fixture, path};

    #[tokio::test]
    async fn get_status_tells_a_missing_path_from_one_below_a_file() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/q").await.unwrap();
        fixture.create("/q/f").await.unwrap();
        for (text, expected) in [
            ("/q/no", "Path \"/q/no\" does not exist."),
            ("/no/a/b/c", "Path \"/no/a/b/c\" does not exist."),
            (
                "/q/f/x",
                "Traversal failed for path /q/f/x. Component 2(f) is a file, not a directory.",
            ),
        ] {
            assert_eq!(
                fixture.status(text).await.unwrap_err().to_string(),
                expected
            );
            let (request, target) = (fixture.root(), path(text));
            let exists = fixture.master.exists(&request, &target, LoadMetadata::Once);
            assert!(!exists.await.unwrap());
        }
    }

    #[tokio::test]
    async fn get_status_needs_execute_on_the_way_even_to_nothing() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/priv").await.unwrap();
        fixture.create("/priv/f").await.unwrap();
        fixture.set_mode("/priv", 0o700).await;
        for text in ["/priv/f", "/priv/none"] {
            let alice = fixture.user("alice");
            let options = GetStatusOptions::default();
            let error = fixture
                .master
                .get_status(&alice, &path(text), options)
                .await;
            assert_eq!(
                error.unwrap_err().to_string(),
                format!(
                    "Permission denied: user=alice, access=--x, path={text}: failed at priv, \
                     inode owner=root, inode group=root, inode mode=rwx------"
                )
            );
        }
    }

    #[tokio::test]
    async fn opening_a_file_needs_read_on_it_but_looking_at_it_does_not() {
        let fixture = Fixture::new().await;
        fixture.create("/secret").await.unwrap();
        fixture.set_mode("/secret", 0o600).await;
        let alice = fixture.user("alice");
        let look = GetStatusOptions::default();
        let secret = path("/secret");
        fixture
            .master
            .get_status(&alice, &secret, look)
            .await
            .unwrap();
        let open = GetStatusOptions {
            access: Access::READ,
            ..look
        };
        let error = fixture.master.get_status(&alice, &secret, open).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "Permission denied: user=alice, access=r--, path=/secret: failed at secret, inode \
             owner=root, inode group=root, inode mode=rw-------"
        );
    }

    #[tokio::test]
    async fn a_path_that_only_the_store_has_is_found_with_its_directories() {
        let fixture = Fixture::new().await;
        fixture.write_ufs("/a/b/c", b"hello");
        let info = fixture.status("/a/b/c").await.unwrap();
        assert_eq!((info.length, info.completed), (5, true));
        assert!(info.ufs_fingerprint.starts_with("TYPE|FILE"));
        assert!(fixture.status("/a/b").await.unwrap().folder);
        let never = GetStatusOptions {
            load: LoadMetadata::Never,
            ..GetStatusOptions::default()
        };
        fixture.write_ufs("/a/d", b"");
        let request = fixture.root();
        let missing = fixture
            .master
            .get_status(&request, &path("/a/d"), never)
            .await;
        assert!(missing.unwrap_err().is_not_found());
    }

    #[tokio::test]
    async fn an_access_time_is_seen_at_once_and_journalled_later() {
        let fixture = Fixture::new().await;
        fixture.write_file("/f", &[1]).await;
        fixture.advance(std::time::Duration::from_secs(2 * 86_400));
        let open = GetStatusOptions {
            access: Access::READ,
            update_access_time: true,
            ..GetStatusOptions::default()
        };
        let request = fixture.root();
        let info = fixture
            .master
            .get_status(&request, &path("/f"), open)
            .await
            .unwrap();
        assert_eq!(info.access_time, fixture.now());
        assert!(info.modification_time < info.access_time);
        fixture.master.flush_access_times().await.unwrap();
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
        assert_eq!(
            fixture.status("/f").await.unwrap().access_time,
            fixture.now()
        );
    }
}
