//! What tests of block streams share.

use std::sync::Arc;

use alluxio_common::{SystemClock, Tasks, WorkerAddress};
use alluxio_rpc::{Login, RetryPolicy, ServerAddress, SingleMaster};

use super::connections::WorkerConnections;
use crate::conf::ClientConf;
use crate::connect::{ClientNetwork, Connector};
use crate::domain_socket::DomainSockets;

/// A worker at a port of this machine, whatever serves there, and a client's way to it.
pub(super) struct WorkerAtPort {
    pub(super) address: WorkerAddress,
    pub(super) connections: WorkerConnections,
    pub(super) tasks: Tasks,
}

impl WorkerAtPort {
    pub(super) fn new(port: u16, tasks: Tasks) -> Self {
        let nobody = Arc::new(SingleMaster(ServerAddress::new("127.0.0.1", port)));
        let network = ClientNetwork {
            conf: alluxio_rpc::ClientConf::default(),
            login: Login::NoSasl,
            master: Arc::<SingleMaster>::clone(&nobody),
            job_master: nobody,
            retry: RetryPolicy::default(),
        };
        let connector = Connector::new(network, SystemClock::shared(), tasks.clone(), 1);
        let conf = ClientConf::new("alice", "127.0.0.1");
        Self {
            address: WorkerAddress {
                host: "127.0.0.1".to_owned(),
                container_host: String::new(),
                rpc_port: port,
                data_port: port,
                web_port: 0,
                domain_socket_path: String::new(),
                locality: Vec::new(),
            },
            connections: WorkerConnections::new(connector, DomainSockets::new(&conf)),
            tasks,
        }
    }
}
