//! A real server and real clients over the loopback interface: ours, and a foreign one that speaks
//! the handshake by hand.

mod authentication;
mod calls;
mod domain_socket;
mod fixture;
mod hostile;
mod lifecycle;
mod raw;
mod silence;
mod version;
