//! Properties of the job service.

use crate::conf::property::Consistency::{Ignore, Warn};
use crate::conf::property::Scope::{All, Client, Master, Worker};
use crate::conf::property::{Property, boolean, duration, integer, list, long, size, string};
use crate::conf::registry::reason;

/// Properties of the job service.
pub(super) const PROPERTIES: &[Property] = &[
    integer("alluxio.job.batch.size", Ignore, Master)
        .or("20")
        .about("Tasks that a distributed command sends to the job service as one job.")
        .not_yet(),
    string("alluxio.job.master.bind.host", Ignore, All)
        .or("0.0.0.0")
        .about("The local address that the job master listens on."),
    integer("alluxio.job.master.client.threads", Ignore, Master)
        .or("1024")
        .not_needed(reason::THREADS),
    list("alluxio.job.master.embedded.journal.addresses", Ignore, All),
    integer("alluxio.job.master.embedded.journal.port", Ignore, All).or("20003"),
    long(
        "alluxio.job.master.finished.job.purge.count",
        Ignore,
        Master,
    )
    .or("-1")
    .about(
        "Finished jobs that are forgotten at once when there is no room for a new \
             one; -1 for all that are old enough.",
    )
    .not_yet(),
    duration(
        "alluxio.job.master.finished.job.retention.time",
        Ignore,
        Master,
    )
    .or("60sec")
    .about("How long a finished job is remembered."),
    string("alluxio.job.master.hostname", Ignore, All)
        .or("${alluxio.master.hostname}")
        .about(
            "The name under which the job master is reached; by default that of the \
             master.",
        ),
    long("alluxio.job.master.job.capacity", Ignore, Master)
        .or("100000")
        .about(
            "Jobs that the job master knows at once, finished ones included; beyond \
             that it refuses new ones.",
        ),
    duration("alluxio.job.master.lost.master.interval", Ignore, Master).or("10sec"),
    duration("alluxio.job.master.lost.worker.interval", Ignore, Master)
        .or("1sec")
        .about("How often the job master looks for job workers that it has not heard of."),
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
    .about("Bytes that may be on the way to the job master in one call.")
    .not_yet(),
    duration("alluxio.job.master.network.keepalive.time", Warn, Master)
        .or("2h")
        .about(
            "How long a connection to the job master may be idle before it checks that \
             the other side is there.",
        )
        .not_yet(),
    duration("alluxio.job.master.network.keepalive.timeout", Warn, Master)
        .or("30sec")
        .about("How long the other side may take to answer that check.")
        .not_yet(),
    size(
        "alluxio.job.master.network.max.inbound.message.size",
        Ignore,
        Master,
    )
    .or("100MB")
    .about("The largest message that the job master accepts."),
    duration(
        "alluxio.job.master.network.permit.keepalive.time",
        Warn,
        Master,
    )
    .or("30sec"),
    list("alluxio.job.master.rpc.addresses", Ignore, All)
        .about("All job masters as host:port, in a cluster with several."),
    integer("alluxio.job.master.rpc.port", Ignore, All)
        .or("20001")
        .about("The port on which the job master serves."),
    string("alluxio.job.master.web.bind.host", Ignore, Master)
        .or("0.0.0.0")
        .about("The local address that the job master's web port listens on."),
    string("alluxio.job.master.web.hostname", Ignore, Master)
        .or("${alluxio.job.master.hostname}")
        .about("The name of the job master in links.")
        .not_yet(),
    integer("alluxio.job.master.web.port", Ignore, Master)
        .or("20002")
        .about("The port of the job master's REST interface and metrics."),
    duration(
        "alluxio.job.master.worker.heartbeat.interval",
        Ignore,
        Worker,
    )
    .or("1sec")
    .about("How often a job worker reports to the job master."),
    duration("alluxio.job.master.worker.timeout", Ignore, Master)
        .or("60sec")
        .about(
            "How long a job worker may be silent before it counts as lost and its tasks \
             as failed.",
        ),
    integer("alluxio.job.request.batch.size", Ignore, Client).or("1"),
    duration("alluxio.job.retention.time", Ignore, Master)
        .or("1d")
        .about(
            "How long the job master keeps what is known about finished loads and \
             copies.",
        )
        .not_yet(),
    string("alluxio.job.worker.bind.host", Ignore, Worker)
        .or("0.0.0.0")
        .about("The local address that the job worker listens on.")
        .not_yet(),
    integer("alluxio.job.worker.data.port", Ignore, Worker)
        .or("30002")
        .about("The port of the job worker's data; reported, but not used."),
    string("alluxio.job.worker.hostname", Ignore, Worker)
        .or("${alluxio.worker.hostname}")
        .about(
            "The name under which the job worker is reached; by default that of the \
             worker.",
        ),
    integer("alluxio.job.worker.rpc.port", Ignore, Worker)
        .or("30001")
        .about("The port on which the job worker serves."),
    integer("alluxio.job.worker.threadpool.size", Ignore, Worker)
        .or("10")
        .about("Tasks that a job worker works on at once."),
    boolean("alluxio.job.worker.throttling", Ignore, Worker).or("false"),
    string("alluxio.job.worker.web.bind.host", Ignore, Worker)
        .or("0.0.0.0")
        .about("The local address that the job worker's web port listens on."),
    integer("alluxio.job.worker.web.port", Ignore, Worker)
        .or("30003")
        .about("The port of the job worker's REST interface and metrics."),
];
