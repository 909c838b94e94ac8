//! The worker: blocks of file data near the computation, served to clients, filled from the stores.
//!
//! **Owns** the storage directories of one machine, the data path of the wire protocol, and the
//! reading and writing of file data in the under stores on behalf of clients.
//! **Must never know** the namespace (it sees block ids, not paths), the journal, or the client.
//! **Start reading** at [`block`].

pub mod block;
