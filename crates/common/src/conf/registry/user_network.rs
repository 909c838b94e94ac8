//! Properties of the connections of clients.

use super::choices::CHANNEL_TYPE;
use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::{All, Client};
use crate::conf::property::{Property, boolean, choice, duration, integer, long, size, string};
use crate::conf::registry::reason;

/// Properties of the connections of clients.
pub(super) const PROPERTIES: &[Property] = &[
    size("alluxio.user.local.reader.chunk.size.bytes", Warn, Client)
        .or("8MB")
        .about(
            "Bytes that a client reads at once from a file of the worker on its own \
             machine.",
        )
        .not_yet(),
    size("alluxio.user.local.writer.chunk.size.bytes", Warn, Client)
        .or("64KB")
        .about(
            "Bytes that a client writes at once to a file of the worker on its own \
             machine.",
        )
        .not_yet(),
    boolean("alluxio.user.master.polling.concurrent", Warn, Client).or("false"),
    duration("alluxio.user.master.polling.timeout", Warn, Client)
        .or("30sec")
        .about(
            "How long a client waits for one master's answer when it looks for the \
             primary.",
        )
        .not_yet(),
    duration("alluxio.user.network.data.timeout", Warn, Client)
        .alias(&["alluxio.user.network.data.timeout.ms"]),
    size("alluxio.user.network.flowcontrol.window", Warn, Client),
    duration("alluxio.user.network.keepalive.time", Warn, Client),
    duration("alluxio.user.network.keepalive.timeout", Warn, Client),
    size(
        "alluxio.user.network.max.inbound.message.size",
        Warn,
        Client,
    ),
    choice(
        "alluxio.user.network.netty.channel",
        CHANNEL_TYPE,
        Warn,
        Client,
    )
    .not_needed(reason::NETTY),
    integer("alluxio.user.network.netty.worker.threads", Warn, Client).not_needed(reason::NETTY),
    string(
        "alluxio.user.network.reader.buffer.size.messages",
        Warn,
        Client,
    ),
    size("alluxio.user.network.reader.chunk.size.bytes", Warn, Client),
    size("alluxio.user.network.rpc.flowcontrol.window", Warn, Client)
        .or("2MB")
        .about("Bytes that may be on the way to a client in one call.")
        .not_yet(),
    duration("alluxio.user.network.rpc.keepalive.time", Warn, Client)
        .or("30sec")
        .about(
            "How long a connection for calls may be idle before the client checks that \
             the server is there.",
        )
        .not_yet(),
    duration("alluxio.user.network.rpc.keepalive.timeout", Warn, Client)
        .or("30sec")
        .about("How long the server may take to answer that check."),
    long("alluxio.user.network.rpc.max.connections", Warn, Client).or("1"),
    size(
        "alluxio.user.network.rpc.max.inbound.message.size",
        Warn,
        Client,
    )
    .or("100MB")
    .about("The largest answer that a client accepts.")
    .not_yet(),
    choice(
        "alluxio.user.network.rpc.netty.channel",
        CHANNEL_TYPE,
        Warn,
        Client,
    )
    .or("EPOLL")
    .not_needed(reason::NETTY),
    integer(
        "alluxio.user.network.rpc.netty.worker.threads",
        Warn,
        Client,
    )
    .or("0")
    .not_needed(reason::NETTY),
    size(
        "alluxio.user.network.streaming.flowcontrol.window",
        Warn,
        Client,
    )
    .or("2MB")
    .alias(&["alluxio.user.network.flowcontrol.window"])
    .about("Bytes that may be on the way to a client in one stream of data.")
    .not_yet(),
    duration(
        "alluxio.user.network.streaming.keepalive.time",
        Warn,
        Client,
    )
    .or("9223372036854775807")
    .alias(&["alluxio.user.network.keepalive.time"])
    .about(
        "How long a connection for data may be idle before the client checks that \
             the worker is there.",
    )
    .not_yet(),
    duration(
        "alluxio.user.network.streaming.keepalive.timeout",
        Warn,
        Client,
    )
    .or("30sec")
    .alias(&["alluxio.user.network.keepalive.timeout"])
    .about("How long the worker may take to answer that check.")
    .not_yet(),
    integer(
        "alluxio.user.network.streaming.max.connections",
        Warn,
        Client,
    )
    .or("64")
    .about("Connections for data that a client opens to one worker at most.")
    .not_yet(),
    size(
        "alluxio.user.network.streaming.max.inbound.message.size",
        Warn,
        Client,
    )
    .or("100MB")
    .alias(&["alluxio.user.network.max.inbound.message.size"])
    .about("The largest message of a stream of data that a client accepts.")
    .not_yet(),
    choice(
        "alluxio.user.network.streaming.netty.channel",
        CHANNEL_TYPE,
        Warn,
        Client,
    )
    .or("EPOLL")
    .alias(&["alluxio.user.network.netty.channel"])
    .not_needed(reason::NETTY),
    integer(
        "alluxio.user.network.streaming.netty.worker.threads",
        Warn,
        Client,
    )
    .or("0")
    .alias(&["alluxio.user.network.netty.worker.threads"])
    .not_needed(reason::NETTY),
    string(
        "alluxio.user.network.writer.buffer.size.messages",
        Warn,
        Client,
    ),
    size("alluxio.user.network.writer.chunk.size.bytes", Warn, Client),
    duration("alluxio.user.network.writer.close.timeout", Warn, Client)
        .alias(&["alluxio.user.network.writer.close.timeout.ms"]),
    duration("alluxio.user.network.writer.flush.timeout", Warn, Client),
    boolean("alluxio.user.network.zerocopy.enabled", Warn, Client).not_needed(reason::NETTY),
    duration("alluxio.user.rpc.retry.base.sleep", Warn, Client)
        .or("50ms")
        .alias(&["alluxio.user.rpc.retry.base.sleep.ms"])
        .about("How long a client waits before it repeats a call that failed."),
    duration("alluxio.user.rpc.retry.max.duration", Ignore, All)
        .or("2min")
        .about("How long it goes on repeating."),
    duration("alluxio.user.rpc.retry.max.sleep", Warn, Client)
        .or("3sec")
        .alias(&["alluxio.user.rpc.retry.max.sleep.ms"])
        .about("The longest wait between two tries."),
    boolean("alluxio.user.rpc.shuffle.masters.enabled", Ignore, All).or("false"),
    duration("alluxio.user.streaming.data.read.timeout", Warn, Client)
        .or("3m")
        .alias(&[
            "alluxio.user.network.data.timeout.ms",
            "alluxio.user.network.data.timeout",
            "alluxio.user.streaming.data.timeout",
        ])
        .about("How long a read waits for the next piece of data."),
    duration("alluxio.user.streaming.data.write.timeout", Warn, Client)
        .or("3m")
        .about("How long a write waits for the worker to take the next piece of data."),
    integer(
        "alluxio.user.streaming.reader.buffer.size.messages",
        Warn,
        Client,
    )
    .or("16")
    .alias(&["alluxio.user.network.reader.buffer.size.messages"])
    .about("Pieces of data that a reader fetches ahead.")
    .not_yet(),
    size(
        "alluxio.user.streaming.reader.chunk.size.bytes",
        Warn,
        Client,
    )
    .or("1MB")
    .alias(&["alluxio.user.network.reader.chunk.size.bytes"])
    .about("Bytes in one message of a read."),
    duration("alluxio.user.streaming.reader.close.timeout", Warn, Client)
        .or("5s")
        .about("How long a reader that is closed waits for the worker.")
        .not_yet(),
    integer(
        "alluxio.user.streaming.writer.buffer.size.messages",
        Warn,
        Client,
    )
    .or("16")
    .alias(&["alluxio.user.network.writer.buffer.size.messages"])
    .about("Pieces of data that a writer sends ahead.")
    .not_yet(),
    size(
        "alluxio.user.streaming.writer.chunk.size.bytes",
        Warn,
        Client,
    )
    .or("1MB")
    .alias(&["alluxio.user.network.writer.chunk.size.bytes"])
    .about("Bytes in one message of a write."),
    duration("alluxio.user.streaming.writer.close.timeout", Warn, Client)
        .or("30min")
        .alias(&[
            "alluxio.user.network.writer.close.timeout.ms",
            "alluxio.user.network.writer.close.timeout",
        ])
        .about("How long a writer that is closed waits for the worker to finish."),
    duration("alluxio.user.streaming.writer.flush.timeout", Warn, Client)
        .or("30min")
        .alias(&["alluxio.user.network.writer.flush.timeout"])
        .about("How long a flush waits for the worker."),
    boolean("alluxio.user.streaming.zerocopy.enabled", Warn, Client)
        .or("true")
        .alias(&["alluxio.user.network.zerocopy.enabled"])
        .not_needed(reason::NETTY),
];
