//! [`StorePermits`]: how much the background does in one store at once.

use std::collections::HashMap;
use std::sync::Arc;

use alluxio_common::MountId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The right to work in a store, so many times at once for each mount. A store that is slow or
/// hangs holds up whoever works in that store, and nobody else.
#[derive(Debug)]
pub(super) struct StorePermits {
    at_once: usize,
    by_mount: Mutex<HashMap<MountId, Arc<Semaphore>>>,
}

impl StorePermits {
    /// So many at once for each mount.
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            at_once,
            by_mount: Mutex::default(),
        }
    }

    /// Waits until few enough others work in this store. `None` never comes: nobody takes the
    /// permits away.
    pub(super) async fn acquire(&self, mount: MountId) -> Option<OwnedSemaphorePermit> {
        let permits = {
            let mut by_mount = self.by_mount.lock();
            // Mounts come and go; those that nobody works in need not be remembered.
            by_mount.retain(|id, permits| *id == mount || Arc::strong_count(permits) > 1);
            let permits = by_mount
                .entry(mount)
                .or_insert_with(|| Arc::new(Semaphore::new(self.at_once)));
            Arc::clone(permits)
        };
        permits.acquire_owned().await.ok()
    }
}
