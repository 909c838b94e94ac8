//! The table between our codes, gRPC's codes, and the numbers in the error detail.

use alluxio_common::ErrorCode;
use tonic::Code;

/// The gRPC code that a 2.9 server sends for such an error; its clients choose an exception class
/// by it.
pub fn grpc_code(code: ErrorCode) -> Code {
    match code {
        ErrorCode::PathNotFound | ErrorCode::BlockNotFound => Code::NotFound,
        ErrorCode::AlreadyExists => Code::AlreadyExists,
        // Not UNIMPLEMENTED for what is unsupported: 2.9.4 clients repeat that for two minutes, as if
        // the server were an older one. It is left to methods that do not exist.
        ErrorCode::InvalidPath | ErrorCode::InvalidArgument | ErrorCode::Unsupported => {
            Code::InvalidArgument
        }
        ErrorCode::DirectoryNotEmpty
        | ErrorCode::FailedPrecondition
        | ErrorCode::UfsChangedMeanwhile => Code::FailedPrecondition,
        ErrorCode::PermissionDenied | ErrorCode::MountReadOnly | ErrorCode::UfsPermissionDenied => {
            Code::PermissionDenied
        }
        ErrorCode::Unauthenticated => Code::Unauthenticated,
        ErrorCode::NoSpace | ErrorCode::Busy => Code::ResourceExhausted,
        ErrorCode::NotPrimary
        | ErrorCode::SafeMode
        | ErrorCode::Unavailable
        // It may still come true: 2.9 clients repeat it with the same operation id, and hear the end.
        | ErrorCode::JournalUnavailable => Code::Unavailable,
        ErrorCode::TimedOut => Code::DeadlineExceeded,
        ErrorCode::DataCorrupt => Code::DataLoss,
        ErrorCode::Cancelled => Code::Cancelled,
        // Not UNAVAILABLE for a store: clients would repeat that for two minutes.
        ErrorCode::Refused | ErrorCode::UfsUnavailable => Code::Unknown,
        ErrorCode::Internal => Code::Internal,
    }
}

/// What a gRPC code means when the other side is not ours and sends no detail.
///
/// Where several of our codes share one, the answer is the most frequent one on the paths of a
/// client.
pub fn code_from_grpc(code: Code) -> ErrorCode {
    match code {
        // A status is only looked at when a call failed, so OK in one contradicts itself.
        Code::Ok | Code::Internal => ErrorCode::Internal,
        Code::Cancelled => ErrorCode::Cancelled,
        Code::Unknown => ErrorCode::Refused,
        Code::InvalidArgument => ErrorCode::InvalidPath,
        Code::DeadlineExceeded => ErrorCode::TimedOut,
        Code::NotFound => ErrorCode::PathNotFound,
        Code::AlreadyExists => ErrorCode::AlreadyExists,
        Code::PermissionDenied => ErrorCode::PermissionDenied,
        Code::ResourceExhausted => ErrorCode::NoSpace,
        Code::FailedPrecondition => ErrorCode::FailedPrecondition,
        Code::Aborted => ErrorCode::Busy,
        Code::OutOfRange => ErrorCode::InvalidArgument,
        Code::Unimplemented => ErrorCode::Unsupported,
        Code::Unavailable => ErrorCode::Unavailable,
        Code::DataLoss => ErrorCode::DataCorrupt,
        Code::Unauthenticated => ErrorCode::Unauthenticated,
    }
}

/// The number that stands for a code in the error detail. Numbers are never given to another code.
pub(super) fn number(code: ErrorCode) -> u32 {
    match code {
        ErrorCode::PathNotFound => 1,
        ErrorCode::AlreadyExists => 2,
        ErrorCode::InvalidPath => 3,
        ErrorCode::InvalidArgument => 4,
        ErrorCode::DirectoryNotEmpty => 5,
        ErrorCode::FailedPrecondition => 6,
        ErrorCode::PermissionDenied => 7,
        ErrorCode::MountReadOnly => 8,
        ErrorCode::UfsPermissionDenied => 9,
        ErrorCode::Unauthenticated => 10,
        ErrorCode::BlockNotFound => 11,
        ErrorCode::NoSpace => 12,
        ErrorCode::Busy => 13,
        ErrorCode::NotPrimary => 14,
        ErrorCode::SafeMode => 15,
        ErrorCode::Unavailable => 16,
        ErrorCode::UfsUnavailable => 17,
        ErrorCode::JournalUnavailable => 18,
        ErrorCode::TimedOut => 19,
        ErrorCode::UfsChangedMeanwhile => 20,
        ErrorCode::DataCorrupt => 21,
        ErrorCode::Unsupported => 22,
        ErrorCode::Cancelled => 23,
        ErrorCode::Refused => 24,
        ErrorCode::Internal => 25,
    }
}

/// The code with this number; `None` for numbers of later releases.
pub(super) fn from_number(wanted: u32) -> Option<ErrorCode> {
    ErrorCode::ALL
        .into_iter()
        .find(|code| number(*code) == wanted)
}
