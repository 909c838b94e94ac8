//! [`BlockMasterClient`]: workers, capacities and blocks, as the master knows them.

use alluxio_common::BlockId;
use alluxio_proto::grpc::block as pb;
use alluxio_proto::grpc::block::block_master_client_service_client::BlockMasterClientServiceClient;
use alluxio_rpc::Channel;

use crate::connect::MasterCaller;
use crate::context::worker_from_proto;
use crate::error::ClientError;
use crate::status::BlockInfo;
use crate::worker_choice::Worker;

/// Asks the master about workers and blocks. Administrators' reports are returned as messages.
#[derive(Debug, Clone)]
pub struct BlockMasterClient {
    caller: MasterCaller,
}

impl BlockMasterClient {
    pub(crate) fn new(caller: MasterCaller) -> Self {
        Self { caller }
    }

    fn stub(channel: Channel) -> BlockMasterClientServiceClient<Channel> {
        BlockMasterClientServiceClient::new(channel)
            .max_decoding_message_size(crate::connect::MASTER_MESSAGE_LIMIT)
    }

    /// The workers that are alive.
    ///
    /// # Errors
    /// `SafeMode` just after the master has started; when the master cannot be reached.
    pub async fn live_workers(&self) -> Result<Vec<Worker>, ClientError> {
        let response = self
            .caller
            .call(
                pb::GetWorkerInfoListPOptions {},
                |channel, request| async move {
                    Self::stub(channel).get_worker_info_list(request).await
                },
            )
            .await?;
        Ok(response
            .worker_infos
            .into_iter()
            .filter_map(worker_from_proto)
            .collect())
    }

    /// Workers with everything that the master knows of them.
    ///
    /// # Errors
    /// As [`BlockMasterClient::live_workers`].
    pub async fn worker_report(
        &self,
        options: pb::GetWorkerReportPOptions,
    ) -> Result<Vec<pb::WorkerInfo>, ClientError> {
        let response = self
            .caller
            .call(options, |channel, request| async move {
                Self::stub(channel).get_worker_report(request).await
            })
            .await?;
        Ok(response.worker_infos)
    }

    /// Capacities and counts of the cluster.
    ///
    /// # Errors
    /// As [`BlockMasterClient::live_workers`].
    pub async fn info(
        &self,
        filters: &[pb::BlockMasterInfoField],
    ) -> Result<pb::BlockMasterInfo, ClientError> {
        let options = pb::GetBlockMasterInfoPOptions {
            filters: filters.iter().map(|field| (*field).into()).collect(),
        };
        let response = self
            .caller
            .call(options, |channel, request| async move {
                Self::stub(channel).get_block_master_info(request).await
            })
            .await?;
        Ok(response.block_master_info.unwrap_or_default())
    }

    /// Directories that workers have lost.
    ///
    /// # Errors
    /// As [`BlockMasterClient::live_workers`].
    pub async fn lost_storage(&self) -> Result<Vec<pb::WorkerLostStorageInfo>, ClientError> {
        let response = self
            .caller
            .call(
                pb::GetWorkerLostStoragePOptions {},
                |channel, request| async move {
                    Self::stub(channel).get_worker_lost_storage(request).await
                },
            )
            .await?;
        Ok(response.worker_lost_storage_info)
    }

    /// One block.
    ///
    /// # Errors
    /// `PathNotFound` when there is none with this id.
    pub async fn block_info(&self, id: BlockId) -> Result<BlockInfo, ClientError> {
        let request = pb::GetBlockInfoPRequest {
            block_id: Some(id.raw()),
            options: None,
        };
        let response = self
            .caller
            .call(request, |channel, request| async move {
                Self::stub(channel).get_block_info(request).await
            })
            .await?;
        Ok(BlockInfo::from_proto(
            response.block_info.unwrap_or_default(),
        ))
    }

    /// Takes a worker out of service.
    ///
    /// # Errors
    /// When no worker has this address; when the master cannot be reached.
    pub async fn decommission_worker(
        &self,
        options: pb::DecommissionWorkerPOptions,
    ) -> Result<(), ClientError> {
        let done = self.caller.call(options, |channel, request| async move {
            Self::stub(channel).decommission_worker(request).await
        });
        done.await.map(drop)
    }

    /// Lets a worker register again that was taken out of service for good.
    ///
    /// # Errors
    /// When the master cannot be reached.
    pub async fn remove_disabled_worker(
        &self,
        options: pb::RemoveDisabledWorkerPOptions,
    ) -> Result<(), ClientError> {
        let done = self.caller.call(options, |channel, request| async move {
            Self::stub(channel).remove_disabled_worker(request).await
        });
        done.await.map(drop)
    }

    /// All room of all workers, in bytes.
    ///
    /// # Errors
    /// As [`BlockMasterClient::live_workers`].
    pub async fn capacity_bytes(&self) -> Result<i64, ClientError> {
        let response =
            self.caller
                .call(
                    pb::GetCapacityBytesPOptions {},
                    |channel, request| async move {
                        Self::stub(channel).get_capacity_bytes(request).await
                    },
                )
                .await?;
        Ok(response.bytes())
    }

    /// What is taken of it, in bytes.
    ///
    /// # Errors
    /// As [`BlockMasterClient::live_workers`].
    pub async fn used_bytes(&self) -> Result<i64, ClientError> {
        let response = self
            .caller
            .call(pb::GetUsedBytesPOptions {}, |channel, request| async move {
                Self::stub(channel).get_used_bytes(request).await
            })
            .await?;
        Ok(response.bytes())
    }
}
