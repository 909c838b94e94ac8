//! [`Orders`]: blocks that a worker is to drop, until it says that it has.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use alluxio_common::BlockId;

/// After which time an order counts as lost on its way. A worker drops thousands of blocks a second
/// and says so with its next heartbeat; being told twice costs it nothing.
const REPEAT_AFTER: Duration = Duration::from_secs(30);

/// How often an order is given. A worker says nothing of a block that it did not have, so an order
/// for one would be repeated for ever.
const GIVEN_LIMIT: u8 = 5;

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// It goes with one of the next answers, and was given this often before.
    Queued(u8),
    /// It went with an answer at this time, for the `times`-th time.
    Given { at: Duration, times: u8 },
}

/// Blocks that a worker is to drop, in the order in which they were named. An answer can be lost on
/// its way, so an order stays until the worker confirms it, and is repeated meanwhile.
#[derive(Debug, Default)]
pub(super) struct Orders {
    orders: HashMap<BlockId, Order, foldhash::fast::RandomState>,
    /// What is queued; what is not in that state any more is skipped.
    queue: VecDeque<BlockId>,
    /// What was given, the oldest first; what was confirmed, or given again, is skipped.
    given: VecDeque<(BlockId, Duration)>,
}

impl Orders {
    /// The worker is to drop this block.
    pub(super) fn push(&mut self, id: BlockId) {
        let queued = Order::Queued(0);
        match self.orders.insert(id, queued) {
            Some(Order::Queued(times)) => {
                self.orders.insert(id, Order::Queued(times));
            }
            Some(Order::Given { .. }) | None => self.queue.push_back(id),
        }
    }

    /// What goes with the answer of now: at most this many blocks.
    pub(super) fn take(&mut self, limit: usize, now: Duration) -> Vec<BlockId> {
        self.requeue_lost(now);
        let mut taken = Vec::with_capacity(limit.min(self.queue.len()));
        while taken.len() < limit
            && let Some(id) = self.queue.pop_front()
        {
            let Some(Order::Queued(before)) = self.orders.get(&id).copied() else {
                continue;
            };
            taken.push(id);
            let times = before + 1;
            if times < GIVEN_LIMIT {
                self.orders.insert(id, Order::Given { at: now, times });
                self.given.push_back((id, now));
            } else {
                self.orders.remove(&id);
            }
        }
        taken
    }

    /// What was taken has not gone with an answer: it counts as not given.
    pub(super) fn give_back(&mut self, ids: &[BlockId]) {
        for id in ids {
            let times = match self.orders.get(id) {
                Some(Order::Given { times, .. }) => *times,
                Some(Order::Queued(_)) => continue,
                // It was taken for the last time.
                None => GIVEN_LIMIT,
            };
            self.orders.insert(*id, Order::Queued(times - 1));
            self.queue.push_back(*id);
        }
    }

    fn requeue_lost(&mut self, now: Duration) {
        while let Some((id, at)) = self.given.front().copied() {
            if now.saturating_sub(at) < REPEAT_AFTER {
                return;
            }
            self.given.pop_front();
            if let Some(Order::Given { at: last, times }) = self.orders.get(&id).copied()
                && last == at
            {
                self.orders.insert(id, Order::Queued(times));
                self.queue.push_back(id);
            }
        }
    }

    /// Whether the worker is to drop this block, and has not said that it has.
    pub(super) fn contains(&self, id: BlockId) -> bool {
        self.orders.contains_key(&id)
    }

    /// The worker does not have the block any more.
    pub(super) fn confirm(&mut self, id: BlockId) {
        self.orders.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(index: i64) -> BlockId {
        BlockId::from_raw(index << 24)
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_order_is_repeated_until_it_is_confirmed() {
        let mut orders = Orders::default();
        orders.push(block(1));
        orders.push(block(2));
        assert_eq!(orders.take(9, at(0)), [block(1), block(2)]);
        assert!(orders.take(9, at(29)).is_empty());
        orders.confirm(block(1));
        assert_eq!(orders.take(9, at(30)), [block(2)]);
        assert!(orders.take(9, at(59)).is_empty());
        orders.confirm(block(2));
        assert!(orders.take(9, at(60)).is_empty());
        assert!(orders.orders.is_empty());
    }

    #[test]
    fn an_order_that_was_given_back_was_not_given() {
        let mut orders = Orders::default();
        orders.push(block(1));
        for _ in 0..2 * GIVEN_LIMIT {
            assert_eq!(orders.take(9, at(0)), [block(1)]);
            orders.give_back(&[block(1)]);
        }
        let given = (0..20).map(|round| orders.take(9, at(round * 30)).len());
        assert_eq!(given.sum::<usize>(), usize::from(GIVEN_LIMIT));
    }

    #[test]
    fn an_order_for_what_is_not_there_is_given_up() {
        let mut orders = Orders::default();
        orders.push(block(1));
        let given = (0..20).map(|round| orders.take(9, at(round * 30)).len());
        assert_eq!(given.sum::<usize>(), usize::from(GIVEN_LIMIT));
        assert!(orders.orders.is_empty() && orders.given.is_empty());
    }

    #[test]
    fn what_does_not_fit_into_an_answer_goes_with_the_next_one() {
        let mut orders = Orders::default();
        for index in 0..5 {
            orders.push(block(index));
            orders.push(block(index));
        }
        assert_eq!(orders.take(2, at(0)), [block(0), block(1)]);
        orders.confirm(block(2));
        assert_eq!(orders.take(9, at(0)), [block(3), block(4)]);
        // Freed once more, it is ordered once more.
        orders.push(block(3));
        assert_eq!(orders.take(9, at(1)), [block(3)]);
    }
}
