//! [`FileSystemClientServer`]: the generated server, but for the one method whose messages are
//! written by hand because there are millions of entries in them.

use std::convert::Infallible;
use std::task::{Context, Poll};

use alluxio_proto::grpc::file::ListStatusPRequest;
use alluxio_proto::grpc::file::file_system_master_client_service_server::FileSystemMasterClientServiceServer;
use alluxio_proto::grpc::version::ServiceType;
use alluxio_rpc::{Access, AlluxioService};
use bytes::BufMut;
use prost::Message;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{BoxFuture, BoxStream, Service, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::{Request, Response, Status};

use super::FileSystemClientService;

type Generated = FileSystemMasterClientServiceServer<FileSystemClientService>;

/// Serves [`FileSystemClientService`].
#[derive(Debug, Clone)]
pub struct FileSystemClientServer {
    service: FileSystemClientService,
    generated: Generated,
    max_request_bytes: Option<usize>,
}

impl FileSystemClientServer {
    /// A server for this service.
    pub fn new(service: FileSystemClientService) -> Self {
        Self {
            generated: FileSystemMasterClientServiceServer::new(service.clone()),
            service,
            max_request_bytes: None,
        }
    }
}

impl NamedService for FileSystemClientServer {
    const NAME: &'static str = <Generated as NamedService>::NAME;
}

impl AlluxioService for FileSystemClientServer {
    const TYPE: ServiceType = <Generated as AlluxioService>::TYPE;
    const VERSION: i64 = <Generated as AlluxioService>::VERSION;
    const ACCESS: Access = <Generated as AlluxioService>::ACCESS;

    fn limit_messages(self, max_bytes: usize) -> Self {
        Self {
            generated: self.generated.limit_messages(max_bytes),
            max_request_bytes: Some(max_bytes),
            ..self
        }
    }
}

impl<B> Service<http::Request<B>> for FileSystemClientServer
where
    B: tonic::codegen::Body + Send + 'static,
    B::Error: Into<tonic::codegen::StdError> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        if !request.uri().path().ends_with("/ListStatus") {
            return self.generated.call(request);
        }
        let method = ListStatus(self.service.clone());
        let mut grpc =
            Grpc::new(ListStatusCodec).apply_max_message_size_config(self.max_request_bytes, None);
        Box::pin(async move { Ok(grpc.server_streaming(method, request).await) })
    }
}

struct ListStatus(FileSystemClientService);

impl ServerStreamingService<ListStatusPRequest> for ListStatus {
    type Response = Vec<u8>;
    type ResponseStream = BoxStream<Vec<u8>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<ListStatusPRequest>) -> Self::Future {
        let service = self.0.clone();
        Box::pin(async move { service.list_status_messages(request).await })
    }
}

/// Requests are messages, responses are bytes already.
#[derive(Debug, Clone, Copy)]
struct ListStatusCodec;

impl Codec for ListStatusCodec {
    type Encode = Vec<u8>;
    type Decode = ListStatusPRequest;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for ListStatusCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, target: &mut EncodeBuf<'_>) -> Result<(), Status> {
        target.reserve(item.len());
        target.put_slice(&item);
        Ok(())
    }
}

impl Decoder for ListStatusCodec {
    type Item = ListStatusPRequest;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        ListStatusPRequest::decode(source)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
