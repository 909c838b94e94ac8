//! `OpenLocalBlock` and `CreateLocalBlock`: clients of this machine open block files themselves.
//!
//! The stream stands for the use of the block: as long as it is open, the block is not evicted, or
//! the block being written belongs to its writer. For a block that is not here see [`super::follow`].

use std::sync::Arc;

use alluxio_proto::grpc::block::{
    CreateLocalBlockRequest, CreateLocalBlockResponse, OpenLocalBlockRequest,
    OpenLocalBlockResponse,
};
use tonic::Streaming;
use tonic::codegen::BoxStream;

use super::follow;
use super::request;
use super::session::{self, Ended, Next, Session};
use super::write_block::commit;
use crate::block::{CreateBlock, Origin, ShownBlock, TempBlock};
use crate::blocking::run;
use crate::metrics::Active;
use crate::read_block::Promote;
use crate::worker::Worker;

/// Answers one call of `OpenLocalBlock`.
pub(super) fn open(
    worker: &Arc<Worker>,
    requests: Streaming<OpenLocalBlockRequest>,
) -> BoxStream<OpenLocalBlockResponse> {
    session::start(
        worker,
        "OpenLocalBlock",
        Box::pin(requests),
        open_local_block,
    )
}

async fn open_local_block(
    mut session: Session<OpenLocalBlockRequest, OpenLocalBlockResponse>,
) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    let _active = Active::client(&worker.metrics);
    let first = session.first().await?;
    let block_id = request::block_id(first.block_id())?;
    let promote = if first.promote() {
        Promote::Yes
    } else {
        Promote::No
    };
    let in_store = request::open_local_block(&first)?;
    // Held until the stream ends: until then the path stays good.
    let block = match (worker.open_local(block_id, promote).await, &in_store) {
        (Ok(block), _) => block,
        // Damaged or gone: the store has it too.
        (Err(_), Some(in_store)) => return follow::run(session, in_store).await,
        (Err(error), None) => return Err(error.into()),
    };
    worker.metrics.blocks_read_local.increment();
    let answer = match in_store {
        Some(_) => whole_file(&block),
        None => OpenLocalBlockResponse {
            in_memory: None,
            ..whole_file(&block)
        },
    };
    session.answer(answer).await?;
    until_done(&mut session).await
}

/// The answer for a block that is here, to a client that would follow it.
pub(super) fn whole_file(block: &ShownBlock) -> OpenLocalBlockResponse {
    OpenLocalBlockResponse {
        path: Some(block.path().to_string_lossy().into_owned()),
        available: None,
        in_memory: Some(block.is_in_memory()),
    }
}

/// Waits until the client needs the block no more.
pub(super) async fn until_done(
    session: &mut Session<OpenLocalBlockRequest, OpenLocalBlockResponse>,
) -> Result<(), Ended> {
    while let Next::Request(_) = session.next().await? {}
    Ok(())
}

/// Answers one call of `CreateLocalBlock`.
pub(super) fn create(
    worker: &Arc<Worker>,
    requests: Streaming<CreateLocalBlockRequest>,
) -> BoxStream<CreateLocalBlockResponse> {
    session::start(
        worker,
        "CreateLocalBlock",
        Box::pin(requests),
        create_local_block,
    )
}

async fn create_local_block(
    mut session: Session<CreateLocalBlockRequest, CreateLocalBlockResponse>,
) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    let _active = Active::client(&worker.metrics);
    let first = session.first().await?;
    let medium = first.medium_type.as_deref();
    let mut temp = worker
        .space
        .create(CreateBlock {
            block_id: request::block_id(first.block_id())?,
            session_id: worker.new_session(),
            target: request::target(&worker.store, first.tier, medium),
            reserve: request::amount("The space to reserve", first.space_to_reserve)?,
            origin: Origin::Client,
        })
        .await?;
    let answer = CreateLocalBlockResponse {
        path: Some(temp.path().to_string_lossy().into_owned()),
    };
    session.answer(answer).await?;
    while let Next::Request(more) = session.next().await? {
        let bytes = request::amount("The space to reserve", more.space_to_reserve)?;
        let reserved;
        (temp, reserved) = worker.space.reserve_more(temp, bytes).await;
        reserved?;
        session
            .answer(CreateLocalBlockResponse { path: None })
            .await?;
    }
    let temp = adopt(temp).await?;
    let written = temp.length();
    commit(&worker, temp).await?;
    let counter = &worker.metrics.bytes_written_direct;
    counter.add(written);
    Ok(())
}

/// Takes over what the client has written.
async fn adopt(mut temp: TempBlock) -> Result<TempBlock, Ended> {
    let (temp, adopted) = run(move || {
        let adopted = temp.adopt_external();
        (temp, adopted)
    })
    .await;
    adopted?;
    Ok(temp)
}
