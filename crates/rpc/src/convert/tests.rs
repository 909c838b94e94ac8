use alluxio_common::{Access, LocalityTier, Mode, OperationId, TtlAction, WorkerAddress};
use alluxio_proto::grpc::Bits;
use proptest::prelude::*;

use super::*;

fn address() -> WorkerAddress {
    WorkerAddress {
        host: "worker1".to_owned(),
        container_host: String::new(),
        rpc_port: 29999,
        data_port: 29999,
        web_port: 30000,
        domain_socket_path: String::new(),
        locality: vec![
            LocalityTier {
                name: "node".to_owned(),
                value: Some("worker1".to_owned()),
            },
            LocalityTier {
                name: "rack".to_owned(),
                value: None,
            },
        ],
    }
}

#[test]
fn a_workers_address_survives_the_wire() {
    let message = worker_address_to_proto(&address());
    assert_eq!(worker_address_from_proto(&message), Ok(address()));
}

#[test]
fn every_field_of_a_workers_address_is_present_on_the_wire() {
    let message = worker_address_to_proto(&address());
    assert!(message.container_host.is_some() && message.domain_socket_path.is_some());
    let identity = message.tiered_identity.expect("clients need a tier");
    assert_eq!(identity.tiers[1].value, None);
}

#[test]
fn a_port_out_of_range_is_refused() {
    let mut message = worker_address_to_proto(&address());
    message.data_port = Some(70_000);
    let error = worker_address_from_proto(&message).expect_err("no such port");
    assert_eq!(
        error.to_string(),
        "70000 is not a port, in the address of the worker on worker1"
    );
}

#[test]
fn the_number_of_bits_is_their_value_plus_one() {
    for value in 0..8 {
        let bits = access_to_proto(Access::from_bits(value));
        assert_eq!(bits as i32, i32::from(value) + 1);
        assert_eq!(access_from_proto(bits).bits(), value);
    }
}

#[test]
fn unknown_bits_are_no_permission() {
    let mut mode = mode_to_proto(Mode::from_bits(0o777));
    mode.other_bits = 99;
    assert_eq!(mode_from_proto(&mode), Mode::from_bits(0o770));
    assert_eq!(mode.owner_bits(), Bits::All);
}

#[test]
fn actions_survive_the_wire() {
    for action in TtlAction::ALL {
        assert_eq!(ttl_action_from_proto(ttl_action_to_proto(*action)), *action);
    }
}

proptest! {
    #[test]
    fn modes_survive_the_wire(bits in 0_u16..0o1000) {
        let mode = Mode::from_bits(bits);
        prop_assert_eq!(mode_from_proto(&mode_to_proto(mode)), mode);
    }

    #[test]
    fn operation_ids_survive_the_wire(most_significant: i64, least_significant: i64) {
        let id = OperationId { most_significant, least_significant };
        prop_assert_eq!(operation_id_from_proto(&operation_id_to_proto(id)), id);
    }
}
