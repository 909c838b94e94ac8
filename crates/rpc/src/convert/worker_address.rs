//! Where a worker is reached.

use alluxio_common::{Describe, ErrorCode, Fact, LocalityTier, WorkerAddress};
use alluxio_proto::grpc;

/// A number that is no TCP port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{port} is not a port, in the address of the worker on {host}")]
pub struct InvalidPort {
    /// Which worker says so.
    pub host: String,
    /// What it says.
    pub port: i32,
}

impl Describe for InvalidPort {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidArgument
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("address", self.host.clone())]
    }
}

/// The message for a worker's address. Every field is set, so that every message about a worker is
/// the same message: clients in Java compare all fields.
pub fn worker_address_to_proto(address: &WorkerAddress) -> grpc::WorkerNetAddress {
    let tiers = address.locality.iter().map(|tier| grpc::LocalityTier {
        tier_name: Some(tier.name.clone()),
        value: tier.value.clone(),
    });
    grpc::WorkerNetAddress {
        host: Some(address.host.clone()),
        rpc_port: Some(address.rpc_port.into()),
        data_port: Some(address.data_port.into()),
        web_port: Some(address.web_port.into()),
        domain_socket_path: Some(address.domain_socket_path.clone()),
        tiered_identity: Some(grpc::TieredIdentity {
            tiers: tiers.collect(),
        }),
        container_host: Some(address.container_host.clone()),
    }
}

/// The address in a message; absent texts are empty, absent ports are zero.
///
/// # Errors
/// When a port is out of range.
pub fn worker_address_from_proto(
    message: &grpc::WorkerNetAddress,
) -> Result<WorkerAddress, InvalidPort> {
    let port = |port: i32| {
        u16::try_from(port).map_err(|_out_of_range| InvalidPort {
            host: message.host().to_owned(),
            port,
        })
    };
    let tiers = message.tiered_identity.iter().flat_map(|id| &id.tiers);
    Ok(WorkerAddress {
        host: message.host().to_owned(),
        container_host: message.container_host().to_owned(),
        rpc_port: port(message.rpc_port())?,
        data_port: port(message.data_port())?,
        web_port: port(message.web_port())?,
        domain_socket_path: message.domain_socket_path().to_owned(),
        locality: tiers
            .map(|tier| LocalityTier {
                name: tier.tier_name().to_owned(),
                value: tier.value.clone(),
            })
            .collect(),
    })
}

/// The message for a host and a port.
pub fn net_address_to_proto(host: &str, port: u16) -> grpc::NetAddress {
    grpc::NetAddress {
        host: Some(host.to_owned()),
        rpc_port: Some(port.into()),
    }
}
