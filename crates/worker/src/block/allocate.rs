//! Which directory takes a new block.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::dir::StorageDir;

/// How a directory is chosen among those of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllocationPolicy {
    /// The one with the most free bytes.
    MaxFree,
    /// One after the other.
    RoundRobin,
    /// The first one that has room.
    Greedy,
}

/// Chooses directories by one policy.
#[derive(Debug)]
pub(super) struct Allocator {
    policy: AllocationPolicy,
    turn: AtomicUsize,
}

impl Allocator {
    pub(super) fn new(policy: AllocationPolicy) -> Self {
        Self {
            policy,
            turn: AtomicUsize::new(0),
        }
    }

    /// Reserves `bytes` in one of the directories, in the order of the policy; `None` when none has
    /// that much free.
    pub(super) fn reserve(&self, dirs: &[Arc<StorageDir>], bytes: u64) -> Option<Arc<StorageDir>> {
        let preferred = self.preferred(dirs);
        preferred.into_iter().find(|dir| dir.try_reserve(bytes))
    }

    /// The directories that serve, best first.
    pub(super) fn preferred(&self, dirs: &[Arc<StorageDir>]) -> Vec<Arc<StorageDir>> {
        let mut serving: Vec<_> = dirs
            .iter()
            .filter(|dir| dir.is_serving())
            .cloned()
            .collect();
        match self.policy {
            AllocationPolicy::MaxFree => {
                serving.sort_by_key(|dir| std::cmp::Reverse(dir.free()));
            }
            AllocationPolicy::RoundRobin => {
                if !serving.is_empty() {
                    let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                    let first = turn % serving.len();
                    serving.rotate_left(first);
                }
            }
            AllocationPolicy::Greedy => {}
        }
        serving
    }
}
