//! Properties of the job service.

use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::{All, Client, Master, Worker};
use crate::conf::property::{Property, boolean, duration, integer, list, long, size, string};

/// Properties of the job service.
pub(super) const PROPERTIES: &[Property] = &[
    integer("alluxio.job.batch.size", Ignore, Master)
        .or("20")
        .about("x"),
    string("alluxio.job.master.bind.host", Ignore, All)
        .or("0.0.0.0")
        .about("x"),
    integer("alluxio.job.master.client.threads", Ignore, Master).or("1024"),
    list("alluxio.job.master.embedded.journal.addresses", Ignore, All),
    integer("alluxio.job.master.embedded.journal.port", Ignore, All).or("20003"),
    long(
        "alluxio.job.master.finished.job.purge.count",
        Ignore,
        Master,
    )
    .or("-1")
    .about("x"),
    duration(
        "alluxio.job.master.finished.job.retention.time",
        Ignore,
        Master,
    )
    .or("60sec")
    .about("x"),
    string("alluxio.job.master.hostname", Ignore, All)
        .or("${alluxio.master.hostname}")
        .about("x"),
    long("alluxio.job.master.job.capacity", Ignore, Master)
        .or("100000")
        .about("x"),
    duration("alluxio.job.master.lost.master.interval", Ignore, Master).or("10sec"),
    duration("alluxio.job.master.lost.worker.interval", Ignore, Master)
        .or("1sec")
        .about("x"),
    duration(
        "alluxio.job.master.master.heartbeat.interval",
        Ignore,
        Master,
    )
    .or("1sec"),
    duration("alluxio.job.master.master.timeout", Ignore, Master).or("60sec"),
    size(
        "alluxio.job.master.network.flowcontrol.window",
        Warn,
        Master,
    )
    .or("2MB")
    .about("x"),
    duration("alluxio.job.master.network.keepalive.time", Warn, Master)
        .or("2h")
        .about("x"),
    duration("alluxio.job.master.network.keepalive.timeout", Warn, Master)
        .or("30sec")
        .about("x"),
    size(
        "alluxio.job.master.network.max.inbound.message.size",
        Ignore,
        Master,
    )
    .or("100MB")
    .about("x"),
    duration(
        "alluxio.job.master.network.permit.keepalive.time",
        Warn,
        Master,
    )
    .or("30sec"),
    list("alluxio.job.master.rpc.addresses", Ignore, All).about("x"),
    integer("alluxio.job.master.rpc.port", Ignore, All)
        .or("20001")
        .about("x"),
    string("alluxio.job.master.web.bind.host", Ignore, Master)
        .or("0.0.0.0")
        .about("x"),
    string("alluxio.job.master.web.hostname", Ignore, Master)
        .or("${alluxio.job.master.hostname}")
        .about("x"),
    integer("alluxio.job.master.web.port", Ignore, Master)
        .or("20002")
        .about("x"),
    duration(
        "alluxio.job.master.worker.heartbeat.interval",
        Ignore,
        Worker,
    )
    .or("1sec")
    .about("x"),
    duration("alluxio.job.master.worker.timeout", Ignore, Master)
        .or("60sec")
        .about("x"),
    integer("alluxio.job.request.batch.size", Ignore, Client).or("1"),
    duration("alluxio.job.retention.time", Ignore, Master)
        .or("1d")
        .about("x"),
    string("alluxio.job.worker.bind.host", Ignore, Worker)
        .or("0.0.0.0")
        .about("x"),
    integer("alluxio.job.worker.data.port", Ignore, Worker)
        .or("30002")
        .about("x"),
    string("alluxio.job.worker.hostname", Ignore, Worker)
        .or("${alluxio.worker.hostname}")
        .about("x"),
    integer("alluxio.job.worker.rpc.port", Ignore, Worker)
        .or("30001")
        .about("x"),
    integer("alluxio.job.worker.threadpool.size", Ignore, Worker)
        .or("10")
        .about("x"),
    boolean("alluxio.job.worker.throttling", Ignore, Worker).or("false"),
    string("alluxio.job.worker.web.bind.host", Ignore, Worker)
        .or("0.0.0.0")
        .about("x"),
    integer("alluxio.job.worker.web.port", Ignore, Worker)
        .or("30003")
        .about("x"),
];
