//! What interrupted work left in the stores: copies that nobody will name, uploads that never ended.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Heartbeat, InodeId, Tasks, Timestamp, UfsPath};
use alluxio_ufs::{ListOptions, UfsError};
use futures::future::join_all;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

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

#[derive(Debug)]
struct LateCopy {
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

    /// Takes those in this mount out that have had time to come. By their places: a mount gets
    /// another id when its options change.
    fn take_due(&self, mount: &MountPoint, now: Duration) -> VecDeque<LateCopy> {
        let mut copies = self.copies.lock();
        let all = std::mem::take(&mut *copies).into_iter();
        let (due, later) = all.partition(|copy| {
            let has_come = now.saturating_sub(copy.since) >= copy.pause;
            has_come && mount.ufs.relative(&copy.temporary).is_some()
        });
        *copies = later;
        due
    }

    /// It has been looked for: it comes up once more, or is forgotten after the last time.
    fn looked_for(&self, copy: LateCopy) {
        if copy.pause < LATE_FOR {
            let pause = (copy.pause * 2).min(LATE_FOR);
            self.push(LateCopy { pause, ..copy });
        }
    }
}

impl FileSystemMaster {
    /// Starts to look for copies that came after nobody wanted them any more: of the primary before
    /// this time, and of tries of this one. Each mount by itself, so that a store that hangs does not
    /// keep what lies in the others.
    pub fn start_sweeping_copies(self: &Arc<Self>, tasks: &Tasks, started: Timestamp) {
        let (master, of_mounts) = (Arc::clone(self), tasks.clone());
        let mut running = HashMap::new();
        Heartbeat::new("late copies", SWEEP_INTERVAL).start(tasks, move || {
            running.retain(|_mount, task: &mut JoinHandle<()>| !task.is_finished());
            for mount in master.writable_mounts() {
                running.entry(mount.id).or_insert_with(|| {
                    let master = Arc::clone(&master);
                    of_mounts.spawn("late copies of a mount", async move {
                        master.sweep_copies(&mount, started).await;
                    })
                });
            }
            std::future::ready(())
        });
    }

    async fn sweep_copies(&self, mount: &MountPoint, started: Timestamp) {
        self.discard_copies_in(mount, started).await;
        let mut due = self.late_copies.take_due(mount, self.clock.monotonic());
        while let Some(copy) = due.pop_front() {
            if let Err(error) = self.delete_copy(mount, &copy.temporary).await {
                tracing::debug!(ufs_path = %copy.temporary, %error, "copies stay for now");
                due.push_front(copy);
                break;
            }
            self.late_copies.looked_for(copy);
        }
        for untouched in due {
            self.late_copies.push(untouched);
        }
    }

    /// A copy may be on its way that nobody will name.
    pub fn expect_late_copy(&self, temporary: &UfsPath) {
        self.late_copies.push(LateCopy {
            temporary: temporary.clone(),
            since: self.clock.monotonic(),
            pause: SWEEP_INTERVAL,
        });
    }

    /// Deletes the copy of a try to persist that failed, now, and when it comes later.
    pub async fn discard_copy(&self, temporary: &UfsPath) {
        self.expect_late_copy(temporary);
        let mut mounts = self.writable_mounts().into_iter();
        let Some(mount) = mounts.find(|mount| mount.ufs.relative(temporary).is_some()) else {
            return;
        };
        if let Err(error) = self.delete_copy(&mount, temporary).await {
            tracing::debug!(ufs_path = %temporary, %error, "copy stays for now");
        }
    }

    async fn delete_copy(&self, mount: &MountPoint, temporary: &UfsPath) -> Result<(), UfsError> {
        let store = self.stores.of(mount)?;
        let _permit = self.persist_attempts.naming.acquire(mount.id).await;
        match store.delete_file(temporary).await {
            Err(error) if !error.is_absence() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // Whoever wrote it may have been killed before it was there; some stores tell of its parts
        // only to those who know its name.
        store.cleanup(temporary, Duration::ZERO).await?;
        Ok(())
    }

    /// Deletes the copies that were begun before this time: an earlier primary had them made, and
    /// nobody will give them their names. Those of files that are being tried now are left, whatever
    /// the clock says.
    pub async fn discard_copies_before(&self, time: Timestamp) {
        // All at once: a store that hangs must not keep what lies in the others.
        let mounts = self.writable_mounts();
        let discarded = mounts.iter();
        join_all(discarded.map(|mount| self.discard_copies_in(mount, time))).await;
    }

    async fn discard_copies_in(&self, mount: &MountPoint, time: Timestamp) {
        match self.discard_copies_of(mount, time).await {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, path = %mount.path, "copies of an earlier primary deleted");
            }
            Err(error) => tracing::debug!(path = %mount.path, %error, "copies stay for now"),
        }
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
    use std::collections::BTreeMap;

    use alluxio_common::{AlluxioPath, MountId};
    use alluxio_ufs::layer::{Fault, FaultRule};
    use alluxio_ufs::{UfsErrorKind, UfsOperation};

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
            fixture.master.discard_copy(&task.temporary).await;
        }
        let listed = std::fs::read_dir(fixture.ufs_file("/.alluxio_ufs_persistence")).unwrap();
        assert_eq!(listed.count(), 0);
    }

    async fn sweep(fixture: &Fixture, started: Timestamp) {
        for mount in fixture.master.writable_mounts() {
            fixture.master.sweep_copies(&mount, started).await;
        }
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
        fixture.master.discard_copy(&task.temporary).await;
        // Its job worker has not heard of it.
        fixture.write_copy(&task, b"data");
        let started = fixture.now();
        fixture.advance(SWEEP_INTERVAL);
        sweep(&fixture, started).await;
        assert_eq!(copies(&fixture), 0);
        // The same for a primary that was killed.
        fixture.restart();
        let restarted = fixture.now();
        sweep(&fixture, restarted).await;
        fixture.write_copy(&task, b"data");
        sweep(&fixture, restarted).await;
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
        sweep(&fixture, started).await;
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
                temporary: UfsPath::parse("/store/copy").unwrap(),
                since: minutes(10),
                pause: SWEEP_INTERVAL,
            });
        }
        let mounts = |store: &str| MountPoint {
            id: MountId::ROOT,
            path: AlluxioPath::root(),
            ufs: UfsPath::parse(store).unwrap(),
            read_only: false,
            shared: false,
            properties: BTreeMap::new(),
        };
        let (mount, other) = (mounts("/store"), mounts("/other"));
        let look = |now| {
            let due = late.take_due(&mount, minutes(now));
            let count = due.len();
            due.into_iter().for_each(|copy| late.looked_for(copy));
            count
        };
        assert_eq!(late.take_due(&other, minutes(200)).len(), 0);
        let looks = (11..200).filter(|now| look(*now) == LATE_LIMIT);
        assert_eq!(looks.collect::<Vec<_>>(), [12, 14, 18, 26, 42, 70]);
        assert!(late.copies.lock().is_empty());
    }

    #[tokio::test]
    async fn a_late_copy_in_a_store_that_does_not_answer_is_looked_for_again() {
        let fixture = Fixture::new().await;
        fixture.write_async("/f", b"data").await;
        let room = PersistRoom::shared_by_all(1);
        let task = fixture.master.files_to_persist(room).remove(0);
        fixture.master.expect_late_copy(&task.temporary);
        fixture.write_copy(&task, b"data");
        fixture.advance(SWEEP_INTERVAL);
        let fault = Fault::Fail(UfsErrorKind::Unavailable);
        let rule = FaultRule::on(UfsOperation::DeleteFile, fault).always();
        fixture.stores.faults.add(rule);
        let started = Timestamp::from_millis(0);
        sweep(&fixture, started).await;
        assert_eq!(copies(&fixture), 1);
        fixture.stores.faults.clear();
        sweep(&fixture, started).await;
        assert_eq!(copies(&fixture), 0);
    }
}
