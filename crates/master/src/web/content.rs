//! The first and last bytes of a file: from a worker that has them, else from the store.

use alluxio_common::{AlluxioPath, Describe, PersistenceState};
use alluxio_proto::grpc::block as pb;
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::{ClientError, Lane, ServerAddress};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::view::WebParts;
use crate::error::FileSystemError;
use crate::file_system::{BlockLocation, FileBlock, FileInfo};

/// How much of a file is shown at once.
pub(super) const PART: u64 = 5 << 10;

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContentError {
    #[error("its data is on no worker that is alive, and not in a store")]
    Nowhere,
    #[error("{0}")]
    Store(FileSystemError),
}

/// The bytes at `offset`, at most [`PART`] and at most to the end of their block.
pub(super) async fn read(
    parts: &WebParts,
    file: &FileInfo,
    offset: u64,
) -> Result<Bytes, ContentError> {
    let Some(block) = file
        .blocks
        .iter()
        .find(|block| (block.offset..block.offset + block.length).contains(&offset))
    else {
        return Ok(Bytes::new());
    };
    let length = (block.offset + block.length - offset).min(PART);
    for copy in &block.copies {
        match read_from_worker(parts, copy, block, offset - block.offset, length).await {
            Ok(bytes) => return Ok(bytes),
            Err(error) => {
                tracing::debug!(block_id = %block.block_id, code = ?error.code(), %error, "a worker did not give a block");
            }
        }
    }
    if file.persistence != PersistenceState::Persisted {
        return Err(ContentError::Nowhere);
    }
    read_from_store(parts, file, offset, length)
        .await
        .map_err(ContentError::Store)
}

async fn read_from_store(
    parts: &WebParts,
    file: &FileInfo,
    offset: u64,
    length: u64,
) -> Result<Bytes, FileSystemError> {
    let path = AlluxioPath::parse(&file.path)?;
    let (store, resolution) = parts.files.resolve_store(&path)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(store.read_at(&resolution.ufs_path, offset, length).await?)
}

async fn read_from_worker(
    parts: &WebParts,
    copy: &BlockLocation,
    block: &FileBlock,
    offset: u64,
    length: u64,
) -> Result<Bytes, ClientError> {
    let host = if copy.address.container_host.is_empty() {
        &copy.address.host
    } else {
        &copy.address.container_host
    };
    let address = ServerAddress::new(host.as_str(), copy.address.data_port);
    let channel = parts
        .connections
        .channel(address, Lane::Streaming(0), parts.login.clone());
    let (requests, receiver) = mpsc::channel(1);
    let request = pb::ReadRequest {
        block_id: Some(block.block_id.raw()),
        offset: Some(offset.cast_signed()),
        length: Some(length.cast_signed()),
        promote: Some(false),
        chunk_size: Some(PART.cast_signed()),
        open_ufs_block_options: Some(OpenUfsBlockOptions::default()),
        offset_received: None,
        position_short: Some(true),
    };
    requests
        .try_send(request)
        .expect("the queue is new, has one place, and its receiver is held here");
    let mut answers = BlockWorkerClient::new(channel)
        .read_block(ReceiverStream::new(receiver))
        .await?
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(answer) = answers.message().await? {
        bytes.extend_from_slice(
            &answer
                .chunk
                .and_then(|chunk| chunk.data)
                .unwrap_or_default(),
        );
    }
    Ok(bytes.into())
}
