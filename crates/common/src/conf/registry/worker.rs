//! Properties of workers: tiers, blocks, caching.

use super::choices::{BACKOFF_STRATEGY, BLOCK_STORE_TYPE};
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Worker};
use crate::conf::property::{
    Computed, Property, boolean, choice, class, cores, double, duration, integer, list, size,
    string,
};
use crate::conf::registry::reason;

/// Properties of workers: tiers, blocks, caching.
pub(super) const PROPERTIES: &[Property] = &[
    class("alluxio.worker.allocator.class", Warn, Worker)
        .or("alluxio.worker.block.allocator.MaxFreeAllocator")
        .about(
            "Which directory of a tier a new block goes to: MaxFreeAllocator, \
             RoundRobinAllocator or GreedyAllocator.",
        ),
    string("alluxio.worker.bind.host", Warn, Worker)
        .or("0.0.0.0")
        .about("The local address that the worker listens on."),
    class("alluxio.worker.block.annotator.class", Warn, Worker)
        .or("alluxio.worker.block.annotator.LRUAnnotator")
        .about(
            "Which blocks leave first when space is needed: LRUAnnotator or \
             LRFUAnnotator.",
        ),
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
        .about("How often a worker reports to the master."),
    integer(
        "alluxio.worker.block.heartbeat.report.size.threshold",
        Warn,
        Worker,
    )
    .or("1000000")
    .about("Changes that a worker reports in one message at most.")
    .not_yet(),
    duration("alluxio.worker.block.heartbeat.timeout", Warn, Worker)
        .or("${alluxio.worker.master.connect.retry.timeout}")
        .alias(&["alluxio.worker.block.heartbeat.timeout.ms"])
        .about("How long a worker goes on without the master before it stops.")
        .not_yet(),
    integer("alluxio.worker.block.master.client.pool.size", Warn, Worker).or("11").not_needed(reason::POOL),
    choice(
        "alluxio.worker.block.store.type",
        BLOCK_STORE_TYPE,
        Ignore,
        Worker,
    )
    .or("FILE")
    .about("How blocks are kept: FILE, one file per block. PAGE is not available."),
    string("alluxio.worker.container.hostname", Ignore, Worker).about(
        "The name of the worker's container, where it differs from that of the \
             machine.",
    ),
    string("alluxio.worker.data.folder", Warn, Worker)
        .or("/alluxioworker/")
        .about("The folder for blocks inside each directory of a tier."),
    string("alluxio.worker.data.folder.permissions", Warn, Worker)
        .or("rwxrwxrwx")
        .about("The permissions of that folder."),
    string("alluxio.worker.data.folder.tmp", Warn, Worker)
        .or(".tmp_blocks")
        .about("The folder inside it for blocks that are being written."),
    string(
        "alluxio.worker.data.server.domain.socket.address",
        Warn,
        Worker,
    )
    .about(
        "A domain socket that clients on the same machine may use; a folder when \
             the name is a UUID.",
    ),
    boolean(
        "alluxio.worker.data.server.domain.socket.as.uuid",
        Warn,
        All,
    )
    .or("false")
    .about(
        "Whether the domain socket is named by a UUID, which tells clients in other \
             containers that they share the machine.",
    ),
    integer("alluxio.worker.data.tmp.subdir.max", Warn, Worker)
        .or("1024")
        .about("Folders among which blocks that are being written are spread."),
    class("alluxio.worker.evictor.class", Warn, Worker)
        .deprecated("use alluxio.worker.block.annotator.class instead"),
    duration("alluxio.worker.free.space.timeout", Warn, Worker)
        .or("10sec")
        .about("How long a write waits for files that are being persisted, before it fails for lack of space."),
    boolean("alluxio.worker.fuse.enabled", Warn, Worker).or("false"),
    string("alluxio.worker.hostname", Ignore, Worker)
        .about("The name under which clients and the master reach the worker."),
    boolean("alluxio.worker.jvm.monitor.enabled", Warn, Worker).or("true").not_needed(reason::JAVA),
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
    .about(
        "Space in each directory that new blocks do not use, so that blocks can be \
             moved between tiers.",
    )
    .not_yet(),
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
    .about("How long a worker tries to reach the master before it gives up.")
    .not_yet(),
    duration(
        "alluxio.worker.master.periodical.rpc.timeout",
        Ignore,
        Worker,
    )
    .or("5min")
    .about("How long a heartbeat of a worker may take.")
    .not_yet(),
    string("alluxio.worker.principal", Enforce, Worker),
    size("alluxio.worker.ramdisk.size", Warn, Worker)
        .computed(Computed::MemoryTierSize)
        .alias(&["alluxio.worker.memory.size"])
        .about(
            "The size of the memory tier. The default is two thirds of the memory, but \
             no more than /dev/shm holds.",
        ),
    duration("alluxio.worker.remote.io.slow.threshold", Warn, Worker)
        .or("10s")
        .about(
            "A read or write for a client that takes longer than this is logged as a \
             warning.",
        )
        .not_yet(),
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
        .about(
            "How long a client may be silent before the worker drops what it was \
             writing.",
        )
        .not_yet(),
    duration("alluxio.worker.startup.timeout", Warn, All)
        .or("10min")
        .about("How long a worker may take to start.")
        .not_yet(),
    boolean("alluxio.worker.storage.checker.enabled", Warn, Worker)
        .or("true")
        .about(
            "Whether the worker checks at each heartbeat that its directories can be \
             written, and stops using those that cannot.",
        )
        .not_yet(),
    integer(
        "alluxio.worker.tieredstore.block.lock.readers",
        Warn,
        Worker,
    )
    .or("1000"),
    integer("alluxio.worker.tieredstore.block.locks", Warn, Worker).or("1000"),
    size("alluxio.worker.tieredstore.free.ahead.bytes", Warn, Worker)
        .or("0")
        .about(
            "Space beyond what is needed that is made free at once when blocks must \
             leave.",
        ),
    string("alluxio.worker.tieredstore.level0.alias", Warn, Worker)
        .or("MEM")
        .about("The name of the worker's fastest tier."),
    list(
        "alluxio.worker.tieredstore.level0.dirs.mediumtype",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.tieredstore.level0.alias}")
    .about("The kind of medium of each of its directories."),
    list("alluxio.worker.tieredstore.level0.dirs.path", Warn, Worker)
        .computed(Computed::MemoryTierPath)
        .about(
            "The directories of the worker's fastest tier. The default is the memory \
             file system that every Linux has, which needs no mount.",
        ),
    list("alluxio.worker.tieredstore.level0.dirs.quota", Warn, Worker)
        .or("${alluxio.worker.ramdisk.size}")
        .about("The space that blocks may use in each of its directories."),
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
    string("alluxio.worker.tieredstore.level1.alias", Warn, Worker)
        .about("The name of the worker's second tier."),
    list(
        "alluxio.worker.tieredstore.level1.dirs.mediumtype",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.tieredstore.level1.alias}")
    .about("The kind of medium of each of its directories."),
    list("alluxio.worker.tieredstore.level1.dirs.path", Warn, Worker)
        .about("The directories of the worker's second tier."),
    list("alluxio.worker.tieredstore.level1.dirs.quota", Warn, Worker)
        .about("The space that blocks may use in each of its directories."),
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
    string("alluxio.worker.tieredstore.level2.alias", Warn, Worker)
        .about("The name of the worker's third tier."),
    list(
        "alluxio.worker.tieredstore.level2.dirs.mediumtype",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.tieredstore.level2.alias}")
    .about("The kind of medium of each of its directories."),
    list("alluxio.worker.tieredstore.level2.dirs.path", Warn, Worker)
        .about("The directories of the worker's third tier."),
    list("alluxio.worker.tieredstore.level2.dirs.quota", Warn, Worker)
        .about("The space that blocks may use in each of its directories."),
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
        .about("Tiers of the worker."),
    boolean("alluxio.worker.ufs.instream.cache.enabled", Enforce, Worker)
        .or("true")
        .about("Whether a worker keeps files of stores open between reads.")
        .not_yet(),
    duration(
        "alluxio.worker.ufs.instream.cache.expiration.time",
        Warn,
        Worker,
    )
    .or("5min")
    .about("How long it keeps them open.")
    .not_yet(),
    integer("alluxio.worker.ufs.instream.cache.max.size", Warn, Worker)
        .or("5000")
        .about("Files of stores that it keeps open.")
        .not_yet(),
    list("alluxio.worker.whitelist", Warn, Worker)
        .or("/")
        .about("Only data below these paths is cached by the worker.")
        .not_yet(),
];
