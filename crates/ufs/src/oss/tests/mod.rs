//! OSS over a server of our own that speaks its protocol: no other can be had.

mod contract;
mod fake;
mod request;
mod xml;
