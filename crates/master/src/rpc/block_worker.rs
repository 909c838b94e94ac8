//! `BlockMasterWorkerService`: what workers tell, and what they are told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::property::Scope;
use alluxio_common::{BlockId, Clock, WorkerId};
use alluxio_proto::grpc;
use alluxio_proto::grpc::block as pb;
use alluxio_proto::grpc::block::block_master_worker_service_server::BlockMasterWorkerService;
use alluxio_rpc::{Call, convert, to_status};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use tonic::{Request, Response, Status, Streaming};

use crate::block::{
    BlockMaster, BlockMasterError, CommittedBlock, Heartbeat, Registration, RegistrationBatch,
    TierBytes, WorkerBuild, WorkerOrder,
};
use crate::file_system::FileSystemMaster;
use crate::meta::{ClusterMetrics, ComparedSettings};

/// How long the answer to a heartbeat waits for the journal. A disk that works takes milliseconds.
const DURABLE_WITHIN: Duration = Duration::from_secs(1);

/// An empty answer to each batch of a registration.
type Registrations = BoxStream<'static, Result<pb::RegisterWorkerPResponse, Status>>;

/// Answers workers from the block master; lengths of new blocks go to the namespace.
#[derive(Debug, Clone)]
pub struct BlockWorkerService {
    blocks: Arc<BlockMaster>,
    files: Arc<FileSystemMaster>,
    metrics: ClusterMetrics,
    clock: Arc<dyn Clock>,
}

impl BlockWorkerService {
    /// Serves these masters.
    pub fn new(
        blocks: Arc<BlockMaster>,
        files: Arc<FileSystemMaster>,
        metrics: ClusterMetrics,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            blocks,
            files,
            metrics,
            clock,
        }
    }

    fn register(&self, request: pb::RegisterWorkerPRequest) -> Result<(), BlockMasterError> {
        let id = WorkerId::from_raw(request.worker_id());
        self.blocks.begin_registration(id)?;
        for batch in batches(request.current_blocks.clone()) {
            self.blocks.register_blocks(id, &batch)?;
        }
        self.blocks.complete_registration(id, registration(request))
    }
}

#[tonic::async_trait]
impl BlockMasterWorkerService for BlockWorkerService {
    async fn get_worker_id(
        &self,
        request: Request<pb::GetWorkerIdPRequest>,
    ) -> Result<Response<pb::GetWorkerIdPResponse>, Status> {
        let address = request.into_inner().worker_net_address.unwrap_or_default();
        let address = convert::worker_address_from_proto(&address)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let id = self.blocks.worker_id(&address);
        Ok(Response::new(pb::GetWorkerIdPResponse {
            worker_id: Some(id.raw()),
        }))
    }

    async fn request_register_lease(
        &self,
        request: Request<pb::GetRegisterLeasePRequest>,
    ) -> Result<Response<pb::GetRegisterLeasePResponse>, Status> {
        let call = Call::start("RequestRegisterLease", &*self.clock);
        let id = WorkerId::from_raw(request.get_ref().worker_id());
        let expiry = |lease: Duration| {
            self.clock.now().millis() + i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
        };
        call.answer(
            self.blocks
                .register_lease(id)
                .map(|lease| pb::GetRegisterLeasePResponse {
                    worker_id: Some(id.raw()),
                    allowed: Some(true),
                    expiry_ms: Some(expiry(lease)),
                    options: None,
                }),
        )
    }

    async fn register_worker(
        &self,
        request: Request<pb::RegisterWorkerPRequest>,
    ) -> Result<Response<pb::RegisterWorkerPResponse>, Status> {
        let call = Call::start("RegisterWorker", &*self.clock);
        let registered = self.register(request.into_inner());
        call.answer(registered.map(|()| pb::RegisterWorkerPResponse {}))
    }

    async fn register_worker_stream(
        &self,
        request: Request<Streaming<pb::RegisterWorkerPRequest>>,
    ) -> Result<Response<Registrations>, Status> {
        let arriving = Arriving {
            service: self.clone(),
            requests: request.into_inner(),
            first: None,
        };
        let responses = stream::try_unfold(Some(arriving), |arriving| async move {
            let Some(arriving) = arriving else {
                return Ok(None);
            };
            arriving.next().await
        });
        Ok(Response::new(responses.boxed()))
    }

    async fn block_heartbeat(
        &self,
        request: Request<pb::BlockHeartbeatPRequest>,
    ) -> Result<Response<pb::BlockHeartbeatPResponse>, Status> {
        let request = request.into_inner();
        let id = WorkerId::from_raw(request.worker_id());
        let options = request.options.unwrap_or_default();
        for metric in &options.metrics {
            if metric.metric_type() == grpc::MetricType::Counter {
                self.metrics.add_of_worker(metric.name(), metric.value());
            }
        }
        let capacity = Some(unsigned(&options.capacity_bytes_on_tiers));
        let heartbeat = Heartbeat {
            capacity: capacity.filter(|capacity| !capacity.is_empty()),
            used: unsigned(&request.used_bytes_on_tiers),
            added: batches(request.added_blocks).collect(),
            removed: request
                .removed_block_ids
                .into_iter()
                .map(BlockId::from_raw)
                .collect(),
            lost_storage: lost_storage(request.lost_storage),
        };
        let mut order = self.blocks.heartbeat(id, heartbeat);
        // A block may have been found to be nobody's because of a delete that is not durable yet. The
        // worker is not kept waiting for that: it must beat on, and its blocks are read.
        if let WorkerOrder::Free(blocks) = &order
            && !self.files.is_shown_durable(DURABLE_WITHIN).await
        {
            self.blocks.withhold(id, blocks);
            order = WorkerOrder::Nothing;
        }
        Ok(Response::new(pb::BlockHeartbeatPResponse {
            command: Some(command(order)),
        }))
    }

    async fn commit_block(
        &self,
        request: Request<pb::CommitBlockPRequest>,
    ) -> Result<Response<pb::CommitBlockPResponse>, Status> {
        let call = Call::start("CommitBlock", &*self.clock);
        let request = request.into_inner();
        let block = BlockId::from_raw(request.block_id());
        let length = request.length().max(0).unsigned_abs();
        if let Err(error) = self.files.block_committed(block, length).await {
            return Err(call.fail(&error));
        }
        let committed = CommittedBlock {
            block,
            tier_alias: request.tier_alias(),
            medium_type: request.medium_type(),
            used_bytes_on_tier: request.used_bytes_on_tier().max(0).unsigned_abs(),
        };
        let id = WorkerId::from_raw(request.worker_id());
        let noted = self.blocks.commit_block(id, &committed);
        call.answer(noted.map(|()| pb::CommitBlockPResponse {}))
    }

    async fn commit_block_in_ufs(
        &self,
        request: Request<pb::CommitBlockInUfsPRequest>,
    ) -> Result<Response<pb::CommitBlockInUfsPResponse>, Status> {
        let call = Call::start("CommitBlockInUfs", &*self.clock);
        let request = request.into_inner();
        let block = BlockId::from_raw(request.block_id());
        let length = request.length().max(0).unsigned_abs();
        let noted = self.files.block_committed(block, length).await;
        call.answer(noted.map(|()| pb::CommitBlockInUfsPResponse {}))
    }

    async fn notify_worker_id(
        &self,
        _request: Request<pb::NotifyWorkerIdPRequest>,
    ) -> Result<Response<pb::NotifyWorkerIdPResponse>, Status> {
        // Ids are looked up by address, so there is nothing to remember.
        Ok(Response::new(pb::NotifyWorkerIdPResponse {}))
    }
}

/// A registration that comes in batches: each is answered before the next one is read.
struct Arriving {
    service: BlockWorkerService,
    requests: Streaming<pb::RegisterWorkerPRequest>,
    first: Option<pb::RegisterWorkerPRequest>,
}

impl Arriving {
    async fn next(mut self) -> Result<Option<(pb::RegisterWorkerPResponse, Option<Self>)>, Status> {
        let blocks = Arc::clone(&self.service.blocks);
        let Some(mut request) = self.requests.message().await? else {
            let Some(first) = self.first else {
                return Ok(None);
            };
            let id = WorkerId::from_raw(first.worker_id());
            blocks
                .complete_registration(id, registration(first))
                .map_err(|error| to_status(&error))?;
            return Ok(None);
        };
        let id = WorkerId::from_raw(request.worker_id());
        let current = std::mem::take(&mut request.current_blocks);
        if self.first.is_none() {
            blocks
                .begin_registration(id)
                .map_err(|error| to_status(&error))?;
            self.first = Some(request);
        }
        for batch in batches(current) {
            blocks
                .register_blocks(id, &batch)
                .map_err(|error| to_status(&error))?;
        }
        Ok(Some((pb::RegisterWorkerPResponse {}, Some(self))))
    }
}

fn command(order: WorkerOrder) -> grpc::Command {
    let (kind, data) = match order {
        WorkerOrder::Nothing => (grpc::CommandType::Nothing, Vec::new()),
        WorkerOrder::Register => (grpc::CommandType::Register, Vec::new()),
        WorkerOrder::Free(blocks) => (
            grpc::CommandType::Free,
            blocks.into_iter().map(BlockId::raw).collect(),
        ),
        WorkerOrder::Decommissioned => (grpc::CommandType::Decommissioned, Vec::new()),
    };
    grpc::Command {
        command_type: Some(kind.into()),
        data,
    }
}

fn registration(request: pb::RegisterWorkerPRequest) -> Registration {
    let options = request.options.unwrap_or_default();
    let build = options.build_version.clone().unwrap_or_default();
    let virtual_cpus = options.num_v_cpu();
    let properties = options.configs.into_iter();
    let properties = properties.map(|property| (property.name.unwrap_or_default(), property.value));
    Registration {
        capacity: unsigned(&request.total_bytes_on_tiers),
        used: unsigned(&request.used_bytes_on_tiers),
        lost_storage: lost_storage(request.lost_storage),
        build: WorkerBuild {
            virtual_cpus,
            version: build.version.unwrap_or_default(),
            revision: build.revision.unwrap_or_default(),
        },
        settings: ComparedSettings::of(Scope::Worker, properties),
    }
}

fn batches(entries: Vec<pb::LocationBlockIdListEntry>) -> impl Iterator<Item = RegistrationBatch> {
    entries.into_iter().map(|entry| {
        let key = entry.key.unwrap_or_default();
        let blocks = entry.value.unwrap_or_default().block_id;
        RegistrationBatch {
            tier_alias: key.tier_alias.unwrap_or_default(),
            medium_type: key.medium_type.unwrap_or_default(),
            blocks: blocks.into_iter().map(BlockId::from_raw).collect(),
        }
    })
}

fn unsigned(bytes: &BTreeMap<String, i64>) -> TierBytes {
    bytes
        .iter()
        .map(|(tier, bytes)| (tier.clone(), bytes.max(&0).unsigned_abs()))
        .collect()
}

fn lost_storage(lost: BTreeMap<String, pb::StorageList>) -> BTreeMap<String, Vec<String>> {
    lost.into_iter()
        .map(|(tier, list)| (tier, list.storage))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use alluxio_common::SystemClock;
    use alluxio_common::metrics::Metrics;

    use super::*;
    use crate::block::BlockMasterConf;
    use crate::file_system::testing::Fixture;
    use crate::file_system::{BlockLocations, BlockRemoval};

    #[tokio::test]
    async fn a_worker_registers_and_beats_while_the_journal_takes_nothing() {
        let fixture = Fixture::new().await;
        let clock = SystemClock::shared();
        let blocks = BlockMaster::new(BlockMasterConf::default(), Arc::clone(&clock), 7);
        let metrics = ClusterMetrics::new(Metrics::new(Arc::clone(&clock)), Arc::clone(&clock));
        let files = Arc::clone(&fixture.master);
        let service = BlockWorkerService::new(Arc::clone(&blocks), files, metrics, clock);
        fixture.journal.stalls.store(true, Ordering::SeqCst);
        let request = Request::new(pb::GetWorkerIdPRequest::default());
        let answer = service.get_worker_id(request).await.unwrap();
        let worker_id = answer.into_inner().worker_id;
        let held = BlockId::from_raw(1 << 24);
        let location = grpc::BlockStoreLocationProto {
            tier_alias: Some("MEM".to_owned()),
            medium_type: Some("MEM".to_owned()),
        };
        let request = pb::RegisterWorkerPRequest {
            worker_id,
            current_blocks: vec![pb::LocationBlockIdListEntry {
                key: Some(location),
                value: Some(pb::BlockIdList {
                    block_id: vec![held.raw()],
                }),
            }],
            ..pb::RegisterWorkerPRequest::default()
        };
        service
            .register_worker(Request::new(request))
            .await
            .unwrap();
        blocks.remove(&[held], BlockRemoval::Free);
        let beat = async || {
            let request = pb::BlockHeartbeatPRequest {
                worker_id,
                ..pb::BlockHeartbeatPRequest::default()
            };
            let answer = service.block_heartbeat(Request::new(request)).await;
            answer.unwrap().into_inner().command.unwrap()
        };
        assert_eq!(beat().await.command_type(), grpc::CommandType::Nothing);
        fixture.journal.stalls.store(false, Ordering::SeqCst);
        let order = beat().await;
        assert_eq!(order.command_type(), grpc::CommandType::Free);
        assert_eq!(order.data, [held.raw()]);
    }
}
