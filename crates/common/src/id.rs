//! Identifiers. Raw integers appear only where bytes meet the wire or the disk.

use std::fmt;

/// Declares a newtype over an integer with the conversions that codecs need.
macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident($raw:ty)) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($raw);

        impl $name {
            /// Wraps a raw value as it stands on the wire or on disk.
            pub const fn from_raw(raw: $raw) -> Self {
                Self(raw)
            }

            /// The value as it stands on the wire or on disk.
            pub const fn raw(self) -> $raw {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id_type! {
    /// Names an inode for ever; never reused. A file's id is its container with all 24 sequence
    /// bits set; a directory's id is any other (container, sequence) pair.
    InodeId(i64)
}
id_type! {
    /// Names a block: the container of its file, and the block's index in the file (24 bits).
    BlockId(i64)
}
id_type! {
    /// The upper 40 bits that all blocks of one file share.
    ContainerId(i64)
}
id_type! {
    /// Names a worker as the master knows it; random and non-negative.
    WorkerId(i64)
}
id_type! {
    /// Names a mount. The root mount is 1, the others are random and non-negative.
    MountId(i64)
}
id_type! {
    /// Names one client's use of one worker.
    SessionId(i64)
}
id_type! {
    /// Names a job of the job service.
    JobId(i64)
}
id_type! {
    /// The place of an entry in the journal. The first entry has number 0.
    SequenceNumber(u64)
}

/// How many low bits of a block id hold the index of the block in its file.
const SEQUENCE_BITS: u32 = 24;
const SEQUENCE_MASK: i64 = (1 << SEQUENCE_BITS) - 1;

impl ContainerId {
    /// The id of the file that owns this container.
    pub const fn file_id(self) -> InodeId {
        InodeId((self.0 << SEQUENCE_BITS) | SEQUENCE_MASK)
    }

    /// The id of a directory: any sequence below the one that files use.
    pub fn directory_id(self, sequence: u32) -> InodeId {
        assert!(
            i64::from(sequence) < SEQUENCE_MASK,
            "sequence {sequence} is kept for files"
        );
        InodeId((self.0 << SEQUENCE_BITS) | i64::from(sequence))
    }

    /// The block with this index in the file.
    pub fn block_id(self, index: u32) -> BlockId {
        assert!(
            i64::from(index) < SEQUENCE_MASK,
            "a file has at most 2^24 - 1 blocks"
        );
        BlockId((self.0 << SEQUENCE_BITS) | i64::from(index))
    }
}

impl InodeId {
    /// The container half of the id.
    pub const fn container(self) -> ContainerId {
        ContainerId(self.0 >> SEQUENCE_BITS)
    }

    /// Whether the id has the shape of a file's id.
    pub const fn is_file(self) -> bool {
        self.0 & SEQUENCE_MASK == SEQUENCE_MASK
    }
}

impl BlockId {
    /// The container half of the id.
    pub const fn container(self) -> ContainerId {
        ContainerId(self.0 >> SEQUENCE_BITS)
    }

    /// The file that this block is a part of.
    pub const fn file_id(self) -> InodeId {
        self.container().file_id()
    }

    /// The index of this block in its file, from zero.
    pub const fn index(self) -> u32 {
        // Masked to 24 bits, so it fits.
        (self.0 & SEQUENCE_MASK) as u32
    }
}

impl MountId {
    /// The mount at `/`.
    pub const ROOT: Self = Self(1);
}

impl SequenceNumber {
    /// The number of the very first entry.
    pub const ZERO: Self = Self(0);

    /// The number after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Lets a retried request be recognised: the client draws it once, and sends it with every try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperationId {
    /// The upper half of the client's UUID.
    pub most_significant: i64,
    /// The lower half of the client's UUID.
    pub least_significant: i64,
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:016x}{:016x}",
            self.most_significant, self.least_significant
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_id_and_its_blocks_share_the_container() {
        let container = ContainerId::from_raw(79);
        let block = container.block_id(12);
        assert_eq!(block.raw(), 1_325_400_076);
        assert_eq!(block.file_id(), container.file_id());
        assert_eq!(block.index(), 12);
        assert!(container.file_id().is_file());
        assert!(!container.directory_id(0).is_file());
    }
}
