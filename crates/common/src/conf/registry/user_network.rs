//! Properties of the connections of clients.

use super::choices::CHANNEL_TYPE;
use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::{All, Client};
use crate::conf::property::{Property, boolean, choice, duration, integer, long, size, string};

/// Properties of the connections of clients.
pub(super) const PROPERTIES: &[Property] = &[
    size("alluxio.user.local.reader.chunk.size.bytes", Warn, Client)
        .or("8MB")
        .about("x"),
    size("alluxio.user.local.writer.chunk.size.bytes", Warn, Client)
        .or("64KB")
        .about("x"),
    boolean("alluxio.user.master.polling.concurrent", Warn, Client).or("false"),
    duration("alluxio.user.master.polling.timeout", Warn, Client)
        .or("30sec")
        .about("x"),
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
    ),
    integer("alluxio.user.network.netty.worker.threads", Warn, Client),
    string(
        "alluxio.user.network.reader.buffer.size.messages",
        Warn,
        Client,
    ),
    size("alluxio.user.network.reader.chunk.size.bytes", Warn, Client),
    size("alluxio.user.network.rpc.flowcontrol.window", Warn, Client)
        .or("2MB")
        .about("x"),
    duration("alluxio.user.network.rpc.keepalive.time", Warn, Client)
        .or("30sec")
        .about("x"),
    duration("alluxio.user.network.rpc.keepalive.timeout", Warn, Client)
        .or("30sec")
        .about("x"),
    long("alluxio.user.network.rpc.max.connections", Warn, Client).or("1"),
    size(
        "alluxio.user.network.rpc.max.inbound.message.size",
        Warn,
        Client,
    )
    .or("100MB")
    .about("x"),
    choice(
        "alluxio.user.network.rpc.netty.channel",
        CHANNEL_TYPE,
        Warn,
        Client,
    )
    .or("EPOLL"),
    integer(
        "alluxio.user.network.rpc.netty.worker.threads",
        Warn,
        Client,
    )
    .or("0"),
    size(
        "alluxio.user.network.streaming.flowcontrol.window",
        Warn,
        Client,
    )
    .or("2MB")
    .alias(&["alluxio.user.network.flowcontrol.window"])
    .about("x"),
    duration(
        "alluxio.user.network.streaming.keepalive.time",
        Warn,
        Client,
    )
    .or("9223372036854775807")
    .alias(&["alluxio.user.network.keepalive.time"])
    .about("x"),
    duration(
        "alluxio.user.network.streaming.keepalive.timeout",
        Warn,
        Client,
    )
    .or("30sec")
    .alias(&["alluxio.user.network.keepalive.timeout"])
    .about("x"),
    integer(
        "alluxio.user.network.streaming.max.connections",
        Warn,
        Client,
    )
    .or("64")
    .about("x"),
    size(
        "alluxio.user.network.streaming.max.inbound.message.size",
        Warn,
        Client,
    )
    .or("100MB")
    .alias(&["alluxio.user.network.max.inbound.message.size"])
    .about("x"),
    choice(
        "alluxio.user.network.streaming.netty.channel",
        CHANNEL_TYPE,
        Warn,
        Client,
    )
    .or("EPOLL")
    .alias(&["alluxio.user.network.netty.channel"]),
    integer(
        "alluxio.user.network.streaming.netty.worker.threads",
        Warn,
        Client,
    )
    .or("0")
    .alias(&["alluxio.user.network.netty.worker.threads"]),
    string(
        "alluxio.user.network.writer.buffer.size.messages",
        Warn,
        Client,
    ),
    size("alluxio.user.network.writer.chunk.size.bytes", Warn, Client),
    duration("alluxio.user.network.writer.close.timeout", Warn, Client)
        .alias(&["alluxio.user.network.writer.close.timeout.ms"]),
    duration("alluxio.user.network.writer.flush.timeout", Warn, Client),
    boolean("alluxio.user.network.zerocopy.enabled", Warn, Client),
    duration("alluxio.user.rpc.retry.base.sleep", Warn, Client)
        .or("50ms")
        .alias(&["alluxio.user.rpc.retry.base.sleep.ms"])
        .about("x"),
    duration("alluxio.user.rpc.retry.max.duration", Ignore, All)
        .or("2min")
        .about("x"),
    duration("alluxio.user.rpc.retry.max.sleep", Warn, Client)
        .or("3sec")
        .alias(&["alluxio.user.rpc.retry.max.sleep.ms"])
        .about("x"),
    boolean("alluxio.user.rpc.shuffle.masters.enabled", Ignore, All).or("false"),
    duration("alluxio.user.streaming.data.read.timeout", Warn, Client)
        .or("3m")
        .alias(&[
            "alluxio.user.network.data.timeout.ms",
            "alluxio.user.network.data.timeout",
            "alluxio.user.streaming.data.timeout",
        ])
        .about("x"),
    duration("alluxio.user.streaming.data.write.timeout", Warn, Client)
        .or("3m")
        .about("x"),
    integer(
        "alluxio.user.streaming.reader.buffer.size.messages",
        Warn,
        Client,
    )
    .or("16")
    .alias(&["alluxio.user.network.reader.buffer.size.messages"])
    .about("x"),
    size(
        "alluxio.user.streaming.reader.chunk.size.bytes",
        Warn,
        Client,
    )
    .or("1MB")
    .alias(&["alluxio.user.network.reader.chunk.size.bytes"])
    .about("x"),
    duration("alluxio.user.streaming.reader.close.timeout", Warn, Client)
        .or("5s")
        .about("x"),
    integer(
        "alluxio.user.streaming.writer.buffer.size.messages",
        Warn,
        Client,
    )
    .or("16")
    .alias(&["alluxio.user.network.writer.buffer.size.messages"])
    .about("x"),
    size(
        "alluxio.user.streaming.writer.chunk.size.bytes",
        Warn,
        Client,
    )
    .or("1MB")
    .alias(&["alluxio.user.network.writer.chunk.size.bytes"])
    .about("x"),
    duration("alluxio.user.streaming.writer.close.timeout", Warn, Client)
        .or("30min")
        .alias(&[
            "alluxio.user.network.writer.close.timeout.ms",
            "alluxio.user.network.writer.close.timeout",
        ])
        .about("x"),
    duration("alluxio.user.streaming.writer.flush.timeout", Warn, Client)
        .or("30min")
        .alias(&["alluxio.user.network.writer.flush.timeout"])
        .about("x"),
    boolean("alluxio.user.streaming.zerocopy.enabled", Warn, Client)
        .or("true")
        .alias(&["alluxio.user.network.zerocopy.enabled"]),
];
