//! Properties of the metastore and of metadata sync.

use super::choices::{
    COMPRESSION_TYPE, DATA_BLOCK_INDEX_TYPE, INDEX_TYPE, METADATA_SYNC_TRAVERSAL_ORDER,
    METASTORE_TYPE,
};
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{
    Computed, Property, boolean, choice, cores, double, duration, integer, list, long, size, string,
};
use crate::conf::registry::reason;

/// Properties of the metastore and of metadata sync.
pub(super) const PROPERTIES: &[Property] = &[
    boolean("alluxio.master.async.persist.size.validation", Warn, Master)
        .or("true")
        .hidden(),
    integer(
        "alluxio.master.container.id.reservation.size",
        Ignore,
        Master,
    )
    .or("1000")
    .about(
        "Ids of files that are reserved in the journal at once. More make creation \
             cheaper and leave larger gaps after a crash.",
    )
    .not_yet(),
    duration(
        "alluxio.master.file.access.time.journal.flush.interval",
        Warn,
        Master,
    )
    .or("1h")
    .about("How often changed access times are written to the journal."),
    duration(
        "alluxio.master.file.access.time.update.precision",
        Warn,
        Master,
    )
    .or("1d")
    .about(
        "Access times are kept to this precision: a second access within it changes \
             nothing.",
    ),
    boolean(
        "alluxio.master.file.access.time.updater.enabled",
        Warn,
        Master,
    )
    .or("true")
    .about(
        "Whether access times are written to the journal in the background instead \
             of with each access.",
    ),
    duration(
        "alluxio.master.file.access.time.updater.shutdown.timeout",
        Warn,
        Master,
    )
    .or("1sec"),
    integer(
        "alluxio.master.filesystem.liststatus.result.message.length",
        Warn,
        Master,
    )
    .or("10000")
    .about("Entries in one message of a listing."),
    boolean(
        "alluxio.master.filesystem.merge.inode.journals",
        Ignore,
        All,
    )
    .or("true"),
    boolean(
        "alluxio.master.filesystem.operation.retry.cache.enabled",
        Warn,
        Master,
    )
    .or("true")
    .about(
        "Whether the master remembers the results of operations by their id, so \
             that a retry after a lost reply gets the same answer.",
    ),
    integer(
        "alluxio.master.filesystem.operation.retry.cache.size",
        Warn,
        Master,
    )
    .or("100000")
    .about("Results that are remembered."),
    integer("alluxio.master.lock.pool.concurrency.level", Ignore, Master)
        .or("100")
        .not_needed(reason::LOCKS),
    integer("alluxio.master.lock.pool.high.watermark", Ignore, Master)
        .or("1000000")
        .not_needed(reason::LOCKS),
    integer("alluxio.master.lock.pool.initsize", Ignore, Master)
        .or("1000")
        .not_needed(reason::LOCKS),
    integer("alluxio.master.lock.pool.low.watermark", Ignore, Master)
        .or("500000")
        .not_needed(reason::LOCKS),
    integer(
        "alluxio.master.merge.journal.context.num.entries.logging.threshold",
        Ignore,
        All,
    )
    .or("10000"),
    boolean(
        "alluxio.master.metadata.concurrent.sync.dedup",
        Warn,
        Master,
    )
    .or("false"),
    integer(
        "alluxio.master.metadata.sync.concurrency.level",
        Warn,
        Master,
    )
    .or("6"),
    integer(
        "alluxio.master.metadata.sync.executor.pool.size",
        Warn,
        Master,
    )
    .computed(cores(1, 1, 4)),
    boolean(
        "alluxio.master.metadata.sync.get.directory.status.skip.loading.children",
        Warn,
        Master,
    )
    .or("true")
    .hidden(),
    boolean("alluxio.master.metadata.sync.ignore.ttl", Warn, Master).or("false"),
    boolean(
        "alluxio.master.metadata.sync.instrument.executor",
        Warn,
        Master,
    )
    .or("false")
    .not_needed(reason::THREADS),
    integer(
        "alluxio.master.metadata.sync.lock.pool.concurrency.level",
        Ignore,
        Master,
    )
    .or("20")
    .not_needed(reason::LOCKS),
    integer(
        "alluxio.master.metadata.sync.lock.pool.high.watermark",
        Ignore,
        Master,
    )
    .or("50000")
    .not_needed(reason::LOCKS),
    integer(
        "alluxio.master.metadata.sync.lock.pool.initsize",
        Ignore,
        Master,
    )
    .or("1000")
    .not_needed(reason::LOCKS),
    integer(
        "alluxio.master.metadata.sync.lock.pool.low.watermark",
        Ignore,
        Master,
    )
    .or("20000")
    .not_needed(reason::LOCKS),
    boolean("alluxio.master.metadata.sync.report.failure", Warn, Master)
        .or("true")
        .hidden(),
    choice(
        "alluxio.master.metadata.sync.traversal.order",
        METADATA_SYNC_TRAVERSAL_ORDER,
        Warn,
        Master,
    )
    .or("BFS"),
    boolean(
        "alluxio.master.metadata.sync.ufs.concurrent.get.status",
        Warn,
        Master,
    )
    .or("true"),
    boolean(
        "alluxio.master.metadata.sync.ufs.concurrent.listing",
        Warn,
        Master,
    )
    .or("true"),
    integer(
        "alluxio.master.metadata.sync.ufs.concurrent.loads",
        Warn,
        Master,
    )
    .or("100"),
    integer(
        "alluxio.master.metadata.sync.ufs.prefetch.pool.size",
        Warn,
        Master,
    )
    .computed(cores(10, 1, 32)),
    boolean(
        "alluxio.master.metadata.sync.ufs.prefetch.status",
        Warn,
        Master,
    )
    .or("true"),
    duration(
        "alluxio.master.metadata.sync.ufs.prefetch.timeout",
        Warn,
        Master,
    )
    .or("100ms"),
    long("alluxio.master.metadata.sync.ufs.rate.limit", Warn, Master),
    choice("alluxio.master.metastore", METASTORE_TYPE, Enforce, Master)
        .or("ROCKS")
        .about(
            "Where the original keeps inodes. This master always keeps them in memory, \
             in a compact form; both values mean the same.",
        )
        .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.block",
        METASTORE_TYPE,
        Enforce,
        Master,
    )
    .or("ROCKS")
    .not_needed(reason::ROCKS),
    string("alluxio.master.metastore.dir", Warn, Master)
        .or("${alluxio.work.dir}/metastore")
        .about("The folder for metadata that does not fit into memory.")
        .not_needed(reason::ROCKS),
    string("alluxio.master.metastore.dir.block", Warn, Master)
        .or("${alluxio.master.metastore.dir}")
        .not_needed(reason::ROCKS),
    string("alluxio.master.metastore.dir.inode", Warn, Master)
        .or("${alluxio.master.metastore.dir}")
        .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.inode",
        METASTORE_TYPE,
        Enforce,
        Master,
    )
    .or("ROCKS")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.inode.cache.evict.batch.size",
        Enforce,
        Master,
    )
    .or("1000")
    .not_needed(reason::ROCKS),
    double(
        "alluxio.master.metastore.inode.cache.high.water.mark.ratio",
        Enforce,
        Master,
    )
    .or("0.85")
    .not_needed(reason::ROCKS),
    double(
        "alluxio.master.metastore.inode.cache.low.water.mark.ratio",
        Enforce,
        Master,
    )
    .or("0.8")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.inode.cache.max.size",
        Enforce,
        Master,
    )
    .computed(Computed::InodeCacheSize)
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.inode.enumerator.buffer.count",
        Enforce,
        Master,
    )
    .or("10000")
    .not_needed(reason::ROCKS),
    boolean(
        "alluxio.master.metastore.inode.inherit.owner.and.group",
        Enforce,
        Master,
    )
    .or("true")
    .about(
        "Whether directories that are created on the way to a new path take owner \
             and group from the directory above.",
    )
    .not_yet(),
    integer(
        "alluxio.master.metastore.inode.iteration.crawler.count",
        Enforce,
        Master,
    )
    .computed(cores(1, 1, 4))
    .not_needed(reason::ROCKS),
    size(
        "alluxio.master.metastore.iterator.readahead.size",
        Enforce,
        Master,
    )
    .or("64MB")
    .not_needed(reason::ROCKS),
    duration(
        "alluxio.master.metastore.metrics.refresh.interval",
        Warn,
        Master,
    )
    .or("5s")
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.block.location.block.index",
        DATA_BLOCK_INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    boolean(
        "alluxio.master.metastore.rocks.block.location.bloom.filter",
        Enforce,
        Master,
    )
    .or("false")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.rocks.block.location.cache.size",
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.block.location.index",
        INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.block.meta.block.index",
        DATA_BLOCK_INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    boolean(
        "alluxio.master.metastore.rocks.block.meta.bloom.filter",
        Enforce,
        Master,
    )
    .or("false")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.rocks.block.meta.cache.size",
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.block.meta.index",
        INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.checkpoint.compression.type",
        COMPRESSION_TYPE,
        Warn,
        Master,
    )
    .or("LZ4_COMPRESSION")
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.edge.block.index",
        DATA_BLOCK_INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    boolean(
        "alluxio.master.metastore.rocks.edge.bloom.filter",
        Enforce,
        Master,
    )
    .or("false")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.rocks.edge.cache.size",
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.edge.index",
        INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    duration(
        "alluxio.master.metastore.rocks.exclusive.lock.timeout",
        Warn,
        Master,
    )
    .or("10s")
    .hidden(),
    choice(
        "alluxio.master.metastore.rocks.inode.block.index",
        DATA_BLOCK_INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    boolean(
        "alluxio.master.metastore.rocks.inode.bloom.filter",
        Enforce,
        Master,
    )
    .or("false")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.rocks.inode.cache.size",
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    choice(
        "alluxio.master.metastore.rocks.inode.index",
        INDEX_TYPE,
        Enforce,
        Master,
    )
    .not_needed(reason::ROCKS),
    boolean(
        "alluxio.master.metastore.rocks.parallel.backup",
        Warn,
        Master,
    )
    .or("false")
    .not_needed(reason::ROCKS),
    integer(
        "alluxio.master.metastore.rocks.parallel.backup.threads",
        Warn,
        Master,
    )
    .computed(Computed::Cores {
        times: 1,
        divided_by: 2,
        at_least: 1,
        at_most: 16,
    })
    .not_needed(reason::ROCKS),
    string("alluxio.master.mount.table.root.alluxio", Enforce, Master)
        .or("/")
        .about("Where the root store is mounted. It can only be `/`."),
    string("alluxio.master.mount.table.root.option", Enforce, Master).about(
        "The prefix of options for the root store, which are set as \
             alluxio.master.mount.table.root.option.<key>.",
    ),
    boolean("alluxio.master.mount.table.root.readonly", Enforce, Master)
        .or("false")
        .about("Whether the root store is mounted read-only."),
    boolean("alluxio.master.mount.table.root.shared", Enforce, Master)
        .or("true")
        .about(
            "Whether the root store is a shared mount; the default counts for nothing, as in 2.9: \
             alluxio.underfs.object.store.mount.shared.publicly decides then.",
        ),
    string("alluxio.master.mount.table.root.ufs", Enforce, Master)
        .or("${alluxio.work.dir}/underFSStorage")
        .alias(&["alluxio.underfs.address", "alluxio.dora.client.ufs.root"])
        .about(
            "The store behind the root of the namespace, such as a folder, \
             hdfs://host/path or s3://bucket/path. Choose it before the first start: it \
             cannot be changed without formatting the journal.",
        ),
    list("alluxio.master.persistence.blacklist", Warn, Master)
        .about("Paths that contain one of these texts are not persisted in the background.")
        .not_yet(),
    duration(
        "alluxio.master.persistence.checker.interval",
        Ignore,
        Master,
    )
    .or("1s")
    .about("How often the master checks how the writing of files to their store goes.")
    .not_yet(),
    duration(
        "alluxio.master.persistence.initial.interval",
        Ignore,
        Master,
    )
    .or("1s")
    .about(
        "How long the master waits before it tries for the second time to write a \
             file to its store.",
    ),
    duration("alluxio.master.persistence.max.interval", Ignore, Master)
        .or("1hr")
        .about(
            "The longest wait between two such tries; each wait is twice the one \
             before.",
        ),
    duration(
        "alluxio.master.persistence.max.total.wait.time",
        Ignore,
        Master,
    )
    .or("1day")
    .about(
        "How long the master tries before it gives up and reports the file as lost \
             to persistence.",
    ),
    duration(
        "alluxio.master.persistence.scheduler.interval",
        Ignore,
        Master,
    )
    .or("1s")
    .about("How often the master starts to write files that are waiting for it."),
    integer(
        "alluxio.master.recursive.operation.journal.force.flush.max.entries",
        Ignore,
        All,
    )
    .or("100"),
    duration("alluxio.master.replication.check.interval", Ignore, Master)
        .or("1min")
        .about(
            "How often the master compares the copies of files with the numbers that \
             were asked for.",
        )
        .not_yet(),
    string(
        "alluxio.master.tieredstore.global.level0.alias",
        Enforce,
        Master,
    )
    .or("MEM")
    .about("The name of the fastest tier."),
    string(
        "alluxio.master.tieredstore.global.level1.alias",
        Enforce,
        Master,
    )
    .or("SSD")
    .about("The name of the second tier."),
    string(
        "alluxio.master.tieredstore.global.level2.alias",
        Enforce,
        Master,
    )
    .or("HDD")
    .about("The name of the third tier."),
    integer("alluxio.master.tieredstore.global.levels", Enforce, Master)
        .or("3")
        .about("Tiers in the cluster. No worker may have more."),
    list(
        "alluxio.master.tieredstore.global.mediumtype",
        Enforce,
        Master,
    )
    .or("MEM,SSD,HDD")
    .about("The kinds of media that directories of workers may have."),
    duration("alluxio.master.ttl.checker.interval", Warn, Master)
        .or("1hour")
        .alias(&["alluxio.master.ttl.checker.interval.ms"])
        .about(
            "How often files whose time is over are looked for; they live up to this \
             much longer.",
        ),
    duration(
        "alluxio.master.ufs.active.sync.event.rate.interval",
        Warn,
        Master,
    )
    .or("60sec"),
    boolean(
        "alluxio.master.ufs.active.sync.initial.sync.enabled",
        Warn,
        Master,
    )
    .or("true")
    .hidden(),
    duration("alluxio.master.ufs.active.sync.interval", Warn, Master).or("30sec"),
    integer(
        "alluxio.master.ufs.active.sync.max.activities",
        Warn,
        Master,
    )
    .or("10"),
    integer("alluxio.master.ufs.active.sync.max.age", Warn, Master).or("10"),
    integer(
        "alluxio.master.ufs.active.sync.poll.batch.size",
        Warn,
        Master,
    )
    .or("1024"),
    duration("alluxio.master.ufs.active.sync.poll.timeout", Warn, Master).or("10sec"),
    duration("alluxio.master.ufs.active.sync.retry.timeout", Warn, Master).or("10sec"),
    integer(
        "alluxio.master.ufs.active.sync.thread.pool.size",
        Warn,
        Master,
    )
    .computed(cores(1, 2, 2)),
    integer(
        "alluxio.master.ufs.block.location.cache.capacity",
        Warn,
        Master,
    )
    .or("1000000")
    .about("Blocks whose place in the store is remembered.")
    .not_yet(),
    boolean("alluxio.master.ufs.managed.blocking.enabled", Warn, Server).hidden(),
    integer("alluxio.master.ufs.path.cache.capacity", Warn, Master)
        .or("100000")
        .about(
            "Paths that are remembered as missing in their store, so that the store is \
             not asked again.",
        )
        .not_yet(),
    integer("alluxio.master.ufs.path.cache.threads", Warn, Master).or("64"),
    boolean(
        "alluxio.master.unsafe.direct.persist.object.enabled",
        Warn,
        Master,
    )
    .or("true"),
    list("alluxio.master.whitelist", Warn, Master)
        .or("/")
        .about("Only data below these paths is cached.")
        .not_yet(),
];
