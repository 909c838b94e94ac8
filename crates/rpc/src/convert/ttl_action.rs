//! What happens when a time to live is over.

use alluxio_common::TtlAction;
use alluxio_proto::grpc;

/// The wire's name.
pub fn ttl_action_to_proto(action: TtlAction) -> grpc::TtlAction {
    match action {
        TtlAction::Delete => grpc::TtlAction::Delete,
        TtlAction::Free => grpc::TtlAction::Free,
        TtlAction::DeleteAlluxio => grpc::TtlAction::DeleteAlluxio,
    }
}

/// Our name.
pub fn ttl_action_from_proto(action: grpc::TtlAction) -> TtlAction {
    match action {
        grpc::TtlAction::Delete => TtlAction::Delete,
        grpc::TtlAction::Free => TtlAction::Free,
        grpc::TtlAction::DeleteAlluxio => TtlAction::DeleteAlluxio,
    }
}
