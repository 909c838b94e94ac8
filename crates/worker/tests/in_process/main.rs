//! A whole worker over loopback: its services are called by generated clients, and its master is a
//! small one that only knows what a worker asks.

mod fake_master;
mod fixture;
mod master;
mod read;
mod web;
mod write;
