//! The id that a client repeats with every try of one operation.

use alluxio_common::OperationId;
use alluxio_proto::grpc::file::FsOpPId;

/// For the common options of a request.
pub fn operation_id_to_proto(id: OperationId) -> FsOpPId {
    FsOpPId {
        most_significant_bits: Some(id.most_significant),
        least_significant_bits: Some(id.least_significant),
    }
}

/// From the common options of a request; a half that is absent reads as zero, as clients in Java
/// read it.
pub fn operation_id_from_proto(id: &FsOpPId) -> OperationId {
    OperationId {
        most_significant: id.most_significant_bits(),
        least_significant: id.least_significant_bits(),
    }
}
