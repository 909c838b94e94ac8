//! Properties of the connections of workers.

use super::choices::{CHANNEL_TYPE, RPC_EXECUTOR_TYPE, THREAD_POOL_EXECUTOR_QUEUE_TYPE};
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Worker};
use crate::conf::property::{Property, boolean, choice, cores, duration, integer, size, string};
use crate::conf::registry::reason;

/// Properties of the connections of workers.
pub(super) const PROPERTIES: &[Property] = &[
    integer(
        "alluxio.worker.network.async.cache.manager.queue.max",
        Warn,
        Worker,
    )
    .or("512")
    .about(
        "Blocks that wait to be cached in the background; more requests are \
             dropped.",
    )
    .not_yet(),
    integer(
        "alluxio.worker.network.async.cache.manager.threads.max",
        Warn,
        Worker,
    )
    .computed(cores(2, 1, 8))
    .about("Blocks that are cached in the background at once.")
    .not_needed(reason::THREADS),
    integer(
        "alluxio.worker.network.block.reader.threads.max",
        Warn,
        Worker,
    )
    .or("2048")
    .about("Reads that a worker serves at once.")
    .not_needed(reason::THREADS),
    integer(
        "alluxio.worker.network.block.writer.threads.max",
        Warn,
        Worker,
    )
    .or("1024")
    .about("Writes that a worker serves at once.")
    .not_needed(reason::THREADS),
    size("alluxio.worker.network.flowcontrol.window", Warn, Worker)
        .or("2MB")
        .about("Bytes that may be on the way to the worker in one stream.")
        .not_yet(),
    duration("alluxio.worker.network.keepalive.time", Warn, Worker)
        .or("30sec")
        .about(
            "How long a connection to the worker may be idle before the worker checks \
             that the other side is there.",
        )
        .not_yet(),
    duration("alluxio.worker.network.keepalive.timeout", Warn, Worker)
        .or("30sec")
        .about("How long the other side may take to answer that check.")
        .not_yet(),
    size(
        "alluxio.worker.network.max.inbound.message.size",
        Warn,
        Worker,
    )
    .or("4MB")
    .about("The largest message that the worker accepts."),
    integer("alluxio.worker.network.netty.boss.threads", Warn, Worker)
        .or("1")
        .not_needed(reason::NETTY),
    choice(
        "alluxio.worker.network.netty.channel",
        CHANNEL_TYPE,
        Warn,
        Worker,
    )
    .or("EPOLL")
    .not_needed(reason::NETTY),
    duration(
        "alluxio.worker.network.netty.shutdown.quiet.period",
        Warn,
        Worker,
    )
    .or("2sec")
    .not_needed(reason::NETTY),
    size("alluxio.worker.network.netty.watermark.high", Warn, Worker)
        .or("32KB")
        .not_needed(reason::NETTY),
    size("alluxio.worker.network.netty.watermark.low", Warn, Worker)
        .or("8KB")
        .not_needed(reason::NETTY),
    integer("alluxio.worker.network.netty.worker.threads", Warn, Worker)
        .computed(cores(2, 1, 4))
        .not_needed(reason::NETTY),
    duration("alluxio.worker.network.permit.keepalive.time", Warn, Worker)
        .or("30s")
        .about(
            "How often a client may check that the worker is there; one that does it \
             more often is cut off.",
        )
        .not_yet(),
    boolean("alluxio.worker.network.reader.buffer.pooled", Warn, Worker).or("true"),
    size("alluxio.worker.network.reader.buffer.size", Warn, Worker)
        .or("4MB")
        .about("Bytes of one read that wait for the network at most.")
        .not_yet(),
    size(
        "alluxio.worker.network.reader.max.chunk.size.bytes",
        Warn,
        Worker,
    )
    .or("2MB")
    .about("The most bytes in one message of a read, whatever a client asks for.")
    .not_yet(),
    duration("alluxio.worker.network.shutdown.timeout", Warn, Worker)
        .or("15sec")
        .about("How long a worker that stops waits for the streams that are running.")
        .not_yet(),
    integer(
        "alluxio.worker.network.writer.buffer.size.messages",
        Warn,
        Worker,
    )
    .or("8")
    .about("Messages of one write that wait for the disk at most.")
    .not_yet(),
    boolean("alluxio.worker.network.zerocopy.enabled", Warn, Worker)
        .or("true")
        .not_needed(reason::NETTY),
    boolean("alluxio.worker.register.lease.enabled", Warn, Worker)
        .or("${alluxio.master.worker.register.lease.enabled}")
        .about("Whether a worker asks for permission before it registers.")
        .not_yet(),
    duration(
        "alluxio.worker.register.lease.retry.max.duration",
        Warn,
        Worker,
    )
    .or("${alluxio.worker.master.connect.retry.timeout}")
    .about("How long it goes on asking.")
    .not_yet(),
    duration(
        "alluxio.worker.register.lease.retry.sleep.max",
        Warn,
        Worker,
    )
    .or("10sec"),
    duration(
        "alluxio.worker.register.lease.retry.sleep.min",
        Warn,
        Worker,
    )
    .or("1sec"),
    integer("alluxio.worker.register.stream.batch.size", Warn, Worker)
        .or("1000000")
        .about("Blocks in one message of a registration."),
    duration(
        "alluxio.worker.register.stream.complete.timeout",
        Warn,
        Worker,
    )
    .or("5min"),
    duration("alluxio.worker.register.stream.deadline", Warn, Worker).or("15min"),
    boolean("alluxio.worker.register.stream.enabled", Warn, Worker)
        .or("true")
        .about("Whether a worker registers in several messages.")
        .not_yet(),
    duration(
        "alluxio.worker.register.stream.response.timeout",
        Warn,
        Worker,
    )
    .or("${alluxio.master.worker.register.stream.response.timeout}"),
    boolean("alluxio.worker.register.to.all.masters", Enforce, All).or("false"),
    integer("alluxio.worker.rpc.executor.core.pool.size", Warn, Worker)
        .or("100")
        .not_needed(reason::THREADS),
    boolean("alluxio.worker.rpc.executor.fjp.async", Warn, Worker)
        .or("true")
        .not_needed(reason::THREADS),
    integer("alluxio.worker.rpc.executor.fjp.min.runnable", Warn, Worker)
        .or("1")
        .alias(&["alluxio.worker.rpc.executor.min.runnable"])
        .not_needed(reason::THREADS),
    integer("alluxio.worker.rpc.executor.fjp.parallelism", Warn, Worker)
        .computed(cores(2, 1, 8))
        .alias(&["alluxio.worker.rpc.executor.parallelism"])
        .not_needed(reason::THREADS),
    duration("alluxio.worker.rpc.executor.keepalive", Warn, Worker)
        .or("60sec")
        .not_needed(reason::THREADS),
    integer("alluxio.worker.rpc.executor.max.pool.size", Warn, Worker)
        .or("1000")
        .not_needed(reason::THREADS),
    boolean(
        "alluxio.worker.rpc.executor.tpe.allow.core.threads.timeout",
        Warn,
        Worker,
    )
    .or("true")
    .not_needed(reason::THREADS),
    choice(
        "alluxio.worker.rpc.executor.tpe.queue.type",
        THREAD_POOL_EXECUTOR_QUEUE_TYPE,
        Warn,
        Worker,
    )
    .or("LINKED_BLOCKING_QUEUE_WITH_CAP")
    .not_needed(reason::THREADS),
    choice(
        "alluxio.worker.rpc.executor.type",
        RPC_EXECUTOR_TYPE,
        Warn,
        Worker,
    )
    .or("TPE")
    .not_needed(reason::THREADS),
    integer("alluxio.worker.rpc.port", Warn, All)
        .or("29999")
        .alias(&["alluxio.worker.port"])
        .about("The port on which the worker serves, data included."),
    string("alluxio.worker.web.bind.host", Warn, Worker)
        .or("0.0.0.0")
        .about("The local address that the worker's web pages listen on."),
    string("alluxio.worker.web.hostname", Ignore, Worker)
        .about("The name in links to the worker's web pages.")
        .not_yet(),
    integer("alluxio.worker.web.port", Warn, Worker)
        .or("30000")
        .about("The port of the worker's web pages, REST interface and metrics."),
];
