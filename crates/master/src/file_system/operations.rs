//! [`OperationsInFlight`]: a retry waits for the try that is still running.

use std::collections::HashMap;
use std::sync::Arc;

use alluxio_common::OperationId;
use parking_lot::Mutex;
use tokio::sync::Notify;

type Running = Mutex<HashMap<OperationId, Arc<Notify>, foldhash::fast::RandomState>>;

/// The operation ids that are being worked on.
#[derive(Debug, Clone, Default)]
pub(super) struct OperationsInFlight {
    running: Arc<Running>,
}

/// The right to work on one operation id; given back when dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    owner: OperationsInFlight,
    id: OperationId,
}

impl OperationsInFlight {
    /// Waits until nobody else works on the id.
    pub(super) async fn enter(&self, id: OperationId) -> InFlight {
        loop {
            let other = {
                let mut running = self.running.lock();
                match running.get(&id) {
                    Some(notify) => Arc::clone(notify),
                    None => {
                        running.insert(id, Arc::default());
                        return InFlight {
                            owner: self.clone(),
                            id,
                        };
                    }
                }
            };
            let ended = other.notified();
            tokio::pin!(ended);
            // Registered before looking again, so that an end in between is not missed.
            ended.as_mut().enable();
            let same = |notify: &Arc<Notify>| Arc::ptr_eq(notify, &other);
            let is_running = self.running.lock().get(&id).is_some_and(same);
            if is_running {
                ended.await;
            }
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(notify) = self.owner.running.lock().remove(&self.id) {
            notify.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn a_second_try_waits_for_the_end_of_the_first() {
        let operations = OperationsInFlight::default();
        let id = OperationId {
            most_significant: 1,
            least_significant: 2,
        };
        let first = operations.enter(id).await;
        let mut second = Box::pin(operations.enter(id));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.as_mut().now_or_never().is_some());
    }
}
