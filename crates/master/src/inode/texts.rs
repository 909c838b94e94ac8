//! [`TextArena`]: short texts side by side, without a heap block, a pointer or a length for each.

use super::arena::CHUNK_BYTES;

/// Texts start at multiples of this, so that an offset of 32 bits reaches 16 GiB of text.
const UNIT: usize = 4;
/// How many units one chunk has.
const CHUNK_UNITS: u32 = (CHUNK_BYTES / UNIT) as u32;
/// Sizes of freed cells that are kept apart, in units. The longest text needs the last.
const CLASSES: usize = TextArena::LONGEST.div_ceil(UNIT) + 1;
/// Stands for "no cell" in the list of free ones.
const NONE: u32 = u32::MAX;

/// Where a text begins, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextOffset(pub(super) u32);

/// Holds texts of up to [`TextArena::LONGEST`] bytes. The owner keeps offset and length. A freed
/// cell is used again for a text of its size or, cut in two, for a shorter one; the list of free
/// cells lies in the cells themselves.
#[derive(Debug)]
pub(super) struct TextArena {
    chunks: Vec<Box<[u8]>>,
    /// The first unit of the last chunk that was never used.
    fresh: u32,
    /// The first free cell of each size in units; the cell holds the offset of the next one.
    free: [u32; CLASSES],
    /// A bit for each size of which there is a free cell.
    free_classes: u64,
    free_units: u64,
}

impl TextArena {
    /// Bytes of the longest text that fits.
    pub(super) const LONGEST: usize = 252;

    pub(super) fn new() -> Self {
        Self {
            chunks: Vec::new(),
            fresh: CHUNK_UNITS,
            free: [NONE; CLASSES],
            free_classes: 0,
            free_units: 0,
        }
    }

    /// Stores a text. An empty one needs no room.
    pub(super) fn insert(&mut self, text: &str) -> TextOffset {
        assert!(text.len() <= Self::LONGEST, "longer texts stand elsewhere");
        if text.is_empty() {
            return TextOffset(0);
        }
        let offset = self.take_cell(text.len().div_ceil(UNIT));
        let (chunk, start) = place(offset);
        self.chunks[chunk][start..start + text.len()].copy_from_slice(text.as_bytes());
        TextOffset(offset)
    }

    /// The bytes of a text that was stored with this length.
    pub(super) fn bytes(&self, offset: TextOffset, length: usize) -> &[u8] {
        if length == 0 {
            return &[];
        }
        let (chunk, start) = place(offset.0);
        &self.chunks[chunk][start..start + length]
    }

    /// A text that was stored with this length.
    pub(super) fn text(&self, offset: TextOffset, length: usize) -> &str {
        std::str::from_utf8(self.bytes(offset, length)).expect("only whole texts are stored")
    }

    /// Gives a text's room back.
    pub(super) fn remove(&mut self, offset: TextOffset, length: usize) {
        if length > 0 {
            self.give_cell(offset.0, length.div_ceil(UNIT));
        }
    }

    /// A cell of this many units: a free one of this size, else the smallest free one that is
    /// larger, else fresh room.
    fn take_cell(&mut self, units: usize) -> u32 {
        let large_enough = self.free_classes >> units << units;
        if large_enough == 0 {
            return self.take_fresh(units);
        }
        let class = large_enough.trailing_zeros() as usize;
        let offset = self.free[class];
        let (chunk, start) = place(offset);
        let next = &self.chunks[chunk][start..start + UNIT];
        self.free[class] = u32::from_le_bytes(next.try_into().expect("a unit has four bytes"));
        if self.free[class] == NONE {
            self.free_classes &= !(1 << class);
        }
        self.free_units -= class as u64;
        if class > units {
            self.give_cell(offset + units as u32, class - units);
        }
        offset
    }

    fn take_fresh(&mut self, units: usize) -> u32 {
        let left = CHUNK_UNITS - self.fresh;
        if (left as usize) < units {
            if left > 0 {
                self.give_cell(self.fresh_offset(), left as usize);
            }
            assert!(
                self.chunks.len() < (NONE / CHUNK_UNITS) as usize,
                "16 GiB of names are the limit"
            );
            let chunk = vec![0; CHUNK_UNITS as usize * UNIT];
            self.chunks.push(chunk.into_boxed_slice());
            self.fresh = 0;
        }
        let offset = self.fresh_offset();
        self.fresh += units as u32;
        offset
    }

    fn fresh_offset(&self) -> u32 {
        (self.chunks.len() as u32 - 1) * CHUNK_UNITS + self.fresh
    }

    fn give_cell(&mut self, offset: u32, units: usize) {
        let (chunk, start) = place(offset);
        let next = self.free[units].to_le_bytes();
        self.chunks[chunk][start..start + UNIT].copy_from_slice(&next);
        self.free[units] = offset;
        self.free_classes |= 1 << units;
        self.free_units += units as u64;
    }

    /// Bytes of all chunks.
    pub(super) fn allocated_bytes(&self) -> usize {
        self.chunks.len() * CHUNK_UNITS as usize * UNIT
            + self.chunks.capacity() * size_of::<Box<[u8]>>()
    }

    /// Bytes of all cells that wait to be used again.
    pub(super) fn free_bytes(&self) -> u64 {
        self.free_units * UNIT as u64
    }
}

const fn place(offset: u32) -> (usize, usize) {
    let chunk = offset / CHUNK_UNITS;
    let start = (offset % CHUNK_UNITS) as usize * UNIT;
    (chunk as usize, start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn deleted_names_give_their_room_to_new_ones() {
        let mut arena = TextArena::new();
        let mut texts = Vec::new();
        for n in 0..100_000 {
            let text = format!("part-{n:015}");
            texts.push((arena.insert(&text), text.len()));
        }
        let allocated = arena.allocated_bytes();
        for (offset, length) in texts.drain(..) {
            arena.remove(offset, length);
        }
        assert!(arena.free_bytes() >= 100_000 * 20);
        // Shorter ones fit as well: they are cut from the longer cells.
        for n in 0..100_000 {
            arena.insert(&format!("p-{n:06}"));
            arena.insert(&format!("q-{n:06}"));
        }
        assert_eq!(arena.allocated_bytes(), allocated);
    }

    proptest! {
        #[test]
        fn a_text_reads_back_whatever_came_and_went(
            steps in prop::collection::vec((any::<prop::sample::Index>(), 0usize..=252), 1..400),
        ) {
            let mut arena = TextArena::new();
            let mut live: Vec<(TextOffset, String)> = Vec::new();
            for (n, (which, length)) in steps.into_iter().enumerate() {
                if n % 3 == 2 && !live.is_empty() {
                    let (offset, text) = live.swap_remove(which.index(live.len()));
                    arena.remove(offset, text.len());
                } else {
                    let letter = char::from(b'a' + (n % 26) as u8);
                    let text = letter.to_string().repeat(length);
                    live.push((arena.insert(&text), text));
                }
                for (offset, text) in &live {
                    prop_assert_eq!(arena.text(*offset, text.len()), text);
                }
            }
        }
    }
}
