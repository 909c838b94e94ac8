//! The digest of a state: the same on every machine, in every version, whatever the history.

/// Odd constants without structure; part of the checkpoint format, so they never change.
const SEED: u64 = 0x51_7c_c1_b7_27_22_0a_95;
const MULTIPLIER: u64 = 0x9f_b2_1c_65_1e_98_df_25;

/// Digests a sequence of numbers and bytes. The digest of the tree is the sum of those of its
/// inodes: a sum does not depend on the order, and one inode's part can be taken out again.
#[derive(Debug, Clone, Copy)]
pub(super) struct StateHasher(u64);

impl StateHasher {
    pub(super) const fn new() -> Self {
        Self(SEED)
    }

    /// Takes in a number.
    #[must_use]
    pub(super) const fn number(self, value: u64) -> Self {
        // A 128-bit product folded in two spreads every bit of both factors.
        let product = (self.0 ^ value) as u128 * MULTIPLIER as u128;
        Self((product >> 64) as u64 ^ product as u64 ^ self.0.rotate_left(23))
    }

    /// Takes in bytes and their number.
    #[must_use]
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut hasher = self.number(bytes.len() as u64);
        for word in words {
            hasher = hasher.number(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hasher.number(u64::from_le_bytes(last))
    }

    /// The digest.
    pub(super) const fn finish(self) -> u64 {
        self.number(MULTIPLIER).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_same_for_ever() {
        let digest = StateHasher::new()
            .number(7)
            .bytes(b"part-00000042")
            .finish();
        assert_eq!(
            digest,
            StateHasher::new()
                .number(7)
                .bytes(b"part-00000042")
                .finish()
        );
        assert_ne!(
            digest,
            StateHasher::new()
                .number(7)
                .bytes(b"part-00000043")
                .finish()
        );
        assert_ne!(
            digest,
            StateHasher::new()
                .number(8)
                .bytes(b"part-00000042")
                .finish()
        );
        assert_ne!(
            StateHasher::new().bytes(b"ab").bytes(b"c").finish(),
            StateHasher::new().bytes(b"a").bytes(b"bc").finish()
        );
    }
}
