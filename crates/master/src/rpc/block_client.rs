//! `BlockMasterClientService`: what clients and administrators ask about workers and blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::{BlockId, Clock};
use alluxio_proto::grpc;
use alluxio_proto::grpc::block as pb;
use alluxio_proto::grpc::block::block_master_client_service_server::BlockMasterClientService;
use alluxio_rpc::{AuthenticatedUser, Call, convert, to_status};
use tonic::{Request, Response, Status};
use tracing::info;

use super::named_workers::named_workers;
use crate::block::{
    BlockMaster, BlockMasterError, BlockOwners, ClusterCapacity, Comeback, TierBytes, WorkerFilter,
    WorkerReport,
};
use crate::file_system::{BlockLocations, FileSystemMaster};
use crate::permission::check_superuser;

/// Answers clients from the block master.
#[derive(Debug, Clone)]
pub struct BlockClientService {
    blocks: Arc<BlockMaster>,
    owners: Arc<dyn BlockOwners>,
    files: Arc<FileSystemMaster>,
    clock: Arc<dyn Clock>,
}

impl BlockClientService {
    /// Serves this block master; the namespace knows who is a superuser.
    pub fn new(
        blocks: Arc<BlockMaster>,
        files: Arc<FileSystemMaster>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            blocks,
            owners: Arc::<FileSystemMaster>::clone(&files),
            files,
            clock,
        }
    }

    /// The name of a caller who may take workers out of service.
    async fn superuser<T>(&self, request: &Request<T>) -> Result<String, Status> {
        let user = AuthenticatedUser::of(request)?;
        let caller = self.files.callers().resolve(user.name()).await;
        match check_superuser(&caller) {
            Ok(()) => Ok(format!("{} at {}", user.name(), user.peer())),
            Err(error) => Err(to_status(&error)),
        }
    }

    fn block_info(&self, id: BlockId) -> Result<grpc::BlockInfo, BlockMasterError> {
        let length = self
            .owners
            .block_length(id)
            .ok_or(BlockMasterError::BlockNotFound { id })?;
        let locations = self
            .blocks
            .copies(id)
            .into_iter()
            .map(|copy| grpc::BlockLocation {
                worker_id: Some(copy.worker_id.raw()),
                worker_address: Some(convert::worker_address_to_proto(&copy.address)),
                tier_alias: Some(copy.tier_alias.to_string()),
                medium_type: Some(copy.medium_type.to_string()),
            });
        Ok(grpc::BlockInfo {
            block_id: Some(id.raw()),
            length: Some(length.cast_signed()),
            locations: locations.collect(),
        })
    }
}

#[tonic::async_trait]
impl BlockMasterClientService for BlockClientService {
    async fn get_block_info(
        &self,
        request: Request<pb::GetBlockInfoPRequest>,
    ) -> Result<Response<pb::GetBlockInfoPResponse>, Status> {
        let call = Call::start("GetBlockInfo", &*self.clock);
        let info = self.block_info(BlockId::from_raw(request.get_ref().block_id()));
        call.answer(info.map(|info| pb::GetBlockInfoPResponse {
            block_info: Some(info),
        }))
    }

    async fn get_block_master_info(
        &self,
        request: Request<pb::GetBlockMasterInfoPOptions>,
    ) -> Result<Response<pb::GetBlockMasterInfoPResponse>, Status> {
        let fields: Vec<pb::BlockMasterInfoField> = request.get_ref().filters().collect();
        let info = block_master_info(&self.blocks.capacity(), &fields);
        Ok(Response::new(pb::GetBlockMasterInfoPResponse {
            block_master_info: Some(info),
        }))
    }

    async fn get_capacity_bytes(
        &self,
        _request: Request<pb::GetCapacityBytesPOptions>,
    ) -> Result<Response<pb::GetCapacityBytesPResponse>, Status> {
        let (capacity, _used) = self.blocks.total_bytes();
        Ok(Response::new(pb::GetCapacityBytesPResponse {
            bytes: Some(capacity.cast_signed()),
        }))
    }

    async fn get_used_bytes(
        &self,
        _request: Request<pb::GetUsedBytesPOptions>,
    ) -> Result<Response<pb::GetUsedBytesPResponse>, Status> {
        let (_capacity, used) = self.blocks.total_bytes();
        Ok(Response::new(pb::GetUsedBytesPResponse {
            bytes: Some(used.cast_signed()),
        }))
    }

    async fn get_worker_info_list(
        &self,
        _request: Request<pb::GetWorkerInfoListPOptions>,
    ) -> Result<Response<pb::GetWorkerInfoListPResponse>, Status> {
        let call = Call::start("GetWorkerInfoList", &*self.clock);
        call.answer(self.blocks.live_workers().map(worker_list))
    }

    async fn get_worker_report(
        &self,
        request: Request<pb::GetWorkerReportPOptions>,
    ) -> Result<Response<pb::GetWorkerInfoListPResponse>, Status> {
        let call = Call::start("GetWorkerReport", &*self.clock);
        if self.blocks.is_in_safe_mode() {
            return call.answer(Err(BlockMasterError::SafeMode));
        }
        let options = request.into_inner();
        let filter = match options.worker_range() {
            pb::WorkerRange::All => WorkerFilter::All,
            pb::WorkerRange::Live => WorkerFilter::Live,
            pb::WorkerRange::Lost => WorkerFilter::Lost,
            pb::WorkerRange::Decommissioned => WorkerFilter::Decommissioned,
            pb::WorkerRange::Specified => {
                let named = named_workers(&self.blocks, &options.addresses).await;
                return call.answer(named.map(worker_list));
            }
        };
        call.answer(Ok::<_, BlockMasterError>(worker_list(
            self.blocks.workers(&filter),
        )))
    }

    async fn get_worker_lost_storage(
        &self,
        _request: Request<pb::GetWorkerLostStoragePOptions>,
    ) -> Result<Response<pb::GetWorkerLostStoragePResponse>, Status> {
        let lost = self
            .blocks
            .lost_storage()
            .into_iter()
            .map(|lost| pb::WorkerLostStorageInfo {
                address: Some(convert::worker_address_to_proto(&lost.address)),
                lost_storage: lost
                    .directories
                    .into_iter()
                    .map(|(tier, storage)| (tier, pb::StorageList { storage }))
                    .collect(),
            });
        Ok(Response::new(pb::GetWorkerLostStoragePResponse {
            worker_lost_storage_info: lost.collect(),
        }))
    }

    async fn remove_disabled_worker(
        &self,
        request: Request<pb::RemoveDisabledWorkerPOptions>,
    ) -> Result<Response<pb::RemoveDisabledWorkerPResponse>, Status> {
        let by = self.superuser(&request).await?;
        let options = request.into_inner();
        info!(%by, host = options.worker_hostname, "a worker may come back");
        let port = options
            .worker_web_port
            .and_then(|port| u16::try_from(port).ok());
        self.blocks.allow_return(&options.worker_hostname, port);
        Ok(Response::new(pb::RemoveDisabledWorkerPResponse {}))
    }

    async fn decommission_worker(
        &self,
        request: Request<pb::DecommissionWorkerPOptions>,
    ) -> Result<Response<pb::DecommissionWorkerPResponse>, Status> {
        let by = self.superuser(&request).await?;
        let call = Call::start("DecommissionWorker", &*self.clock);
        let options = request.into_inner();
        let may_return = options.can_register_again.unwrap_or(true);
        info!(%by, host = options.worker_hostname, may_return, "a worker goes out of service");
        let port = options
            .worker_web_port
            .and_then(|port| u16::try_from(port).ok());
        let comeback = match options.can_register_again {
            Some(false) => Comeback::Refused,
            Some(true) | None => Comeback::Allowed,
        };
        let done = self
            .blocks
            .decommission(&options.worker_hostname, port, comeback);
        call.answer(done.map(|()| pb::DecommissionWorkerPResponse {}))
    }
}

fn worker_list(workers: Vec<WorkerReport>) -> pb::GetWorkerInfoListPResponse {
    pb::GetWorkerInfoListPResponse {
        worker_infos: workers.into_iter().map(worker_info).collect(),
    }
}

/// A worker with every field: a client that asked for fewer skips the others.
pub(crate) fn worker_info(worker: WorkerReport) -> pb::WorkerInfo {
    pb::WorkerInfo {
        id: Some(worker.id.raw()),
        address: Some(convert::worker_address_to_proto(&worker.address)),
        last_contact_sec: Some(i32::try_from(worker.silent_seconds).unwrap_or(i32::MAX)),
        state: Some(worker.state_name().to_owned()),
        capacity_bytes: Some(worker.capacity_bytes().cast_signed()),
        used_bytes: Some(worker.used_bytes().cast_signed()),
        start_time_ms: Some(worker.started.millis()),
        capacity_bytes_on_tiers: signed(&worker.capacity),
        used_bytes_on_tiers: signed(&worker.used),
        build_version: Some(grpc::BuildVersion {
            version: Some(worker.build.version),
            revision: Some(worker.build.revision),
        }),
        num_v_cpu: Some(worker.build.virtual_cpus),
    }
}

fn signed(bytes: &TierBytes) -> BTreeMap<String, i64> {
    bytes
        .iter()
        .map(|(tier, bytes)| (tier.clone(), bytes.cast_signed()))
        .collect()
}

/// The fields that were asked for; all of them when none was.
fn block_master_info(
    cluster: &ClusterCapacity,
    fields: &[pb::BlockMasterInfoField],
) -> pb::BlockMasterInfo {
    use pb::BlockMasterInfoField as Field;
    let wants = |field: Field| fields.is_empty() || fields.contains(&field);
    let total = |bytes: &TierBytes| bytes.values().sum::<u64>();
    let (capacity, used) = (total(&cluster.capacity), total(&cluster.used));
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    pb::BlockMasterInfo {
        capacity_bytes: wants(Field::CapacityBytes).then_some(capacity.cast_signed()),
        capacity_bytes_on_tiers: if wants(Field::CapacityBytesOnTiers) {
            signed(&cluster.capacity)
        } else {
            BTreeMap::new()
        },
        free_bytes: wants(Field::FreeBytes).then_some(capacity.saturating_sub(used).cast_signed()),
        live_worker_num: wants(Field::LiveWorkerNum).then_some(count(cluster.live)),
        lost_worker_num: wants(Field::LostWorkerNum).then_some(count(cluster.lost)),
        used_bytes: wants(Field::UsedBytes).then_some(used.cast_signed()),
        used_bytes_on_tiers: if wants(Field::UsedBytesOnTiers) {
            signed(&cluster.used)
        } else {
            BTreeMap::new()
        },
        decommissioned_worker_num: wants(Field::DecommissionedWorkerNum)
            .then_some(count(cluster.decommissioned)),
    }
}
