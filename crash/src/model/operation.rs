//! [`Operation`]: what a client asks for.

use std::fmt;

use alluxio_common::{AlluxioPath, WriteType};

use crate::pattern::Content;

/// Whom access control lists name.
pub const NAMED_USERS: [&str; 2] = ["alice", "bob"];

/// What a client asks for. Paths are whole, so an operation means the same whenever it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Creates a file with its parents, writes it and closes it.
    CreateFile {
        /// Where.
        path: AlluxioPath,
        /// Where the bytes go.
        write_type: WriteType,
        /// What is written.
        content: Content,
        /// Size of all blocks but the last.
        block_size: u64,
        /// Whether a file that is there is replaced.
        overwrite: bool,
    },
    /// Creates a directory.
    CreateDirectory {
        /// Where.
        path: AlluxioPath,
        /// Whether it is created in the store as well.
        write_type: WriteType,
        /// Whether missing parents are created.
        recursive: bool,
    },
    /// Moves a file or a directory.
    Rename {
        /// From here.
        source: AlluxioPath,
        /// To here.
        target: AlluxioPath,
    },
    /// Removes a file or a directory.
    Delete {
        /// Which.
        path: AlluxioPath,
        /// Whether a directory goes with everything in it.
        recursive: bool,
    },
    /// Sets the permission bits of a path alone.
    SetMode {
        /// Which.
        path: AlluxioPath,
        /// The nine bits.
        mode: u16,
    },
    /// Pins or unpins a path and everything below it.
    SetPinned {
        /// Which.
        path: AlluxioPath,
        /// Pinned or not.
        pinned: bool,
    },
    /// Sets how long a path lives.
    SetTtl {
        /// Which.
        path: AlluxioPath,
        /// So long; -1 for ever.
        millis: i64,
    },
    /// Gives a path to another user.
    SetOwner {
        /// Which.
        path: AlluxioPath,
        /// To whom.
        owner: &'static str,
    },
    /// Says what a user may do with a path, beside what its mode says.
    SetAcl {
        /// Which.
        path: AlluxioPath,
        /// One of [`NAMED_USERS`], by its number.
        user: usize,
        /// The three bits; `None` for no word about anybody.
        access: Option<u8>,
    },
    /// Lets a path live no longer: it is deleted with everything below it, soon.
    Expire {
        /// Which.
        path: AlluxioPath,
    },
    /// Drops the cached copies of a path and of everything below it.
    Free {
        /// Which.
        path: AlluxioPath,
    },
    /// Asks for a file to be written to its store.
    Persist {
        /// Which.
        path: AlluxioPath,
    },
    /// Reads a part of a file.
    Read {
        /// Which.
        path: AlluxioPath,
        /// From here.
        position: u64,
        /// So many bytes, or to the end.
        length: u64,
    },
    /// Mounts a store.
    Mount {
        /// Where.
        path: AlluxioPath,
        /// Which of the stores that there are.
        store: usize,
    },
    /// Takes a mount away.
    Unmount {
        /// Which.
        path: AlluxioPath,
    },
}

impl Operation {
    /// What it is called where operations are counted.
    pub fn kind(&self) -> String {
        let name = match self {
            Self::CreateFile {
                write_type,
                overwrite,
                ..
            } => {
                let verb = if *overwrite { "overwrite" } else { "create" };
                return format!("{verb} {write_type}");
            }
            Self::CreateDirectory { write_type, .. } => return format!("mkdir {write_type}"),
            Self::Delete {
                recursive: true, ..
            } => "rm -R",
            Self::Delete {
                recursive: false, ..
            } => "rm",
            Self::Rename { .. } => "mv",
            Self::SetMode { .. } => "chmod",
            Self::SetPinned { pinned: true, .. } => "pin",
            Self::SetPinned { pinned: false, .. } => "unpin",
            Self::SetTtl { .. } => "setTtl",
            Self::SetOwner { .. } => "chown",
            Self::SetAcl { .. } => "setfacl",
            Self::Expire { .. } => "expire",
            Self::Free { .. } => "free",
            Self::Persist { .. } => "persist",
            Self::Read { .. } => "read",
            Self::Mount { .. } => "mount",
            Self::Unmount { .. } => "unmount",
        };
        name.to_owned()
    }

    /// The paths that it names.
    pub fn paths(&self) -> Vec<&AlluxioPath> {
        match self {
            Self::Rename { source, target } => vec![source, target],
            Self::CreateFile { path, .. }
            | Self::CreateDirectory { path, .. }
            | Self::Delete { path, .. }
            | Self::SetMode { path, .. }
            | Self::SetPinned { path, .. }
            | Self::SetTtl { path, .. }
            | Self::SetOwner { path, .. }
            | Self::SetAcl { path, .. }
            | Self::Expire { path }
            | Self::Free { path }
            | Self::Persist { path }
            | Self::Read { path, .. }
            | Self::Mount { path, .. }
            | Self::Unmount { path } => vec![path],
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateFile {
                path,
                write_type,
                content: Content { seed, length },
                block_size,
                overwrite,
            } => {
                let verb = if *overwrite { "overwrite" } else { "create" };
                write!(
                    f,
                    "{verb} {path} {write_type} length={length} block={block_size} seed={seed:#x}"
                )
            }
            Self::CreateDirectory {
                path,
                write_type,
                recursive,
            } => {
                let option = if *recursive { " -p" } else { "" };
                write!(f, "mkdir{option} {path} {write_type}")
            }
            Self::Rename { source, target } => write!(f, "mv {source} {target}"),
            Self::Delete { path, recursive } => {
                let option = if *recursive { " -R" } else { "" };
                write!(f, "rm{option} {path}")
            }
            Self::SetMode { path, mode } => write!(f, "chmod {mode:o} {path}"),
            Self::SetPinned { path, pinned: true } => write!(f, "pin {path}"),
            Self::SetPinned {
                path,
                pinned: false,
            } => write!(f, "unpin {path}"),
            Self::SetTtl { path, millis } => write!(f, "setTtl {path} {millis}"),
            Self::SetOwner { path, owner } => write!(f, "chown {owner} {path}"),
            Self::SetAcl {
                path,
                user,
                access: Some(access),
            } => write!(
                f,
                "setfacl -m user:{}:{access:o} {path}",
                NAMED_USERS[*user]
            ),
            Self::SetAcl {
                path, access: None, ..
            } => write!(f, "setfacl -b {path}"),
            Self::Expire { path } => write!(f, "expire {path}"),
            Self::Free { path } => write!(f, "free {path}"),
            Self::Persist { path } => write!(f, "persist {path}"),
            Self::Read {
                path,
                position,
                length,
            } => write!(f, "read {path} {position}+{length}"),
            Self::Mount { path, store } => write!(f, "mount {path} store-{store}"),
            Self::Unmount { path } => write!(f, "unmount {path}"),
        }
    }
}
