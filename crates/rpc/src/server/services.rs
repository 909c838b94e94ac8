//! The table of services: the version that clients insist on, and whether a call needs a user.

use alluxio_proto::grpc::block::block_master_client_service_server::{
    BlockMasterClientService, BlockMasterClientServiceServer,
};
use alluxio_proto::grpc::block::block_master_worker_service_server::{
    BlockMasterWorkerService, BlockMasterWorkerServiceServer,
};
use alluxio_proto::grpc::block::block_worker_server::{BlockWorker, BlockWorkerServer};
use alluxio_proto::grpc::file::file_system_master_client_service_server::{
    FileSystemMasterClientService, FileSystemMasterClientServiceServer,
};
use alluxio_proto::grpc::file::file_system_master_job_service_server::{
    FileSystemMasterJobService, FileSystemMasterJobServiceServer,
};
use alluxio_proto::grpc::file::file_system_master_worker_service_server::{
    FileSystemMasterWorkerService, FileSystemMasterWorkerServiceServer,
};
use alluxio_proto::grpc::job::job_master_client_service_server::{
    JobMasterClientService, JobMasterClientServiceServer,
};
use alluxio_proto::grpc::job::job_master_master_service_server::{
    JobMasterMasterService, JobMasterMasterServiceServer,
};
use alluxio_proto::grpc::job::job_master_worker_service_server::{
    JobMasterWorkerService, JobMasterWorkerServiceServer,
};
use alluxio_proto::grpc::journal::journal_master_client_service_server::{
    JournalMasterClientService, JournalMasterClientServiceServer,
};
use alluxio_proto::grpc::meta::meta_master_client_service_server::{
    MetaMasterClientService, MetaMasterClientServiceServer,
};
use alluxio_proto::grpc::meta::meta_master_configuration_service_server::{
    MetaMasterConfigurationService, MetaMasterConfigurationServiceServer,
};
use alluxio_proto::grpc::meta::meta_master_master_service_server::{
    MetaMasterMasterService, MetaMasterMasterServiceServer,
};
use alluxio_proto::grpc::meta::meta_master_proxy_service_server::{
    MetaMasterProxyService, MetaMasterProxyServiceServer,
};
use alluxio_proto::grpc::metric::metrics_master_client_service_server::{
    MetricsMasterClientService, MetricsMasterClientServiceServer,
};
use alluxio_proto::grpc::version::ServiceType;
use http::{Request, Response};
use std::convert::Infallible;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;

use super::arriving::{Arriving, Takes};

/// Who may call a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: clients ask before they log in.
    Open,
    /// Callers on an authenticated channel.
    Authenticated,
}

/// A service of the protocol, ready to be served.
pub trait AlluxioService:
    NamedService
    + Service<
        Request<Arriving>,
        Response = Response<Body>,
        Error = Infallible,
        Future = BoxFuture<Response<Body>, Infallible>,
    > + Clone
    + Send
    + Sync
    + 'static
{
    /// How clients name the service when they ask for its version.
    const TYPE: ServiceType;
    /// The version that clients of 2.9 insist on.
    const VERSION: i64;
    /// Who may call it.
    const ACCESS: Access;

    /// Refuses requests that are larger than this, in bytes.
    #[must_use]
    fn limit_messages(self, max_bytes: usize) -> Self;
}

/// One line per service: its generated server and trait, its type, its version, who may call it.
macro_rules! services {
    ($($server:ident, $handler:ident, $type:ident, $version:literal, $access:ident;)*) => {$(
        impl<T: $handler> AlluxioService for $server<T> {
            const TYPE: ServiceType = ServiceType::$type;
            const VERSION: i64 = $version;
            const ACCESS: Access = Access::$access;

            fn limit_messages(self, max_bytes: usize) -> Self {
                self.max_decoding_message_size(max_bytes)
            }
        }
    )*};
}

services! {
    FileSystemMasterClientServiceServer, FileSystemMasterClientService, FileSystemMasterClientService, 2, Authenticated;
    FileSystemMasterWorkerServiceServer, FileSystemMasterWorkerService, FileSystemMasterWorkerService, 2, Authenticated;
    FileSystemMasterJobServiceServer, FileSystemMasterJobService, FileSystemMasterJobService, 2, Authenticated;
    BlockMasterClientServiceServer, BlockMasterClientService, BlockMasterClientService, 2, Authenticated;
    BlockMasterWorkerServiceServer, BlockMasterWorkerService, BlockMasterWorkerService, 2, Authenticated;
    BlockWorkerServer, BlockWorker, BlockWorkerClientService, 1, Authenticated;
    MetaMasterConfigurationServiceServer, MetaMasterConfigurationService, MetaMasterConfigService, 2, Open;
    MetaMasterClientServiceServer, MetaMasterClientService, MetaMasterClientService, 2, Authenticated;
    MetaMasterMasterServiceServer, MetaMasterMasterService, MetaMasterMasterService, 1, Authenticated;
    MetaMasterProxyServiceServer, MetaMasterProxyService, MetaMasterProxyService, 1, Authenticated;
    MetricsMasterClientServiceServer, MetricsMasterClientService, MetricsMasterClientService, 2, Authenticated;
    JournalMasterClientServiceServer, JournalMasterClientService, JournalMasterClientService, 1, Authenticated;
    JobMasterClientServiceServer, JobMasterClientService, JobMasterClientService, 1, Authenticated;
    JobMasterWorkerServiceServer, JobMasterWorkerService, JobMasterWorkerService, 1, Authenticated;
    JobMasterMasterServiceServer, JobMasterMasterService, JobMasterMasterService, 1, Authenticated;
}

/// Whether a call gets a task of its own from the beginning: those that answer with a stream, and
/// those that may compute for long before they wait for anything.
pub(super) fn runs_apart(method: &str) -> bool {
    matches!(
        method,
        "ListStatus"
            | "ListStatusPartial"
            | "CheckConsistency"
            | "GetMetrics"
            | "RegisterWorker"
            | "RegisterWorkerStream"
            | "BlockHeartbeat"
            | "ReadBlock"
            | "WriteBlock"
            | "OpenLocalBlock"
            | "CreateLocalBlock"
            | "authenticate"
    )
}

/// What a method takes from its client, where it is answered by more than one handler for one message.
pub(super) fn takes(method: &str) -> Takes {
    match method {
        "WriteBlock" => Takes::Data,
        "ReadBlock"
        | "OpenLocalBlock"
        | "CreateLocalBlock"
        | "RegisterWorkerStream"
        | "authenticate" => Takes::Messages,
        _ => Takes::OneMessage,
    }
}
