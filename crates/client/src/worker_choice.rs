//! [`WorkerChoice`]: which worker gets a block.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use alluxio_common::{BlockId, ByteSize, UnknownName, WorkerAddress, WorkerId};
use rand::Rng;
use rand::seq::IndexedRandom;

/// A live worker, as the master reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct Worker {
    /// Its id at the master.
    pub id: WorkerId,
    /// Where it is reached.
    pub address: WorkerAddress,
    /// All its room.
    pub capacity: ByteSize,
    /// What is taken of it.
    pub used: ByteSize,
}

/// How a worker is chosen, by the last part of the class name that Alluxio uses for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerChoice {
    /// The one on this host, else the nearest by locality, else any.
    LocalFirst,
    /// As `LocalFirst`, but not where the block would push others out.
    LocalFirstAvoidEviction,
    /// The one with the most free room.
    MostAvailableFirst,
    /// One after the other.
    RoundRobin,
    /// Always the same one for the same block.
    DeterministicHash,
    /// At random, by capacity.
    CapacityBaseRandom,
}

impl WorkerChoice {
    const KNOWN: &str = "LocalFirstPolicy, LocalFirstAvoidEvictionPolicy, \
        MostAvailableFirstPolicy, RoundRobinPolicy, DeterministicHashPolicy, \
        CapacityBaseRandomPolicy";

    /// Parses a class name, with or without its package.
    ///
    /// # Errors
    /// When no policy has this name.
    pub fn parse(class: &str) -> Result<Self, UnknownName> {
        match class.rsplit('.').next().unwrap_or(class) {
            "LocalFirstPolicy" => Ok(Self::LocalFirst),
            "LocalFirstAvoidEvictionPolicy" => Ok(Self::LocalFirstAvoidEviction),
            "MostAvailableFirstPolicy" => Ok(Self::MostAvailableFirst),
            "RoundRobinPolicy" => Ok(Self::RoundRobin),
            "DeterministicHashPolicy" => Ok(Self::DeterministicHash),
            "CapacityBaseRandomPolicy" => Ok(Self::CapacityBaseRandom),
            _ => Err(UnknownName {
                text: class.to_owned(),
                known: Self::KNOWN,
            }),
        }
    }
}

/// What a block needs of a worker.
#[derive(Debug, Clone, Copy)]
pub struct BlockNeeds {
    /// Which block it is.
    pub block_id: BlockId,
    /// How long it may become.
    pub length: ByteSize,
}

/// Chooses workers, and remembers what a policy has to remember between two choices.
#[derive(Debug)]
pub struct WorkerChooser {
    choice: WorkerChoice,
    hostname: String,
    /// What `LocalFirstAvoidEviction` leaves free beside the block.
    reserved: ByteSize,
    next: AtomicUsize,
}

impl WorkerChooser {
    /// A chooser for clients on this host.
    pub fn new(choice: WorkerChoice, hostname: &str) -> Self {
        Self {
            choice,
            hostname: hostname.to_owned(),
            reserved: ByteSize::default(),
            next: AtomicUsize::new(0),
        }
    }

    /// The same, leaving so much free where it avoids that blocks are pushed out.
    #[must_use]
    pub fn reserving(self, reserved: ByteSize) -> Self {
        Self { reserved, ..self }
    }

    /// Chooses among the workers that can hold the block at all; `None` when there is none.
    pub fn choose<'a>(
        &self,
        workers: &'a [Worker],
        needs: BlockNeeds,
        rng: &mut dyn rand::RngCore,
    ) -> Option<&'a Worker> {
        let able: Vec<&Worker> = workers
            .iter()
            .filter(|worker| worker.capacity >= needs.length)
            .collect();
        match self.choice {
            WorkerChoice::LocalFirst => self.nearest(&able, rng),
            WorkerChoice::LocalFirstAvoidEviction => {
                let wanted = needs.length.bytes();
                let roomy_from = wanted.saturating_add(self.reserved.bytes());
                let roomy: Vec<&Worker> = able
                    .iter()
                    .copied()
                    .filter(|worker| free(worker) >= roomy_from)
                    .collect();
                self.nearest(&roomy, rng)
                    .or_else(|| self.nearest(&able, rng))
            }
            WorkerChoice::MostAvailableFirst => able.into_iter().max_by_key(|worker| free(worker)),
            WorkerChoice::RoundRobin => {
                let turn = self.next.fetch_add(1, Ordering::Relaxed);
                (!able.is_empty()).then(|| able[turn % able.len()])
            }
            WorkerChoice::DeterministicHash => {
                let mut hasher = DefaultHasher::new();
                needs.block_id.hash(&mut hasher);
                let mut ordered = able;
                ordered.sort_by(|a, b| a.address.host.cmp(&b.address.host));
                // A remainder of a length fits.
                let index = hasher.finish() as usize % ordered.len().max(1);
                ordered.get(index).copied()
            }
            WorkerChoice::CapacityBaseRandom => able
                .choose_weighted(rng, |worker| worker.capacity.bytes().max(1))
                .ok()
                .copied(),
        }
    }

    fn nearest<'a>(
        &self,
        workers: &[&'a Worker],
        rng: &mut dyn rand::RngCore,
    ) -> Option<&'a Worker> {
        let local: Vec<&Worker> = workers
            .iter()
            .copied()
            .filter(|worker| self.is_local(&worker.address))
            .collect();
        let among = if local.is_empty() { workers } else { &local };
        (!among.is_empty()).then(|| among[rng.random_range(0..among.len())])
    }

    /// Whether the worker runs on the client's host.
    pub fn is_local(&self, address: &WorkerAddress) -> bool {
        address.host == self.hostname
            || address.locality.first().is_some_and(|tier| {
                tier.name == "node" && tier.value.as_deref() == Some(self.hostname.as_str())
            })
    }
}

fn free(worker: &Worker) -> u64 {
    worker.capacity.bytes().saturating_sub(worker.used.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    fn worker(id: i64, host: &str, capacity: u64, used: u64) -> Worker {
        Worker {
            id: WorkerId::from_raw(id),
            address: WorkerAddress {
                host: host.to_owned(),
                container_host: String::new(),
                rpc_port: 29999,
                data_port: 29999,
                web_port: 30000,
                domain_socket_path: String::new(),
                locality: Vec::new(),
            },
            capacity: ByteSize::from_bytes(capacity),
            used: ByteSize::from_bytes(used),
        }
    }

    fn chosen(choice: WorkerChoice, workers: &[Worker], length: u64) -> Vec<i64> {
        let chooser = WorkerChooser::new(choice, "here");
        let mut rng = SmallRng::seed_from_u64(7);
        let needs = BlockNeeds {
            block_id: BlockId::from_raw(1 << 24),
            length: ByteSize::from_bytes(length),
        };
        (0..4)
            .filter_map(|_| chooser.choose(workers, needs, &mut rng))
            .map(|worker| worker.id.raw())
            .collect()
    }

    #[test]
    fn local_first_takes_the_worker_on_this_host_even_when_it_is_full() {
        let workers = [worker(1, "there", 100, 0), worker(2, "here", 100, 100)];
        assert_eq!(chosen(WorkerChoice::LocalFirst, &workers, 10), [2; 4]);
        assert_eq!(
            chosen(WorkerChoice::LocalFirstAvoidEviction, &workers, 10),
            [1; 4]
        );
    }

    #[test]
    fn what_is_to_stay_free_counts_as_taken() {
        let workers = [worker(1, "there", 100, 50), worker(2, "here", 100, 80)];
        let chosen = |reserved| {
            let chooser = WorkerChooser::new(WorkerChoice::LocalFirstAvoidEviction, "here")
                .reserving(ByteSize::from_bytes(reserved));
            let mut rng = SmallRng::seed_from_u64(7);
            let needs = BlockNeeds {
                block_id: BlockId::from_raw(1 << 24),
                length: ByteSize::from_bytes(10),
            };
            let chosen = chooser.choose(&workers, needs, &mut rng);
            chosen.map(|worker| worker.id.raw())
        };
        assert_eq!(chosen(10), Some(2));
        assert_eq!(chosen(11), Some(1));
    }

    #[test]
    fn a_worker_smaller_than_the_block_is_never_chosen() {
        let workers = [worker(1, "here", 5, 0)];
        assert!(chosen(WorkerChoice::LocalFirst, &workers, 10).is_empty());
    }

    #[test]
    fn round_robin_goes_around_and_a_hash_stays() {
        let workers = [worker(1, "a", 100, 0), worker(2, "b", 100, 0)];
        assert_eq!(chosen(WorkerChoice::RoundRobin, &workers, 10), [1, 2, 1, 2]);
        let hashed = chosen(WorkerChoice::DeterministicHash, &workers, 10);
        assert!(hashed.windows(2).all(|pair| pair[0] == pair[1]) && hashed.len() == 4);
    }

    #[test]
    fn policies_are_found_by_class_name_with_or_without_package() {
        assert_eq!(
            WorkerChoice::parse("alluxio.client.block.policy.RoundRobinPolicy"),
            Ok(WorkerChoice::RoundRobin)
        );
        assert!(WorkerChoice::parse("alluxio.NoSuchPolicy").is_err());
    }
}
