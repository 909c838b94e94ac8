//! [`WorkerConnections`]: authenticated channels to each worker, made when they are first needed.

use std::collections::HashMap;

use alluxio_common::WorkerAddress;
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_rpc::{Channel, ServerAddress};
use parking_lot::Mutex;

use crate::connect::Connector;

/// What block data may weigh in one message, with its frame: several of the largest chunks.
pub(super) const MESSAGE_LIMIT: usize = 16 << 20;

/// Channels to one worker, used in turns, so that several streams use several connections.
const CHANNELS_PER_WORKER: usize = 4;

/// Channels to workers. They reconnect by themselves, so they are kept for the life of the client.
#[derive(Debug)]
pub(crate) struct WorkerConnections {
    connector: Connector,
    channels: Mutex<HashMap<ServerAddress, Turns>>,
}

#[derive(Debug)]
struct Turns {
    channels: Vec<Channel>,
    next: usize,
}

impl WorkerConnections {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            channels: Mutex::default(),
        }
    }

    /// A channel to a worker.
    pub(crate) fn channel(&self, worker: &WorkerAddress) -> Channel {
        let host = if worker.container_host.is_empty() {
            &worker.host
        } else {
            &worker.container_host
        };
        let address = ServerAddress::new(host.as_str(), worker.data_port);
        let mut all = self.channels.lock();
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
