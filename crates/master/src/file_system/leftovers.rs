//! What interrupted work left in the stores: copies that nobody will name, uploads that never ended.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Heartbeat, InodeId, MountId, Tasks, Timestamp, UfsPath};
use alluxio_ufs::{ListOptions, UfsError};
use futures::future::join_all;
use parking_lot::Mutex;

use super::FileSystemMaster;
use crate::mount::MountPoint;

/// How often it is looked for copies that came late. A job worker whose master is gone closes the
/// copy that it is writing, mostly within a minute.
const SWEEP_INTERVAL: Duration = Duration::from_mins(2);

/// How long a copy that nobody wants may still come: a worker may write a large one for that long.
const LATE_FOR: Duration = Duration::from_hours(1);

/// How many of them are remembered, the latest ones: some hundred bytes each. Those of before are
/// found at the next start.
const LATE_LIMIT: usize = 10_000;

/// Copies that nobody wants any more, and whose writers may not have heard of it.
#[derive(Debug, Default)]
pub(super) struct LateCopies {
    copies: Mutex<VecDeque<LateCopy>>,
}

#[derive(Debug, Clone)]
struct LateCopy {
    mount_id: MountId,
    temporary: UfsPath,
    /// Monotonic.
    since: Duration,
    /// The next look is so long after that; then twice as long, and so on.
    pause: Duration,
}

impl LateCopies {
    fn push(&self, copy: LateCopy) {
        let mut copies = self.copies.lock();
        copies.push_back(copy);
        if copies.len() > LATE_LIMIT {
            copies.pop_front();
        }
    }

    /// Those that have had time to come, by their mounts; the ones that cannot come any more are
    /// forgotten.
    fn due(&self, now: Duration) -> BTreeMap<MountId, Vec<UfsPath>> {
        let mut due: BTreeMap<MountId, Vec<UfsPath>> = BTreeMap::new();
        let mut copies = self.copies.lock();
        for copy in copies.iter_mut() {
            if now.saturating_sub(copy.since) >= copy.pause {
                let of_mount = due.entry(copy.mount_id).or_default();
                of_mount.push(copy.temporary.clone());
                copy.pause *= 2;
            }
        }
        copies.retain(|copy| copy.pause <= LATE_FOR);
        due
    }
}

impl FileSystemMaster {
    /// Starts to look for copies that came after nobody wanted them any more: of the primary before
    /// this time, and of tries of this one.
    pub fn start_sweeping_copies(self: &Arc<Self>, tasks: &Tasks, started: Timestamp) {
        let master = Arc::clone(self);
        Heartbeat::new("late copies", SWEEP_INTERVAL).start(tasks, move || {
            let master = Arc::clone(&master);
            async move { master.sweep_copies(started).await }
        });
    }

    pub(super) async fn sweep_copies(&self, started: Timestamp) {
        self.discard_copies_before(started).await;
        let due = self.late_copies.due(self.clock.monotonic());
        // A store that hangs must not keep what lies in the others.
        let deleted = due.into_iter().map(async |(mount, copies)| {
            for copy in copies {
                self.delete_copy_if_there(mount, &copy).await;
            }
        });
        join_all(deleted).await;
    }

    /// A copy may be on its way that nobody will name.
    pub fn expect_late_copy(&self, mount_id: MountId, temporary: &UfsPath) {
        self.late_copies.push(LateCopy {
            mount_id,
            temporary: temporary.clone(),
            since: self.clock.monotonic(),
            pause: SWEEP_INTERVAL,
        });
    }

    /// Deletes the copy of a try to persist that failed, now, and when it comes later.
    pub async fn discard_copy(&self, mount_id: MountId, temporary: &UfsPath) {
        self.expect_late_copy(mount_id, temporary);
        self.delete_copy_if_there(mount_id, temporary).await;
    }

    async fn delete_copy_if_there(&self, mount_id: MountId, temporary: &UfsPath) {
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
    /// nobody will give them their names. Those of files that are being tried now are left, whatever
    /// the clock says.
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
                .filter(|status| {
                    let copy = CopyName::parse(status.name());
                    copy.is_some_and(|copy| {
                        copy.begun < time && !self.persist_attempts.is_running(copy.file)
                    })
                })
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

/// What the name of a copy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CopyName {
    file: InodeId,
    begun: Timestamp,
}

impl CopyName {
    /// `None` for the names of others.
    fn parse(name: &str) -> Option<Self> {
        let (_, rest) = name.split_once(".alluxio.")?;
        let (millis, rest) = rest.split_once('.')?;
        let (file, _random) = rest.strip_suffix(".tmp")?.split_once('-')?;
        Some(Self {
            file: InodeId::from_raw(i64::from_str_radix(file, 16).ok()?),
            begun: Timestamp::from_millis(millis.parse().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_system::testing::Fixture;
    use crate::file_system::{DeleteOptions, PersistRoom};

    #[tokio::test]
    async fn only_copies_of_the_past_are_discarded() {
        let mut fixture = Fixture::new().await;
        fixture.write_async("/old", b"data").await;
        let old = fixture
            .master
            .files_to_persist(PersistRoom::shared_by_all(1))
            .remove(0);
        fixture.write_copy(&old, b"data");
        fixture.write_ufs("/.alluxio_ufs_persistence/a file of somebody", b"data");
        fixture.advance(Duration::from_millis(1));
        fixture.restart();
        let started = fixture.now();
        let master = &fixture.master;
        fixture
            .delete("/old", DeleteOptions::default())
            .await
            .unwrap();
        fixture.write_async("/new", b"data").await;
        let new = master
            .files_to_persist(PersistRoom::shared_by_all(1))
            .remove(0);
        fixture.write_copy(&new, b"data");
        master.discard_copies_before(started).await;
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

    fn copies(fixture: &Fixture) -> usize {
        let folder = fixture.ufs_file("/.alluxio_ufs_persistence");
        std::fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn a_copy_that_is_closed_after_nobody_wanted_it_goes_later() {
        let mut fixture = Fixture::new().await;
        fixture.write_async("/f", b"data").await;
        let room = || PersistRoom::shared_by_all(1);
        let task = fixture.master.files_to_persist(room()).remove(0);
        let discarded = fixture.master.discard_copy(task.mount_id, &task.temporary);
        discarded.await;
        // Its job worker has not heard of it.
        fixture.write_copy(&task, b"data");
        let started = fixture.now();
        fixture.advance(SWEEP_INTERVAL);
        fixture.master.sweep_copies(started).await;
        assert_eq!(copies(&fixture), 0);
        // The same for a primary that was killed.
        fixture.restart();
        let restarted = fixture.now();
        fixture.master.sweep_copies(restarted).await;
        fixture.write_copy(&task, b"data");
        fixture.master.sweep_copies(restarted).await;
        assert_eq!(copies(&fixture), 0);
    }

    #[tokio::test]
    async fn a_copy_that_is_being_made_stays_although_the_clock_went_back() {
        let fixture = Fixture::new().await;
        fixture.write_async("/f", b"data").await;
        let room = PersistRoom::shared_by_all(1);
        let task = fixture.master.files_to_persist(room).remove(0);
        fixture.write_copy(&task, b"data");
        let started = Timestamp::from_millis(fixture.now().millis() + 3_600_000);
        fixture.master.sweep_copies(started).await;
        let named = fixture
            .master
            .persisted(task.file_id, task.mount_id, &task.temporary);
        named.await.unwrap();
        assert_eq!(fixture.read_ufs("/f"), b"data");
    }

    #[test]
    fn copies_are_not_remembered_for_ever() {
        let late = LateCopies::default();
        let minutes = Duration::from_mins;
        for _one_too_many in 0..=LATE_LIMIT {
            late.push(LateCopy {
                mount_id: MountId::ROOT,
                temporary: UfsPath::parse("/store/copy").unwrap(),
                since: minutes(10),
                pause: SWEEP_INTERVAL,
            });
        }
        let due = |now| late.due(now).values().map(Vec::len).sum::<usize>();
        assert_eq!(due(minutes(11)), 0);
        let looks = (11..200).filter(|now| due(minutes(*now)) == LATE_LIMIT);
        assert_eq!(looks.collect::<Vec<_>>(), [12, 14, 18, 26, 42]);
        assert!(late.copies.lock().is_empty());
    }
}
