//! Properties of the page cache inside clients.

use super::choices::{PAGE_STORE_TYPE, SHADOW_CACHE_TYPE};
use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::Client;
use crate::conf::property::{
    Property, boolean, choice, class, double, duration, integer, list, long, size, string,
};

/// Properties of the page cache inside clients.
pub(super) const PROPERTIES: &[Property] = &[
    boolean(
        "alluxio.user.client.cache.async.restore.enabled",
        Ignore,
        Client,
    )
    .or("true"),
    boolean(
        "alluxio.user.client.cache.async.write.enabled",
        Ignore,
        Client,
    )
    .or("false"),
    integer(
        "alluxio.user.client.cache.async.write.threads",
        Ignore,
        Client,
    )
    .or("16"),
    list("alluxio.user.client.cache.dirs", Warn, Client).or("/tmp/alluxio_cache"),
    boolean("alluxio.user.client.cache.enabled", Warn, Client).or("false"),
    integer("alluxio.user.client.cache.eviction.retries", Warn, Client).or("10"),
    class("alluxio.user.client.cache.evictor.class", Warn, Client)
        .or("alluxio.client.file.cache.evictor.LRUCacheEvictor"),
    double(
        "alluxio.user.client.cache.evictor.lfu.logbase",
        Warn,
        Client,
    )
    .or("2.0"),
    boolean(
        "alluxio.user.client.cache.evictor.nondeterministic.enabled",
        Warn,
        Client,
    )
    .or("false"),
    boolean("alluxio.user.client.cache.fallback.enabled", Warn, Client).or("false"),
    class("alluxio.user.client.cache.filter.class", Warn, Client)
        .or("alluxio.client.file.cache.filter.DefaultCacheFilter"),
    string("alluxio.user.client.cache.filter.config-file", Warn, Client)
        .or("${alluxio.conf.dir}/cache_filter.properties"),
    boolean("alluxio.user.client.cache.include.mtime", Warn, Client).or("false"),
    size(
        "alluxio.user.client.cache.instream_buffer_size",
        Warn,
        Client,
    )
    .or("0B"),
    integer(
        "alluxio.user.client.cache.local.store.file.buckets",
        Warn,
        Client,
    )
    .or("1000"),
    size("alluxio.user.client.cache.page.size", Warn, Client).or("1MB"),
    boolean("alluxio.user.client.cache.quota.enabled", Warn, Client).or("false"),
    integer(
        "alluxio.user.client.cache.shadow.bloomfilter.num",
        Warn,
        Client,
    )
    .or("4"),
    integer(
        "alluxio.user.client.cache.shadow.cuckoo.clock.bits",
        Ignore,
        Client,
    )
    .or("6"),
    integer(
        "alluxio.user.client.cache.shadow.cuckoo.scope.bits",
        Ignore,
        Client,
    )
    .or("8"),
    integer(
        "alluxio.user.client.cache.shadow.cuckoo.size.bits",
        Ignore,
        Client,
    )
    .or("20"),
    boolean(
        "alluxio.user.client.cache.shadow.cuckoo.size.encoder.enabled",
        Ignore,
        Client,
    )
    .or("false"),
    integer(
        "alluxio.user.client.cache.shadow.cuckoo.size.prefix.bits",
        Ignore,
        Client,
    )
    .or("8"),
    integer(
        "alluxio.user.client.cache.shadow.cuckoo.size.suffix.bits",
        Ignore,
        Client,
    )
    .or("12"),
    boolean("alluxio.user.client.cache.shadow.enabled", Warn, Client).or("false"),
    size(
        "alluxio.user.client.cache.shadow.memory.overhead",
        Warn,
        Client,
    )
    .or("125MB"),
    choice(
        "alluxio.user.client.cache.shadow.type",
        SHADOW_CACHE_TYPE,
        Warn,
        Client,
    )
    .or("CLOCK_CUCKOO_FILTER"),
    duration("alluxio.user.client.cache.shadow.window", Warn, Client).or("24h"),
    list("alluxio.user.client.cache.size", Warn, Client).or("512MB"),
    double("alluxio.user.client.cache.store.overhead", Warn, Client),
    choice(
        "alluxio.user.client.cache.store.type",
        PAGE_STORE_TYPE,
        Warn,
        Client,
    )
    .or("LOCAL"),
    duration("alluxio.user.client.cache.timeout.duration", Warn, Client).or("-1"),
    integer("alluxio.user.client.cache.timeout.threads", Warn, Client).or("32"),
    long(
        "alluxio.user.client.cache.ttl.check.interval.seconds",
        Ignore,
        Client,
    )
    .or("3600"),
    boolean("alluxio.user.client.cache.ttl.enabled", Warn, Client).or("false"),
    long(
        "alluxio.user.client.cache.ttl.threshold.seconds",
        Ignore,
        Client,
    )
    .or("10800"),
];
