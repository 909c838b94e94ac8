//! [`FileSystemError`]: everything that an operation on the namespace can refuse, with the sentence
//! that Alluxio's clients print and the code that decides which exception they raise.

use alluxio_common::{
    AlluxioPath, BlockId, Describe, ErrorCode, Fact, Hint, InodeId, MountId, SequenceNumber,
};
use alluxio_journal::JournalError;
use alluxio_ufs::UfsError;

use crate::inode::CheckpointError;
use crate::journal_entry::DecodeError;

/// Who was refused what, and at which component of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDenied {
    /// The authenticated user.
    pub user: String,
    /// What the user wanted: `r--`, `-w-`, `--x` and their unions.
    pub access: alluxio_common::Access,
    /// The path of the request.
    pub path: String,
    /// The component that refused; empty for the root.
    pub failed_at: String,
    /// Owner of that component.
    pub owner: String,
    /// Group of that component.
    pub group: String,
    /// Permissions of that component.
    pub mode: alluxio_common::Mode,
}

impl std::fmt::Display for AccessDenied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Permission denied: user={}, access={}, path={}: failed at {}, inode owner={}, \
             inode group={}, inode mode={}",
            self.user,
            self.access,
            self.path,
            if self.failed_at.is_empty() {
                "/"
            } else {
                &self.failed_at
            },
            self.owner,
            self.group,
            self.mode
        )
    }
}

/// Why an operation on the namespace was refused. `Display` is Alluxio's own sentence.
#[derive(Debug, thiserror::Error)]
pub enum FileSystemError {
    // -- paths ---------------------------------------------------------------------------------
    /// Nothing is there, neither in the namespace nor in the store.
    #[error("Path \"{path}\" does not exist.")]
    PathNotFound {
        /// What was asked for.
        path: AlluxioPath,
    },
    /// No inode has this id.
    #[error("inodeId {id} does not exist")]
    IdNotFound {
        /// What was asked for.
        id: InodeId,
    },
    /// The entry behind which a listing goes on is not there any more.
    #[error(
        "\"Inode {id} does not exit\" Inode was not found during partial listing. It was likely removed across listing calls."
    )]
    OffsetNotFound {
        /// What was asked for.
        id: InodeId,
    },
    /// The text is no path.
    #[error(transparent)]
    InvalidPath(#[from] alluxio_common::InvalidPath),
    /// A component on the way is a file.
    #[error(
        "Traversal failed for path {path}. Component {index}({component}) is a file, not a directory."
    )]
    ParentNotDirectory {
        /// The whole path.
        path: AlluxioPath,
        /// Which component, from 1.
        index: usize,
        /// Its name.
        component: String,
    },
    /// Creating without `recursive` below a directory that is not there.
    #[error("File {path} creation failed. Component {index}({component}) does not exist")]
    ParentNotFound {
        /// The whole path.
        path: AlluxioPath,
        /// Which component, from 1.
        index: usize,
        /// Its name.
        component: String,
    },
    /// A directory was given where a file is needed.
    #[error("Path \"{path}\" must be a file.")]
    NotAFile {
        /// The directory.
        path: AlluxioPath,
    },

    // -- create --------------------------------------------------------------------------------
    /// The target of a create is taken.
    #[error(
        "{path} already exists. If you want to overwrite the file, you need to specify the overwrite option."
    )]
    FileExists {
        /// The target.
        path: AlluxioPath,
    },
    /// The target of an overwriting create is a directory.
    #[error("{path} already exists. Directories cannot be overwritten with create")]
    DirectoryNotOverwritable {
        /// The target.
        path: AlluxioPath,
    },
    /// The target of a mkdir is taken.
    #[error("Not allowed to create directory because path already exists: {path}")]
    DirectoryExists {
        /// The target.
        path: AlluxioPath,
    },
    /// mkdir of `/`.
    #[error("Not allowed to create existing root path: /")]
    RootExists,
    /// A block size below one byte.
    #[error("Invalid block size {size}")]
    InvalidBlockSize {
        /// What was given.
        size: i64,
    },
    /// More children or blocks than ids can name.
    #[error("{path} cannot get another block: a file has at most 16777215")]
    TooManyBlocks {
        /// The file.
        path: AlluxioPath,
    },

    // -- waiting -------------------------------------------------------------------------------
    /// Others work in a store at this path, and as many as may wait for them.
    #[error("{limit} calls wait already until others have finished their work in this store")]
    TooManyWaiting {
        /// So many.
        limit: usize,
    },

    // -- complete ------------------------------------------------------------------------------
    /// The file is complete: no more blocks, no second completion.
    #[error("File {name} has already been completed.")]
    AlreadyCompleted {
        /// Its name.
        name: String,
    },
    /// Blocks were handed out that no worker has committed.
    #[error("Cannot complete a file without all the blocks committed")]
    BlocksNotCommitted {
        /// The first one that is missing.
        block_id: BlockId,
    },
    /// A block came after its file had been completed without it.
    #[error("Block {block_id} was committed after its file had been completed without it")]
    LateBlock {
        /// Which block.
        block_id: BlockId,
    },
    /// A block in the middle is not full.
    #[error("Block index {index} has a block size smaller than the file block size ({block_size})")]
    BlockTooShort {
        /// Which block, from 0.
        index: u32,
        /// The block size of the file in bytes.
        block_size: u64,
    },
    /// The store's length is below zero, or below what the blocks hold.
    #[error("File {name} cannot have length {length}")]
    InvalidLength {
        /// Its name.
        name: String,
        /// What was given, in bytes.
        length: i64,
    },

    // -- delete --------------------------------------------------------------------------------
    /// A directory with children, and `recursive` is not set. The root has no name.
    #[error("Cannot delete non-empty directory {name} because recursive is set to false")]
    DirectoryNotEmpty {
        /// The name of the directory.
        name: String,
    },
    /// The root itself.
    #[error("Cannot delete root directory")]
    DeleteRoot,
    /// The path is a mount point or holds one.
    #[error(
        "Cannot delete path {path} which is or contains a mount point without --deleteMountPoint/-m option specified"
    )]
    ContainsMountPoint {
        /// What was to be deleted.
        path: AlluxioPath,
    },
    /// Something below may not be deleted, so nothing is.
    #[error("Cannot delete directory {path}. Failed to delete children: {}", reasons.join(","))]
    ChildrenNotDeletable {
        /// What was to be deleted.
        path: AlluxioPath,
        /// A sentence for each child that refuses; at most a few.
        reasons: Vec<String>,
    },
    /// The store kept some of it; that part stays in the namespace.
    #[error("Failed to delete {} paths from the under file system: {}", failures.len(), failure_list(failures))]
    UfsDelete {
        /// Path and reason of each.
        failures: Vec<(AlluxioPath, String)>,
        /// The property to look at, if one may be wrong.
        check: Option<&'static str>,
    },

    // -- rename --------------------------------------------------------------------------------
    /// The target of a rename is taken.
    #[error(
        "Cannot rename because destination already exists. src: {source_path} dst: {target_path}"
    )]
    RenameTargetExists {
        /// From.
        source_path: AlluxioPath,
        /// To.
        target_path: AlluxioPath,
    },
    /// A directory cannot move below itself.
    #[error("Cannot rename because {source_path} is a prefix of {target_path}")]
    RenameBelowItself {
        /// From.
        source_path: AlluxioPath,
        /// To.
        target_path: AlluxioPath,
    },
    /// The root cannot move.
    #[error("The root directory cannot be renamed")]
    RenameRoot,
    /// Nothing can become the root.
    #[error("Cannot rename a path to the root directory")]
    RenameToRoot,
    /// The two ends lie in different stores, or one is or holds a mount point.
    #[error("Renaming {source_path} to {target_path} is a cross mount operation")]
    RenameAcrossMounts {
        /// From.
        source_path: AlluxioPath,
        /// To.
        target_path: AlluxioPath,
    },

    // -- permissions ---------------------------------------------------------------------------
    /// The permissions of an inode refuse it.
    #[error("{0}")]
    AccessDenied(Box<AccessDenied>),
    /// Only the owner may do this.
    #[error("Permission denied: user={user} is not the owner of path={path}")]
    NotOwner {
        /// The authenticated user.
        user: String,
        /// The path of the request.
        path: AlluxioPath,
    },
    /// Only a superuser may do this.
    #[error("Permission denied: {user} is not a super user or in super group")]
    NotSuperuser {
        /// The authenticated user.
        user: String,
    },
    /// The mount is read-only.
    #[error(
        "A write operation on {path} under a readonly mount point {mount_point} is not allowed"
    )]
    ReadOnlyMount {
        /// The path of the request.
        path: AlluxioPath,
        /// Where the store is mounted.
        mount_point: AlluxioPath,
    },
    /// The store is in maintenance.
    #[error(
        "Operation {operation} not allowed on ufs path {ufs_path} under maintenance mode {mode}"
    )]
    UfsMaintenance {
        /// `READ` or `WRITE`.
        operation: &'static str,
        /// Where in the store.
        ufs_path: String,
        /// `NO_ACCESS` or `READ_ONLY`.
        mode: &'static str,
    },

    // -- free, persist -------------------------------------------------------------------------
    /// Freeing would lose the data.
    #[error("Cannot free file {path} which is not persisted")]
    FreeNotPersisted {
        /// The file.
        path: AlluxioPath,
    },
    /// Pinned, and `forced` is not set.
    #[error(
        "Cannot free file {path} which is pinned. Please unpin it first or set the \"forced\" flag of free operation to true"
    )]
    FreePinned {
        /// The file.
        path: AlluxioPath,
    },
    /// A directory with children, and `recursive` is not set.
    #[error(
        "Cannot free directory {path} which is not empty. Please set the \"recursive\" flag of free operation to true"
    )]
    FreeNotEmpty {
        /// The directory.
        path: AlluxioPath,
    },
    /// Nothing to persist yet.
    #[error("Cannot persist an incomplete Alluxio file: {path}")]
    PersistIncomplete {
        /// The file.
        path: AlluxioPath,
    },
    /// Blocks of the file are on no worker that is alive.
    #[error("Cannot persist file {path}: its data is lost")]
    PersistLost {
        /// The file.
        path: AlluxioPath,
    },

    // -- attributes ----------------------------------------------------------------------------
    /// The bounds exclude one another.
    #[error(
        "Cannot set min and max replication to be {min} and {max}: min replication must be smaller or equal than max replication"
    )]
    InvalidReplication {
        /// The lower bound that would hold.
        min: i32,
        /// The upper bound that would hold.
        max: i32,
    },
    /// Fewer than no copies.
    #[error("Min replication must be a non-negative integer")]
    NegativeReplication,
    /// A new owner and group were given together, and the owner is not in it. The class in the middle
    /// is what clients have always been told.
    #[error(
        "Could not update owner:group for {path} to {owner}:{group}. \
         alluxio.exception.status.FailedPreconditionException: \
         Owner {owner} does not belong to the group {group}"
    )]
    OwnerNotInGroup {
        /// What would change.
        path: AlluxioPath,
        /// The user.
        owner: String,
        /// The group.
        group: String,
    },
    /// `persisted` was set on a file that is still being written.
    #[error("File being persisted must be complete")]
    PersistedIncomplete,
    /// `persisted` cannot be taken back.
    #[error("Cannot set the state of a file to not-persisted")]
    Unpersist,
    /// No tier has this medium.
    #[error("Invalid medium to pin the file. {media} are invalid. {known} are valid medium types")]
    UnknownMedium {
        /// What was given, separated by commas.
        media: String,
        /// What the configuration knows, separated by commas.
        known: String,
    },
    /// The store refused the new owner, group or mode; nothing was changed.
    #[error(
        "Could not {operation} for UFS file {ufs_path} . Aborting the setAttribute operation in Alluxio."
    )]
    UfsAttribute {
        /// `setOwner` or `setMode`.
        operation: &'static str,
        /// Where in the store.
        ufs_path: String,
        /// What the store said.
        source: UfsError,
    },
    /// Default entries belong to directories.
    #[error("Can not set default ACL for a file")]
    DefaultAclOnFile,
    /// A replaced list must say what owner, group and others may do.
    #[error(
        "Replacing ACL entries must include the base entries for user, group, and other. missing: {missing}"
    )]
    AclBaseEntriesMissing {
        /// `OTHER`, `OWNING_USER`, `OWNING_GROUP`, separated by `, `.
        missing: String,
    },
    /// The entries that every inode has cannot be removed.
    #[error("Cannot remove the base entry {entry} from the ACL")]
    AclBaseEntryRemoved {
        /// In the shell's form.
        entry: String,
    },

    // -- mounts --------------------------------------------------------------------------------
    /// The target of a mount is taken.
    #[error(
        "Mount point target path {path} already exists in Alluxio namespace. Try mounting to another path."
    )]
    MountPathExists {
        /// The target.
        path: AlluxioPath,
    },
    /// The store, or a part or parent of it, is mounted already.
    #[error("Mount point {prefix} is a prefix of {whole}")]
    MountOverlaps {
        /// The shorter of the two.
        prefix: String,
        /// The longer of the two.
        whole: String,
    },
    /// The mount would hide something in the store of its parent.
    #[error(
        "Mount path {path} shadows an existing path {ufs_path} in the parent underlying filesystem"
    )]
    MountShadows {
        /// The target.
        path: AlluxioPath,
        /// What it would hide.
        ufs_path: String,
    },
    /// There is no such directory in the store.
    #[error("Ufs path {ufs_path} does not exist")]
    UfsPathNotFound {
        /// What was to be mounted.
        ufs_path: String,
    },
    /// The text is no URI of a store.
    #[error(transparent)]
    InvalidUfsPath(#[from] alluxio_common::InvalidUfsPath),
    /// The directory above the mount point is missing.
    #[error("Failed to mount {ufs_path} at {path}: \n{source}")]
    MountParent {
        /// What was to be mounted.
        ufs_path: String,
        /// The target.
        path: AlluxioPath,
        /// Which component is missing.
        source: Box<FileSystemError>,
    },
    /// There is nothing to unmount.
    #[error("Failed to unmount: Path {path} does not exist")]
    UnmountNotFound {
        /// The path of the request.
        path: AlluxioPath,
    },
    /// The path is no mount point.
    #[error("Failed to unmount {path}. Please ensure the path is an existing mount point.")]
    UnmountNotMountPoint {
        /// The path of the request.
        path: AlluxioPath,
    },
    /// The root stays mounted.
    #[error("Failed to unmount /. Please ensure the path is an existing mount point and not root.")]
    UnmountRoot,
    /// The path holds other mounts.
    #[error("Failed to unmount {path}: {nested} is mounted below it")]
    UnmountNested {
        /// The path of the request.
        path: AlluxioPath,
        /// A mount below.
        nested: AlluxioPath,
    },
    /// The path is no mount point.
    #[error(
        "Failed to update mount properties for {path}. Please ensure the path is an existing mount point."
    )]
    UpdateNotMountPoint {
        /// The path of the request.
        path: AlluxioPath,
    },
    /// The root mount comes from the configuration.
    #[error(
        "Failed to update mount point at /. Please ensure the path is an existing mount point and not root."
    )]
    UpdateRootMount,
    /// No mount has this id.
    #[error("Mount id {mount_id} does not exist")]
    MountNotFound {
        /// What was asked for.
        mount_id: MountId,
    },
    /// No mounted store holds this.
    #[error("{ufs_path} is not a valid ufs uri")]
    NotMounted {
        /// What was asked for.
        ufs_path: String,
    },
    /// A store is named by scheme and authority alone.
    #[error("The ufs path should have only scheme and authority but no path.")]
    UfsModePath,
    /// Nothing of this store is mounted.
    #[error("Unknown Ufs path {ufs_path}")]
    UnknownStore {
        /// What was given.
        ufs_path: String,
    },
    /// Stores here do not report their changes.
    #[error("Active Syncing is not supported on this UFS type: {kind}")]
    ActiveSyncUnsupported {
        /// The kind of the store.
        kind: &'static str,
    },
    /// The path is not synced actively.
    #[error("{path} is not a sync point")]
    NotASyncPoint {
        /// The path of the request.
        path: AlluxioPath,
    },

    // -- others' errors ------------------------------------------------------------------------
    /// The store refused or failed.
    #[error(transparent)]
    Ufs(#[from] UfsError),
    /// The change could not be made durable.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A journal entry that this release does not understand.
    #[error("entry {sequence_number} is no transaction of the namespace: {source}")]
    Undecodable {
        /// Which entry.
        sequence_number: SequenceNumber,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A change whose journal entries do not fit the namespace. It was not made.
    #[error("The change contradicts the namespace and was not made: {reason}")]
    Contradiction {
        /// What does not fit.
        reason: &'static str,
    },
    /// A checkpoint that is not the tree that was written.
    #[error("the checkpoint of the namespace cannot be loaded: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A request that this release does not serve.
    #[error("{what} is not supported")]
    Unsupported {
        /// Which.
        what: &'static str,
    },
    /// Nobody knows a property of this name.
    #[error("Invalid property key {name}")]
    UnknownProperty {
        /// What was given.
        name: String,
    },
    /// Paths have properties that clients alone read, and no secrets.
    #[error("{name} cannot be set for a path: only properties of clients can, and no secrets")]
    NotForPaths {
        /// What was given.
        name: String,
    },
    /// A value that its property cannot have.
    #[error("{name}: \"{value}\" is not {expected}")]
    PropertyValue {
        /// The property.
        name: String,
        /// What was given.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// The journal is a folder of one master.
    #[error("Quorum operations are supported for journal type: EMBEDDED")]
    NoQuorum,
    /// An argument other than a path makes no sense.
    #[error("invalid argument: {what}")]
    InvalidArgument {
        /// What is wrong with it.
        what: String,
    },
    /// The caller went away before the answer was complete.
    #[error("the caller went away")]
    Cancelled,
}

/// The property to look at when a store says so, if one may be wrong.
pub(crate) fn property_to_check(error: &UfsError) -> Option<&'static str> {
    match error.hint() {
        Some(Hint::CheckProperty(name)) => Some(name),
        Some(Hint::CheckMountCredentials(_) | Hint::RunCommand(_)) | None => None,
    }
}

fn failure_list(failures: &[(AlluxioPath, String)]) -> String {
    let list: Vec<String> = failures
        .iter()
        .map(|(path, reason)| format!("{path} ({reason})"))
        .collect();
    list.join(", ")
}

impl Describe for FileSystemError {
    #[expect(
        clippy::too_many_lines,
        reason = "a table: one arm for a code, one line for a variant"
    )]
    fn code(&self) -> ErrorCode {
        match self {
            Self::PathNotFound { .. }
            | Self::IdNotFound { .. }
            | Self::OffsetNotFound { .. }
            | Self::ParentNotFound { .. }
            | Self::NotAFile { .. }
            | Self::UnmountNotFound { .. } => ErrorCode::PathNotFound,
            Self::InvalidPath(_)
            | Self::ParentNotDirectory { .. }
            | Self::InvalidBlockSize { .. }
            | Self::TooManyBlocks { .. }
            | Self::BlocksNotCommitted { .. }
            | Self::LateBlock { .. }
            | Self::BlockTooShort { .. }
            | Self::InvalidLength { .. }
            | Self::DeleteRoot
            | Self::RenameBelowItself { .. }
            | Self::RenameRoot
            | Self::RenameToRoot
            | Self::RenameAcrossMounts { .. }
            | Self::PersistIncomplete { .. }
            | Self::PersistLost { .. }
            | Self::UnmountNotMountPoint { .. }
            | Self::UnmountRoot
            | Self::UnmountNested { .. }
            | Self::UpdateNotMountPoint { .. }
            | Self::UpdateRootMount
            | Self::MountNotFound { .. }
            | Self::NotMounted { .. }
            | Self::UfsModePath
            | Self::UnknownStore { .. }
            | Self::NotASyncPoint { .. } => ErrorCode::InvalidPath,
            Self::InvalidArgument { .. }
            | Self::UnknownProperty { .. }
            | Self::NotForPaths { .. }
            | Self::PropertyValue { .. }
            | Self::Unsupported { .. } => ErrorCode::InvalidArgument,
            Self::FileExists { .. }
            | Self::DirectoryNotOverwritable { .. }
            | Self::DirectoryExists { .. }
            | Self::RootExists
            | Self::AlreadyCompleted { .. }
            | Self::RenameTargetExists { .. } => ErrorCode::AlreadyExists,
            Self::DirectoryNotEmpty { .. } | Self::UfsDelete { .. } => ErrorCode::DirectoryNotEmpty,
            Self::ContainsMountPoint { .. }
            | Self::ChildrenNotDeletable { .. }
            | Self::AccessDenied(_)
            | Self::NotOwner { .. }
            | Self::NotSuperuser { .. }
            | Self::UfsMaintenance { .. } => ErrorCode::PermissionDenied,
            Self::ReadOnlyMount { .. } => ErrorCode::MountReadOnly,
            Self::UfsAttribute { .. } => ErrorCode::UfsPermissionDenied,
            Self::FreeNotPersisted { .. }
            | Self::FreePinned { .. }
            | Self::FreeNotEmpty { .. }
            | Self::AclBaseEntriesMissing { .. }
            | Self::MountPathExists { .. }
            | Self::MountOverlaps { .. }
            | Self::MountShadows { .. }
            | Self::UfsPathNotFound { .. }
            | Self::InvalidUfsPath(_)
            | Self::OwnerNotInGroup { .. }
            | Self::MountParent { .. } => ErrorCode::Refused,
            Self::InvalidReplication { .. }
            | Self::NegativeReplication
            | Self::PersistedIncomplete
            | Self::Unpersist
            | Self::UnknownMedium { .. }
            | Self::DefaultAclOnFile
            | Self::AclBaseEntryRemoved { .. }
            | Self::ActiveSyncUnsupported { .. }
            | Self::NoQuorum
            | Self::Contradiction { .. } => ErrorCode::Internal,
            Self::Ufs(source) => source.code(),
            Self::Journal(source) => source.code(),
            Self::Undecodable { .. } | Self::Checkpoint(_) => ErrorCode::DataCorrupt,
            Self::TooManyWaiting { .. } => ErrorCode::Busy,
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        if let Self::Ufs(source) = self {
            return source.facts();
        }
        if let Self::AccessDenied(denied) = self {
            return vec![("path", denied.path.clone())];
        }
        Vec::new()
    }

    fn hint(&self) -> Option<Hint> {
        if let Self::Ufs(source) | Self::UfsAttribute { source, .. } = self {
            return source.hint();
        }
        if let Self::UfsDelete { check, .. } = self {
            return check.map(Hint::CheckProperty);
        }
        None
    }
}

impl FileSystemError {
    /// Whether the user was not allowed to: what the audit log calls `allowed=false`.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code(),
            ErrorCode::PermissionDenied | ErrorCode::MountReadOnly
        )
    }

    /// Whether nothing is at the path.
    pub fn is_not_found(&self) -> bool {
        self.code() == ErrorCode::PathNotFound
    }
}
