//! What users may rely on, tried with every part of a cluster. One file per chapter of promises.

#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod calls;
mod client_settings;
mod clock;
mod delete;
mod domain_socket;
mod failure;
mod free;
mod hostile;
mod mount;
mod names;
mod persist;
mod rename;
mod restart;
mod short_circuit;
mod stores;
mod support;
mod tiers;
mod ttl;
mod web;
mod write_and_read;
