//! `OpenLocalBlock` for a block that is not here: a client of this machine reads its file while the
//! block is being fetched.
//!
//! An extension of the 2.9 protocol, for clients that say where the store has the block. So no byte of
//! a cold block goes through a stream: the client is told the file, and from time to time how far it has
//! grown. Whatever ends that before the last byte is there, but for an error of the store, is told as a
//! block that is not here: the client asks for a stream then, as it does of a worker that does not know
//! the extension.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::BlockId;
use alluxio_proto::grpc::block::{OpenLocalBlockRequest, OpenLocalBlockResponse};

use super::session::{Ended, Next, Session};
use super::short_circuit::{until_done, whole_file};
use crate::block::Block;
use crate::read_error::ReadBlockError;
use crate::ufs_read::{GrowingFile, Growth, UfsBlock};

type OpenSession = Session<OpenLocalBlockRequest, OpenLocalBlockResponse>;

/// A slow store gives less than a step in this time: what there is, is told then.
const TOLD_AFTER: Duration = Duration::from_millis(100);

/// What the client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// Where the file is, and that it has so many bytes.
    File(u64),
}

/// Answers until the block is complete and the client needs it no more. The fetch goes on without the
/// client.
pub(super) async fn run(mut session: OpenSession, block: &UfsBlock) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    let block_id = block.block_id;
    let Some(mut fetch) = worker.ufs_reads.start(block) else {
        return Err(not_here(block_id).into());
    };
    let mut told = Told::Nothing;
    loop {
        match fetch.growth()? {
            Growth::Starting => {}
            Growth::Growing(file, written) if told == Told::Nothing => {
                worker.metrics.blocks_read_local.increment();
                let answer = growing_file(&file, written);
                session.answer(answer).await?;
                told = Told::File(written);
            }
            Growth::Growing(_, written) => {
                if told != Told::File(written) {
                    session.answer(grown(written)).await?;
                    told = Told::File(written);
                }
            }
            Growth::Complete(complete) => {
                // Another reader needs what is left of the fetch no more.
                drop(fetch);
                return hold(session, &complete, told).await;
            }
            Growth::Over => return Err(not_here(block_id).into()),
        }
        tokio::select! {
            next = session.next() => {
                if let Next::Done = next? {
                    return Ok(());
                }
            }
            goes_on = fetch.grown() => {
                if !goes_on {
                    return Err(ReadBlockError::Stopping { block_id }.into());
                }
            }
            () = tokio::time::sleep(TOLD_AFTER) => {}
        }
    }
}

/// The block is here: it stays until the client is done, as one that was here before.
async fn hold(mut session: OpenSession, block: &Block, told: Told) -> Result<(), Ended> {
    let worker = Arc::clone(&session.worker);
    let shown = worker.store.show(block.id());
    match told {
        Told::Nothing => {
            // It may be gone again, and then the client has no file.
            let answer = whole_file(shown.as_ref().map_err(|_gone| not_here(block.id()))?);
            worker.metrics.blocks_read_local.increment();
            session.answer(answer).await?;
        }
        // Who has the file open can read it also when it has lost its name.
        Told::File(_) => session.answer(grown(block.length())).await?,
    }
    until_done(&mut session).await
}

fn not_here(block_id: BlockId) -> ReadBlockError {
    ReadBlockError::NotHere { block_id }
}

fn growing_file(file: &GrowingFile, written: u64) -> OpenLocalBlockResponse {
    OpenLocalBlockResponse {
        path: Some(file.path().to_string_lossy().into_owned()),
        in_memory: Some(file.is_in_memory()),
        ..grown(written)
    }
}

fn grown(written: u64) -> OpenLocalBlockResponse {
    OpenLocalBlockResponse {
        path: None,
        available: Some(written.cast_signed()),
        in_memory: None,
    }
}
