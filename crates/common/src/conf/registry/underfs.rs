//! Properties that all under stores share.

use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{Property, boolean, cores, duration, integer, size, string};

/// Properties that all under stores share.
pub(super) const PROPERTIES: &[Property] = &[
    boolean("alluxio.underfs.allow.set.owner.failure", Enforce, Master)
        .or("false")
        .about("x"),
    boolean("alluxio.underfs.cleanup.enabled", Enforce, Master)
        .or("false")
        .about("x"),
    duration("alluxio.underfs.cleanup.interval", Warn, Master)
        .or("1day")
        .about("x"),
    duration(
        "alluxio.underfs.eventual.consistency.retry.base.sleep",
        Warn,
        Server,
    )
    .or("50ms")
    .about("x"),
    integer(
        "alluxio.underfs.eventual.consistency.retry.max.num",
        Warn,
        Server,
    )
    .or("0")
    .about("x"),
    duration(
        "alluxio.underfs.eventual.consistency.retry.max.sleep",
        Warn,
        Server,
    )
    .or("30sec")
    .about("x"),
    integer("alluxio.underfs.io.threads", Warn, Server)
        .computed(cores(3, 1, 4))
        .about("x"),
    integer("alluxio.underfs.listing.length", Enforce, Master)
        .or("1000")
        .about("x"),
    boolean(
        "alluxio.underfs.local.skip.broken.symlinks",
        Enforce,
        Server,
    )
    .or("false")
    .about("x"),
    duration("alluxio.underfs.logging.threshold", Ignore, Server)
        .or("10s")
        .about("x"),
    boolean(
        "alluxio.underfs.object.store.breadcrumbs.enabled",
        Warn,
        Server,
    )
    .or("true"),
    boolean(
        "alluxio.underfs.object.store.mount.shared.publicly",
        Enforce,
        Server,
    )
    .or("false"),
    size(
        "alluxio.underfs.object.store.multi.range.chunk.size",
        Warn,
        Server,
    )
    .or("${alluxio.user.block.size.bytes.default}"),
    integer("alluxio.underfs.object.store.service.threads", Warn, Server).or("20"),
    boolean(
        "alluxio.underfs.object.store.skip.parent.directory.creation",
        Warn,
        Server,
    )
    .or("true"),
    duration(
        "alluxio.underfs.object.store.streaming.upload.part.timeout",
        Enforce,
        Server,
    ),
    string("alluxio.underfs.persistence.async.temp.dir", Ignore, All)
        .or(".alluxio_ufs_persistence")
        .about("x"),
    boolean(
        "alluxio.underfs.strict.version.match.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    string("alluxio.underfs.version", Ignore, All)
        .or("3.3.4")
        .hidden()
        .about("x"),
];
