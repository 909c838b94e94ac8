//! [`Pending`]: what a connection is going to write, copied or where it is.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

use crate::turn::TURN;

/// What is gathered before it is written anyway: some hundreds of answers. Larger writes, as block
/// data makes them in large frames, are passed on. In small frames they are gathered without being
/// copied, a [`TURN`] of them.
pub(super) const BATCH: usize = 64 * 1024;

/// How many parts a batch may have: those of a [`TURN`] in the smallest frames, and their heads. The kernel
/// takes as many at once.
pub(super) const PARTS: usize = 128;

/// What is to be written, in order.
#[derive(Debug, Default)]
pub(super) struct Pending {
    parts: VecDeque<Part>,
    /// How many bytes the parts have.
    length: usize,
    /// The bytes of all parts that were copied, one behind the other.
    copied: Vec<u8>,
    /// How many of them the socket has taken.
    copied_taken: usize,
}

#[derive(Debug)]
enum Part {
    /// So many bytes that were copied.
    Copied(usize),
    /// Bytes that stay where they are.
    Lasting(Bytes),
}

impl Pending {
    /// Whether all was taken.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Takes an empty buffer for what will be copied. To be called when it is empty.
    pub(super) fn begin(&mut self, buffer: Vec<u8>) {
        self.copied = buffer;
    }

    /// Gives the buffer back, when it is empty again.
    pub(super) fn end(&mut self) -> Vec<u8> {
        self.copied_taken = 0;
        std::mem::take(&mut self.copied)
    }

    /// How many bytes were copied since the beginning.
    #[cfg(test)]
    pub(super) fn copied(&self) -> usize {
        self.copied.len()
    }

    /// Whether these, of this length together, have to wait until the others are written. All of them may
    /// have to be copied.
    pub(super) fn is_full_for(&self, slices: &[IoSlice<'_>], length: usize) -> bool {
        self.copied.len() + length > BATCH
            || self.length + length > TURN
            || self.parts.len() + slices.len() > PARTS
    }

    /// Adds bytes, at least one, and copies them.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.copied.extend_from_slice(bytes);
        self.length += bytes.len();
        match self.parts.back_mut() {
            Some(Part::Copied(length)) => *length += bytes.len(),
            Some(Part::Lasting(_)) | None => self.parts.push_back(Part::Copied(bytes.len())),
        }
    }

    /// Adds bytes, at least one, that stay where they are.
    pub(super) fn add_lasting(&mut self, bytes: Bytes) {
        self.length += bytes.len();
        self.parts.push_back(Part::Lasting(bytes));
    }

    /// Puts the first parts into `slices`, and returns how many.
    pub(super) fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; PARTS]) -> usize {
        let mut copied = &self.copied[self.copied_taken..];
        let mut count = 0;
        for (slice, part) in slices.iter_mut().zip(&self.parts) {
            *slice = match part {
                Part::Copied(length) => {
                    let (now, later) = copied.split_at(*length);
                    copied = later;
                    IoSlice::new(now)
                }
                Part::Lasting(bytes) => IoSlice::new(bytes),
            };
            count += 1;
        }
        count
    }

    /// The socket has taken so many bytes.
    pub(super) fn take(&mut self, mut bytes: usize) {
        self.length -= bytes;
        while let Some(part) = self.parts.front_mut() {
            let left = match part {
                Part::Copied(length) => {
                    let taken = bytes.min(*length);
                    *length -= taken;
                    self.copied_taken += taken;
                    bytes -= taken;
                    *length
                }
                Part::Lasting(lasting) => {
                    let taken = bytes.min(lasting.len());
                    lasting.advance(taken);
                    bytes -= taken;
                    lasting.len()
                }
            };
            if left > 0 {
                return;
            }
            self.parts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize, from: usize) -> Vec<u8> {
        (from..from + length)
            .map(|index| (index % 251) as u8)
            .collect()
    }

    fn all(pending: &Pending) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); PARTS];
        let count = pending.slices(&mut slices);
        let slices = slices[..count].iter();
        slices.flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn what_is_added_after_a_part_of_it_was_taken_comes_in_its_turn() {
        let mut pending = Pending::default();
        let (mut added, mut taken) = (0, Vec::new());
        for round in 1..400 {
            let length = round * 37 % 101 + 1;
            match round % 3 {
                0 => pending.add(&bytes(length, added)),
                _ => pending.add_lasting(bytes(length, added).into()),
            }
            added += length;
            // Ends within a part, now and then within a copied one, and sometimes takes all.
            let first = all(&pending);
            let now = (round * 53 % 120).min(first.len());
            taken.extend_from_slice(&first[..now]);
            pending.take(now);
            assert_eq!(pending.is_empty(), taken.len() == added);
        }
        while !pending.is_empty() {
            let first = all(&pending);
            taken.extend_from_slice(&first);
            pending.take(first.len());
        }
        assert!(taken == bytes(added, 0), "the bytes differ");
        assert_eq!(pending.length, 0);
        assert!(!pending.end().is_empty());
        assert_eq!(pending.copied_taken, 0);
    }
}
