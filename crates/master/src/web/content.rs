//! The first and last bytes of a file: from a worker that has them, else from the store.

use std::time::Duration;

use alluxio_common::{AlluxioPath, PersistenceState};
use alluxio_proto::grpc::block as pb;
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
use alluxio_rpc::{ClientError, Connections, Lane, Login, ServerAddress};
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::view::WebParts;
use crate::error::FileSystemError;
use crate::file_system::{BlockLocation, FileBlock, FileInfo};

/// How much of a file is shown at once.
pub(super) const PART: u64 = 5 << 10;

/// How long a worker may take: somebody waits for a page, and others may have the block as well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a worker has given nothing.
#[derive(Debug, thiserror::Error)]
enum NoBlock {
    #[error(transparent)]
    Refused(ClientError),
    #[error("it does not answer")]
    Silent,
}

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
        let part = (offset - block.offset, length);
        match read_from_worker((&parts.connections, &parts.login), copy, block, part).await {
            Ok(bytes) => return Ok(bytes),
            Err(error) => {
                tracing::debug!(block_id = %block.block_id, %error, "a worker did not give a block");
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
    way: (&Connections, &Login),
    copy: &BlockLocation,
    block: &FileBlock,
    part: (u64, u64),
) -> Result<Bytes, NoBlock> {
    match tokio::time::timeout(PATIENCE, ask_worker(way, copy, block, part)).await {
        Ok(answer) => answer.map_err(NoBlock::Refused),
        Err(_elapsed) => Err(NoBlock::Silent),
    }
}

async fn ask_worker(
    (connections, login): (&Connections, &Login),
    copy: &BlockLocation,
    block: &FileBlock,
    (offset, length): (u64, u64),
) -> Result<Bytes, ClientError> {
    let host = if copy.address.container_host.is_empty() {
        &copy.address.host
    } else {
        &copy.address.container_host
    };
    let address = ServerAddress::new(host.as_str(), copy.address.data_port);
    let channel = connections.channel(address, Lane::Streaming(0), login.clone());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alluxio_common::{BlockId, Tasks, WorkerAddress, WorkerId};
    use alluxio_rpc::ClientConf;
    use smallvec::SmallVec;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_says_nothing_keeps_nobody_waiting_for_long() {
        // It takes connections, as the machine does that for it.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let block = FileBlock {
            block_id: BlockId::from_raw(1 << 24),
            length: 5,
            offset: 0,
            copies: SmallVec::new(),
        };
        let copy = BlockLocation {
            worker_id: WorkerId::from_raw(1),
            address: Arc::new(WorkerAddress {
                host: "127.0.0.1".to_owned(),
                container_host: String::new(),
                rpc_port: port,
                data_port: port,
                web_port: 0,
                domain_socket_path: String::new(),
                locality: Vec::new(),
            }),
            tier_alias: "MEM".into(),
            medium_type: "MEM".into(),
        };
        let connections = Connections::new(ClientConf::default(), Tasks::new());
        let read = read_from_worker((&connections, &Login::NoSasl), &copy, &block, (0, 5));
        let refused = read.await.unwrap_err();
        assert!(matches!(refused, NoBlock::Silent), "{refused}");
    }
}
