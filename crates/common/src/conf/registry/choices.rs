//! The names that values of the enumerated properties may have.

pub(super) const AUTH_TYPE: &[&str] = &["NOSASL", "SIMPLE", "CUSTOM", "KERBEROS"];
pub(super) const BACKOFF_STRATEGY: &[&str] = &["ANY", "DIRECTORY"];
pub(super) const BLOCK_STORE_TYPE: &[&str] = &["FILE", "PAGE"];
pub(super) const CHANNEL_TYPE: &[&str] = &["NIO", "EPOLL"];
pub(super) const COMPRESSION_TYPE: &[&str] = &[
    "NO_COMPRESSION",
    "SNAPPY_COMPRESSION",
    "ZLIB_COMPRESSION",
    "BZLIB2_COMPRESSION",
    "LZ4_COMPRESSION",
    "LZ4HC_COMPRESSION",
    "XPRESS_COMPRESSION",
    "ZSTD_COMPRESSION",
    "DISABLE_COMPRESSION_OPTION",
];
pub(super) const DATA_BLOCK_INDEX_TYPE: &[&str] =
    &["kDataBlockBinarySearch", "kDataBlockBinaryAndHash"];
pub(super) const GRACE_MODE: &[&str] = &["TIMEOUT", "FORCED"];
pub(super) const INDEX_TYPE: &[&str] = &[
    "kBinarySearch",
    "kHashSearch",
    "kTwoLevelIndexSearch",
    "kBinarySearchWithFirstKey",
];
pub(super) const JOURNAL_TYPE: &[&str] = &["EMBEDDED", "NOOP", "UFS"];
pub(super) const LEAK_DETECTOR_LEVEL: &[&str] = &["DISABLED", "SIMPLE", "ADVANCED", "PARANOID"];
pub(super) const LOAD_METADATA_PTYPE: &[&str] = &["NEVER", "ONCE", "ALWAYS"];
pub(super) const MARSHALLER_TYPE: &[&str] = &["NO_COMPRESSION", "GZIP", "TAR_GZIP"];
pub(super) const METADATA_SYNC_TRAVERSAL_ORDER: &[&str] = &["BFS", "DFS"];
pub(super) const METASTORE_TYPE: &[&str] = &["HEAP", "ROCKS"];
pub(super) const PAGE_STORE_TYPE: &[&str] = &["LOCAL", "ROCKS", "MEM"];
pub(super) const READ_TYPE: &[&str] = &["NO_CACHE", "CACHE", "CACHE_PROMOTE"];
pub(super) const RPC_EXECUTOR_TYPE: &[&str] = &["TPE", "FJP"];
pub(super) const SHADOW_CACHE_TYPE: &[&str] = &["MULTIPLE_BLOOM_FILTER", "CLOCK_CUCKOO_FILTER"];
pub(super) const THREAD_POOL_EXECUTOR_QUEUE_TYPE: &[&str] = &[
    "LINKED_BLOCKING_QUEUE",
    "LINKED_BLOCKING_QUEUE_WITH_CAP",
    "ARRAY_BLOCKING_QUEUE",
    "SYNCHRONOUS_BLOCKING_QUEUE",
];
pub(super) const TTL_ACTION: &[&str] = &["DELETE", "FREE", "DELETE_ALLUXIO"];
pub(super) const WRITE_TYPE: &[&str] = &[
    "MUST_CACHE",
    "TRY_CACHE",
    "CACHE_THROUGH",
    "THROUGH",
    "ASYNC_THROUGH",
    "NONE",
];
pub(super) const ZOOKEEPER_CONNECTION_ERROR_POLICY: &[&str] = &["STANDARD", "SESSION"];
