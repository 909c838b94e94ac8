//! Java programs against our servers: `make interop` fetches the programs and runs these tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod faults;
mod sockets;
