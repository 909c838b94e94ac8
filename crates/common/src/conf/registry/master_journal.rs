//! Properties of the journal, backups and the embedded journal.

use super::choices::{GRACE_MODE, JOURNAL_TYPE, MARSHALLER_TYPE};
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{Property, boolean, choice, duration, integer, list, size, string};
use crate::conf::registry::reason;

/// Properties of the journal, backups and the embedded journal.
pub(super) const PROPERTIES: &[Property] = &[
    duration("alluxio.master.backup.abandon.timeout", Ignore, Master).or("1min"),
    duration("alluxio.master.backup.connect.interval.max", Ignore, Master).or("30sec"),
    duration("alluxio.master.backup.connect.interval.min", Ignore, Master).or("1sec"),
    boolean("alluxio.master.backup.delegation.enabled", Enforce, Master).or("true"),
    string("alluxio.master.backup.directory", Enforce, Master)
        .or("/alluxio_backups")
        .about(
            "Where `fsadmin backup` puts a backup when no directory is named: a path from the \
             top of the root store.",
        ),
    integer("alluxio.master.backup.entry.buffer.count", Enforce, Master).or("10000"),
    duration("alluxio.master.backup.heartbeat.interval", Ignore, Master).or("2sec"),
    duration(
        "alluxio.master.backup.state.lock.exclusive.duration",
        Enforce,
        Master,
    )
    .or("0ms"),
    duration(
        "alluxio.master.backup.state.lock.forced.duration",
        Enforce,
        Master,
    )
    .or("15min"),
    boolean(
        "alluxio.master.backup.state.lock.interrupt.cycle.enabled",
        Enforce,
        Master,
    )
    .or("false"),
    duration(
        "alluxio.master.backup.state.lock.interrupt.cycle.interval",
        Enforce,
        Master,
    )
    .or("30sec"),
    duration("alluxio.master.backup.suspend.timeout", Ignore, Master).or("3min"),
    duration("alluxio.master.backup.transport.timeout", Warn, Master).or("30sec"),
    boolean("alluxio.master.daily.backup.enabled", Enforce, Master).or("false"),
    integer(
        "alluxio.master.daily.backup.files.retained",
        Enforce,
        Master,
    )
    .or("3"),
    choice(
        "alluxio.master.daily.backup.state.lock.grace.mode",
        GRACE_MODE,
        Enforce,
        Master,
    )
    .or("TIMEOUT"),
    duration(
        "alluxio.master.daily.backup.state.lock.sleep.duration",
        Enforce,
        Master,
    )
    .or("5m"),
    duration(
        "alluxio.master.daily.backup.state.lock.timeout",
        Enforce,
        Master,
    )
    .or("1h"),
    duration(
        "alluxio.master.daily.backup.state.lock.try.duration",
        Enforce,
        Master,
    )
    .or("2m"),
    string("alluxio.master.daily.backup.time", Enforce, Master).or("05:00"),
    list("alluxio.master.embedded.journal.addresses", Ignore, All)
        .about(
            "All masters of an embedded journal as host:port. Empty means this master \
             alone.",
        )
        .not_yet(),
    duration(
        "alluxio.master.embedded.journal.catchup.retry.wait",
        Warn,
        Master,
    )
    .or("1s"),
    duration(
        "alluxio.master.embedded.journal.election.timeout.max",
        Warn,
        Master,
    )
    .or("20s"),
    duration(
        "alluxio.master.embedded.journal.election.timeout.min",
        Warn,
        Master,
    )
    .or("10s"),
    size(
        "alluxio.master.embedded.journal.entry.size.max",
        Warn,
        Master,
    )
    .or("10MB")
    .about("The largest entry that the journal accepts."),
    size(
        "alluxio.master.embedded.journal.flush.size.max",
        Warn,
        Master,
    )
    .or("160MB")
    .about(
        "How many bytes of entries may wait for a flush before new changes are held \
             back.",
    )
    .not_yet(),
    integer("alluxio.master.embedded.journal.port", Ignore, All)
        .or("19200")
        .about("The port on which masters replicate an embedded journal.")
        .not_yet(),
    duration(
        "alluxio.master.embedded.journal.raft.client.request.interval",
        Warn,
        Master,
    )
    .or("100ms"),
    duration(
        "alluxio.master.embedded.journal.raft.client.request.timeout",
        Warn,
        Master,
    )
    .or("60sec"),
    string(
        "alluxio.master.embedded.journal.ratis.config",
        Enforce,
        Master,
    ),
    duration(
        "alluxio.master.embedded.journal.retry.cache.expiry.time",
        Warn,
        Master,
    )
    .or("60s"),
    size(
        "alluxio.master.embedded.journal.snapshot.replication.chunk.size",
        Warn,
        Master,
    )
    .or("4MB"),
    integer(
        "alluxio.master.embedded.journal.snapshot.replication.compression.level",
        Warn,
        Master,
    )
    .or("1")
    .alias(&["alluxio.master.metastore.rocks.checkpoint.compression.level"]),
    choice(
        "alluxio.master.embedded.journal.snapshot.replication.compression.type",
        MARSHALLER_TYPE,
        Enforce,
        Master,
    )
    .or("NO_COMPRESSION"),
    size(
        "alluxio.master.embedded.journal.transport.max.inbound.message.size",
        Warn,
        Master,
    )
    .or("100MB"),
    duration(
        "alluxio.master.embedded.journal.transport.request.timeout.ms",
        Warn,
        Master,
    )
    .or("5sec"),
    boolean(
        "alluxio.master.embedded.journal.unsafe.flush.enabled",
        Warn,
        Master,
    )
    .or("false"),
    boolean(
        "alluxio.master.embedded.journal.write.remote.enabled",
        Warn,
        Master,
    )
    .or("false")
    .hidden(),
    duration(
        "alluxio.master.embedded.journal.write.timeout",
        Warn,
        Master,
    )
    .or("30sec"),
    string("alluxio.master.format.file.prefix", Enforce, Master)
        .or("_format_")
        .alias(&["alluxio.master.format.file_prefix"])
        .about("The beginning of the name of the file that marks a folder as formatted.")
        .not_yet(),
    boolean("alluxio.master.journal.backup.when.corrupted", Warn, Master).or("true"),
    boolean(
        "alluxio.master.journal.catchup.protect.enabled",
        Warn,
        Master,
    )
    .or("true"),
    integer(
        "alluxio.master.journal.checkpoint.period.entries",
        Warn,
        Master,
    )
    .or("2000000")
    .about(
        "Entries after which a new checkpoint is written. Fewer make restarts \
             faster and use more disk bandwidth.",
    ),
    duration(
        "alluxio.master.journal.checkpoint.warning.threshold.time",
        Warn,
        Master,
    )
    .or("3day")
    .hidden()
    .about(
        "A warning is shown when the last checkpoint is older than this although \
             there were enough entries for a new one.",
    )
    .not_yet(),
    boolean("alluxio.master.journal.exit.on.demotion", Warn, Master).or("false"),
    duration("alluxio.master.journal.flush.batch.time", Warn, Master)
        .or("100ms")
        .alias(&["alluxio.master.journal.flush.batch.time.ms"])
        .about(
            "The longest time that a change may wait for others to share a flush with. \
             The journal does not wait when nothing else is on its way.",
        )
        .not_yet(),
    duration("alluxio.master.journal.flush.timeout", Warn, Master)
        .or("5min")
        .alias(&["alluxio.master.journal.flush.timeout.ms"])
        .about(
            "How long a caller waits for a journal whose disk does not answer. \
             One that refuses is told after three seconds.",
        ),
    string("alluxio.master.journal.folder", Enforce, Master)
        .or("${alluxio.work.dir}/journal")
        .about(
            "The folder of the journal. It holds the whole namespace, so put it on a \
             disk that you trust, and not into a temporary folder.",
        ),
    duration("alluxio.master.journal.gc.period", Warn, Master)
        .or("2min")
        .alias(&["alluxio.master.journal.gc.period.ms"])
        .about("How often segments that a checkpoint has replaced are looked for.")
        .not_yet(),
    duration("alluxio.master.journal.gc.threshold", Warn, Master)
        .or("5min")
        .alias(&["alluxio.master.journal.gc.threshold.ms"])
        .about("How old a replaced segment must be before it is deleted."),
    string("alluxio.master.journal.init.from.backup", Enforce, Master).about(
        "The URI of a backup with which an empty journal begins. A journal that holds something \
         is left as it is. `alluxio-start.sh -i` sets it for one start.",
    ),
    boolean("alluxio.master.journal.local.log.compaction", Warn, Master).or("true"),
    size("alluxio.master.journal.log.size.bytes.max", Warn, Master)
        .or("10MB")
        .about("The size at which a new segment of the log begins."),
    duration("alluxio.master.journal.request.data.timeout", Warn, Master).or("20000"),
    duration("alluxio.master.journal.request.info.timeout", Warn, Master).or("10000"),
    duration("alluxio.master.journal.retry.interval", Ignore, Master)
        .or("1sec")
        .about("How long to wait before a failed write of the journal is tried again."),
    duration(
        "alluxio.master.journal.space.monitor.interval",
        Warn,
        Master,
    )
    .or("10min")
    .about("How often the free space of the journal's disk is checked.")
    .not_yet(),
    integer(
        "alluxio.master.journal.space.monitor.percent.free.threshold",
        Warn,
        Master,
    )
    .or("10")
    .about(
        "A warning is logged when less than this part of the journal's disk is \
             free, in percent.",
    )
    .not_yet(),
    boolean(
        "alluxio.master.journal.sync.root.after.init.from.backup",
        Ignore,
        Master,
    )
    .or("true")
    .hidden(),
    duration(
        "alluxio.master.journal.tailer.shutdown.quiet.wait.time",
        Warn,
        Master,
    )
    .or("5sec")
    .alias(&["alluxio.master.journal.tailer.shutdown.quiet.wait.time.ms"]),
    duration("alluxio.master.journal.tailer.sleep.time", Warn, Master)
        .or("1sec")
        .alias(&["alluxio.master.journal.tailer.sleep.time.ms"]),
    duration(
        "alluxio.master.journal.temporary.file.gc.threshold",
        Warn,
        Master,
    )
    .or("30min")
    .alias(&["alluxio.master.journal.temporary.file.gc.threshold.ms"])
    .about("How old an unfinished checkpoint must be before it is deleted.")
    .not_yet(),
    boolean("alluxio.master.journal.tolerate.corruption", Warn, Master)
        .or("false")
        .hidden(),
    choice("alluxio.master.journal.type", JOURNAL_TYPE, Enforce, All)
        .or("EMBEDDED")
        .about(
            "How the journal is kept: EMBEDDED replicates it among the masters, UFS \
             keeps it in a folder that all masters reach, NOOP keeps nothing and is for \
             benchmarks. On a single master EMBEDDED and UFS write the same local log.",
        ),
    string("alluxio.master.journal.ufs.option", Enforce, Master)
        .about("The prefix of options for a store that holds the journal."),
    choice(
        "alluxio.master.shell.backup.state.lock.grace.mode",
        GRACE_MODE,
        Enforce,
        Master,
    )
    .or("FORCED"),
    duration(
        "alluxio.master.shell.backup.state.lock.sleep.duration",
        Enforce,
        Master,
    )
    .or("0s"),
    duration(
        "alluxio.master.shell.backup.state.lock.timeout",
        Enforce,
        Master,
    )
    .or("0s"),
    duration(
        "alluxio.master.shell.backup.state.lock.try.duration",
        Enforce,
        Master,
    )
    .or("0s"),
    duration("alluxio.master.ufs.journal.max.catchup.time", Warn, Master).or("10min"),
    string("alluxio.secondary.master.metastore.dir", Warn, Server)
        .or("${alluxio.work.dir}/secondary-metastore")
        .not_needed(reason::ROCKS),
];
