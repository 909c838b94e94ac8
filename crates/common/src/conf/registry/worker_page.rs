//! Properties of the paged block store.

use super::choices::PAGE_STORE_TYPE;
use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::Worker;
use crate::conf::property::{
    Property, boolean, choice, class, double, duration, integer, list, size,
};

/// Properties of the paged block store.
pub(super) const PROPERTIES: &[Property] = &[
    boolean(
        "alluxio.worker.page.store.async.restore.enabled",
        Ignore,
        Worker,
    )
    .or("true"),
    boolean(
        "alluxio.worker.page.store.async.write.enabled",
        Ignore,
        Worker,
    )
    .or("false"),
    integer(
        "alluxio.worker.page.store.async.write.threads",
        Ignore,
        Worker,
    )
    .or("16"),
    list("alluxio.worker.page.store.dirs", Warn, Worker).or("/tmp/alluxio_cache"),
    integer("alluxio.worker.page.store.eviction.retries", Warn, Worker).or("10"),
    class("alluxio.worker.page.store.evictor.class", Warn, Worker)
        .or("alluxio.client.file.cache.evictor.LRUCacheEvictor"),
    double(
        "alluxio.worker.page.store.evictor.lfu.logbase",
        Warn,
        Worker,
    )
    .or("2.0"),
    boolean(
        "alluxio.worker.page.store.evictor.nondeterministic.enabled",
        Warn,
        Worker,
    )
    .or("false"),
    integer(
        "alluxio.worker.page.store.local.store.file.buckets",
        Warn,
        Worker,
    )
    .or("1000"),
    double("alluxio.worker.page.store.overhead", Warn, Worker).or("0.1"),
    size("alluxio.worker.page.store.page.size", Warn, Worker).or("1MB"),
    boolean("alluxio.worker.page.store.quota.enabled", Warn, Worker).or("false"),
    list("alluxio.worker.page.store.sizes", Warn, Worker).or("512MB"),
    duration("alluxio.worker.page.store.timeout.duration", Warn, Worker).or("-1"),
    integer("alluxio.worker.page.store.timeout.threads", Warn, Worker).or("32"),
    choice(
        "alluxio.worker.page.store.type",
        PAGE_STORE_TYPE,
        Warn,
        Worker,
    )
    .or("LOCAL"),
];
