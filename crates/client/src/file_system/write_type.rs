//! Write types on the wire.

use alluxio_common::WriteType;
use alluxio_proto::grpc::file::WritePType;

/// The message value of a write type.
pub(crate) fn write_type_to_proto(write_type: WriteType) -> WritePType {
    match write_type {
        WriteType::MustCache => WritePType::MustCache,
        WriteType::TryCache => WritePType::TryCache,
        WriteType::CacheThrough => WritePType::CacheThrough,
        WriteType::Through => WritePType::Through,
        WriteType::AsyncThrough => WritePType::AsyncThrough,
        WriteType::None => WritePType::None,
    }
}
