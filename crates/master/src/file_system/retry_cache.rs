//! [`RetryCache`]: which requests have been done, so that a retry is not done again.

use std::collections::{HashMap, VecDeque};

use alluxio_common::{OperationId, SequenceNumber};

/// The operations of the recent past by their ids, with the journal entry that holds each. It is
/// filled by what is applied, so a replay and a standby fill theirs in the same way.
///
/// Only what succeeded is kept: a failure is decided again by a retry.
#[derive(Debug)]
pub struct RetryCache {
    capacity: usize,
    done: HashMap<OperationId, SequenceNumber, foldhash::fast::RandomState>,
    order: VecDeque<OperationId>,
}

impl RetryCache {
    /// Remembers at most `capacity` operations, the latest ones.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            done: HashMap::default(),
            order: VecDeque::new(),
        }
    }

    /// Remembers that the journal entry with this number holds the operation.
    pub fn record(&mut self, id: OperationId, sequence_number: SequenceNumber) {
        if self.capacity == 0 {
            return;
        }
        if self.done.insert(id, sequence_number).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }

    /// The operations that are remembered, the oldest first.
    pub fn ids(&self) -> impl Iterator<Item = OperationId> {
        self.order.iter().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The journal entry that holds this operation, if it was done.
    pub fn find(&self, id: OperationId) -> Option<SequenceNumber> {
        self.done.get(&id).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_operations_are_forgotten() {
        let id = |n| OperationId {
            most_significant: 0,
            least_significant: n,
        };
        let mut cache = RetryCache::new(2);
        for n in 0..3 {
            cache.record(id(n), SequenceNumber::from_raw(n.unsigned_abs()));
        }
        assert_eq!(cache.find(id(0)), None);
        assert_eq!(cache.find(id(2)), Some(SequenceNumber::from_raw(2)));
    }
}
