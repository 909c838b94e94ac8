//! What interrupted work left in the stores: copies that nobody will name, uploads that never ended.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{MountId, Timestamp, UfsPath};
use alluxio_ufs::{ListOptions, UfsError};
use futures::future::join_all;

use super::FileSystemMaster;
use crate::mount::MountPoint;

impl FileSystemMaster {
    /// Deletes the copy of a try to persist that failed. What cannot be deleted now is found at the
    /// next start.
    pub async fn discard_copy(&self, mount_id: MountId, temporary: &UfsPath) {
        let Some(mount) = self.mounts.load().by_id(mount_id).cloned() else {
            return;
        };
        let Ok(store) = self.stores.of(&mount) else {
            return;
        };
        let _permit = self.persist_attempts.naming.acquire(mount_id).await;
        match store.delete_file(temporary).await {
            Err(error) if !error.is_absence() => {
                tracing::debug!(ufs_path = %temporary, %error, "copy stays for now");
            }
            Ok(()) | Err(_) => {}
        }
        // Whoever wrote it may have been killed before it was there; some stores tell of its parts
        // only to those who know its name.
        if let Err(error) = store.cleanup(temporary, Duration::ZERO).await {
            tracing::debug!(ufs_path = %temporary, %error, "unfinished copy stays for now");
        }
    }

    /// Deletes the copies that were begun before this time: an earlier primary had them made, and
    /// nobody will give them their names.
    pub async fn discard_copies_before(&self, time: Timestamp) {
        // All at once: a store that hangs must not keep what lies in the others.
        let discarded = self.writable_mounts().into_iter().map(async |mount| {
            match self.discard_copies_of(&mount, time).await {
                Ok(0) => {}
                Ok(count) => {
                    tracing::info!(count, path = %mount.path, "copies of an earlier primary deleted");
                }
                Err(error) => tracing::debug!(path = %mount.path, %error, "copies stay for now"),
            }
        });
        join_all(discarded).await;
    }

    async fn discard_copies_of(
        &self,
        mount: &MountPoint,
        time: Timestamp,
    ) -> Result<usize, UfsError> {
        let store = self.stores.of(mount)?;
        let folder = mount.ufs.join(&self.conf.persist_directory);
        let mut listing = match store.list(&folder, ListOptions::flat()).await {
            Ok(listing) => listing,
            Err(error) if error.is_absence() => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut count = 0;
        loop {
            let page = match listing.next_page().await {
                Ok(page) => page,
                Err(error) if error.is_absence() => return Ok(count),
                Err(error) => return Err(error),
            };
            if page.is_empty() {
                return Ok(count);
            }
            let old: Vec<UfsPath> = page
                .iter()
                .filter(|status| begun_at(status.name()).is_some_and(|begun| begun < time))
                .map(|status| folder.join(status.name()))
                .collect();
            let deleted = store.delete_files(&old).await;
            count += deleted.iter().filter(|deleted| deleted.is_ok()).count();
        }
    }

    /// Removes what writers left in the stores that were interrupted this long ago.
    pub async fn clean_stores(&self, age: Duration) {
        let cleaned = self.writable_mounts().into_iter().map(async |mount| {
            let cleaned = match self.stores.of(&mount) {
                Ok(store) => store.cleanup(&mount.ufs, age).await,
                Err(error) => Err(error),
            };
            match cleaned {
                Ok(count) => tracing::info!(count, path = %mount.path, "store cleaned"),
                Err(error) => {
                    tracing::warn!(path = %mount.path, %error, "store could not be cleaned");
                }
            }
        });
        join_all(cleaned).await;
    }

    fn writable_mounts(&self) -> Vec<Arc<MountPoint>> {
        let mounts = self.mounts.load();
        let writable = mounts.iter().filter(|mount| !mount.read_only);
        writable.cloned().collect()
    }
}

/// When the copy with this name was begun; `None` for the names of others.
fn begun_at(name: &str) -> Option<Timestamp> {
    let (_, rest) = name.split_once(".alluxio.")?;
    let (millis, rest) = rest.split_once('.')?;
    let is_ours = rest.strip_suffix(".tmp").is_some_and(|id| id.contains('-'));
    let millis = millis.parse().ok().filter(|_| is_ours)?;
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_system::PersistRoom;
    use crate::file_system::testing::Fixture;

    #[tokio::test]
    async fn only_copies_of_the_past_are_discarded() {
        let fixture = Fixture::new().await;
        let master = &fixture.master;
        fixture.write_async("/old", b"data").await;
        let old = master
            .files_to_persist(PersistRoom::shared_by_all(1))
            .remove(0);
        fixture.write_copy(&old, b"data");
        fixture.write_ufs("/.alluxio_ufs_persistence/a file of somebody", b"data");
        fixture.advance(Duration::from_millis(1));
        fixture.write_async("/new", b"data").await;
        let new = master
            .files_to_persist(PersistRoom::shared_by_all(1))
            .remove(0);
        fixture.write_copy(&new, b"data");
        master.discard_copies_before(fixture.now()).await;
        let listed = std::fs::read_dir(fixture.ufs_file("/.alluxio_ufs_persistence")).unwrap();
        assert_eq!(listed.count(), 2);
        master
            .persisted(new.file_id, new.mount_id, &new.temporary)
            .await
            .unwrap();
        assert_eq!(fixture.read_ufs("/new"), b"data");
    }

    #[tokio::test]
    async fn the_copy_of_a_failed_try_is_discarded() {
        let fixture = Fixture::new().await;
        fixture.write_async("/f", b"data").await;
        let task = fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(1))
            .remove(0);
        fixture.write_copy(&task, b"data");
        for _twice in 0..2 {
            fixture
                .master
                .discard_copy(task.mount_id, &task.temporary)
                .await;
        }
        let listed = std::fs::read_dir(fixture.ufs_file("/.alluxio_ufs_persistence")).unwrap();
        assert_eq!(listed.count(), 0);
    }
}
