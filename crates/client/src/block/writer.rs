//! [`BlockWriter`]: one block to one worker, whichever way is shortest.

use alluxio_common::{BlockId, WorkerAddress};
use alluxio_proto::grpc::block as pb;
use bytes::Bytes;

use super::local::{LocalBlockRequest, LocalBlockWriter, LocalPatience, Medium};
use super::remote_writer::{RemoteWriter, WritePacing};
use crate::conf::ClientConf;
use crate::context::Context;
use crate::error::ClientError;

/// Whether a new block is the only copy of its bytes, which must not be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PinOnCreate {
    Yes,
    No,
}

/// Writes one block to one worker. Dropping it discards the block.
#[derive(Debug)]
pub(crate) enum BlockWriter {
    Local(Box<LocalBlockWriter>),
    Remote(Box<RemoteWriter>),
}

/// What the new block will be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewBlock {
    pub(crate) id: BlockId,
    /// The most that it can hold.
    pub(crate) size: u64,
    pub(crate) pin: PinOnCreate,
}

impl BlockWriter {
    /// Opens the block on this worker.
    pub(crate) async fn create(
        context: &Context,
        worker: &WorkerAddress,
        block: NewBlock,
    ) -> Result<Self, ClientError> {
        let conf = &context.conf;
        let reserve = block.size.min(conf.reserved_bytes.bytes());
        if worker.host == conf.hostname && context.opens_files_of(worker) {
            let request = LocalBlockRequest {
                block_id: block.id,
                tier: conf.write_tier,
                target: &conf.target_medium,
                reserve_step: reserve,
                pin: block.pin,
                medium: target_medium(conf),
                patience: LocalPatience {
                    room: conf.write_timeout,
                    commit: conf.writer_close_timeout,
                },
            };
            let writer = LocalBlockWriter::create(&context.workers, worker, request).await?;
            return Ok(Self::Local(Box::new(writer)));
        }
        let command = pb::WriteRequestCommand {
            r#type: Some(pb::RequestType::AlluxioBlock.into()),
            id: Some(block.id.raw()),
            tier: Some(conf.write_tier),
            medium_type: Some(conf.target_medium.clone()),
            pin_on_create: Some(block.pin == PinOnCreate::Yes),
            space_to_reserve: Some(reserve.cast_signed()),
            ..Default::default()
        };
        let writer = RemoteWriter::open(&context.workers, worker, command, pacing(context)).await?;
        Ok(Self::Remote(Box::new(writer)))
    }

    /// Appends bytes.
    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), ClientError> {
        match self {
            Self::Local(writer) => writer.write(bytes).await,
            Self::Remote(writer) => writer.write(bytes).await,
        }
    }

    /// Commits the block, and waits until the worker and the master know it.
    pub(crate) async fn finish(self) -> Result<(), ClientError> {
        match self {
            Self::Local(writer) => writer.finish().await,
            Self::Remote(mut writer) => {
                writer.flush().await?;
                writer.finish().await.map(drop)
            }
        }
    }
}

/// Opens a stream that writes a whole file of the store through this worker.
pub(crate) async fn create_ufs_file(
    context: &Context,
    worker: &WorkerAddress,
    options: alluxio_proto::proto::dataserver::CreateUfsFileOptions,
) -> Result<RemoteWriter, ClientError> {
    let command = pb::WriteRequestCommand {
        r#type: Some(pb::RequestType::UfsFile.into()),
        id: Some(-1),
        create_ufs_file_options: Some(options),
        ..Default::default()
    };
    RemoteWriter::open(&context.workers, worker, command, pacing(context)).await
}

/// Where a new block will lie, as far as that is known: the fastest tier is mostly in memory.
fn target_medium(conf: &ClientConf) -> Medium {
    match conf.target_medium.as_str() {
        "" if conf.write_tier == 0 => Medium::Memory,
        "" => Medium::Disk,
        name => Medium::from_name(name),
    }
}

fn pacing(context: &Context) -> WritePacing {
    WritePacing {
        chunk: usize::try_from(context.conf.writer_chunk.bytes()).unwrap_or(1 << 20),
        write_timeout: context.conf.write_timeout,
        flush_timeout: context.conf.writer_flush_timeout,
        close_timeout: context.conf.writer_close_timeout,
    }
}
