use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_proto::grpc::meta::GetConfigHashPOptions;
use alluxio_proto::grpc::meta::meta_master_configuration_service_client::MetaMasterConfigurationServiceClient;
use alluxio_proto::grpc::version::service_version_client_service_client::ServiceVersionClientServiceClient;
use alluxio_proto::grpc::version::{GetServiceVersionPRequest, ServiceType};
use tonic::Code;

use crate::fixture::{Server, request};

async fn version(server: &Server, service: i32, on_standby: Option<bool>) -> Result<i64, Code> {
    let transport = server.foreign().await.transport();
    let request = GetServiceVersionPRequest {
        service_type: Some(service),
        allowed_on_standby_masters: on_standby,
    };
    ServiceVersionClientServiceClient::new(transport)
        .get_service_version(request)
        .await
        .map(|response| response.get_ref().version())
        .map_err(|status| status.code())
}

#[tokio::test]
async fn versions_are_told_to_callers_without_a_channel() {
    let server = Server::start();
    let file_system = ServiceType::FileSystemMasterClientService as i32;
    assert_eq!(version(&server, file_system, None).await, Ok(2));
    let configuration = ServiceType::MetaMasterConfigService as i32;
    assert_eq!(version(&server, configuration, None).await, Ok(2));
}

#[tokio::test]
async fn a_service_that_is_not_served_is_not_found() {
    let server = Server::start();
    let table = ServiceType::TableMasterClientService as i32;
    assert_eq!(version(&server, table, None).await, Err(Code::NotFound));
}

#[tokio::test]
async fn the_unknown_service_has_version_minus_one() {
    let server = Server::start();
    assert_eq!(version(&server, 0, None).await, Ok(-1));
    assert_eq!(version(&server, 4_711, None).await, Ok(-1));
}

#[tokio::test]
async fn a_standby_is_unavailable_unless_the_caller_allows_one() {
    let server = Server::start();
    server.rpc.serving().stop();
    let service = ServiceType::FileSystemMasterClientService as i32;
    assert_eq!(
        version(&server, service, None).await,
        Err(Code::Unavailable)
    );
    assert_eq!(
        version(&server, service, Some(false)).await,
        Err(Code::Unavailable)
    );
    assert_eq!(version(&server, service, Some(true)).await, Ok(2));

    let mut client = FileSystemMasterClientServiceClient::new(server.channel("alice"));
    let status = client.get_status(request("/")).await.expect_err("standby");
    assert_eq!(status.code(), Code::Unavailable);
    server.rpc.serving().start();
    client.get_status(request("/")).await.expect("primary");
}

#[tokio::test]
async fn the_configuration_is_open_to_everybody() {
    let server = Server::start();
    let transport = server.foreign().await.transport();
    let response = MetaMasterConfigurationServiceClient::new(transport)
        .get_config_hash(GetConfigHashPOptions::default())
        .await
        .expect("no channel is needed");
    assert_eq!(response.get_ref().cluster_config_hash(), "open");
}
