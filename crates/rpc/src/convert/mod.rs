//! Messages that several services share, to and from our own types.
//!
//! **Owns** the conversions of addresses, modes, actions and operation ids: each direction once, so
//! that a worker's address is the same wherever it is sent. **Must never know** a service: messages
//! of one service are converted where it is implemented.
//! **Start reading** at `worker_address.rs`.

mod mode;
mod operation_id;
mod ttl_action;
mod worker_address;

pub use mode::{access_from_proto, access_to_proto, mode_from_proto, mode_to_proto};
pub use operation_id::{operation_id_from_proto, operation_id_to_proto};
pub use ttl_action::{ttl_action_from_proto, ttl_action_to_proto};
pub use worker_address::{
    InvalidPort, net_address_to_proto, worker_address_from_proto, worker_address_to_proto,
};

#[cfg(test)]
mod tests;
