//! [`BlockWorkerEndpoint`]: the service of a worker, one short method per call.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use alluxio_common::{BlockId, Describe, ErrorCode, Fact};
use alluxio_proto::grpc::block::block_worker_server::{BlockWorker, BlockWorkerServer};
use alluxio_proto::grpc::block::{
    AsyncCacheRequest, AsyncCacheResponse, CacheRequest, CacheResponse, ClearMetricsRequest,
    ClearMetricsResponse, CreateLocalBlockRequest, CreateLocalBlockResponse, FreeWorkerRequest,
    FreeWorkerResponse, LoadRequest, LoadResponse, MoveBlockRequest, MoveBlockResponse,
    OpenLocalBlockRequest, OpenLocalBlockResponse, RemoveBlockRequest, RemoveBlockResponse,
};
use alluxio_proto::grpc::version::ServiceType;
use alluxio_rpc::{Access, AlluxioService, Arriving, Call, DEFAULT_MAX_MESSAGE_BYTES};
use async_trait::async_trait;
use http::{Request as HttpRequest, Response as HttpResponse};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, BoxStream, Service};
use tonic::server::NamedService;
use tonic::{Request, Response, Status, Streaming};

use super::frame::FramePool;
use super::request::BadRequest;
use super::request_body::RequestBody;
use super::{cache, read_block, request, short_circuit, write_block};
use crate::block::{BlockError, Target};
use crate::blocking::run;
use crate::worker::Worker;

/// How often a move of a block that is in use is tried again: for ten seconds, as long as a job waits
/// for it without complaint.
const MOVE_TRIES: u32 = 100;

/// How long to wait in between.
const MOVE_PAUSE: Duration = Duration::from_millis(100);

/// The service of a worker, to be mounted in a server.
///
/// `ReadBlock` and `WriteBlock`, which move data, are answered by hand ([`super::read_block`],
/// [`super::write_block`]), everything else by generated code.
#[derive(Debug, Clone)]
pub struct BlockWorkerEndpoint {
    worker: Arc<Worker>,
    pool: FramePool,
    max_message_bytes: usize,
    generated: BlockWorkerServer<BlockWorkerService>,
}

impl BlockWorkerEndpoint {
    /// The service of this worker.
    pub fn new(worker: Arc<Worker>) -> Self {
        let service = BlockWorkerService {
            worker: Arc::clone(&worker),
        };
        Self {
            worker,
            pool: FramePool::default(),
            max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
            generated: BlockWorkerServer::new(service),
        }
    }
}

impl NamedService for BlockWorkerEndpoint {
    const NAME: &'static str = <BlockWorkerServer<BlockWorkerService> as NamedService>::NAME;
}

impl Service<HttpRequest<Arriving>> for BlockWorkerEndpoint {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<HttpResponse<Body>, Infallible>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: HttpRequest<Arriving>) -> Self::Future {
        let method = call.uri().path().rsplit('/').next();
        match method {
            Some(read_block::NAME) => {
                let (worker, pool) = (Arc::clone(&self.worker), self.pool.clone());
                Box::pin(async move { Ok(read_block::serve(worker, pool, call).await) })
            }
            Some(write_block::NAME) => {
                let answer = write_block::serve(&self.worker, call, self.max_message_bytes);
                Box::pin(ready(Ok(answer)))
            }
            Some(_) | None => self.generated.call(call.map(RequestBody)),
        }
    }
}

impl AlluxioService for BlockWorkerEndpoint {
    const TYPE: ServiceType = ServiceType::BlockWorkerClientService;
    const VERSION: i64 = 1;
    const ACCESS: Access = Access::Authenticated;

    fn limit_messages(mut self, max_bytes: usize) -> Self {
        self.max_message_bytes = max_bytes;
        self.generated = self.generated.max_decoding_message_size(max_bytes);
        self
    }
}

/// Everything but `ReadBlock` and `WriteBlock`.
#[derive(Debug)]
struct BlockWorkerService {
    worker: Arc<Worker>,
}

/// A block that could not be moved or removed.
#[derive(Debug, thiserror::Error)]
enum ChangeError {
    #[error(transparent)]
    Request(#[from] BadRequest),
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl Describe for ChangeError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code(),
            Self::Block(error) => error.code(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Request(error) => error.facts(),
            Self::Block(error) => error.facts(),
        }
    }
}

impl BlockWorkerService {
    fn start(&self, name: &'static str) -> Call<'_> {
        Call::start(name, &*self.worker.clock)
    }

    async fn remove(&self, raw: i64) -> Result<(), ChangeError> {
        let block_id = request::block_id(raw)?;
        let store = Arc::clone(&self.worker.store);
        match run(move || store.remove(block_id)).await {
            // Whoever asks for it twice is content.
            Ok(_) | Err(BlockError::NotHere { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn move_to(&self, raw: i64, medium: String) -> Result<(), ChangeError> {
        let block_id = request::block_id(raw)?;
        let mut tries = 0;
        loop {
            let (store, target) = (
                Arc::clone(&self.worker.store),
                Target::Medium(medium.clone()),
            );
            match run(move || store.move_block(block_id, &target)).await {
                // Somebody reads the file by its path, or moves it elsewhere: that ends soon.
                Err(BlockError::Busy { .. }) if tries < MOVE_TRIES => {
                    tries += 1;
                    tokio::time::sleep(MOVE_PAUSE).await;
                }
                moved => return Ok(moved?),
            }
        }
    }

    async fn free_all(&self) {
        let store = Arc::clone(&self.worker.store);
        run(move || {
            let all: Vec<BlockId> = store.list().into_iter().map(|meta| meta.block_id).collect();
            for block_id in all {
                // Gone by another way is gone.
                store.remove(block_id).ok();
            }
        })
        .await;
    }
}

#[async_trait]
impl BlockWorker for BlockWorkerService {
    async fn open_local_block(
        &self,
        request: Request<Streaming<OpenLocalBlockRequest>>,
    ) -> Result<Response<BoxStream<OpenLocalBlockResponse>>, Status> {
        Ok(Response::new(short_circuit::open(
            &self.worker,
            request.into_inner(),
        )))
    }

    async fn create_local_block(
        &self,
        request: Request<Streaming<CreateLocalBlockRequest>>,
    ) -> Result<Response<BoxStream<CreateLocalBlockResponse>>, Status> {
        Ok(Response::new(short_circuit::create(
            &self.worker,
            request.into_inner(),
        )))
    }

    async fn cache(
        &self,
        request: Request<CacheRequest>,
    ) -> Result<Response<CacheResponse>, Status> {
        let call = self.start("Cache");
        let done = cache::cache(&self.worker, request.get_ref()).await;
        call.answer(done.map(|()| CacheResponse {}))
    }

    async fn async_cache(
        &self,
        request: Request<AsyncCacheRequest>,
    ) -> Result<Response<AsyncCacheResponse>, Status> {
        let call = self.start("AsyncCache");
        let done = cache::async_cache(&self.worker, request.into_inner()).await;
        call.answer(done.map(|()| AsyncCacheResponse {}))
    }

    async fn load(&self, request: Request<LoadRequest>) -> Result<Response<LoadResponse>, Status> {
        Ok(Response::new(
            cache::load(&self.worker, request.into_inner()).await,
        ))
    }

    async fn remove_block(
        &self,
        request: Request<RemoveBlockRequest>,
    ) -> Result<Response<RemoveBlockResponse>, Status> {
        let call = self.start("RemoveBlock");
        let done = self.remove(request.get_ref().block_id()).await;
        call.answer(done.map(|()| RemoveBlockResponse {}))
    }

    async fn move_block(
        &self,
        request: Request<MoveBlockRequest>,
    ) -> Result<Response<MoveBlockResponse>, Status> {
        let call = self.start("MoveBlock");
        let request = request.into_inner();
        let medium = request.medium_type().to_owned();
        let done = self.move_to(request.block_id(), medium).await;
        call.answer(done.map(|()| MoveBlockResponse {}))
    }

    async fn clear_metrics(
        &self,
        _request: Request<ClearMetricsRequest>,
    ) -> Result<Response<ClearMetricsResponse>, Status> {
        self.worker.metrics.clear();
        Ok(Response::new(ClearMetricsResponse {}))
    }

    async fn free_worker(
        &self,
        _request: Request<FreeWorkerRequest>,
    ) -> Result<Response<FreeWorkerResponse>, Status> {
        self.free_all().await;
        Ok(Response::new(FreeWorkerResponse {}))
    }
}
