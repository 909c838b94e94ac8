//! [`WorkerConnections`]: authenticated channels to each worker, made when they are first needed.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use alluxio_common::{Tasks, WorkerAddress};
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_rpc::{Channel, ServerAddress};
use parking_lot::Mutex;

use crate::connect::Connector;
use crate::domain_socket::DomainSockets;
use crate::error::ClientError;

/// What block data may weigh in one message, with its frame: several of the largest chunks.
pub(super) const MESSAGE_LIMIT: usize = 16 << 20;

/// Channels to one worker, used in turns, so that several streams use several connections.
const CHANNELS_PER_WORKER: usize = 4;

/// How many workers are remembered, more than a cluster has: one that comes back with a domain socket
/// of another name counts again. Beyond it all are forgotten; streams that are open go on.
const WORKERS: usize = 4_096;

/// Channels to workers. They reconnect by themselves, so they are kept for the life of the client.
#[derive(Debug)]
pub(crate) struct WorkerConnections {
    connector: Connector,
    domain_sockets: DomainSockets,
    channels: Mutex<HashMap<ServerAddress, Turns>>,
}

#[derive(Debug)]
struct Turns {
    channels: Vec<Channel>,
    next: usize,
}

impl WorkerConnections {
    pub(crate) fn new(connector: Connector, domain_sockets: DomainSockets) -> Self {
        Self {
            connector,
            domain_sockets,
            channels: Mutex::default(),
        }
    }

    /// For what streams do while nobody waits for it.
    pub(super) fn tasks(&self) -> Tasks {
        self.connector.tasks()
    }

    /// Whether the worker is reached over its domain socket.
    pub(crate) fn is_on_domain_socket(&self, worker: &WorkerAddress) -> bool {
        self.domain_sockets.of(worker).is_some()
    }

    /// A channel to a worker.
    pub(crate) fn channel(&self, worker: &WorkerAddress) -> Channel {
        let host = if worker.container_host.is_empty() {
            &worker.host
        } else {
            &worker.container_host
        };
        let mut address = ServerAddress::new(host.as_str(), worker.data_port);
        if let Some(path) = self.domain_sockets.of(worker) {
            address = address.over_domain_socket(path);
        }
        let mut all = self.channels.lock();
        if all.len() >= WORKERS && !all.contains_key(&address) {
            all.clear();
        }
        let turns = all.entry(address.clone()).or_insert_with(|| Turns {
            channels: Vec::new(),
            next: 0,
        });
        if turns.channels.len() < CHANNELS_PER_WORKER {
            turns.channels.push(self.connector.worker_channel(address));
        }
        turns.next = (turns.next + 1) % turns.channels.len();
        turns.channels[turns.next].clone()
    }

    /// A stub for the worker's service.
    pub(crate) fn stub(&self, worker: &WorkerAddress) -> BlockWorkerClient<Channel> {
        BlockWorkerClient::new(self.channel(worker))
            .max_decoding_message_size(MESSAGE_LIMIT)
            .max_encoding_message_size(MESSAGE_LIMIT)
    }
}

/// Waits for the answer of a worker, but not for ever: a worker may take calls and not get to them.
///
/// # Errors
/// `WorkerSilent` when the time is over; what the worker answers.
pub(super) async fn answer_within<T>(
    limit: Duration,
    worker: &WorkerAddress,
    answer: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    tokio::time::timeout(limit, answer)
        .await
        .map_err(|_elapsed| ClientError::worker_silent(worker, limit))?
}

#[cfg(test)]
mod tests {
    use alluxio_common::BlockId;
    use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;
    use tokio::net::{TcpListener, TcpStream};

    use super::super::local::{
        LocalBlockReader, LocalBlockRequest, LocalBlockWriter, LocalPatience, LocalReadRequest,
        Medium,
    };
    use super::super::remote_reader::{Positioned, RangeRequest, RemoteBlockReader};
    use super::super::remote_writer::{RemoteWriter, WritePacing};
    use super::super::testing::WorkerAtPort;
    use super::super::writer::PinOnCreate;
    use super::*;
    use crate::file::source::Promote;

    const BLOCK: BlockId = BlockId::from_raw(1);

    /// What the silent worker has.
    const MOMENT: Duration = Duration::from_millis(200);

    /// A worker that takes connections and never says a word.
    async fn silent_worker() -> WorkerAtPort {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tasks = Tasks::new();
        tasks.spawn("silent worker", async move {
            let mut held: Vec<TcpStream> = Vec::new();
            while let Ok((stream, _peer)) = listener.accept().await {
                held.push(stream);
            }
        });
        WorkerAtPort::new(port, tasks)
    }

    fn is_silence<T>(answer: Result<T, ClientError>) -> bool {
        matches!(answer, Err(ClientError::WorkerSilent { waited, .. }) if waited == MOMENT)
    }

    #[tokio::test]
    async fn a_worker_that_does_not_answer_a_read_is_given_up() {
        let worker = silent_worker().await;
        let wanted = LocalReadRequest {
            block_id: BLOCK,
            medium: Medium::Memory,
            promote: Promote::No,
            patience: MOMENT,
        };
        let opened = LocalBlockReader::open(&worker.connections, &worker.address, wanted).await;
        assert!(is_silence(opened));
        let range = RangeRequest {
            block_id: BLOCK,
            offset: 0,
            length: 1,
            chunk: 1,
            positioned: Positioned::Scan,
            promote: Promote::No,
            ufs: OpenUfsBlockOptions::default(),
        };
        let opened =
            RemoteBlockReader::open(&worker.connections, &worker.address, range, MOMENT).await;
        assert!(is_silence(opened));
        worker.tasks.shutdown().await;
    }

    #[tokio::test]
    async fn a_worker_that_does_not_answer_a_write_is_given_up() {
        let worker = silent_worker().await;
        let request = LocalBlockRequest {
            block_id: BLOCK,
            tier: 0,
            target: "",
            reserve_step: 1,
            pin: PinOnCreate::No,
            medium: Medium::Memory,
            patience: LocalPatience {
                room: MOMENT,
                commit: MOMENT,
            },
        };
        let created = LocalBlockWriter::create(&worker.connections, &worker.address, request).await;
        assert!(is_silence(created));
        let pacing = WritePacing {
            chunk: 1,
            write_timeout: MOMENT,
            flush_timeout: MOMENT,
            close_timeout: MOMENT,
        };
        let command = alluxio_proto::grpc::block::WriteRequestCommand::default();
        let opened =
            RemoteWriter::open(&worker.connections, &worker.address, command, pacing).await;
        assert!(is_silence(opened.unwrap().finish().await));
        worker.tasks.shutdown().await;
    }
}
