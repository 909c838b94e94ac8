//! [`Ahead`]: the next block of a scan, which a worker is asked to fetch before it is read.
//!
//! A scan would otherwise wait for the store at the beginning of each block, and the store for the
//! scan. It is a wish: whether it is granted or not, the block is read in the usual way, and a worker
//! that fetches it already lets the reader follow. So it takes no memory here, and nothing of the
//! window of a stream.

use std::sync::Arc;
use std::time::Duration;

use alluxio_proto::grpc::block as pb;
use tokio::time::timeout;
use tracing::debug;

use super::source::{BlockSource, Via};
use crate::context::Context;
use crate::status::FileBlock;

/// Nobody waits for the wish; who has not heard it by then will be asked for the block itself.
const WISH_LIMIT: Duration = Duration::from_secs(10);

/// The block behind the one that a scan is in, and who will be asked for it.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) index: usize,
    pub(super) source: BlockSource,
}

impl Ahead {
    /// Asks the source for the block, without waiting, unless it has it.
    pub(super) fn ask(
        context: &Arc<Context>,
        block: &FileBlock,
        index: usize,
        source: BlockSource,
    ) -> Self {
        if source.via == Via::Ufs {
            let (shared, worker) = (Arc::clone(context), source.worker.clone());
            let request = cache_request(block, &source);
            context.tasks.spawn("ask for the next block", async move {
                let block_id = request.block_id();
                let mut stub = shared.workers.stub(&worker);
                let asked = timeout(WISH_LIMIT, stub.cache(request)).await;
                if !matches!(asked, Ok(Ok(_))) {
                    debug!(block_id, "a worker would not fetch the next block");
                }
            });
        }
        Self { index, source }
    }
}

/// The wish that a worker shall keep a copy of a block that `source` can give.
pub(super) fn cache_request(block: &FileBlock, source: &BlockSource) -> pb::CacheRequest {
    pb::CacheRequest {
        block_id: Some(block.info.id.raw()),
        source_host: Some(source.worker.host.clone()),
        source_port: Some(i32::from(source.worker.data_port)),
        open_ufs_block_options: Some(source.ufs.clone()),
        length: Some(block.info.length.cast_signed()),
        r#async: Some(true),
    }
}
