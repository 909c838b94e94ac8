//! One server with a service that tells who called, and the clients to call it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{
    Clock, Describe, ErrorCode, Fact, ManualClock, SystemClock, Tasks, Timestamp,
};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_proto::grpc::file::file_system_master_client_service_server::{
    FileSystemMasterClientService, FileSystemMasterClientServiceServer,
};
use alluxio_proto::grpc::file::{
    ExistsPRequest, ExistsPResponse, FileInfo, GetStatusPRequest, GetStatusPResponse,
    ListStatusPRequest, ListStatusPResponse,
};
use alluxio_proto::grpc::meta::meta_master_configuration_service_server::{
    MetaMasterConfigurationService, MetaMasterConfigurationServiceServer,
};
use alluxio_proto::grpc::meta::{GetConfigHashPOptions, GetConfigHashPResponse};
use alluxio_proto::grpc::sasl::sasl_authentication_service_client::SaslAuthenticationServiceClient;
use alluxio_proto::grpc::sasl::{ChannelAuthenticationScheme, SaslMessage, SaslMessageType};
use alluxio_rpc::{
    AuthenticatedUser, Authentication, Call, Channel, ChannelsConf, ClientConf, Connections,
    DomainSocket, Impersonation, Lane, Login, Retries, RetryPolicy, RpcServer, RpcServerBuilder,
    ServerAddress, ServerConf, ServiceClient, ServiceConf, Serving, SimpleAuthentication,
    SingleMaster, UserGroups,
};
use async_trait::async_trait;
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status, Streaming};

/// Anything that should happen soon, happens within this time, or the test fails.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The limit of the servers here; small, so that a test can exceed it.
pub(crate) const MAX_MESSAGE: usize = 64 * 1024;

/// A listing has so many pages of so many bytes: more than fits into all windows and buffers.
pub(crate) const LISTING_PAGES: i64 = 400;
pub(crate) const LISTING_PAGE_BYTES: usize = 100_000;

/// Why `/missing` cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[error("Path \"/missing\" does not exist.")]
struct Missing;

impl Describe for Missing {
    fn code(&self) -> ErrorCode {
        ErrorCode::PathNotFound
    }
    fn facts(&self) -> Vec<Fact> {
        vec![("path", "/missing".to_owned())]
    }
}

/// Tells who called: the user as the owner, the impersonator as the group, the peer as the name.
#[derive(Debug)]
pub(crate) struct Whoami {
    clock: Arc<dyn Clock>,
    /// A call for `/slow` tells that it has begun, and never ends.
    slow_begun: Arc<Notify>,
}

#[tonic::async_trait]
impl FileSystemMasterClientService for Whoami {
    async fn get_status(
        &self,
        request: Request<GetStatusPRequest>,
    ) -> Result<Response<GetStatusPResponse>, Status> {
        let call = Call::start("GetStatus", &*self.clock);
        let user = AuthenticatedUser::of(&request)?;
        match request.get_ref().path() {
            "/missing" => return call.answer(Err(Missing)),
            "/panic" => panic!("the fixture was asked to"),
            "/slow" => {
                self.slow_begun.notify_one();
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        let info = FileInfo {
            owner: Some(user.name().to_owned()),
            group: user.impersonator().map(str::to_owned),
            name: Some(user.peer().to_string()),
            ..FileInfo::default()
        };
        call.answer(Ok::<_, Missing>(GetStatusPResponse {
            file_info: Some(info),
        }))
    }

    async fn list_status(
        &self,
        _request: Request<ListStatusPRequest>,
    ) -> Result<Response<BoxStream<ListStatusPResponse>>, Status> {
        let pages = (0..LISTING_PAGES).map(|page| {
            let info = FileInfo {
                file_id: Some(page),
                name: Some("x".repeat(LISTING_PAGE_BYTES)),
                ..FileInfo::default()
            };
            Ok(ListStatusPResponse {
                file_infos: vec![info],
            })
        });
        Ok(Response::new(Box::pin(tokio_stream::iter(pages))))
    }

    async fn exists(
        &self,
        _request: Request<ExistsPRequest>,
    ) -> Result<Response<ExistsPResponse>, Status> {
        Ok(Response::new(ExistsPResponse { exists: Some(true) }))
    }
}

#[tonic::async_trait]
impl MetaMasterConfigurationService for Whoami {
    async fn get_config_hash(
        &self,
        request: Request<GetConfigHashPOptions>,
    ) -> Result<Response<GetConfigHashPResponse>, Status> {
        let nobody = AuthenticatedUser::of(&request).is_err();
        Ok(Response::new(GetConfigHashPResponse {
            cluster_config_hash: Some(if nobody { "open" } else { "user" }.to_owned()),
            path_config_hash: None,
        }))
    }
}

#[derive(Debug)]
pub(crate) struct NoGroups;

#[async_trait]
impl UserGroups for NoGroups {
    async fn groups_of(&self, _user: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A server, and what is needed to influence it.
pub(crate) struct Server {
    pub(crate) rpc: RpcServer,
    pub(crate) tasks: Tasks,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) slow_begun: Arc<Notify>,
}

pub(crate) fn simple(impersonation: Impersonation) -> Authentication {
    Authentication::Simple(SimpleAuthentication {
        impersonation,
        groups: Arc::new(NoGroups),
        channels: ChannelsConf::default(),
    })
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(simple(Impersonation::default()), ChannelsConf::default())
    }

    pub(crate) fn start_with(authentication: Authentication, channels: ChannelsConf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        Self::start_on(listener, authentication, channels)
    }

    pub(crate) fn start_on(
        listener: TcpListener,
        authentication: Authentication,
        channels: ChannelsConf,
    ) -> Self {
        Self::start_on_both(listener, None, authentication, channels)
    }

    /// A server that listens on this domain socket, too.
    pub(crate) fn start_on_domain_socket(socket: DomainSocket) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let authentication = simple(Impersonation::default());
        Self::start_on_both(
            listener,
            Some(socket),
            authentication,
            ChannelsConf::default(),
        )
    }

    fn start_on_both(
        listener: TcpListener,
        domain_socket: Option<DomainSocket>,
        authentication: Authentication,
        channels: ChannelsConf,
    ) -> Self {
        Self::start_built(listener, authentication, channels, |builder| {
            builder.domain_socket(domain_socket)
        })
    }

    /// A server on which everybody is alice, with so much room for messages that have not come whole.
    pub(crate) fn start_with_room(bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let login_user = "alice".to_owned();
        let authentication = Authentication::NoSasl { login_user };
        Self::start_built(
            listener,
            authentication,
            ChannelsConf::default(),
            |builder| builder.room_for_unfinished(bytes),
        )
    }

    fn start_built(
        listener: TcpListener,
        authentication: Authentication,
        channels: ChannelsConf,
        more: impl FnOnce(RpcServerBuilder) -> RpcServerBuilder,
    ) -> Self {
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let tasks = Tasks::new();
        let slow_begun = Arc::new(Notify::new());
        let whoami = || Whoami {
            clock: Arc::<ManualClock>::clone(&clock),
            slow_begun: Arc::clone(&slow_begun),
        };
        let status = Arc::new(whoami());
        let serving = Serving::standby();
        serving.start();
        let authentication = match authentication {
            Authentication::Simple(simple) => {
                Authentication::Simple(SimpleAuthentication { channels, ..simple })
            }
            Authentication::NoSasl { login_user } => Authentication::NoSasl { login_user },
        };
        let conf = ServerConf {
            authentication,
            max_message_bytes: MAX_MESSAGE,
            serving,
        };
        let builder = RpcServer::builder(conf, Arc::<ManualClock>::clone(&clock))
            .service(FileSystemMasterClientServiceServer::new(whoami()))
            // One method past the generated code, so that both ways are tried.
            .unary(
                "/alluxio.grpc.file.FileSystemMasterClientService/GetStatus",
                move |request| {
                    let status = Arc::clone(&status);
                    async move { status.get_status(request).await }
                },
            )
            .service(MetaMasterConfigurationServiceServer::new(whoami()));
        let rpc = more(builder)
            .serve(listener, &tasks)
            .expect("the listener is fine");
        Self {
            rpc,
            tasks,
            clock,
            slow_begun,
        }
    }

    pub(crate) fn connections(&self) -> Connections {
        Connections::new(ClientConf::default(), self.tasks.clone())
    }

    /// A channel of this user on a connection of its own.
    pub(crate) fn channel(&self, user: &str) -> Channel {
        let address = self.rpc.address().into();
        self.connections()
            .channel(address, Lane::Rpc, Login::simple(user))
    }

    pub(crate) fn service_client(&self, policy: RetryPolicy) -> ServiceClient {
        self.service_client_as(Login::simple("alice"), policy)
    }

    pub(crate) fn service_client_as(&self, login: Login, policy: RetryPolicy) -> ServiceClient {
        self.client_of(ServiceConf::FILE_SYSTEM_MASTER, login, policy)
    }

    pub(crate) fn client_of(
        &self,
        conf: ServiceConf,
        login: Login,
        policy: RetryPolicy,
    ) -> ServiceClient {
        // Outlives this server: its tasks are not the server's.
        let connections = Connections::new(ClientConf::default(), Tasks::new());
        client_over(connections, self.rpc.address().into(), conf, login, policy)
    }

    pub(crate) async fn foreign(&self) -> Foreign {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.rpc.address()));
        let channel = endpoint.expect("an address makes a URI").connect().await;
        Foreign {
            transport: channel.expect("the server listens"),
        }
    }
}

/// A client of one service at this address, on connections that others may use as well.
pub(crate) fn client_over(
    connections: Connections,
    address: ServerAddress,
    conf: ServiceConf,
    login: Login,
    policy: RetryPolicy,
) -> ServiceClient {
    let retries = Retries::new(policy, SystemClock::shared(), SmallRng::seed_from_u64(1));
    let master = Arc::new(SingleMaster(address));
    ServiceClient::new(conf, connections, master, login, Arc::new(retries))
}

/// Who the server thinks is calling: the user, the impersonator, the peer.
pub(crate) type Caller = (String, Option<String>, String);

pub(crate) fn caller(response: GetStatusPResponse) -> Caller {
    let info = response.file_info.expect("the fixture sends one");
    (
        info.owner().to_owned(),
        info.group.clone(),
        info.name().to_owned(),
    )
}

pub(crate) fn request(path: &str) -> GetStatusPRequest {
    GetStatusPRequest {
        path: Some(path.to_owned()),
        options: None,
    }
}

pub(crate) async fn whoami(channel: Channel) -> Result<Caller, Status> {
    let mut client = FileSystemMasterClientServiceClient::new(channel);
    let response = client.get_status(request("/")).await?;
    Ok(caller(response.into_inner()))
}

/// A client that is not ours: a plain gRPC channel, and the handshake by hand.
pub(crate) struct Foreign {
    transport: tonic::transport::Channel,
}

/// A parked handshake. Dropping `ours` half-closes it.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) ours: mpsc::Sender<SaslMessage>,
    pub(crate) theirs: Streaming<SaslMessage>,
}

pub(crate) fn challenge(id: &str, plain: &[u8]) -> SaslMessage {
    SaslMessage {
        message_type: Some(SaslMessageType::Challenge.into()),
        message: Some(Bytes::copy_from_slice(plain)),
        client_id: Some(id.to_owned()),
        authentication_scheme: Some(ChannelAuthenticationScheme::Simple.into()),
        channel_ref: None,
    }
}

impl Foreign {
    pub(crate) async fn authenticate(
        &self,
        first: SaslMessage,
    ) -> Result<(Parked, SaslMessage), Status> {
        let (ours, requests) = mpsc::channel(1);
        ours.send(first).await.expect("the receiver is held here");
        let mut theirs = SaslAuthenticationServiceClient::new(self.transport.clone())
            .authenticate(ReceiverStream::new(requests))
            .await?
            .into_inner();
        let answer = theirs.message().await?.expect("an answer comes first");
        Ok((Parked { ours, theirs }, answer))
    }

    pub(crate) async fn whoami(&self, channel_id: Option<&str>) -> Result<Caller, Status> {
        let mut request = Request::new(request("/"));
        if let Some(id) = channel_id {
            let value = id.parse().expect("ids here are ASCII");
            request.metadata_mut().insert("channel-id", value);
        }
        let mut client = FileSystemMasterClientServiceClient::new(self.transport.clone());
        Ok(caller(client.get_status(request).await?.into_inner()))
    }

    pub(crate) fn transport(&self) -> tonic::transport::Channel {
        self.transport.clone()
    }
}
