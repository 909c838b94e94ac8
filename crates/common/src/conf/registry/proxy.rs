//! Properties of the proxy: S3 and REST.

use super::choices::WRITE_TYPE;
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{
    Property, Scope, boolean, choice, class, duration, integer, long, size, string,
};

/// Properties of the proxy: S3 and REST.
pub(super) const PROPERTIES: &[Property] = &[
    boolean("alluxio.proxy.audit.logging.enabled", Warn, Server).or("false"),
    duration("alluxio.proxy.master.heartbeat.interval", Warn, Server)
        .or("10sec")
        .alias(&["alluxio.proxy.master.heartbeat.interval.ms"]),
    boolean(
        "alluxio.proxy.s3.bucket.naming.restrictions.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    duration(
        "alluxio.proxy.s3.bucketpathcache.timeout",
        Ignore,
        Scope::None,
    )
    .or("0min")
    .alias(&["alluxio.proxy.s3.bucketpathcache.timeout.ms"]),
    boolean(
        "alluxio.proxy.s3.complete.multipart.upload.keepalive.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    duration(
        "alluxio.proxy.s3.complete.multipart.upload.keepalive.time.interval",
        Warn,
        Server,
    )
    .or("30sec"),
    size(
        "alluxio.proxy.s3.complete.multipart.upload.min.part.size",
        Enforce,
        Server,
    )
    .or("5MB"),
    integer(
        "alluxio.proxy.s3.complete.multipart.upload.pool.size",
        Ignore,
        Server,
    )
    .or("20"),
    string("alluxio.proxy.s3.deletetype", Enforce, Server).or("ALLUXIO_AND_UFS"),
    integer(
        "alluxio.proxy.s3.global.read.rate.limit.mb",
        Enforce,
        Server,
    )
    .or("0"),
    size("alluxio.proxy.s3.header.metadata.max.size", Enforce, Server).or("2KB"),
    boolean(
        "alluxio.proxy.s3.multipart.upload.cleaner.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    integer(
        "alluxio.proxy.s3.multipart.upload.cleaner.pool.size",
        Ignore,
        Server,
    )
    .or("1"),
    integer(
        "alluxio.proxy.s3.multipart.upload.cleaner.retry.count",
        Warn,
        Server,
    )
    .or("3"),
    duration(
        "alluxio.proxy.s3.multipart.upload.cleaner.retry.delay",
        Warn,
        Server,
    )
    .or("10sec"),
    duration(
        "alluxio.proxy.s3.multipart.upload.cleaner.timeout",
        Warn,
        Server,
    )
    .or("10min"),
    integer(
        "alluxio.proxy.s3.single.connection.read.rate.limit.mb",
        Enforce,
        Server,
    )
    .or("0"),
    boolean(
        "alluxio.proxy.s3.tagging.restrictions.enabled",
        Enforce,
        Server,
    )
    .or("true"),
    size(
        "alluxio.proxy.s3.use.position.read.range.size",
        Enforce,
        Server,
    )
    .or("0"),
    long(
        "alluxio.proxy.s3.v2.async.context.timeout.ms",
        Enforce,
        Server,
    )
    .or("30000"),
    integer(
        "alluxio.proxy.s3.v2.async.heavy.pool.core.thread.number",
        Enforce,
        Server,
    )
    .or("8"),
    integer(
        "alluxio.proxy.s3.v2.async.heavy.pool.maximum.thread.number",
        Enforce,
        Server,
    )
    .or("64"),
    integer(
        "alluxio.proxy.s3.v2.async.heavy.pool.queue.size",
        Enforce,
        Server,
    )
    .or("65536"),
    integer(
        "alluxio.proxy.s3.v2.async.light.pool.core.thread.number",
        Enforce,
        Server,
    )
    .or("8"),
    integer(
        "alluxio.proxy.s3.v2.async.light.pool.maximum.thread.number",
        Enforce,
        Server,
    )
    .or("64"),
    integer(
        "alluxio.proxy.s3.v2.async.light.pool.queue.size",
        Enforce,
        Server,
    )
    .or("65536"),
    boolean(
        "alluxio.proxy.s3.v2.async.processing.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    boolean("alluxio.proxy.s3.v2.version.enabled", Enforce, Server).or("true"),
    choice("alluxio.proxy.s3.writetype", WRITE_TYPE, Enforce, Server).or("CACHE_THROUGH"),
    duration("alluxio.proxy.stream.cache.timeout", Ignore, Scope::None)
        .or("1hour")
        .alias(&["alluxio.proxy.stream.cache.timeout.ms"]),
    string("alluxio.proxy.web.bind.host", Ignore, Scope::None).or("0.0.0.0"),
    string("alluxio.proxy.web.hostname", Ignore, Scope::None),
    integer("alluxio.proxy.web.port", Ignore, Scope::None).or("39999"),
    boolean("alluxio.s3.rest.authentication.enabled", Enforce, Master).or("false"),
    class("alluxio.s3.rest.authenticator.classname", Enforce, All)
        .or("alluxio.proxy.s3.auth.PassAllAuthenticator"),
];
