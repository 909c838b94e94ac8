//! Why properties are not needed: what they tune in the original, this system does not have.

pub(super) const JAVA: &str = "There is no Java machine.";
pub(super) const LOCKS: &str = "There is no pool of locks.";
pub(super) const NETTY: &str = "There is no Netty.";
pub(super) const POOL: &str =
    "All calls to a server share its connections; there is no pool of clients.";
pub(super) const ROCKS: &str =
    "There is no RocksDB: the namespace is in memory, with about a hundred bytes for a file.";
pub(super) const THREADS: &str = "Calls are no threads; no pool of them has to be sized.";

/// Of stores.
pub(super) const REQUESTS: &str = "Requests to stores are no threads. A rename has 64 copies under way, a deletion \
     batches of 1,000 keys, a listing the next page.";
pub(super) const IDLE: &str = "Connections that nobody uses are closed after 20 seconds.";
pub(super) const CONSISTENT: &str =
    "Stores of today show at once what was written, listed or deleted.";
