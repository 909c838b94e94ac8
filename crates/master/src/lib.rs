//! The master: one namespace over many stores, and the knowledge of where its blocks are.
//!
//! **Owns** the inode tree, the operations on it, mounts, permissions, and the workers' blocks.
//! **Must never know** a worker's or a client's crate: it meets them in the messages of `proto`.
//! **Start reading** at [`file_system`], then [`inode`] for the state and [`journal_entry`] for what
//! changes it.

pub mod audit;
pub mod backup;
pub mod block;
pub mod error;
pub mod file_system;
pub mod inode;
pub mod job;
pub mod journal_entry;
pub mod meta;
pub mod mount;
pub mod permission;
pub mod persist_scheduler;
pub mod process;
pub mod reservation;
pub mod rpc;
pub mod web;
