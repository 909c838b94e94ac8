//! [`Directory`]: the children of a directory, in order, and sums over all that lies below it.

use smallvec::SmallVec;

use super::Counts;
use super::arena::{Slot, Vacancy};

/// How many children one leaf holds. Inserting moves half of them on average, two kilobytes at most;
/// and the list of leaves stays short: 4,000 for two million children.
const LEAF_LENGTH: usize = 512;

/// What a directory has beyond its record.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) children: ChildList,
    pub(super) below: Below,
}

/// Sums over everything strictly below a directory. A change of one inode changes the sums of all
/// directories above it, which are few; in return a whole subtree can leave the state at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Below {
    /// The wrapping sum of the digests.
    pub(super) digest: u64,
    pub(super) counts: Counts,
}

impl Below {
    /// Both together. It wraps, so that a negated sum can be added.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            digest: self.digest.wrapping_add(other.digest),
            counts: Counts {
                files: self.counts.files.wrapping_add(other.counts.files),
                directories: self
                    .counts
                    .directories
                    .wrapping_add(other.counts.directories),
            },
        }
    }

    /// What, added, takes this away again.
    pub(super) fn negated(self) -> Self {
        Self {
            digest: self.digest.wrapping_neg(),
            counts: Counts {
                files: self.counts.files.wrapping_neg(),
                directories: self.counts.directories.wrapping_neg(),
            },
        }
    }
}

impl Directory {
    pub(super) fn new() -> Self {
        Self {
            children: ChildList::default(),
            below: Below::default(),
        }
    }
}

impl Vacancy for Directory {
    // A directory never is in the state that marks vacancy: no child, but something below it.
    fn vacant(next: Slot) -> Self {
        let mut vacant = Self::new();
        vacant.below.counts = Counts {
            files: u64::MAX,
            directories: u64::from(next.0),
        };
        vacant
    }

    fn next_vacant(&self) -> Option<Slot> {
        let counts = self.below.counts;
        (counts.files == u64::MAX).then_some(Slot(counts.directories as u32))
    }
}

/// Places of children in the byte order of their names. The names stand with the inodes, so every
/// operation that looks for a name is told how to find the name of a place.
#[derive(Debug, Default)]
pub(super) struct ChildList {
    /// No leaf is empty. Nearly every directory has one leaf, which then needs no list.
    leaves: SmallVec<[Vec<Slot>; 1]>,
    length: u32,
}

/// A position between two children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    leaf: usize,
    index: usize,
}

impl ChildList {
    /// From children that are in order already.
    pub(super) fn from_sorted(children: &[Slot]) -> Self {
        Self {
            leaves: children.chunks(LEAF_LENGTH).map(<[Slot]>::to_vec).collect(),
            length: children.len() as u32,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.length as usize
    }

    /// The position before the first child whose name is not less than this.
    fn lower_bound<'n>(&self, name: &[u8], name_of: impl Fn(Slot) -> &'n [u8]) -> Position {
        // Names often come in order: then the position is the end, and one comparison tells.
        if let Some(last) = self.leaves.last().and_then(|leaf| leaf.last())
            && name_of(*last) < name
        {
            let leaf = self.leaves.len() - 1;
            let index = self.leaves[leaf].len();
            return Position { leaf, index };
        }
        let leaf = self.leaves.partition_point(|leaf| name_of(leaf[0]) < name);
        let leaf = leaf.saturating_sub(1);
        let index = self
            .leaves
            .get(leaf)
            .map_or(0, |leaf| leaf.partition_point(|slot| name_of(*slot) < name));
        Position { leaf, index }
    }

    /// The position behind the last child whose name is not greater than this.
    pub(super) fn after<'n>(&self, name: &[u8], name_of: impl Fn(Slot) -> &'n [u8]) -> Position {
        let mut position = self.lower_bound(name, &name_of);
        if let Some(slot) = self.at(position)
            && name_of(slot) == name
        {
            self.advance(&mut position);
        }
        position
    }

    pub(super) const fn start() -> Position {
        Position { leaf: 0, index: 0 }
    }

    /// The child behind a position.
    pub(super) fn at(&self, position: Position) -> Option<Slot> {
        let leaf = self.leaves.get(position.leaf)?;
        match leaf.get(position.index) {
            Some(slot) => Some(*slot),
            None => self.leaves.get(position.leaf + 1).map(|leaf| leaf[0]),
        }
    }

    /// Moves a position behind the next child.
    fn advance(&self, position: &mut Position) {
        let leaf = &self.leaves[position.leaf];
        if position.index < leaf.len() {
            position.index += 1;
        } else {
            position.leaf += 1;
            position.index = 1;
        }
    }

    /// The child behind a position, and the position behind that child.
    pub(super) fn next(&self, position: &mut Position) -> Option<Slot> {
        let slot = self.at(*position)?;
        self.advance(position);
        Some(slot)
    }

    /// Adds a child; no other has its name.
    pub(super) fn insert<'n>(
        &mut self,
        child: Slot,
        name: &[u8],
        name_of: impl Fn(Slot) -> &'n [u8],
    ) {
        let Position {
            mut leaf,
            mut index,
        } = self.lower_bound(name, name_of);
        self.length += 1;
        if self.leaves.is_empty() {
            self.leaves.push(vec![child]);
            return;
        }
        if self.leaves[leaf].len() == LEAF_LENGTH {
            let is_end = leaf + 1 == self.leaves.len() && index == LEAF_LENGTH;
            // At the end names come in order, and full leaves behind waste nothing.
            let split_at = if is_end { LEAF_LENGTH } else { LEAF_LENGTH / 2 };
            let upper = self.leaves[leaf].split_off(split_at);
            self.leaves.insert(leaf + 1, upper);
            if index > split_at || is_end {
                leaf += 1;
                index -= split_at;
            }
        }
        self.leaves[leaf].insert(index, child);
    }

    /// Removes the child with this name.
    pub(super) fn remove<'n>(
        &mut self,
        name: &[u8],
        name_of: impl Fn(Slot) -> &'n [u8],
    ) -> Option<Slot> {
        let mut position = self.lower_bound(name, &name_of);
        let slot = self.at(position).filter(|slot| name_of(*slot) == name)?;
        if position.index == self.leaves[position.leaf].len() {
            position = Position {
                leaf: position.leaf + 1,
                index: 0,
            };
        }
        self.length -= 1;
        self.leaves[position.leaf].remove(position.index);
        self.tidy(position.leaf);
        Some(slot)
    }

    /// Removes the last child.
    pub(super) fn pop(&mut self) -> Option<Slot> {
        let last = self.leaves.last_mut()?;
        let slot = last.pop().expect("no leaf is empty");
        self.length -= 1;
        if last.is_empty() {
            self.leaves.pop();
        }
        Some(slot)
    }

    /// Keeps leaves from being mostly empty after a removal.
    fn tidy(&mut self, leaf: usize) {
        let length = self.leaves[leaf].len();
        if length == 0 {
            self.leaves.remove(leaf);
            return;
        }
        if length < LEAF_LENGTH / 4
            && let Some(next) = self.leaves.get(leaf + 1)
            && length + next.len() <= LEAF_LENGTH / 2
        {
            let next = self.leaves.remove(leaf + 1);
            self.leaves[leaf].extend(next);
        }
        let leaf = &mut self.leaves[leaf];
        if leaf.len() < leaf.capacity() / 4 {
            leaf.shrink_to(leaf.len() * 2);
        }
    }

    /// Bytes on the heap.
    pub(super) fn allocated_bytes(&self) -> usize {
        let leaves = self.leaves.iter().map(Vec::capacity).sum::<usize>() * size_of::<Slot>();
        let list = if self.leaves.spilled() {
            self.leaves.capacity() * size_of::<Vec<Slot>>()
        } else {
            0
        };
        leaves + list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// In these tests the name of a place is its number.
    fn list<'n>(names: &'n [[u8; 4]]) -> impl Fn(Slot) -> &'n [u8] {
        |slot| &names[slot.0 as usize]
    }

    fn names(count: u32) -> Vec<[u8; 4]> {
        (0..count).map(u32::to_be_bytes).collect()
    }

    fn contents(children: &ChildList) -> Vec<u32> {
        let mut position = ChildList::start();
        std::iter::from_fn(|| children.next(&mut position))
            .map(|slot| slot.0)
            .collect()
    }

    #[test]
    fn names_in_order_fill_their_leaves() {
        let names = names(5_000);
        let mut children = ChildList::default();
        for n in 0..5_000u32 {
            children.insert(Slot(n), &n.to_be_bytes(), list(&names));
        }
        assert_eq!(children.leaves.len(), 10);
        assert_eq!(contents(&children), (0..5_000).collect::<Vec<_>>());
        let sorted: Vec<Slot> = (0..5_000).map(Slot).collect();
        assert_eq!(
            contents(&ChildList::from_sorted(&sorted)),
            contents(&children)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_list_is_a_sorted_set(
            steps in prop::collection::vec((0u32..3_000, prop::bool::weighted(0.6)), 1..6_000),
            probe in 0u32..3_000,
        ) {
            let names = names(3_000);
            let mut children = ChildList::default();
            let mut expected = BTreeSet::new();
            for (n, insert) in steps {
                let name = n.to_be_bytes();
                if insert && expected.insert(n) {
                    children.insert(Slot(n), &name, list(&names));
                } else if !insert {
                    let removed = children.remove(&name, list(&names));
                    prop_assert_eq!(removed.is_some(), expected.remove(&n));
                }
            }
            prop_assert_eq!(children.len(), expected.len());
            prop_assert_eq!(contents(&children), expected.iter().copied().collect::<Vec<_>>());
            let mut position = children.after(&probe.to_be_bytes(), list(&names));
            let next = children.next(&mut position).map(|slot| slot.0);
            prop_assert_eq!(next, expected.range(probe + 1..).next().copied());
            while let Some(slot) = children.pop() {
                prop_assert_eq!(Some(slot.0), expected.pop_last());
            }
            prop_assert!(expected.is_empty());
        }
    }
}
