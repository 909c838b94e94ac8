//! [`EvictionOrder`]: which block leaves first, kept without a lock on the hit path.
//!
//! Every block carries one number, its rank, that only grows: an access raises it with a single
//! atomic write. A directory keeps its blocks in a set ordered by the rank they had when they were
//! put there. Who looks for a victim takes the smallest; if the block's rank has grown meanwhile,
//! it goes back at its new place. As ranks never shrink, the first one that has not grown is the
//! true minimum.

use std::sync::atomic::{AtomicU64, Ordering};

/// How accesses turn into ranks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EvictionOrder {
    /// The block that was not used for the longest time leaves first.
    Lru,
    /// Recency and frequency together: every access counts 1, and counts
    /// `attenuation^(-step * age)` later, where age is a number of accesses to the store.
    Lrfu {
        /// `alluxio.worker.block.annotator.lrfu.step.factor`, between 0 and 1.
        step: f64,
        /// `alluxio.worker.block.annotator.lrfu.attenuation.factor`, at least 2.
        attenuation: f64,
    },
}

impl EvictionOrder {
    /// Raises `rank` for an access at `tick`, a count of accesses to the whole store.
    ///
    /// Two accesses at the same moment may count as one; the order is approximate by that much.
    pub(super) fn touch(self, rank: &AtomicU64, tick: u64) {
        match self {
            Self::Lru => {
                rank.fetch_max(tick, Ordering::Relaxed);
            }
            Self::Lrfu { step, attenuation } => {
                // The value at time t of a block with accesses at t1, t2, ... is the sum of
                // 2^(-decay * (t - ti)). Dividing all values by 2^(-decay * t) keeps their order
                // and makes them independent of t; the logarithm keeps them in range.
                let decay = step * attenuation.log2();
                let access = decay * tick_as_real(tick);
                let old = f64::from_bits(rank.load(Ordering::Relaxed));
                let (high, low) = if old > access {
                    (old, access)
                } else {
                    (access, old)
                };
                let sum = high + (1.0 + (low - high).exp2()).log2();
                // Non-negative floats compare like their bits.
                rank.fetch_max(sum.max(0.0).to_bits(), Ordering::Relaxed);
            }
        }
    }
}

/// Exact up to 2^53 accesses, which no worker lives to see.
fn tick_as_real(tick: u64) -> f64 {
    tick as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank_after(order: EvictionOrder, ticks: &[u64]) -> u64 {
        let rank = AtomicU64::new(0);
        for tick in ticks {
            order.touch(&rank, *tick);
        }
        rank.into_inner()
    }

    #[test]
    fn lru_ranks_by_the_last_access_alone() {
        assert!(rank_after(EvictionOrder::Lru, &[1, 2, 3]) < rank_after(EvictionOrder::Lru, &[4]));
    }

    #[test]
    fn lrfu_prefers_what_was_used_often_not_long_ago() {
        let order = EvictionOrder::Lrfu {
            step: 0.25,
            attenuation: 2.0,
        };
        let often = rank_after(order, &[10, 11, 12, 13]);
        let once = rank_after(order, &[14]);
        let long_ago = rank_after(order, &[1, 2, 3, 4]);
        assert!(often > once, "four recent accesses beat a single newer one");
        assert!(long_ago < once, "old accesses fade");
    }

    #[test]
    fn a_rank_never_shrinks() {
        let order = EvictionOrder::Lrfu {
            step: 0.25,
            attenuation: 2.0,
        };
        let rank = AtomicU64::new(0);
        let mut last = 0;
        for tick in [1, 2, 3, 4, 5, 500, 500, 10_000] {
            order.touch(&rank, tick);
            assert!(rank.load(Ordering::Relaxed) >= last);
            last = rank.load(Ordering::Relaxed);
        }
    }
}
