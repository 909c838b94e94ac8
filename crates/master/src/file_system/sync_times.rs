//! [`SyncTimes`]: when a path was last compared with its store, and what was not found there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::AlluxioPath;
use parking_lot::Mutex;

use super::SyncInterval;

/// How many paths are remembered in each table. A table that is full is emptied: the store is then
/// asked once more than needed.
const REMEMBERED_PATHS: usize = 100_000;

/// For how long a path that the store does not have is not looked up again. Short, because people
/// who put a file into the store expect to see it; long enough to spare the store a caller that
/// probes.
const ABSENT_FOR: Duration = Duration::from_secs(1);

/// How far down a comparison went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The inode itself.
    This,
    /// And its children.
    Children,
    /// And everything below.
    All,
}

#[derive(Debug, Default)]
struct Tables {
    synced: HashMap<AlluxioPath, (Duration, Depth)>,
    absent: HashMap<AlluxioPath, Duration>,
    /// Marked to be compared at the next access, whatever its interval is.
    forced: HashMap<AlluxioPath, ()>,
}

/// When paths were last compared with their store. Times are of the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct SyncTimes {
    tables: Mutex<Tables>,
    /// Of the forced paths, so that a request that never syncs costs no lock.
    forced_count: AtomicUsize,
}

impl SyncTimes {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Whether the path must be compared with the store for a request with this interval.
    pub(super) fn is_due(
        &self,
        path: &AlluxioPath,
        depth: Depth,
        interval: SyncInterval,
        now: Duration,
    ) -> bool {
        match interval {
            SyncInterval::Always => return true,
            SyncInterval::Never if self.forced_count.load(Ordering::Acquire) == 0 => return false,
            SyncInterval::Never | SyncInterval::OlderThan(_) => {}
        }
        let tables = self.tables.lock();
        if tables.forced.contains_key(path) {
            return true;
        }
        let SyncInterval::OlderThan(interval) = interval else {
            return false;
        };
        let is_fresh = |(at, went): &(Duration, Depth), needed: Depth| {
            *went >= needed && now.saturating_sub(*at) < interval
        };
        if tables
            .synced
            .get(path)
            .is_some_and(|known| is_fresh(known, depth))
        {
            return false;
        }
        let mut above = path.parent();
        while let Some(directory) = above {
            if tables
                .synced
                .get(&directory)
                .is_some_and(|known| is_fresh(known, Depth::All))
            {
                return false;
            }
            above = directory.parent();
        }
        true
    }

    /// Notes that the path was compared.
    pub(super) fn note(&self, path: &AlluxioPath, depth: Depth, now: Duration) {
        let mut tables = self.tables.lock();
        tables.forced.remove(path);
        self.forced_count
            .store(tables.forced.len(), Ordering::Release);
        if tables.synced.len() >= REMEMBERED_PATHS {
            tables.synced.clear();
        }
        tables.synced.insert(path.clone(), (now, depth));
    }

    /// Asks for a comparison at the next access.
    pub(super) fn force(&self, path: &AlluxioPath) {
        let mut tables = self.tables.lock();
        tables.absent.clear();
        if tables.forced.len() >= REMEMBERED_PATHS {
            tables.forced.clear();
        }
        tables.forced.insert(path.clone(), ());
        self.forced_count
            .store(tables.forced.len(), Ordering::Release);
    }

    /// Whether the store was asked for this path a moment ago, and had nothing.
    pub(super) fn is_absent(&self, path: &AlluxioPath, now: Duration) -> bool {
        let tables = self.tables.lock();
        tables
            .absent
            .get(path)
            .is_some_and(|at| now.saturating_sub(*at) < ABSENT_FOR)
    }

    /// Notes that the store has nothing at this path.
    pub(super) fn note_absent(&self, path: &AlluxioPath, now: Duration) {
        let mut tables = self.tables.lock();
        if tables.absent.len() >= REMEMBERED_PATHS {
            tables.absent.clear();
        }
        tables.absent.insert(path.clone(), now);
    }

    /// Forgets whatever stores did not have: another one may be asked from now on.
    pub(super) fn forget_all_absent(&self) {
        self.tables.lock().absent.clear();
    }

    /// Forgets that the store had nothing at this path: something of ours may be there now.
    pub(super) fn forget_absent(&self, path: &AlluxioPath) {
        let mut tables = self.tables.lock();
        if !tables.absent.is_empty() {
            tables.absent.remove(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    const MINUTE: SyncInterval = SyncInterval::OlderThan(Duration::from_secs(60));

    #[test]
    fn a_recent_comparison_from_above_covers_what_is_below_it() {
        let times = SyncTimes::new();
        let at = |seconds| Duration::from_secs(seconds);
        assert!(times.is_due(&path("/a/b"), Depth::This, MINUTE, at(0)));
        times.note(&path("/a"), Depth::All, at(0));
        assert!(!times.is_due(&path("/a/b"), Depth::All, MINUTE, at(59)));
        assert!(times.is_due(&path("/a/b"), Depth::All, MINUTE, at(60)));
        assert!(times.is_due(&path("/a/b"), Depth::This, SyncInterval::Always, at(1)));
        assert!(!times.is_due(&path("/c"), Depth::This, SyncInterval::Never, at(1)));
    }

    #[test]
    fn a_forced_comparison_happens_once_whatever_the_interval() {
        let times = SyncTimes::new();
        times.force(&path("/a"));
        assert!(times.is_due(
            &path("/a"),
            Depth::This,
            SyncInterval::Never,
            Duration::ZERO
        ));
        times.note(&path("/a"), Depth::This, Duration::ZERO);
        assert!(!times.is_due(
            &path("/a"),
            Depth::This,
            SyncInterval::Never,
            Duration::ZERO
        ));
    }
}
