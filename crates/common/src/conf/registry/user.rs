//! Properties of clients: files, blocks, policies.

use super::choices::{LOAD_METADATA_PTYPE, READ_TYPE, TTL_ACTION, WRITE_TYPE};
use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::{All, Client};
use crate::conf::property::{
    Property, boolean, choice, class, duration, integer, list, size, string,
};
use crate::conf::registry::reason;

/// Properties of clients: files, blocks, policies.
pub(super) const PROPERTIES: &[Property] = &[
    string("alluxio.user.app.id", Ignore, Client)
        .about("A name for this client in the metrics of the cluster.")
        .not_yet(),
    size(
        "alluxio.user.block.avoid.eviction.policy.reserved.size.bytes",
        Warn,
        Client,
    )
    .or("0MB")
    .about("Space that LocalFirstAvoidEvictionPolicy leaves free on the local worker."),
    duration(
        "alluxio.user.block.master.client.pool.gc.interval",
        Warn,
        Client,
    )
    .or("120sec")
    .not_needed(reason::POOL),
    duration(
        "alluxio.user.block.master.client.pool.gc.threshold",
        Warn,
        Client,
    )
    .or("120sec")
    .not_needed(reason::POOL),
    integer(
        "alluxio.user.block.master.client.pool.size.max",
        Warn,
        Client,
    )
    .or("500")
    .alias(&["alluxio.user.block.master.client.threads"])
    .about("Connections that a client keeps to the master for blocks.")
    .not_needed(reason::POOL),
    integer(
        "alluxio.user.block.master.client.pool.size.min",
        Warn,
        Client,
    )
    .or("0")
    .not_needed(reason::POOL),
    boolean("alluxio.user.block.read.metrics.enabled", Ignore, Client).or("false"),
    duration("alluxio.user.block.read.retry.max.duration", Ignore, Client)
        .or("5min")
        .about(
            "How long a client goes on trying to read a block from one worker after \
             another.",
        ),
    duration("alluxio.user.block.read.retry.sleep.base", Ignore, Client)
        .or("250ms")
        .about("How long it waits before the second try."),
    duration("alluxio.user.block.read.retry.sleep.max", Ignore, Client)
        .or("2sec")
        .about("The longest wait between two tries."),
    size(
        "alluxio.user.block.remote.read.buffer.size.bytes",
        Warn,
        Client,
    )
    .or("8MB")
    .hidden(),
    size("alluxio.user.block.size.bytes.default", Warn, Client)
        .or("64MB")
        .about("The size of the blocks of new files."),
    duration(
        "alluxio.user.block.worker.client.pool.gc.threshold",
        Warn,
        Client,
    )
    .or("300sec")
    .not_needed(reason::POOL),
    integer("alluxio.user.block.worker.client.pool.max", Warn, Client)
        .or("1024")
        .alias(&["alluxio.user.block.worker.client.pool.size"])
        .about("Connections that a client keeps to one worker.")
        .not_needed(reason::POOL),
    integer("alluxio.user.block.worker.client.pool.min", Warn, Client)
        .or("0")
        .hidden(),
    class(
        "alluxio.user.block.write.location.policy.class",
        Warn,
        Client,
    )
    .or("alluxio.client.block.policy.LocalFirstPolicy")
    .about(
        "How a client chooses the worker for a new block: LocalFirstPolicy, \
             LocalFirstAvoidEvictionPolicy, MostAvailableFirstPolicy, RoundRobinPolicy, \
             SpecificHostPolicy, DeterministicHashPolicy or CapacityBaseRandomPolicy.",
    ),
    boolean("alluxio.user.client.report.version.enabled", Warn, Client).or("false"),
    boolean("alluxio.user.conf.cluster.default.enabled", Ignore, Client)
        .or("true")
        .about("Whether a client takes the defaults for its properties from the master."),
    duration("alluxio.user.conf.sync.interval", Warn, Client)
        .or("1min")
        .about("How often a client checks whether those defaults have changed.")
        .not_yet(),
    string("alluxio.user.date.format.pattern", Ignore, Client)
        .or("MM-dd-yyyy HH:mm:ss:SSS")
        .about("How times are printed, in the notation of Java."),
    size("alluxio.user.file.buffer.bytes", Warn, Client)
        .or("8MB")
        .about("The size of the buffers between files and the network.")
        .not_yet(),
    class(
        "alluxio.user.file.copyfromlocal.block.location.policy.class",
        Ignore,
        Client,
    )
    .or("alluxio.client.block.policy.RoundRobinPolicy")
    .about(
        "How copyFromLocal chooses the worker for a new block. The default spreads \
             the blocks.",
    )
    .not_yet(),
    duration("alluxio.user.file.create.ttl", Ignore, Client)
        .or("-1")
        .about("How long a new file lives; -1 for ever."),
    choice(
        "alluxio.user.file.create.ttl.action",
        TTL_ACTION,
        Ignore,
        Client,
    )
    .or("FREE")
    .about(
        "What happens to it then: DELETE removes it everywhere, FREE only from the \
             workers.",
    ),
    boolean("alluxio.user.file.delete.unchecked", Ignore, Client)
        .or("false")
        .about(
            "Whether directories are deleted without a check that the store holds \
             nothing but what the namespace knows.",
        )
        .not_yet(),
    list("alluxio.user.file.direct.access", Ignore, Client),
    duration(
        "alluxio.user.file.in.stream.status.expiration.time",
        Ignore,
        Client,
    )
    .or("5min"),
    boolean("alluxio.user.file.include.operation.id", Warn, Client)
        .or("true")
        .about(
            "Whether a client marks its changes, so that a retry is not carried out \
             twice.",
        )
        .not_yet(),
    duration(
        "alluxio.user.file.master.client.pool.gc.interval",
        Warn,
        Client,
    )
    .or("120sec")
    .not_needed(reason::POOL),
    duration(
        "alluxio.user.file.master.client.pool.gc.threshold",
        Warn,
        Client,
    )
    .or("120sec")
    .not_needed(reason::POOL),
    integer(
        "alluxio.user.file.master.client.pool.size.max",
        Warn,
        Client,
    )
    .or("500")
    .alias(&["alluxio.user.file.master.client.threads"])
    .about("Connections that a client keeps to the master for files.")
    .not_needed(reason::POOL),
    integer(
        "alluxio.user.file.master.client.pool.size.min",
        Warn,
        Client,
    )
    .or("0")
    .not_needed(reason::POOL),
    choice(
        "alluxio.user.file.metadata.load.type",
        LOAD_METADATA_PTYPE,
        Warn,
        Client,
    )
    .or("ONCE")
    .about(
        "When metadata is loaded from the store: ONCE when a path is first looked \
             at, ALWAYS, or NEVER.",
    ),
    duration("alluxio.user.file.metadata.sync.interval", Warn, Client)
        .or("-1")
        .about(
            "How old what is known of a path may be before the store is asked again: -1 \
             trusts it for ever, 0 asks each time.",
        ),
    boolean("alluxio.user.file.passive.cache.enabled", Warn, Client)
        .or("true")
        .about(
            "Whether a client that reads from a remote worker has the local one cache \
             the block as well.",
        ),
    boolean("alluxio.user.file.persist.on.rename", Ignore, Client)
        .or("false")
        .about(
            "Whether a file that is renamed while it is not persisted is written to the \
             store.",
        )
        .not_yet(),
    duration(
        "alluxio.user.file.persistence.initial.wait.time",
        Ignore,
        Client,
    )
    .or("0")
    .about(
        "How long a file written with ASYNC_THROUGH stays in memory before it is \
             written to the store; -1 keeps it there until somebody asks.",
    ),
    choice(
        "alluxio.user.file.readtype.default",
        READ_TYPE,
        Ignore,
        Client,
    )
    .or("CACHE")
    .about(
        "Whether data that is read is cached: NO_CACHE, CACHE, or CACHE_PROMOTE, \
             which also moves it to the fastest tier.",
    ),
    integer("alluxio.user.file.replication.durable", Ignore, Client)
        .or("1")
        .about(
            "Copies of a file written with ASYNC_THROUGH that are kept until it is in \
             the store.",
        ),
    integer("alluxio.user.file.replication.max", Ignore, Client)
        .or("-1")
        .about("Copies of a file that the cluster keeps at most; -1 for any number."),
    integer("alluxio.user.file.replication.min", Ignore, Client)
        .or("0")
        .about("Copies of a file that the cluster keeps at least."),
    size("alluxio.user.file.reserved.bytes", Warn, Client)
        .or("${alluxio.user.block.size.bytes.default}")
        .about("Space that is asked for at once when a block is written."),
    size("alluxio.user.file.sequential.pread.threshold", Warn, Client)
        .or("2MB")
        .about(
            "Positioned reads that follow each other and together are longer than this \
             are served like a sequential read.",
        )
        .not_yet(),
    string("alluxio.user.file.target.media", Ignore, Client)
        .about("The kind of medium that new blocks go to."),
    boolean("alluxio.user.file.ufs.tier.enabled", Ignore, Client).or("false"),
    duration("alluxio.user.file.waitcompleted.poll", Warn, Client)
        .or("1sec")
        .alias(&["alluxio.user.file.waitcompleted.poll.ms"])
        .about(
            "How often a client looks whether a file that another one writes is \
             complete.",
        )
        .not_yet(),
    duration("alluxio.user.file.write.init.max.duration", Ignore, Client)
        .or("2min")
        .about("How long a client waits for a worker before a write fails.")
        .not_yet(),
    duration("alluxio.user.file.write.init.sleep.max", Ignore, Client)
        .or("5sec")
        .about("The longest wait between two looks for one.")
        .not_yet(),
    duration("alluxio.user.file.write.init.sleep.min", Ignore, Client)
        .or("1sec")
        .about("The first wait between two looks for one.")
        .not_yet(),
    integer("alluxio.user.file.write.tier.default", Warn, Client)
        .or("0")
        .about("The tier that new blocks go to: 0 is the fastest, -1 the slowest."),
    choice(
        "alluxio.user.file.writetype.default",
        WRITE_TYPE,
        Warn,
        Client,
    )
    .or("ASYNC_THROUGH")
    .about(
        "Where new data goes: MUST_CACHE to workers only, CACHE_THROUGH to workers \
             and the store at once, THROUGH to the store only, ASYNC_THROUGH to workers \
             first and to the store soon after. With MUST_CACHE data is lost when its \
             worker is.",
    ),
    boolean(
        "alluxio.user.hdfs.client.exclude.mount.info.on.list.status",
        Ignore,
        Client,
    )
    .or("false"),
    string("alluxio.user.hostname", Warn, Client)
        .about("The name of the client's machine, to find the worker on it."),
    duration("alluxio.user.logging.threshold", Ignore, Client)
        .or("10s")
        .about("A call that takes longer than this is logged as a warning.")
        .not_yet(),
    string("alluxio.user.logs.dir", Warn, All)
        .or("${alluxio.logs.dir}/user")
        .hidden()
        .not_in_site_file()
        .about("The folder of the log files of shell commands, one file per user.")
        .not_yet(),
    boolean("alluxio.user.metadata.cache.enabled", Warn, Client).or("false"),
    duration("alluxio.user.metadata.cache.expiration.time", Warn, Client).or("10min"),
    integer("alluxio.user.metadata.cache.max.size", Warn, Client).or("100000"),
    boolean("alluxio.user.metrics.collection.enabled", Warn, Client)
        .or("true")
        .about("Whether a client reports its metrics to the master.")
        .not_yet(),
    duration("alluxio.user.metrics.heartbeat.interval", Warn, Client)
        .or("10sec")
        .alias(&["alluxio.user.metrics.heartbeat.interval.ms"])
        .about("How often it reports them.")
        .not_yet(),
    boolean("alluxio.user.short.circuit.enabled", Warn, Client)
        .or("true")
        .about(
            "Whether a client opens the files of a worker on its own machine directly, \
             which is fastest.",
        ),
    boolean("alluxio.user.short.circuit.preferred", Warn, Client)
        .or("false")
        .about("Whether it does so even when the worker offers a domain socket."),
    boolean("alluxio.user.skip.authority.check", Ignore, Client)
        .or("false")
        .hidden(),
    boolean(
        "alluxio.user.ufs.block.location.all.fallback.enabled",
        Warn,
        Client,
    )
    .or("true")
    .about(
        "Whether a block that is on no worker is reported as being on all of them, \
             so that schedulers find some place.",
    )
    .not_yet(),
    integer("alluxio.user.ufs.block.read.concurrency.max", Warn, Client)
        .or("2147483647")
        .about("Readers of one block of a store at once on one worker."),
    class("alluxio.user.ufs.block.read.location.policy", Warn, Client)
        .or("alluxio.client.block.policy.LocalFirstPolicy")
        .about(
            "How a client chooses the worker that reads a block from the store; the \
             same names as for alluxio.user.block.write.location.policy.class.",
        ),
    duration(
        "alluxio.user.ufs.block.read.location.policy.cache.expiration.time",
        Warn,
        Client,
    )
    .or("10min")
    .deprecated(
        "block locations are no longer cached; use DeterministicHashPolicy to send \
             a block to the same worker each time",
    ),
    integer(
        "alluxio.user.ufs.block.read.location.policy.cache.size",
        Warn,
        Client,
    )
    .or("10000")
    .deprecated(
        "block locations are no longer cached; use DeterministicHashPolicy to send \
             a block to the same worker each time",
    ),
    integer(
        "alluxio.user.ufs.block.read.location.policy.deterministic.hash.shards",
        Warn,
        Client,
    )
    .or("1")
    .about(
        "Workers among which DeterministicHashPolicy spreads the readers of one \
             block.",
    )
    .not_yet(),
    boolean(
        "alluxio.user.unsafe.direct.local.io.enabled",
        Ignore,
        Client,
    )
    .or("false")
    .alias(&["alluxio.user.direct.memory.io.enabled"])
    .hidden(),
    boolean("alluxio.user.update.file.accesstime.disabled", Warn, Client)
        .or("false")
        .hidden()
        .about("Whether reads leave access times alone."),
    duration("alluxio.user.worker.list.refresh.interval", Warn, Client)
        .or("2min")
        .about("How long a client uses the same list of workers."),
];
