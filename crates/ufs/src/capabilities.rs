//! [`UfsCapabilities`]: what a connector can do beyond what every store can.

use std::fmt;

/// Something that some stores can do and others cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UfsCapability {
    /// A rename is one step: nobody sees half of it, and directories cost no more than files.
    /// Without it a rename is a copy and a deletion, and a crash may leave both sides.
    AtomicRename,
    /// Owner, group and mode are kept. Without it `set_owner` and `set_mode` do nothing.
    Permissions,
    /// Directories exist by themselves, and a file needs its parent. Without it the keys below
    /// imply a directory, and markers keep empty ones.
    RealDirectories,
    /// `space` knows the numbers.
    Space,
    /// Every operation sees all that was closed, deleted or renamed before it began. Without it an
    /// old answer may come for a while.
    ImmediateVisibility,
    /// A reader that was opened before its file was deleted or replaced reads on as if nothing had
    /// happened. Without it, it may fail with `NotFound` or `ChangedMeanwhile`.
    StableReaders,
}

impl UfsCapability {
    /// All of them, for tables.
    pub const ALL: [Self; 6] = [
        Self::AtomicRename,
        Self::Permissions,
        Self::RealDirectories,
        Self::Space,
        Self::ImmediateVisibility,
        Self::StableReaders,
    ];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtomicRename => "atomic rename",
            Self::Permissions => "permissions",
            Self::RealDirectories => "real directories",
            Self::Space => "space",
            Self::ImmediateVisibility => "immediate visibility",
            Self::StableReaders => "stable readers",
        }
    }
}

/// A set of [`UfsCapability`].
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct UfsCapabilities(u8);

impl UfsCapabilities {
    /// These and no others.
    pub const fn of(capabilities: &[UfsCapability]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < capabilities.len() {
            bits |= 1 << capabilities[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// Whether this one is in the set.
    pub const fn has(self, capability: UfsCapability) -> bool {
        self.0 & (1 << capability as u8) != 0
    }
}

impl fmt::Debug for UfsCapabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = UfsCapability::ALL.into_iter().filter(|one| self.has(*one));
        f.debug_set().entries(set).finish()
    }
}
