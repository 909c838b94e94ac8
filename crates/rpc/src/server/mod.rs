//! A gRPC server as Alluxio's clients expect it.
//!
//! **Owns** listening, HTTP/2 settings, the table of services with their versions and whether they
//! need a user, and a shutdown that ends handshake streams first. It drives hyper itself: one task
//! per connection, on which calls begin and the busiest ones also end, and nothing between the
//! transport and the service but the lookup of the user.
//! **Must never know** what a service does.
//! **Start reading** at [`RpcServer`], then `services.rs`.

mod accept;
mod arriving;
mod authority;
mod batch;
mod builder;
mod connection;
mod executor;
mod lasting;
mod listener;
mod newcomer;
mod pending;
mod router;
mod services;
mod unary;
mod unfinished;
mod version;

pub use arriving::Arriving;
pub use builder::{Authentication, RpcServer, RpcServerBuilder, ServerConf};
pub use listener::{DomainSocket, DomainSocketError};
pub use router::Serving;
pub use services::{Access, AlluxioService};
