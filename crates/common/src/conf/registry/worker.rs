//! Properties of workers: tiers, blocks, caching.

use super::choices::{BACKOFF_STRATEGY, BLOCK_STORE_TYPE};
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Worker};
use crate::conf::property::{
    Computed, Property, boolean, choice, class, cores, double, duration, integer, list, size,
    string,
};

/// Properties of workers: tiers, blocks, caching.
pub(super) const PROPERTIES: &[Property] = &[
    class("alluxio.worker.allocator.class", Warn, Worker)
        .or("alluxio.worker.block.allocator.MaxFreeAllocator")
        .about("x"),
    string("alluxio.worker.bind.host", Warn, Worker)
        .or("0.0.0.0")
        .about("x"),
    class("alluxio.worker.block.annotator.class", Warn, Worker)
        .or("alluxio.worker.block.annotator.LRUAnnotator")
        .about("x"),
    double(
        "alluxio.worker.block.annotator.lrfu.attenuation.factor",
        Warn,
        Worker,
    )
    .or("2.0"),
    double(
        "alluxio.worker.block.annotator.lrfu.step.factor",
        Warn,
        Worker,
    )
    .or("0.25"),
    duration("alluxio.worker.block.heartbeat.interval", Warn, Worker)
        .or("1sec")
        .alias(&["alluxio.worker.block.heartbeat.interval.ms"])
        .about("x"),
    integer(
        "alluxio.worker.block.heartbeat.report.size.threshold",
        Warn,
        Worker,
    )
    .or("1000000")
    .about("x"),
    duration("alluxio.worker.block.heartbeat.timeout", Warn, Worker)
        .or("${alluxio.worker.master.connect.retry.timeout}")
        .alias(&["alluxio.worker.block.heartbeat.timeout.ms"])
        .about("x"),
    integer("alluxio.worker.block.master.client.pool.size", Warn, Worker).or("11"),
    choice(
        "alluxio.worker.block.store.type",
        BLOCK_STORE_TYPE,
        Ignore,
        Worker,
    )
    .or("FILE")
    .about("x"),
    string("alluxio.worker.container.hostname", Ignore, Worker).about("x"),
    string("alluxio.worker.data.folder", Warn, Worker)
        .or("/alluxioworker/")
        .about("x"),
    string("alluxio.worker.data.folder.permissions", Warn, Worker)
        .or("rwxrwxrwx")
        .about("x"),
    string("alluxio.worker.data.folder.tmp", Warn, Worker)
        .or(".tmp_blocks")
        .about("x"),
    string(
        "alluxio.worker.data.server.domain.socket.address",
        Warn,
        Worker,
    )
    .about("x"),
    boolean(
        "alluxio.worker.data.server.domain.socket.as.uuid",
        Warn,
        All,
    )
    .or("false")
    .about("x"),
    integer("alluxio.worker.data.tmp.subdir.max", Warn, Worker)
        .or("1024")
        .about("x"),
    class("alluxio.worker.evictor.class", Warn, Worker)
        .deprecated("use alluxio.worker.block.annotator.class instead"),
    duration("alluxio.worker.free.space.timeout", Warn, Worker)
        .or("10sec")
        .about("x"),
    boolean("alluxio.worker.fuse.enabled", Warn, Worker).or("false"),
    string("alluxio.worker.hostname", Ignore, Worker).about("x"),
    boolean("alluxio.worker.jvm.monitor.enabled", Warn, Worker).or("true"),
    string("alluxio.worker.keytab.file", Enforce, Worker),
    choice(
        "alluxio.worker.management.backoff.strategy",
        BACKOFF_STRATEGY,
        Warn,
        Worker,
    )
    .or("ANY"),
    integer(
        "alluxio.worker.management.block.transfer.concurrency.limit",
        Warn,
        Worker,
    )
    .computed(cores(1, 2, 2)),
    duration(
        "alluxio.worker.management.load.detection.cool.down.time",
        Warn,
        Worker,
    )
    .or("10sec"),
    integer("alluxio.worker.management.task.thread.count", Warn, Worker).computed(cores(1, 1, 4)),
    boolean("alluxio.worker.management.tier.align.enabled", Warn, Worker).or("true"),
    integer("alluxio.worker.management.tier.align.range", Warn, Worker).or("100"),
    size(
        "alluxio.worker.management.tier.align.reserved.bytes",
        Warn,
        Worker,
    )
    .or("1GB")
    .about("x"),
    boolean(
        "alluxio.worker.management.tier.promote.enabled",
        Warn,
        Worker,
    )
    .or("true"),
    integer(
        "alluxio.worker.management.tier.promote.quota.percent",
        Warn,
        Worker,
    )
    .or("90"),
    integer("alluxio.worker.management.tier.promote.range", Warn, Worker).or("100"),
    boolean(
        "alluxio.worker.management.tier.swap.restore.enabled",
        Warn,
        Worker,
    )
    .or("true"),
    duration(
        "alluxio.worker.master.connect.retry.timeout",
        Ignore,
        Worker,
    )
    .or("1hour")
    .about("x"),
    duration(
        "alluxio.worker.master.periodical.rpc.timeout",
        Ignore,
        Worker,
    )
    .or("5min")
    .about("x"),
    string("alluxio.worker.principal", Enforce, Worker),
    size("alluxio.worker.ramdisk.size", Warn, Worker)
        .computed(Computed::MemoryTierSize)
        .alias(&["alluxio.worker.memory.size"])
        .about("x"),
    duration("alluxio.worker.remote.io.slow.threshold", Warn, Worker)
        .or("10s")
        .about("x"),
    class("alluxio.worker.reviewer.class", Warn, Worker)
        .or("alluxio.worker.block.reviewer.ProbabilisticBufferReviewer"),
    size(
        "alluxio.worker.reviewer.probabilistic.hardlimit.bytes",
        Warn,
        Worker,
    )
    .or("64MB"),
    size(
        "alluxio.worker.reviewer.probabilistic.softlimit.bytes",
        Warn,
        Worker,
    )
    .or("256MB"),
    duration("alluxio.worker.session.timeout", Warn, Worker)
        .or("1min")
        .alias(&["alluxio.worker.session.timeout.ms"])
        .about("x"),
    duration("alluxio.worker.startup.timeout", Warn, All)
        .or("10min")
        .about("x"),
    boolean("alluxio.worker.storage.checker.enabled", Warn, Worker)
        .or("true")
        .about("x"),
    integer(
        "alluxio.worker.tieredstore.block.lock.readers",
        Warn,
        Worker,
    )
    .or("1000"),
    integer("alluxio.worker.tieredstore.block.locks", Warn, Worker).or("1000"),
    size("alluxio.worker.tieredstore.free.ahead.bytes", Warn, Worker)
        .or("0")
        .about("x"),
    string("alluxio.worker.tieredstore.level0.alias", Warn, Worker)
        .or("MEM")
        .about("x"),
    list(
        "alluxio.worker.tieredstore.level0.dirs.mediumtype",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.tieredstore.level0.alias}")
    .about("x"),
    list("alluxio.worker.tieredstore.level0.dirs.path", Warn, Worker)
        .computed(Computed::MemoryTierPath)
        .about("x"),
    list("alluxio.worker.tieredstore.level0.dirs.quota", Warn, Worker)
        .or("${alluxio.worker.ramdisk.size}")
        .about("x"),
    double(
        "alluxio.worker.tieredstore.level0.watermark.high.ratio",
        Warn,
        Worker,
    )
    .or("0.95"),
    double(
        "alluxio.worker.tieredstore.level0.watermark.low.ratio",
        Warn,
        Worker,
    )
    .or("0.7"),
    string("alluxio.worker.tieredstore.level1.alias", Warn, Worker).about("x"),
    list(
        "alluxio.worker.tieredstore.level1.dirs.mediumtype",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.tieredstore.level1.alias}")
    .about("x"),
    list("alluxio.worker.tieredstore.level1.dirs.path", Warn, Worker).about("x"),
    list("alluxio.worker.tieredstore.level1.dirs.quota", Warn, Worker).about("x"),
    double(
        "alluxio.worker.tieredstore.level1.watermark.high.ratio",
        Warn,
        Worker,
    )
    .or("0.95"),
    double(
        "alluxio.worker.tieredstore.level1.watermark.low.ratio",
        Warn,
        Worker,
    )
    .or("0.7"),
    string("alluxio.worker.tieredstore.level2.alias", Warn, Worker).about("x"),
    list(
        "alluxio.worker.tieredstore.level2.dirs.mediumtype",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.tieredstore.level2.alias}")
    .about("x"),
    list("alluxio.worker.tieredstore.level2.dirs.path", Warn, Worker).about("x"),
    list("alluxio.worker.tieredstore.level2.dirs.quota", Warn, Worker).about("x"),
    double(
        "alluxio.worker.tieredstore.level2.watermark.high.ratio",
        Warn,
        Worker,
    )
    .or("0.95"),
    double(
        "alluxio.worker.tieredstore.level2.watermark.low.ratio",
        Warn,
        Worker,
    )
    .or("0.7"),
    integer("alluxio.worker.tieredstore.levels", Warn, Worker)
        .or("1")
        .about("x"),
    boolean("alluxio.worker.ufs.instream.cache.enabled", Enforce, Worker)
        .or("true")
        .about("x"),
    duration(
        "alluxio.worker.ufs.instream.cache.expiration.time",
        Warn,
        Worker,
    )
    .or("5min")
    .about("x"),
    integer("alluxio.worker.ufs.instream.cache.max.size", Warn, Worker)
        .or("5000")
        .about("x"),
    list("alluxio.worker.whitelist", Warn, Worker)
        .or("/")
        .about("x"),
];
