//! Which part of which segment counts.
//!
//! The rule: an entry counts in the segment where it stands unless a segment of higher rank starts at
//! or before it. A segment ranks by its owner's epoch, then by its start. Two things follow.
//! - **Fencing**: once a new owner's first segment is durable, nothing that an older owner writes at
//!   or behind that start is ever read, in whatever file it writes it.
//! - **Abandoned tails**: after a failed write the owner goes on in a fresh segment that starts at
//!   the first entry that is not durable. What the old file holds from there on is never read,
//!   whatever the disk made of it.

use std::path::PathBuf;

use alluxio_common::SequenceNumber;

use super::name::FileName;
use crate::error::JournalError;

/// One segment's part of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: FileName,
    /// Where its part ends (exclusive). `None` for the newest segment if it was never completed: its
    /// part ends with its last whole entry.
    pub(crate) stop: Option<u64>,
}

impl Part {
    /// Whether every entry is below `number`.
    pub(crate) fn is_below(&self, number: u64) -> bool {
        self.stop.is_some_and(|stop| stop <= number)
    }

    /// Whether no entry of it counts.
    fn is_empty(&self) -> bool {
        self.is_below(self.name.start)
    }
}

/// All segments by what counts of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Those with entries that count (or may), ascending and not overlapping.
    pub(crate) parts: Vec<Part>,
    /// Those of which nothing counts.
    pub(crate) dead: Vec<FileName>,
    /// The one of the highest rank. It may hold nothing, and still tells how far the log has come:
    /// everything below its start was durable before it was made.
    pub(crate) newest: Option<FileName>,
}

/// Applies the rule to these segments, given in any order.
pub(crate) fn plan(mut names: Vec<FileName>) -> Plan {
    // A complete file stands after an incomplete one of the same start: it is the same entries,
    // written again by who took over.
    names.sort_unstable_by_key(|name| (name.epoch, name.start, name.end().is_some()));
    let mut plan = Plan {
        newest: names.last().copied(),
        ..Plan::default()
    };
    let mut lowest_start = None::<u64>;
    for name in names.into_iter().rev() {
        let stop = match (name.end(), lowest_start) {
            (Some(end), Some(start)) => Some(end.min(start)),
            (end, start) => end.or(start),
        };
        let part = Part { name, stop };
        if part.is_empty() {
            plan.dead.push(name);
        } else {
            plan.parts.push(part);
        }
        lowest_start = Some(lowest_start.map_or(name.start, |start| start.min(name.start)));
    }
    plan.parts.reverse();
    plan
}

impl Plan {
    /// The highest epoch that ever wrote here.
    pub(crate) fn last_epoch(&self) -> u64 {
        let parts = self.parts.iter().map(|part| part.name.epoch);
        let dead = self.dead.iter().map(|name| name.epoch);
        parts.chain(dead).max().unwrap_or(0)
    }

    /// Whether what an owner of this epoch held for the log below `end` is what the log says: no
    /// later owner has started before `end`.
    pub(crate) fn is_history(&self, epoch: u64, end: u64) -> bool {
        let parts = self.parts.iter().map(|part| part.name);
        let mut later = parts
            .chain(self.dead.iter().copied())
            .filter(|name| name.epoch > epoch);
        later.all(|name| name.start >= end)
    }

    /// The file with which the log starts: the first that has entries, or else the newest, which
    /// says where they would be. `None` when there is no file at all.
    pub(crate) fn first(&self) -> Option<FileName> {
        self.parts.first().map(|part| part.name).or(self.newest)
    }

    /// The parts that hold entries from `from` on, after making sure that none is missing between
    /// them, or between them and the start of the newest segment. `path` turns a name into a path,
    /// for the error.
    pub(crate) fn parts_from(
        &self,
        from: u64,
        path: impl Fn(&FileName) -> PathBuf,
    ) -> Result<Vec<Part>, JournalError> {
        let parts: Vec<Part> = self
            .parts
            .iter()
            .filter(|part| !part.is_below(from))
            .copied()
            .collect();
        let mut expected = from;
        let files = parts.iter().map(|part| (part.name, part.stop));
        for (name, stop) in files.chain(self.newest.map(|name| (name, None))) {
            // The first one may start earlier: the checkpoint covers its beginning.
            if name.start > expected {
                return Err(JournalError::Gap {
                    expected: SequenceNumber::from_raw(expected),
                    found: SequenceNumber::from_raw(name.start),
                    file: path(&name),
                });
            }
            expected = stop.unwrap_or(u64::MAX);
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: FileName, stop: Option<u64>) -> Part {
        Part { name, stop }
    }

    #[test]
    fn complete_segments_follow_one_another() {
        let (a, b) = (FileName::sealed(1, 0, 100), FileName::open(1, 100));
        let plan = plan(vec![b, a]);
        assert_eq!(plan.parts, [part(a, Some(100)), part(b, None)]);
        assert_eq!(plan.dead, []);
    }

    #[test]
    fn an_abandoned_tail_ends_where_the_fresh_segment_starts() {
        let (broken, fresh) = (FileName::open(1, 0), FileName::open(1, 51));
        let plan = plan(vec![broken, fresh]);
        assert_eq!(plan.parts, [part(broken, Some(51)), part(fresh, None)]);
    }

    #[test]
    fn what_an_old_owner_writes_behind_a_new_ones_start_is_dead() {
        let old = FileName::sealed(1, 0, 153);
        let new = FileName::open(2, 151);
        let old_went_on = FileName::open(1, 153);
        let plan = plan(vec![old, new, old_went_on]);
        assert_eq!(plan.parts, [part(old, Some(151)), part(new, None)]);
        assert_eq!(plan.dead, [old_went_on]);
        assert_eq!(plan.last_epoch(), 2);
    }

    #[test]
    fn a_checkpoint_of_a_replaced_owner_counts_only_up_to_the_new_ones_start() {
        let plan = plan(vec![FileName::open(1, 0), FileName::open(2, 151)]);
        assert!(plan.is_history(1, 151));
        assert!(!plan.is_history(1, 152));
        assert!(plan.is_history(2, 152));
    }

    #[test]
    fn a_segment_that_was_completed_again_replaces_the_incomplete_one() {
        let (open, sealed) = (FileName::open(1, 0), FileName::sealed(1, 0, 7));
        let plan = plan(vec![open, sealed]);
        assert_eq!(plan.parts, [part(sealed, Some(7))]);
        assert_eq!(plan.dead, [open]);
    }

    #[test]
    fn a_missing_segment_is_a_gap() {
        let plan = plan(vec![FileName::sealed(1, 0, 100), FileName::open(1, 101)]);
        let path = |name: &FileName| PathBuf::from(name.to_string());
        assert!(matches!(
            plan.parts_from(0, path),
            Err(JournalError::Gap { expected, found, .. })
                if expected.raw() == 100 && found.raw() == 101
        ));
        assert_eq!(
            plan.parts_from(101, path).map(|parts| parts.len()).ok(),
            Some(1)
        );
    }

    #[test]
    fn an_empty_segment_fences_and_holds_nothing() {
        let empty = FileName::sealed(2, 151, 151);
        let plan = plan(vec![
            FileName::sealed(1, 0, 151),
            empty,
            FileName::open(1, 153),
        ]);
        assert_eq!(plan.parts.len(), 1);
        assert_eq!(plan.dead.len(), 2);
        assert_eq!(plan.last_epoch(), 2);
    }

    #[test]
    fn what_is_missing_before_an_empty_newest_segment_is_a_gap() {
        let empty = FileName::sealed(2, 151, 151);
        let plan = plan(vec![FileName::sealed(1, 0, 100), empty]);
        let path = |name: &FileName| PathBuf::from(name.to_string());
        assert!(matches!(
            plan.parts_from(0, path),
            Err(JournalError::Gap { expected, file, .. })
                if expected.raw() == 100 && file == path(&empty)
        ));
        assert!(plan.parts_from(151, path).is_ok());
    }
}
