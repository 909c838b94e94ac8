//! [`JournalEntry`]: one decided change, of any kind.

use super::codec::{DecodeError, Record, put_record};
use super::{
    AddMountPointEntry, BlockCommittedEntry, ClusterInfoEntry, CompleteFileEntry, ContainerIdEntry,
    DeleteEntry, DeleteMountPointEntry, DirectoryIdEntry, InodeDirectoryEntry, InodeFileEntry,
    NewBlockEntry, PathPropertiesEntry, RemovePathPropertiesEntry, RenameEntry, RootStoreEntry,
    StoreComparedEntry, StoreDeleteDoneEntry, StoreDeleteEntry, StoreRenameDoneEntry,
    StoreRenameEntry, StoreUnknownEntry, UfsModeEntry, UpdateInodeEntry, UpdateMountPointEntry,
};

/// Writes the enum of all kinds, the number of each in the format, and its name.
macro_rules! journal_entry {
    ($($(#[$meta:meta])* $number:literal $variant:ident($payload:ty),)+) => {
        /// One decided change. Large kinds are boxed so that a list of entries stays small.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum JournalEntry {
            $($(#[$meta])* $variant($payload),)+
        }

        impl JournalEntry {
            /// The number and name of every kind, in the order of the numbers.
            pub const KINDS: &[(u32, &str)] = &[$(($number, stringify!($variant))),+];

            /// The number that stands for this kind in the format.
            pub const fn kind(&self) -> u32 {
                match self {
                    $(Self::$variant(_) => $number,)+
                }
            }

            /// The name of this kind, for people.
            pub const fn kind_name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($variant),)+
                }
            }

            /// Appends the entry as a field whose number is its kind.
            pub fn encode(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant(entry) => put_record(out, $number, entry),)+
                }
            }

            /// Reads the payload of an entry of this kind.
            ///
            /// # Errors
            /// When the kind is unknown or the payload is malformed.
            pub fn decode(kind: u32, payload: &[u8]) -> Result<Self, DecodeError> {
                match kind {
                    $($number => Ok(Self::$variant(Record::decode(payload)?)),)+
                    _ => Err(DecodeError::UnknownKind { kind }),
                }
            }
        }
    };
}

journal_entry! {
    /// A file appears.
    16 InodeFile(Box<InodeFileEntry>),
    /// A directory appears.
    17 InodeDirectory(Box<InodeDirectoryEntry>),
    /// A file has all its content.
    18 CompleteFile(CompleteFileEntry),
    /// A file that is being written gets its next block.
    19 NewBlock(NewBlockEntry),
    /// A worker holds a whole block of a file that is being written.
    20 BlockCommitted(BlockCommittedEntry),
    /// An inode moves.
    21 Rename(RenameEntry),
    /// An inode goes, with everything below it.
    22 Delete(DeleteEntry),
    /// Attributes of an inode change.
    23 UpdateInode(Box<UpdateInodeEntry>),
    /// A store is mounted.
    24 AddMountPoint(AddMountPointEntry),
    /// The options of a mount change.
    25 UpdateMountPoint(UpdateMountPointEntry),
    /// A store is unmounted.
    26 DeleteMountPoint(DeleteMountPointEntry),
    /// Container ids are reserved.
    27 ContainerId(ContainerIdEntry),
    /// Directory ids are reserved.
    28 DirectoryId(DirectoryIdEntry),
    /// Default properties of clients under a path change.
    29 PathProperties(PathPropertiesEntry),
    /// Default properties of clients under a path go.
    30 RemovePathProperties(RemovePathPropertiesEntry),
    /// An under store enters or leaves maintenance.
    31 UfsMode(UfsModeEntry),
    /// The cluster gets its identity.
    32 ClusterInfo(ClusterInfoEntry),
    /// A deletion is on its way to the stores.
    33 StoreDelete(Box<StoreDeleteEntry>),
    /// A deletion is no longer on its way to the stores.
    34 StoreDeleteDone(StoreDeleteDoneEntry),
    /// A move is on its way to a store.
    35 StoreRename(Box<StoreRenameEntry>),
    /// A move is no longer on its way to a store.
    36 StoreRenameDone(StoreRenameDoneEntry),
    /// The store behind `/` is another one than before.
    37 RootStore(RootStoreEntry),
    /// Nobody knows what a store has of an inode.
    38 StoreUnknown(StoreUnknownEntry),
    /// An inode is again what its store has.
    39 StoreCompared(StoreComparedEntry),
}
