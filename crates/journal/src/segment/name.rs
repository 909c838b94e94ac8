//! The names of log files and checkpoints: `0x<start>-0x<end>-e<epoch>`, numbers in hexadecimal, the
//! end exclusive. A log that is still written ends at `0x7fffffffffffffff`; a checkpoint starts at
//! `0x0`. The epoch keeps apart what two owners call by the same numbers.

use std::fmt;

/// The end in the name of a segment that is not complete.
const OPEN_END: u64 = 0x7fff_ffff_ffff_ffff;

/// What a file's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileName {
    pub(crate) epoch: u64,
    pub(crate) start: u64,
    end: u64,
}

impl FileName {
    /// The segment that is being written.
    pub(crate) const fn open(epoch: u64, start: u64) -> Self {
        Self {
            epoch,
            start,
            end: OPEN_END,
        }
    }

    /// A complete segment: all of its entries are durable, and none will be added.
    pub(crate) const fn sealed(epoch: u64, start: u64, end: u64) -> Self {
        Self { epoch, start, end }
    }

    /// A checkpoint of everything below `end`.
    pub(crate) const fn checkpoint(epoch: u64, end: u64) -> Self {
        Self {
            epoch,
            start: 0,
            end,
        }
    }

    /// Where it ends (exclusive), if it is complete.
    pub(crate) fn end(&self) -> Option<u64> {
        (self.end != OPEN_END).then_some(self.end)
    }

    /// `None` for the name of anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (start, rest) = text.strip_prefix("0x")?.split_once("-0x")?;
        let (end, epoch) = rest.split_once("-e")?;
        let name = Self {
            epoch: epoch.parse().ok()?,
            start: u64::from_str_radix(start, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
        };
        // One spelling per name: no signs, no leading zeros, no capitals; and nothing ends early.
        (name.start <= name.end && name.to_string() == text).then_some(name)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}-{:#x}-e{}", self.start, self.end, self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_look_as_alluxios_do_with_the_epoch_behind() {
        assert_eq!(
            FileName::open(5, 0x64).to_string(),
            "0x64-0x7fffffffffffffff-e5"
        );
        assert_eq!(FileName::sealed(5, 0, 100).to_string(), "0x0-0x64-e5");
    }

    #[test]
    fn other_names_are_not_taken_for_ours() {
        for text in [
            "",
            "0x0-0x7fffffffffffffff",
            "0x0-0x64-e",
            "0x00-0x64-e1",
            "0x64-0x0-e1",
            "0x0-0x64-e1.tmp",
            "lost+found",
        ] {
            assert_eq!(FileName::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_name_parses_from_what_it_prints(epoch: u64, start: u64, length in 0..1_000_000_u64) {
            let start = start >> 2;
            let name = FileName::sealed(epoch, start, start + length);
            prop_assert_eq!(FileName::parse(&name.to_string()), Some(name));
        }
    }
}
