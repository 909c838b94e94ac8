//! A whole worker over loopback: its services are called by generated clients, and its master is a
//! small one that only knows what a worker asks.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod fake_master;
mod fixture;
mod follow;
mod master;
mod read;
mod web;
mod write;
