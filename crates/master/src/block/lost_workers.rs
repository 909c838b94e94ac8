//! Workers that are silent, and what they held.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Heartbeat, Tasks};
use tracing::warn;

use super::block_master::{BlockMaster, SlotState};
use super::error::BlockMasterError;
use super::locations::{Locations, Slot};
use super::worker::WorkerState;

/// Whether a worker that was taken out of service may register again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comeback {
    /// It may.
    Allowed,
    /// Somebody has to allow it first.
    Refused,
}

impl BlockMaster {
    /// Gives up workers that have been silent for too long, and forgets those that were given up
    /// long ago.
    pub fn detect_lost_workers(&self) {
        let now = self.clock.monotonic();
        let mut dead = Vec::new();
        {
            let mut registry = self.registry.lock();
            let mut forgotten = Vec::new();
            for worker in registry.workers.values_mut() {
                let silent_for = now.saturating_sub(worker.last_contact);
                match worker.state {
                    WorkerState::Active if silent_for > self.conf.worker_timeout => {
                        warn!(
                            worker_id = %worker.id,
                            address = %worker.address.data_address(),
                            ?silent_for,
                            "worker lost"
                        );
                        worker.state = WorkerState::Lost;
                        worker.orders.clear();
                        dead.extend(worker.slot.take());
                    }
                    WorkerState::Lost | WorkerState::Unregistered
                        if silent_for > self.conf.lost_worker_deletion =>
                    {
                        dead.extend(worker.arriving.take());
                        forgotten.push((worker.id, worker.address.data_address()));
                    }
                    WorkerState::Active
                    | WorkerState::Lost
                    | WorkerState::Unregistered
                    | WorkerState::Decommissioned => {}
                }
            }
            for (id, address) in forgotten {
                registry.workers.remove(&id);
                registry.by_address.remove(&address);
            }
        }
        for slot in dead {
            self.kill_slot(slot);
        }
    }

    /// Takes a worker out of service.
    ///
    /// # Errors
    /// When no worker has this name.
    pub fn decommission(
        &self,
        host: &str,
        web_port: Option<u16>,
        comeback: Comeback,
    ) -> Result<(), BlockMasterError> {
        let slot = {
            let mut registry = self.registry.lock();
            let worker = registry
                .workers
                .values_mut()
                .find(|worker| {
                    worker.address.host == host
                        && web_port.is_none_or(|port| worker.address.web_port == port)
                })
                .ok_or_else(|| BlockMasterError::WorkerNameNotFound {
                    host: host.to_owned(),
                })?;
            worker.state = WorkerState::Decommissioned;
            worker.may_return = comeback == Comeback::Allowed;
            worker.slot.take()
        };
        if let Some(slot) = slot {
            self.kill_slot(slot);
        }
        Ok(())
    }

    /// Lets a worker that was taken out come back.
    pub fn allow_return(&self, host: &str, web_port: Option<u16>) {
        let mut registry = self.registry.lock();
        for worker in registry.workers.values_mut() {
            let named = worker.address.host == host
                && web_port.is_none_or(|port| worker.address.web_port == port);
            if named && worker.state == WorkerState::Decommissioned {
                worker.state = WorkerState::Unregistered;
                worker.may_return = true;
            }
        }
    }

    /// Starts looking for lost workers, and forgetting what they held.
    pub fn start(self: &Arc<Self>, tasks: &Tasks, detection_interval: Duration) {
        let master = Arc::clone(self);
        Heartbeat::vital("lost worker detection", detection_interval).start(tasks, move || {
            master.detect_lost_workers();
            std::future::ready(())
        });
        let master = Arc::clone(self);
        tasks.spawn_vital("dead registrations", async move {
            loop {
                master.dead_slots.notified().await;
                master.sweep_dead_slots().await;
            }
        });
    }

    /// Forgets the places of all dead registrations, a small part of the map at a time.
    pub(super) async fn sweep_dead_slots(&self) {
        let table = self.slots.load_full();
        let is_dead = |slot: Slot| matches!(table.state(slot), SlotState::Dead);
        for step in 0..Locations::sweep_steps() {
            self.locations.sweep(step, is_dead);
            tokio::task::yield_now().await;
        }
        // What died meanwhile has its own wake-up.
        let registry = self.registry.lock();
        for index in 0..table.slots.len() {
            let slot = Slot(u16::try_from(index).unwrap_or(u16::MAX));
            if is_dead(slot) {
                self.set_slot(&registry, slot, SlotState::Free);
            }
        }
    }
}
