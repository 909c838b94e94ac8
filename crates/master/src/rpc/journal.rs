//! `JournalMasterClientService`: who is the primary, and the quorum that a single master has not.

use std::sync::Arc;

use alluxio_common::Clock;
use alluxio_proto::grpc::journal as pb;
use alluxio_proto::grpc::journal::journal_master_client_service_server::JournalMasterClientService;
use alluxio_rpc::Call;
use tonic::{Request, Response, Status};

use crate::error::FileSystemError;

/// What every question about a quorum is answered with: the journal is a folder of one master.
const NO_QUORUM: FileSystemError = FileSystemError::NoQuorum;

/// Answers administrators about the journal.
#[derive(Debug, Clone)]
pub struct JournalService {
    clock: Arc<dyn Clock>,
}

impl JournalService {
    /// Answers for the only master.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    fn refuse<T>(&self, call: &'static str) -> Result<Response<T>, Status> {
        Call::start(call, &*self.clock).answer(Err(NO_QUORUM))
    }
}

#[tonic::async_trait]
impl JournalMasterClientService for JournalService {
    async fn get_node_state(
        &self,
        _request: Request<pb::GetNodeStatePRequest>,
    ) -> Result<Response<pb::GetNodeStatePResponse>, Status> {
        Ok(Response::new(pb::GetNodeStatePResponse {
            node_state: Some(pb::NodeState::Primary.into()),
        }))
    }

    async fn get_quorum_info(
        &self,
        _request: Request<pb::GetQuorumInfoPRequest>,
    ) -> Result<Response<pb::GetQuorumInfoPResponse>, Status> {
        self.refuse("GetQuorumInfo")
    }

    async fn get_transfer_leader_message(
        &self,
        _request: Request<pb::GetTransferLeaderMessagePRequest>,
    ) -> Result<Response<pb::GetTransferLeaderMessagePResponse>, Status> {
        self.refuse("GetTransferLeaderMessage")
    }

    async fn remove_quorum_server(
        &self,
        _request: Request<pb::RemoveQuorumServerPRequest>,
    ) -> Result<Response<pb::RemoveQuorumServerPResponse>, Status> {
        self.refuse("RemoveQuorumServer")
    }

    async fn reset_priorities(
        &self,
        _request: Request<pb::ResetPrioritiesPRequest>,
    ) -> Result<Response<pb::ResetPrioritiesPResponse>, Status> {
        self.refuse("ResetPriorities")
    }

    async fn transfer_leadership(
        &self,
        _request: Request<pb::TransferLeadershipPRequest>,
    ) -> Result<Response<pb::TransferLeadershipPResponse>, Status> {
        self.refuse("TransferLeadership")
    }
}
