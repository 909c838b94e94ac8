//! `Cache`, `AsyncCache` and `Load`: having blocks here before they are read.

use std::sync::Arc;

use alluxio_common::{BlockId, Describe, ErrorCode, MountId, Retry, UfsPath};
use alluxio_proto::grpc::block::{
    AsyncCacheRequest, Block, BlockStatus, CacheRequest as CacheMessage, LoadRequest, LoadResponse,
    TaskStatus,
};
use alluxio_rpc::{ServerAddress, grpc_code};
use futures::StreamExt;

use super::request::{self, BadRequest};
use crate::cache_request::{CacheError, CacheRequest};
use crate::read_error::ReadBlockError;
use crate::ufs_read::UfsBlock;
use crate::worker::Worker;

/// How many blocks of one request are loaded at the same time.
const LOADS_AT_ONCE: usize = 16;

/// A request to cache that cannot be served.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheFailure {
    /// The request makes no sense.
    #[error(transparent)]
    Request(#[from] BadRequest),
    /// The place in the store makes no sense.
    #[error(transparent)]
    Place(#[from] ReadBlockError),
    /// The block could not be cached.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl Describe for CacheFailure {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code(),
            Self::Place(error) => error.code(),
            Self::Cache(error) => error.code(),
        }
    }

    fn facts(&self) -> Vec<alluxio_common::Fact> {
        match self {
            Self::Request(error) => error.facts(),
            Self::Place(error) => error.facts(),
            Self::Cache(error) => error.facts(),
        }
    }
}

/// `Cache`: at once, or when there is time.
pub(super) async fn cache(
    worker: &Arc<Worker>,
    message: &CacheMessage,
) -> Result<(), CacheFailure> {
    let metrics = &worker.metrics;
    metrics.cache_requests.increment();
    let request = parse(worker, message)?;
    if message.r#async() {
        metrics.cache_requests_async.increment();
        worker.cache.offer(request, &worker.tasks);
        return Ok(());
    }
    metrics.cache_requests_sync.increment();
    Ok(worker.cache.cache(&request).await?)
}

/// `AsyncCache`, which older clients send.
pub(super) async fn async_cache(
    worker: &Arc<Worker>,
    message: AsyncCacheRequest,
) -> Result<(), CacheFailure> {
    let message = CacheMessage {
        block_id: message.block_id,
        source_host: message.source_host,
        source_port: message.source_port,
        open_ufs_block_options: message.open_ufs_block_options,
        length: message.length,
        r#async: Some(true),
    };
    cache(worker, &message).await
}

fn parse(worker: &Worker, message: &CacheMessage) -> Result<CacheRequest, CacheFailure> {
    let block_id = request::block_id(message.block_id())?;
    let options = message.open_ufs_block_options.as_ref();
    let ufs = options.map(|options| request::ufs_block(block_id, options));
    let ufs = ufs.transpose()?.flatten();
    let asked = request::amount("The length", message.length)?;
    Ok(CacheRequest {
        block_id,
        length: ufs.as_ref().map_or(asked, |block| block.length),
        ufs,
        peer: peer(worker, message),
    })
}

/// The worker that has the block, unless it is this one.
fn peer(worker: &Worker, message: &CacheMessage) -> Option<ServerAddress> {
    let host = message.source_host();
    let port = u16::try_from(message.source_port()).ok()?;
    let own = &worker.address;
    let is_own_host = host == own.host || host == own.container_host;
    if host.is_empty() || port == 0 || (is_own_host && port == own.data_port) {
        return None;
    }
    Some(ServerAddress::new(host, port))
}

/// `Load`: all of these blocks; the answer names those that could not be loaded.
pub(super) async fn load(worker: &Arc<Worker>, message: LoadRequest) -> LoadResponse {
    let total = message.blocks.len();
    let block_status: Vec<_> = futures::stream::iter(message.blocks)
        .map(|block| async move {
            let error = load_one(worker, &block).await.err()?;
            Some(failure(block, &error))
        })
        .buffered(LOADS_AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let status = match block_status.len() {
        0 => TaskStatus::Success,
        failed if failed == total => TaskStatus::Failure,
        _ => TaskStatus::PartialFailure,
    };
    LoadResponse {
        status: status.into(),
        block_status,
    }
}

async fn load_one(worker: &Arc<Worker>, block: &Block) -> Result<(), CacheFailure> {
    let block_id = request::block_id(block.block_id)?;
    let path = UfsPath::parse(block.ufs_path())
        .map_err(|source| ReadBlockError::InvalidUfsPath { block_id, source })?;
    let place = UfsBlock {
        block_id,
        mount: MountId::from_raw(block.mount_id()),
        path: Some(path),
        offset_in_file: request::amount("The offset", block.offset_in_file)?,
        length: request::amount("The length", Some(block.length))?,
    };
    Ok(worker.cache.cache(&CacheRequest::from_store(place)).await?)
}

fn failure(block: Block, error: &CacheFailure) -> BlockStatus {
    tracing::debug!(block_id = %BlockId::from_raw(block.block_id), %error, "block not loaded");
    let code = error.code();
    // A job has the time to wait for a store that a person has not.
    let is_retryable = code.retry() != Retry::Never || code == ErrorCode::UfsUnavailable;
    BlockStatus {
        block,
        code: grpc_code(code).into(),
        message: Some(error.to_string()),
        retryable: Some(is_retryable),
    }
}
