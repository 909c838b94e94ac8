//! The question that clients ask first: is this service here, in the version that I speak?

use alluxio_common::{Describe, ErrorCode, Fact};
use alluxio_proto::grpc::version::service_version_client_service_server::ServiceVersionClientService;
use alluxio_proto::grpc::version::{
    GetServiceVersionPRequest, GetServiceVersionPResponse, ServiceType,
};
use tonic::{Request, Response, Status};

use super::router::Serving;
use crate::error::to_status;

/// The answer for [`ServiceType::UnknownService`], which is also what an unset type reads as.
const UNKNOWN_VERSION: i64 = -1;

#[derive(Debug, thiserror::Error)]
enum VersionError {
    #[error("Service {} is not found", service.as_str_name())]
    NotServed { service: ServiceType },
    #[error("Service {} is not available: this server is not serving at the moment", service.as_str_name())]
    Standby { service: ServiceType },
}

impl Describe for VersionError {
    fn code(&self) -> ErrorCode {
        match self {
            // NOT_FOUND tells a client to stop asking.
            Self::NotServed { .. } => ErrorCode::PathNotFound,
            // UNAVAILABLE is the one answer that makes every client go on to the next master.
            Self::Standby { .. } => ErrorCode::NotPrimary,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let (Self::NotServed { service } | Self::Standby { service }) = self;
        vec![("service", service.as_str_name().to_owned())]
    }
}

/// Answers for the services of one server.
#[derive(Debug)]
pub(super) struct VersionService {
    versions: Vec<(ServiceType, i64)>,
    serving: Serving,
}

impl VersionService {
    pub(super) fn new(versions: Vec<(ServiceType, i64)>, serving: Serving) -> Self {
        Self { versions, serving }
    }

    fn version(&self, request: GetServiceVersionPRequest) -> Result<i64, VersionError> {
        let service = request.service_type();
        if !self.serving.is_serving() && !request.allowed_on_standby_masters() {
            return Err(VersionError::Standby { service });
        }
        if service == ServiceType::UnknownService {
            return Ok(UNKNOWN_VERSION);
        }
        self.versions
            .iter()
            .find(|(served, _)| *served == service)
            .map(|(_, version)| *version)
            .ok_or(VersionError::NotServed { service })
    }
}

#[tonic::async_trait]
impl ServiceVersionClientService for VersionService {
    async fn get_service_version(
        &self,
        request: Request<GetServiceVersionPRequest>,
    ) -> Result<Response<GetServiceVersionPResponse>, Status> {
        let version = self
            .version(request.into_inner())
            .map_err(|error| to_status(&error))?;
        Ok(Response::new(GetServiceVersionPResponse {
            version: Some(version),
        }))
    }
}
