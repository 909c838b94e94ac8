//! Pins what other programs rely on: service paths and encodings.

use std::collections::BTreeSet;

use bytes::Bytes;
use prost::Message;

use crate::grpc::{Bits, CommandType, Metric, MetricType, PMode, TtlAction};
use crate::grpc::{block, file, job, journal, meta, metric, sasl, version};
use crate::proto::dataserver::OpenUfsBlockOptions;
use crate::proto::journal::XAttrUpdateStrategy;

fn hex(message: &impl Message) -> String {
    message
        .encode_to_vec()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn every_service_has_the_name_that_clients_call() {
    let names = [
        version::service_version_client_service_server::SERVICE_NAME,
        sasl::sasl_authentication_service_server::SERVICE_NAME,
        file::file_system_master_client_service_server::SERVICE_NAME,
        file::file_system_master_worker_service_server::SERVICE_NAME,
        file::file_system_master_job_service_server::SERVICE_NAME,
        block::block_master_client_service_server::SERVICE_NAME,
        block::block_master_worker_service_server::SERVICE_NAME,
        block::block_worker_server::SERVICE_NAME,
        meta::meta_master_configuration_service_server::SERVICE_NAME,
        meta::meta_master_client_service_server::SERVICE_NAME,
        meta::meta_master_master_service_server::SERVICE_NAME,
        meta::meta_master_proxy_service_server::SERVICE_NAME,
        metric::metrics_master_client_service_server::SERVICE_NAME,
        journal::journal_master_client_service_server::SERVICE_NAME,
        job::job_master_client_service_server::SERVICE_NAME,
        job::job_master_worker_service_server::SERVICE_NAME,
        job::job_master_master_service_server::SERVICE_NAME,
    ];
    assert_eq!(
        names,
        [
            "alluxio.grpc.version.ServiceVersionClientService",
            "alluxio.grpc.sasl.SaslAuthenticationService",
            "alluxio.grpc.file.FileSystemMasterClientService",
            "alluxio.grpc.file.FileSystemMasterWorkerService",
            "alluxio.grpc.file.FileSystemMasterJobService",
            "alluxio.grpc.block.BlockMasterClientService",
            "alluxio.grpc.block.BlockMasterWorkerService",
            "alluxio.grpc.block.BlockWorker",
            "alluxio.grpc.meta.MetaMasterConfigurationService",
            "alluxio.grpc.meta.MetaMasterClientService",
            "alluxio.grpc.meta.MetaMasterMasterService",
            "alluxio.grpc.meta.MetaMasterProxyService",
            "alluxio.grpc.metric.MetricsMasterClientService",
            "alluxio.grpc.journal.JournalMasterClientService",
            "alluxio.grpc.job.JobMasterClientService",
            "alluxio.grpc.job.JobMasterWorkerService",
            "alluxio.grpc.job.JobMasterMasterService",
        ]
    );
}

/// The method paths that the generated code of one package answers to.
fn paths(generated: &str) -> BTreeSet<String> {
    generated
        .lines()
        .filter_map(|line| {
            let quoted = line.trim().strip_suffix("\" => {")?;
            let path = quoted.strip_prefix('"')?;
            path.starts_with('/').then(|| path.to_owned())
        })
        .collect()
}

#[test]
fn every_method_has_the_path_that_clients_call() {
    let generated = [
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.block.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.file.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.job.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.journal.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.meta.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.metric.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.sasl.rs")),
        include_str!(concat!(env!("OUT_DIR"), "/alluxio.grpc.version.rs")),
    ];
    let found: BTreeSet<String> = generated.into_iter().flat_map(paths).collect();
    let pinned: BTreeSet<String> = include_str!("method_paths.txt")
        .lines()
        .map(str::to_owned)
        .collect();
    let difference: Vec<&String> = found.symmetric_difference(&pinned).collect();
    assert_eq!(difference, Vec::<&String>::new());
}

#[test]
fn required_bits_are_written_even_when_they_are_the_first_value() {
    let mode = PMode {
        owner_bits: Bits::All.into(),
        group_bits: Bits::ReadExecute.into(),
        other_bits: Bits::None.into(),
    };
    assert_eq!(hex(&mode), "080810061801");
}

#[test]
fn a_present_zero_is_written_and_an_absent_one_is_not() {
    let absent = version::GetServiceVersionPRequest::default();
    let present = version::GetServiceVersionPRequest {
        service_type: Some(version::ServiceType::UnknownService.into()),
        allowed_on_standby_masters: Some(true),
    };
    assert_eq!(hex(&absent), "");
    assert_eq!(hex(&present), "08001001");
}

#[test]
fn a_handshake_message_is_encoded_as_clients_send_it() {
    let message = sasl::SaslMessage {
        message_type: Some(sasl::SaslMessageType::Challenge.into()),
        message: Some(Bytes::from_static(b"\0alice\0noPassword")),
        client_id: Some("id".to_owned()),
        authentication_scheme: Some(sasl::ChannelAuthenticationScheme::Simple.into()),
        channel_ref: None,
    };
    assert_eq!(
        hex(&message),
        "0800121100616c696365006e6f50617373776f72641a0269642001"
    );
}

#[test]
fn repeated_numbers_are_unpacked_and_read_in_both_forms() {
    let list = block::BlockIdList {
        block_id: vec![1, 300],
    };
    assert_eq!(hex(&list), "080108ac02");
    let packed = block::BlockIdList::decode(&[0x0a, 0x03, 0x01, 0xac, 0x02][..]);
    assert_eq!(packed.expect("the packed form is legal"), list);
}

#[test]
fn unknown_fields_are_skipped() {
    // Field 100, a varint, before the known field 1.
    let bytes = [0xa0, 0x06, 0x05, 0x08, 0x02];
    let response = version::GetServiceVersionPResponse::decode(&bytes[..]);
    assert_eq!(response.expect("unknown fields are legal").version, Some(2));
}

#[test]
fn an_unset_enum_reads_as_its_first_declared_value() {
    assert_eq!(
        file::CreateFilePOptions::default().write_type(),
        file::WritePType::MustCache
    );
    assert_eq!(
        file::OpenFilePOptions::default().read_type(),
        file::ReadPType::NoCache
    );
    assert_eq!(
        file::CreateFilePOptions::default().xattr_prop_strat(),
        file::XAttrPropagationStrategy::NewPaths
    );
    assert_eq!(
        file::FileSystemMasterCommonPOptions::default().ttl_action(),
        TtlAction::Delete
    );
    assert_eq!(
        file::SetAttributePOptions::default().xattr_update_strategy(),
        XAttrUpdateStrategy::Truncate
    );
}

#[test]
fn defaults_that_are_not_zero_are_kept() {
    assert!(file::GetStatusPOptions::default().update_timestamps());
    assert!(file::OpenFilePOptions::default().update_last_access_time());
    assert_eq!(file::MountPointInfo::default().ufs_capacity_bytes(), -1);
    assert_eq!(file::MountPointInfo::default().ufs_used_bytes(), -1);
}

#[test]
fn the_numbers_of_surprising_enums_are_kept() {
    assert_eq!(meta::Scope::Client as i32, 4);
    assert_eq!(meta::Scope::All as i32, 7);
    assert_eq!(CommandType::Disabled as i32, 7);
    assert_eq!(version::ServiceType::JournalMasterClientService as i32, 13);
    assert_eq!(version::ServiceType::JobMasterMasterService as i32, 19);
    assert_eq!(file::UfsPMode::NoAccess as i32, 1);
    assert_eq!(block::WorkerRange::Decommissioned as i32, 5);
}

#[test]
fn options_of_the_data_path_keep_their_numbers() {
    let request = block::ReadRequest {
        block_id: Some(1),
        offset_received: Some(0),
        open_ufs_block_options: Some(OpenUfsBlockOptions {
            ufs_path: Some("a".to_owned()),
            mount_id: Some(2),
            ..OpenUfsBlockOptions::default()
        }),
        ..block::ReadRequest::default()
    };
    assert_eq!(hex(&request), "080132050a016128023800");
}

#[test]
fn maps_are_written_in_the_order_of_their_keys() {
    let metric = Metric {
        metric_type: MetricType::Gauge.into(),
        tags: [("b", "2"), ("a", "1")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..Metric::default()
    };
    assert_eq!(hex(&metric), "280032060a016112013132060a0162120132");
}
