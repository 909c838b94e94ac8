//! The calling side: connections, authenticated channels over them, and calls that are tried again.
//!
//! **Owns** three layers. [`Connections`] are connections, shared by everybody in the process.
//! A [`Channel`] is one user's authenticated use of a connection; the generated clients take it as
//! their transport. A [`ServiceClient`] finds the primary, checks the version of its service, and
//! tries again as far as the error allows.
//! **Must never know** what is called.
//! **Start reading** at [`ServiceClient`], then `channel.rs`.

mod address;
mod channel;
mod connection;
mod inquiry;
mod login;
mod paced;
mod retry;
mod service;
mod single_flight;
mod transport;

pub use address::ServerAddress;
pub use channel::Channel;
pub use connection::{ClientConf, Connections, Lane};
pub use inquiry::{MasterInquiry, SingleMaster};
pub use login::Login;
pub use retry::{Repeat, Retries, RetryListener, RetryPolicy};
pub use service::{ServiceClient, ServiceConf};

#[cfg(test)]
mod tests;
