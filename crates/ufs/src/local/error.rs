//! From the errors of the system to [`UfsError`]: the only place in the connector that reads an
//! error number.

use std::io;

use alluxio_common::UfsPath;
use nix::errno::Errno;

use crate::{UfsError, UfsErrorKind, UfsOperation};

/// What the system's error means for `operation` on `path`.
pub(super) fn parse_error(
    error: impl Into<io::Error>,
    operation: UfsOperation,
    path: &UfsPath,
) -> UfsError {
    let error = error.into();
    let Some(number) = error.raw_os_error().map(Errno::from_raw) else {
        return UfsError::new(UfsErrorKind::Unexpected, operation, path)
            .with_reason(error.to_string())
            .with_source(error);
    };
    let kind = kind_of(number);
    let parsed = UfsError::new(kind, operation, path);
    if kind == UfsErrorKind::NotFound {
        return parsed.with_source(error);
    }
    parsed.with_reason(number.desc()).with_source(error)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the system has more numbers than this connector has answers"
)]
fn kind_of(number: Errno) -> UfsErrorKind {
    match number {
        // A link that leads in circles leads nowhere.
        Errno::ENOENT | Errno::ELOOP => UfsErrorKind::NotFound,
        Errno::EEXIST => UfsErrorKind::AlreadyExists,
        Errno::EACCES | Errno::EPERM | Errno::EROFS => UfsErrorKind::PermissionDenied,
        Errno::ENOTDIR => UfsErrorKind::NotADirectory,
        Errno::EISDIR => UfsErrorKind::IsADirectory,
        Errno::ENOTEMPTY => UfsErrorKind::NotEmpty,
        Errno::ENAMETOOLONG | Errno::EILSEQ => UfsErrorKind::InvalidPath,
        Errno::EXDEV | Errno::EOPNOTSUPP | Errno::ENOSYS => UfsErrorKind::Unsupported,
        Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG => UfsErrorKind::NoSpace,
        Errno::ETIMEDOUT => UfsErrorKind::TimedOut,
        // The disk, the server behind a network mount, or our share of open files.
        Errno::EIO
        | Errno::ESTALE
        | Errno::ENODEV
        | Errno::ENXIO
        | Errno::EBUSY
        | Errno::ENOTCONN
        | Errno::EHOSTDOWN
        | Errno::EMFILE
        | Errno::ENFILE => UfsErrorKind::Unavailable,
        _ => UfsErrorKind::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_system_become_kinds_and_alluxios_sentences() {
        let path = UfsPath::parse("/mnt/x").unwrap();
        let rows = [
            (
                Errno::ENOENT,
                UfsErrorKind::NotFound,
                "Ufs path /mnt/x does not exist",
            ),
            (
                Errno::ENAMETOOLONG,
                UfsErrorKind::InvalidPath,
                "/mnt/x (File name too long)",
            ),
            (
                Errno::ENOTEMPTY,
                UfsErrorKind::NotEmpty,
                "/mnt/x (Directory not empty)",
            ),
            (
                Errno::EACCES,
                UfsErrorKind::PermissionDenied,
                "/mnt/x (Permission denied)",
            ),
            (
                Errno::EROFS,
                UfsErrorKind::PermissionDenied,
                "/mnt/x (Read-only file system)",
            ),
            (
                Errno::ENOSPC,
                UfsErrorKind::NoSpace,
                "/mnt/x (No space left on device)",
            ),
            (Errno::EIO, UfsErrorKind::Unavailable, "/mnt/x (I/O error)"),
        ];
        for (number, kind, sentence) in rows {
            let error = parse_error(number, UfsOperation::Create, &path);
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, sentence));
        }
    }
}
