//! Channels, servers, authentication, and the meeting of gRPC with our errors.
//!
//! **Owns** everything between a socket and a service: HTTP/2 settings, the handshake that gives a
//! channel its user, service versions, the mapping of errors, connections and retries of clients,
//! and the conversion of shared messages.
//! **Must never know** what a call does: no inode, block or store appears here.
//! **Start reading** at [`RpcServer`] for the serving side, [`ServiceClient`] for the calling side,
//! and [`to_status`] for errors.

mod auth;
mod buffers;
mod client;
pub mod convert;
mod error;
mod limits;
mod pieces;
mod server;
mod socket;
mod turn;

pub use auth::{
    AuthenticatedUser, Channels, ChannelsConf, Impersonation, ImpersonationRule, PlainError,
    PlainMessage, SimpleAuthentication, UserGroups,
};
pub use buffers::{give_back_buffers, keep_buffers};
pub use client::{
    Channel, ClientConf, Connections, Lane, Login, MasterInquiry, Repeat, Retries, RetryListener,
    RetryPolicy, ServerAddress, ServiceClient, ServiceConf, SingleMaster,
};
pub use error::{Call, ClientError, Reached, code_from_grpc, grpc_code, to_status};
pub use limits::DEFAULT_MAX_MESSAGE_BYTES;
pub use pieces::{ChunkField, Ends, Piece, Pieces, failure_of};
pub use server::{
    Access, AlluxioService, Arriving, Authentication, DomainSocket, DomainSocketError, RpcServer,
    RpcServerBuilder, ServerConf, Serving,
};
pub use socket::Peer;
pub use turn::DATA_EVENT_INTERVAL;
