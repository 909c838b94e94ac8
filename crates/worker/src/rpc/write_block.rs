//! `WriteBlock`: a stream of data into a block, or through to the under store.

use std::sync::Arc;

use alluxio_proto::grpc::block::{RequestType, WriteRequest, WriteRequestCommand, WriteResponse};
use alluxio_rpc::Arriving;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tonic::body::Body;
use tonic::codec::{Codec, EncodeBody, SingleMessageCompressionOverride};
use tonic_prost::ProstCodec;

use super::request::{self, BadRequest};
use super::request_body::RequestBody;
use super::session::{self, Ended, Next};
use super::ufs_file;
use super::write_requests::{self, WriteMessage};
use crate::block::{CreateBlock, Origin, TempBlock};
use crate::master_client::to_wire;
use crate::metrics::Active;
use crate::worker::Worker;

/// The name of the call in paths and logs.
pub(super) const NAME: &str = "WriteBlock";

/// A stream of data as the client sends it.
pub(super) type WriteSession = session::Session<WriteMessage, WriteResponse>;

/// What a writer does next.
#[derive(Debug)]
pub(super) enum Write {
    /// Append this.
    Data(Vec<Bytes>),
    /// Say that everything so far has been taken.
    Flush,
    /// That was all.
    Commit,
}

/// Answers one call, whose messages may have `limit` bytes.
pub(super) fn serve(worker: &Arc<Worker>, call: Request<Arriving>, limit: usize) -> Response<Body> {
    let requests = write_requests::messages(RequestBody(call.into_body()), limit);
    let answers = session::start(worker, NAME, requests, run);
    let encoder = ProstCodec::<WriteResponse, WriteRequest>::default().encoder();
    let uncompressed = SingleMessageCompressionOverride::default();
    let body = EncodeBody::new_server(encoder, answers, None, uncompressed, None);
    let mut response = Response::new(Body::new(body));
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(header::CONTENT_TYPE, grpc);
    response
}

async fn run(mut session: WriteSession) -> Result<(), Ended> {
    let _active = Active::new(
        &session.worker.metrics,
        &session.worker.metrics.active_writes,
    );
    let WriteMessage::Command(command) = session.first().await? else {
        return Err(BadRequest::Unexpected {
            call: NAME,
            expected: "a command",
        }
        .into());
    };
    let fallback = command
        .create_ufs_block_options
        .as_ref()
        .is_some_and(|options| options.fallback());
    match command.r#type() {
        RequestType::UfsFile => ufs_file::write(session, *command).await,
        RequestType::UfsFallbackBlock if fallback => Err(BadRequest::Unsupported {
            what: "Writing a block into the under store",
        }
        .into()),
        RequestType::AlluxioBlock | RequestType::UfsFallbackBlock => {
            write_block(session, &command).await
        }
    }
}

async fn write_block(
    mut session: WriteSession,
    command: &WriteRequestCommand,
) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    let reserve = request::amount("The space to reserve", command.space_to_reserve)?;
    let medium = command.medium_type.as_deref();
    // A block whose file is not known to be in the store is never evicted, so it needs no pin of
    // its own when it is created.
    let create = CreateBlock {
        block_id: request::block_id(command.id())?,
        session_id: worker.new_session(),
        target: request::target(&worker.store, command.tier, medium),
        reserve,
        origin: Origin::Client,
    };
    let mut temp = worker.space.create(create).await?;
    loop {
        match next(&mut session, temp.length()).await? {
            Write::Data(data) => {
                let bytes = length_of(&data);
                temp = worker.space.append(temp, data).await?;
                let written = &worker.metrics.bytes_written_remote;
                written.add(bytes);
            }
            Write::Flush => flushed(&mut session, temp.length()).await?,
            Write::Commit => return commit(&worker, temp).await,
        }
    }
}

/// What the client wants next, after `received` bytes.
pub(super) async fn next(session: &mut WriteSession, received: u64) -> Result<Write, Ended> {
    loop {
        let request = match session.next().await? {
            Next::Request(request) => request,
            Next::Done => return Ok(Write::Commit),
        };
        match request {
            WriteMessage::Data(data) => {
                if length_of(&data) > 0 {
                    return Ok(Write::Data(data));
                }
            }
            WriteMessage::Command(command) => {
                check_offset(&command, received)?;
                if command.flush() {
                    return Ok(Write::Flush);
                }
            }
            WriteMessage::Unknown => {
                return Err(BadRequest::Unexpected {
                    call: NAME,
                    expected: "a command or a chunk",
                }
                .into());
            }
        }
    }
}

/// How many bytes there are in all pieces.
pub(super) fn length_of(data: &[Bytes]) -> u64 {
    data.iter().map(|piece| piece.len() as u64).sum()
}

fn check_offset(command: &WriteRequestCommand, received: u64) -> Result<(), BadRequest> {
    match command.offset {
        Some(claimed) if u64::try_from(claimed).ok() != Some(received) => {
            Err(BadRequest::WrongOffset { claimed, received })
        }
        Some(_) | None => Ok(()),
    }
}

/// Says that everything up to `offset` has been taken.
pub(super) async fn flushed(session: &mut WriteSession, offset: u64) -> Result<(), Ended> {
    let answer = WriteResponse {
        offset: Some(to_wire(offset)),
        content_hash: None,
    };
    session.answer(answer).await
}

/// Makes a block readable, and has the master take note of it. When that fails the block goes, so
/// that a failed write leaves nothing behind.
pub(super) async fn commit(worker: &Arc<Worker>, temp: TempBlock) -> Result<(), Ended> {
    let block = worker.space.commit(temp).await?;
    let meta = block.meta();
    let used = worker.store.used_on_tier(meta.level);
    if let Err(error) = worker.master.commit_block(&meta, used).await {
        let (store, block_id) = (Arc::clone(&worker.store), meta.block_id);
        // Somebody else may have removed it by now, which is as good.
        crate::blocking::run(move || store.remove(block_id))
            .await
            .ok();
        return Err(error.into());
    }
    Ok(())
}
