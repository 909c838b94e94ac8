//! Asking a cluster for an operation, and what its answer means.

use std::collections::BTreeMap;

use alluxio_client::{
    AclEntry, AclScope, AclSubject, ClientError, CreateDirectoryOptions, CreateFileOptions,
    DeleteOptions, Descend, FileSystem, FreePinned, IfExists, MountAccess, MountOptions,
    MountPoints, Overwrite, Parents, Pinned, SetAclAction, SetAttributeOptions, Sharing, Ttl,
    UfsDelete,
};
use alluxio_common::{
    Access, AlluxioPath, ByteSize, Describe, ErrorCode, Mode, ReadType, TtlAction,
};

use super::operation::{NAMED_USERS, Operation};
use crate::pattern::Content;

/// How much one write gives and one read asks for.
const PIECE: usize = 200_000;

/// A store that can be mounted.
#[derive(Debug, Clone)]
pub struct StoreTarget {
    /// Where it is.
    pub uri: String,
    /// What the mount needs to use it.
    pub properties: BTreeMap<String, String>,
}

/// The stores that can be mounted, by their numbers.
pub type Stores = [StoreTarget];

/// What a client has heard.
#[derive(Debug)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It was refused: nothing has changed.
    Refused(ClientError),
    /// It has happened or not, or a part of it.
    Unknown(ClientError),
    /// Something was read that is not there.
    Wrong(String),
}

/// Asks for an operation. What is read is compared with `expected`.
pub async fn execute(
    files: &FileSystem,
    operation: &Operation,
    stores: &Stores,
    expected: Option<Content>,
) -> Outcome {
    let result = match operation {
        Operation::CreateFile { .. } => return create_file(files, operation).await,
        Operation::Read {
            path,
            position,
            length,
        } => return read(files, path, (*position, *length), expected).await,
        Operation::CreateDirectory {
            path,
            write_type,
            recursive,
        } => {
            let options = CreateDirectoryOptions {
                if_exists: IfExists::Fail,
                parents: if *recursive {
                    Parents::Create
                } else {
                    Parents::MustExist
                },
                mode: None,
                write_type: Some(*write_type),
            };
            files.create_directory(path, options).await
        }
        Operation::Rename { source, target } => files.rename(source, target).await,
        Operation::Delete { path, recursive } => {
            let options = DeleteOptions {
                descend: if *recursive {
                    Descend::All
                } else {
                    Descend::No
                },
                ufs: UfsDelete::Checked,
                mount_points: MountPoints::Refuse,
            };
            files.delete(path, options).await
        }
        Operation::SetMode { .. }
        | Operation::SetPinned { .. }
        | Operation::SetTtl { .. }
        | Operation::SetOwner { .. }
        | Operation::Expire { .. } => set_attribute(files, operation).await,
        Operation::SetAcl { path, user, access } => set_acl(files, path, *user, *access).await,
        Operation::Free { path } => files.free(path, Descend::All, FreePinned::No).await,
        Operation::Persist { path } => files.schedule_persist(path, 0).await,
        Operation::Mount { path, store } => {
            let target = &stores[*store];
            let options = MountOptions {
                access: MountAccess::ReadWrite,
                sharing: Sharing::Private,
                properties: target.properties.clone(),
            };
            files.mount(path, &target.uri, options).await
        }
        Operation::Unmount { path } => files.unmount(path).await,
    };
    Outcome::of(result)
}

async fn set_acl(
    files: &FileSystem,
    path: &AlluxioPath,
    user: usize,
    access: Option<u8>,
) -> Result<(), ClientError> {
    let entries = access.map(|bits| AclEntry {
        scope: AclScope::Access,
        subject: AclSubject::User(NAMED_USERS[user].to_owned()),
        access: Access::from_bits(bits),
    });
    let action = match access {
        Some(_) => SetAclAction::Modify,
        None => SetAclAction::RemoveAll,
    };
    let entries = entries.as_slice();
    files.set_acl(path, Descend::No, action, entries).await
}

async fn create_file(files: &FileSystem, operation: &Operation) -> Outcome {
    let Operation::CreateFile {
        path,
        write_type,
        content,
        block_size,
        overwrite,
    } = operation
    else {
        return Outcome::Wrong("is no creation".to_owned());
    };
    let options = CreateFileOptions {
        overwrite: if *overwrite {
            Overwrite::Yes
        } else {
            Overwrite::No
        },
        write_type: Some(*write_type),
        block_size: Some(ByteSize::from_bytes(*block_size)),
        ..CreateFileOptions::default()
    };
    let mut writer = match files.create_file(path, options).await {
        Ok(writer) => writer,
        Err(error) => return Outcome::of(Err(error)),
    };
    let mut position = 0;
    while position < content.length {
        let piece = content.part(position, PIECE);
        position += piece.len() as u64;
        if let Err(error) = writer.write(piece).await {
            return Outcome::Unknown(error);
        }
    }
    match writer.close().await {
        Ok(()) => Outcome::Done,
        // The file is there, so it is no refusal whatever the words are.
        Err(error) => Outcome::Unknown(error),
    }
}

async fn set_attribute(files: &FileSystem, operation: &Operation) -> Result<(), ClientError> {
    let mut options = SetAttributeOptions::default();
    let mut descend = Descend::No;
    match operation {
        Operation::SetMode { mode, .. } => options.mode = Some(Mode::from_bits(*mode)),
        Operation::SetPinned { pinned, .. } => {
            descend = Descend::All;
            options.pinned = Some(if *pinned { Pinned::Yes } else { Pinned::No });
        }
        Operation::SetTtl { millis, .. } => {
            options.ttl = Some(Ttl {
                millis: *millis,
                action: TtlAction::Delete,
            });
        }
        Operation::SetOwner { owner, .. } => options.owner = Some((*owner).to_owned()),
        Operation::Expire { .. } => {
            options.ttl = Some(Ttl {
                millis: 1,
                action: TtlAction::Delete,
            });
        }
        Operation::CreateFile { .. }
        | Operation::CreateDirectory { .. }
        | Operation::Rename { .. }
        | Operation::Delete { .. }
        | Operation::SetAcl { .. }
        | Operation::Free { .. }
        | Operation::Persist { .. }
        | Operation::Read { .. }
        | Operation::Mount { .. }
        | Operation::Unmount { .. } => {}
    }
    for path in operation.paths() {
        files.set_attribute(path, descend, options.clone()).await?;
    }
    Ok(())
}

async fn read(
    files: &FileSystem,
    path: &AlluxioPath,
    (mut position, length): (u64, u64),
    expected: Option<Content>,
) -> Outcome {
    let mut reader = match files.open_file(path, Some(ReadType::Cache)).await {
        Ok(reader) => reader,
        Err(error) => return Outcome::of(Err(error)),
    };
    let Some(expected) = expected else {
        return Outcome::Done;
    };
    let found = reader.status().length_bytes();
    if found != expected.length {
        return Outcome::Wrong(format!("opens with {found} bytes, not {}", expected.length));
    }
    let end = position.saturating_add(length).min(expected.length);
    if let Err(error) = reader.seek(position) {
        return Outcome::of(Err(error));
    }
    while position < end {
        let wanted = usize::try_from(end - position).map_or(PIECE, |left| left.min(PIECE));
        let piece = match reader.read(wanted).await {
            Ok(piece) if piece.is_empty() => {
                return Outcome::Wrong(format!("ends at {position}, not at {}", expected.length));
            }
            Ok(piece) => piece,
            // It was opened, so what fails is no refusal.
            Err(error) => return Outcome::Unknown(error),
        };
        if let Some(at) = expected.difference(position, &piece) {
            return Outcome::Wrong(format!("has a wrong byte at {at} of {}", expected.length));
        }
        position += piece.len() as u64;
    }
    Outcome::Done
}

/// Reads a file from its beginning to its end.
pub(crate) async fn read_whole(
    files: &FileSystem,
    path: &AlluxioPath,
) -> Result<Vec<u8>, ClientError> {
    let mut reader = files.open_file(path, Some(ReadType::Cache)).await?;
    let mut bytes = Vec::new();
    loop {
        let piece = reader.read(PIECE).await?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&piece);
    }
}

impl Outcome {
    /// What a single call has answered.
    pub(crate) fn of(result: Result<(), ClientError>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(error) if is_refusal(error.code()) => Self::Refused(error),
            Err(error) => Self::Unknown(error),
        }
    }
}

/// Whether a server has looked at the request and said no.
pub fn is_refusal(code: ErrorCode) -> bool {
    match code {
        ErrorCode::PathNotFound
        | ErrorCode::AlreadyExists
        | ErrorCode::InvalidPath
        | ErrorCode::InvalidArgument
        | ErrorCode::DirectoryNotEmpty
        | ErrorCode::FailedPrecondition
        | ErrorCode::PermissionDenied
        | ErrorCode::MountReadOnly
        | ErrorCode::Unsupported
        | ErrorCode::Refused => true,
        ErrorCode::UfsPermissionDenied
        | ErrorCode::Unauthenticated
        | ErrorCode::BlockNotFound
        | ErrorCode::NoSpace
        | ErrorCode::Busy
        | ErrorCode::NotPrimary
        | ErrorCode::SafeMode
        | ErrorCode::Unavailable
        | ErrorCode::UfsUnavailable
        | ErrorCode::JournalUnavailable
        | ErrorCode::TimedOut
        | ErrorCode::UfsChangedMeanwhile
        | ErrorCode::DataCorrupt
        | ErrorCode::Cancelled
        | ErrorCode::Internal => false,
    }
}
