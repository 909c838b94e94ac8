//! Properties of the master process: addresses, workers, threads, limits.

use super::choices::{RPC_EXECUTOR_TYPE, THREAD_POOL_EXECUTOR_QUEUE_TYPE};
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{
    Property, boolean, choice, cores, double, duration, integer, list, size, string,
};
use crate::conf::registry::reason;

/// Properties of the master process: addresses, workers, threads, limits.
pub(super) const PROPERTIES: &[Property] = &[
    boolean("alluxio.master.audit.logging.enabled", Warn, Master)
        .or("false")
        .about("Whether each operation of a user is written to the audit log."),
    integer("alluxio.master.audit.logging.queue.capacity", Warn, Master)
        .or("10000")
        .about(
            "Entries that wait for the audit log's disk. When the queue is full, \
             operations wait.",
        ),
    string("alluxio.master.bind.host", Ignore, Master)
        .or("0.0.0.0")
        .about("The local address that the master listens on."),
    integer(
        "alluxio.master.block.scan.invalid.batch.max.size",
        Ignore,
        Master,
    )
    .or("10000000"),
    duration(
        "alluxio.master.cluster.metrics.update.interval",
        Warn,
        Master,
    )
    .or("1min")
    .hidden(),
    boolean("alluxio.master.failover.collect.info", Ignore, Master).or("true"),
    duration("alluxio.master.heartbeat.timeout", Warn, Master)
        .or("10min")
        .about("How long a standby master may be silent before it counts as lost.")
        .not_yet(),
    string("alluxio.master.hostname", Ignore, All).about(
        "The name under which clients and workers reach the master. Set it to a \
             name that other machines can resolve; the default, the name of the local \
             machine, suits one machine only.",
    ),
    boolean("alluxio.master.jvm.monitor.enabled", Warn, Master)
        .or("true")
        .not_needed(reason::JAVA),
    string("alluxio.master.keytab.file", Enforce, Master),
    duration(
        "alluxio.master.log.config.report.heartbeat.interval",
        Warn,
        Master,
    )
    .or("1h")
    .about("How often differences between the configurations of servers are logged.")
    .not_yet(),
    duration("alluxio.master.lost.proxy.deletion.timeout", Warn, Master)
        .or("30min")
        .alias(&["alluxio.master.lost.proxy.deletion.timeout.ms"]),
    duration("alluxio.master.lost.worker.deletion.timeout", Warn, Master)
        .or("30min")
        .alias(&["alluxio.master.lost.worker.deletion.timeout.ms"])
        .about("How long a lost worker stays in reports."),
    duration(
        "alluxio.master.lost.worker.detection.interval",
        Warn,
        Server,
    )
    .or("10sec")
    .alias(&["alluxio.master.worker.heartbeat.interval"])
    .about("How often the master looks for workers that it has not heard of."),
    duration(
        "alluxio.master.lost.worker.file.detection.interval",
        Warn,
        Server,
    )
    .or("5min")
    .about(
        "How often the master looks for files whose only blocks were on lost \
             workers.",
    ),
    list(
        "alluxio.master.metrics.file.size.distribution.buckets",
        Warn,
        Master,
    )
    .or("1KB,1MB,10MB,100MB,1GB,10GB"),
    boolean("alluxio.master.metrics.heap.enabled", Warn, Master)
        .or("false")
        .not_needed(reason::JAVA),
    integer("alluxio.master.metrics.service.threads", Warn, Master).or("5"),
    duration("alluxio.master.metrics.time.series.interval", Warn, Master).or("5min"),
    size("alluxio.master.network.flowcontrol.window", Warn, Master)
        .or("2MB")
        .about("Bytes that a client may have on the way to the master in one call.")
        .not_yet(),
    duration("alluxio.master.network.keepalive.time", Warn, Master)
        .or("2h")
        .about(
            "How long a connection to the master may be idle before the master checks \
             that the other side is there.",
        )
        .not_yet(),
    duration("alluxio.master.network.keepalive.timeout", Warn, Master)
        .or("30sec")
        .about("How long the other side may take to answer that check.")
        .not_yet(),
    size(
        "alluxio.master.network.max.inbound.message.size",
        Ignore,
        Master,
    )
    .or("100MB")
    .about("The largest message that the master accepts."),
    duration("alluxio.master.network.permit.keepalive.time", Warn, Master)
        .or("30sec")
        .about(
            "How often a client may check that the master is there; one that does it \
             more often is cut off.",
        )
        .not_yet(),
    duration(
        "alluxio.master.periodic.block.integrity.check.interval",
        Ignore,
        Master,
    )
    .or("1hr")
    .about(
        "How often the master looks for blocks that belong to no file. A value of 0 \
             or less switches it off.",
    )
    .not_yet(),
    boolean(
        "alluxio.master.periodic.block.integrity.check.repair",
        Ignore,
        Master,
    )
    .or("true")
    .about("Whether blocks that belong to no file are deleted.")
    .not_yet(),
    string("alluxio.master.principal", Enforce, Master),
    duration("alluxio.master.proxy.check.heartbeat.timeout", Warn, Master).or("1min"),
    duration("alluxio.master.proxy.timeout", Warn, Master)
        .or("5m")
        .alias(&["alluxio.master.proxy.timeout.ms"]),
    list("alluxio.master.rpc.addresses", Ignore, All).about(
        "All masters as host:port, for clients and workers of a cluster with \
             several. With one master, its hostname and port are enough.",
    ),
    integer("alluxio.master.rpc.executor.core.pool.size", Warn, Master)
        .or("500")
        .not_needed(reason::THREADS),
    boolean("alluxio.master.rpc.executor.fjp.async", Warn, Master)
        .or("true")
        .not_needed(reason::THREADS),
    integer("alluxio.master.rpc.executor.fjp.min.runnable", Warn, Master)
        .or("1")
        .alias(&["alluxio.master.rpc.executor.min.runnable"])
        .not_needed(reason::THREADS),
    integer("alluxio.master.rpc.executor.fjp.parallelism", Warn, Master)
        .computed(cores(2, 1, 8))
        .alias(&["alluxio.master.rpc.executor.parallelism"])
        .not_needed(reason::THREADS),
    duration("alluxio.master.rpc.executor.keepalive", Warn, Master)
        .or("60sec")
        .not_needed(reason::THREADS),
    integer("alluxio.master.rpc.executor.max.pool.size", Warn, Master)
        .or("500")
        .about("Calls that the master works on at once; more wait.")
        .not_needed(reason::THREADS),
    boolean(
        "alluxio.master.rpc.executor.tpe.allow.core.threads.timeout",
        Warn,
        Master,
    )
    .or("true")
    .not_needed(reason::THREADS),
    choice(
        "alluxio.master.rpc.executor.tpe.queue.type",
        THREAD_POOL_EXECUTOR_QUEUE_TYPE,
        Warn,
        Master,
    )
    .or("LINKED_BLOCKING_QUEUE")
    .not_needed(reason::THREADS),
    choice(
        "alluxio.master.rpc.executor.type",
        RPC_EXECUTOR_TYPE,
        Warn,
        Master,
    )
    .or("TPE")
    .not_needed(reason::THREADS),
    integer("alluxio.master.rpc.port", Warn, All)
        .or("19998")
        .alias(&["alluxio.master.port"])
        .about("The port on which the master serves clients and workers."),
    duration("alluxio.master.serving.thread.timeout", Ignore, Master)
        .or("5m")
        .hidden(),
    boolean("alluxio.master.skip.root.acl.check", Enforce, Master)
        .or("false")
        .hidden()
        .not_in_site_file()
        .about(
            "Whether the master starts when the owner of the root in the journal is \
             another user than its own.",
        )
        .not_yet(),
    duration("alluxio.master.standby.heartbeat.interval", Warn, Master).or("2min"),
    boolean(
        "alluxio.master.startup.block.integrity.check.enabled",
        Ignore,
        Master,
    )
    .or("false")
    .about("Whether blocks that belong to no file are looked for at start.")
    .not_yet(),
    integer("alluxio.master.state.lock.error.threshold", Ignore, Master).or("20"),
    double("alluxio.master.throttle.active.cpu.load.ratio", Ignore, All).or("0.5"),
    duration("alluxio.master.throttle.active.heap.gc.time", Ignore, All)
        .or("1sec")
        .not_needed(reason::JAVA),
    double(
        "alluxio.master.throttle.active.heap.used.ratio",
        Ignore,
        All,
    )
    .or("0.5")
    .not_needed(reason::JAVA),
    integer("alluxio.master.throttle.active.rpc.queue.size", Ignore, All).or("50000"),
    boolean("alluxio.master.throttle.background.enabled", Ignore, All).or("false"),
    boolean("alluxio.master.throttle.enabled", Ignore, All).or("true"),
    integer("alluxio.master.throttle.filesystem.op.per.sec", Ignore, All).or("2000"),
    integer(
        "alluxio.master.throttle.filesystem.rpc.queue.size.limit",
        Ignore,
        All,
    )
    .or("1000"),
    boolean("alluxio.master.throttle.foreground.enabled", Ignore, All).or("false"),
    duration("alluxio.master.throttle.heartbeat.interval", Ignore, All).or("3sec"),
    integer("alluxio.master.throttle.observed.pit.number", Ignore, All).or("3"),
    double(
        "alluxio.master.throttle.overloaded.cpu.load.ratio",
        Ignore,
        All,
    )
    .or("0.95"),
    duration(
        "alluxio.master.throttle.overloaded.heap.gc.time",
        Ignore,
        All,
    )
    .or("10sec")
    .not_needed(reason::JAVA),
    double(
        "alluxio.master.throttle.overloaded.heap.used.ratio",
        Ignore,
        All,
    )
    .or("0.9")
    .not_needed(reason::JAVA),
    integer(
        "alluxio.master.throttle.overloaded.rpc.queue.size",
        Ignore,
        All,
    )
    .or("150000"),
    double(
        "alluxio.master.throttle.stressed.cpu.load.ratio",
        Ignore,
        All,
    )
    .or("0.8"),
    duration("alluxio.master.throttle.stressed.heap.gc.time", Ignore, All)
        .or("5sec")
        .not_needed(reason::JAVA),
    double(
        "alluxio.master.throttle.stressed.heap.used.ratio",
        Ignore,
        All,
    )
    .or("0.8")
    .not_needed(reason::JAVA),
    integer(
        "alluxio.master.throttle.stressed.rpc.queue.size",
        Ignore,
        All,
    )
    .or("100000"),
    boolean("alluxio.master.update.check.enabled", Enforce, Master)
        .or("true")
        .about("Accepted for compatibility. This system never calls home.")
        .not_yet(),
    duration("alluxio.master.update.check.interval", Enforce, Master).or("7day"),
    string("alluxio.master.web.bind.host", Ignore, Master)
        .or("0.0.0.0")
        .about("The local address that the master's web pages listen on."),
    string("alluxio.master.web.hostname", Ignore, All)
        .about(
            "The name in links to the master's web pages; by default that of the \
             master.",
        )
        .not_yet(),
    integer(
        "alluxio.master.web.in.alluxio.data.page.count",
        Warn,
        Master,
    )
    .or("1000")
    .about("Files on one page of the list of files in memory.")
    .not_yet(),
    integer("alluxio.master.web.port", Warn, Master)
        .or("19999")
        .about("The port of the master's web pages, REST interface and metrics."),
    duration("alluxio.master.worker.connect.wait.time", Warn, Master)
        .or("5sec")
        .about(
            "How long a master that has just started waits for workers before it serves \
             clients.",
        ),
    duration(
        "alluxio.master.worker.info.cache.refresh.time",
        Warn,
        Master,
    )
    .or("10sec"),
    integer("alluxio.master.worker.register.lease.count", Ignore, Master)
        .or("25")
        .about("Workers that may register at once.")
        .not_yet(),
    boolean(
        "alluxio.master.worker.register.lease.enabled",
        Ignore,
        Master,
    )
    .or("true")
    .about(
        "Whether workers ask for permission before they register, so that a master \
             is not flooded after a restart.",
    )
    .not_yet(),
    boolean(
        "alluxio.master.worker.register.lease.respect.jvm.space",
        Ignore,
        Master,
    )
    .or("true")
    .not_needed(reason::JAVA),
    duration("alluxio.master.worker.register.lease.ttl", Ignore, Master)
        .or("1min")
        .about("How long such a permission is good for."),
    duration(
        "alluxio.master.worker.register.stream.response.timeout",
        Warn,
        Master,
    )
    .or("10min")
    .about("How long a registration in several messages may pause.")
    .not_yet(),
    duration("alluxio.master.worker.timeout", Warn, Master)
        .or("5min")
        .alias(&["alluxio.master.worker.timeout.ms"])
        .about("How long a worker may be silent before it counts as lost."),
];
