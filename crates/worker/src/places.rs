//! [`Places`]: how many tasks run at once, so that one store that hangs does not take all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a job worker, or of a worker's fetches in the background.
#[derive(Debug)]
pub(crate) struct Places<M> {
    total: usize,
    all: Arc<Semaphore>,
    /// Those of each mount that has tasks.
    of_mounts: Mutex<HashMap<M, Arc<Semaphore>>>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _of_mount: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl<M: Eq + Hash> Places<M> {
    /// At least one.
    pub(crate) fn new(total: usize) -> Self {
        let total = total.max(1);
        Self {
            total,
            all: Arc::new(Semaphore::new(total)),
            of_mounts: Mutex::default(),
        }
    }

    /// How many there are.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.total - self.all.available_permits()
    }

    /// Waits for a place for a task of this mount. Tasks of one mount get two thirds of all, so that
    /// others find some while its store hangs.
    pub(crate) async fn enter(&self, mount: M) -> Option<Place> {
        let of_mount = self.of_mount(mount);
        // Neither semaphore is ever closed.
        let of_mount = of_mount.acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Place {
            _of_mount: of_mount,
            _of_all: of_all,
        })
    }

    fn of_mount(&self, mount: M) -> Arc<Semaphore> {
        let mut of_mounts = self.of_mounts.lock();
        // Who waits or works holds on to the places of its mount.
        of_mounts.retain(|_, places| Arc::strong_count(places) > 1);
        let spared = (self.total / 3).max(1);
        let places = self.total.saturating_sub(spared).max(1);
        let of_mount = of_mounts
            .entry(mount)
            .or_insert_with(|| Arc::new(Semaphore::new(places)));
        Arc::clone(of_mount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn a_mount_whose_store_hangs_leaves_places_to_the_others() {
        for (total, of_one) in [(2, 1), (3, 2), (10, 7)] {
            let places = Places::new(total);
            let held: Vec<_> = (0..total)
                .filter_map(|_| places.enter(1).now_or_never().flatten())
                .collect();
            assert_eq!((held.len(), places.taken()), (of_one, of_one));
            assert!(places.enter(2).now_or_never().is_some());
        }
    }

    #[test]
    fn the_only_place_is_for_everybody() {
        let places = Places::new(0);
        let held = places.enter(1).now_or_never().unwrap();
        assert!(places.enter(2).now_or_never().is_none());
        drop(held);
        assert!(places.enter(2).now_or_never().is_some());
    }

    #[test]
    fn mounts_without_tasks_are_forgotten() {
        let places = Places::new(4);
        for mount in 0..100 {
            drop(places.enter(mount).now_or_never());
        }
        assert_eq!(places.of_mounts.lock().len(), 1);
    }
}
