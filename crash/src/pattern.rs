//! Bytes that tell of which content they are, and where in it they stand.

use bytes::Bytes;

/// How many bytes share one number.
const WORD: usize = 8;

/// What a file holds: every byte follows from the seed and the position, so that any part of it can
/// be checked without the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Two contents with the same seed begin with the same bytes.
    pub seed: u64,
    /// How many bytes there are.
    pub length: u64,
}

impl Content {
    /// Whether these are its bytes, all of them.
    pub(crate) fn is_whole(self, bytes: &[u8]) -> bool {
        bytes.len() as u64 == self.length && self.difference(0, bytes).is_none()
    }

    /// The bytes from `position` on, at most `length` of them.
    pub fn part(self, position: u64, length: usize) -> Bytes {
        let left = self.length.saturating_sub(position);
        let length = usize::try_from(left).map_or(length, |left| left.min(length));
        let mut bytes = Vec::with_capacity(length + 2 * WORD);
        let first = position / WORD as u64;
        let skipped = (position % WORD as u64) as usize;
        let words = (skipped + length).div_ceil(WORD) as u64;
        for word in first..first + words {
            bytes.extend_from_slice(&self.word(word).to_le_bytes());
        }
        Bytes::from(bytes).slice(skipped..skipped + length)
    }

    /// All bytes.
    pub fn whole(self) -> Bytes {
        self.part(0, usize::MAX)
    }

    /// Where `bytes`, which were read at `position`, differ from what belongs there.
    pub fn difference(self, position: u64, bytes: &[u8]) -> Option<u64> {
        let expected = self.part(position, bytes.len());
        let equal = expected.iter().zip(bytes).take_while(|(a, b)| a == b);
        let equal = equal.count();
        (equal < bytes.len()).then(|| position + equal as u64)
    }

    /// A number in which every bit depends on the seed and on the place.
    fn word(self, index: u64) -> u64 {
        let mut mixed = self
            .seed
            .wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: Content = Content {
        seed: 7,
        length: 100,
    };

    #[test]
    fn a_part_is_what_the_whole_has_there() {
        let whole = CONTENT.whole();
        assert_eq!(whole.len(), 100);
        for (position, length) in [(0, 1), (3, 20), (8, 8), (95, 50), (100, 1)] {
            let end = whole.len().min(position + length);
            assert_eq!(
                CONTENT.part(position as u64, length),
                whole[position..end],
                "{position} {length}"
            );
        }
    }

    #[test]
    fn the_first_wrong_byte_is_found() {
        let mut bytes = CONTENT.part(10, 30).to_vec();
        assert_eq!(CONTENT.difference(10, &bytes), None);
        bytes[13] ^= 1;
        assert_eq!(CONTENT.difference(10, &bytes), Some(23));
        // Bytes behind the end belong to nobody.
        assert_eq!(CONTENT.difference(100, &[0]), Some(100));
    }
}
