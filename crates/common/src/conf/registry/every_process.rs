//! Properties of every process: places, network, logging, metrics, web pages.

use super::choices::LEAK_DETECTOR_LEVEL;
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Client, Master, Server, Worker};
use crate::conf::property::{
    Property, Scope, boolean, choice, class, duration, integer, list, size, string,
};
use crate::conf::registry::reason;

/// Properties of every process: places, network, logging, metrics, web pages.
pub(super) const PROPERTIES: &[Property] = &[
    string("alluxio.conf.dir", Warn, All)
        .or("${alluxio.home}/conf")
        .hidden()
        .not_in_site_file()
        .about(
            "The folder with the site file and the other configuration files. It must \
             be known before that file is found, so set it with -D or ALLUXIO_CONF_DIR.",
        ),
    boolean("alluxio.conf.dynamic.update.enabled", Warn, All)
        .or("false")
        .about(
            "Whether `fsadmin updateConf` may change the defaults that clients take from the \
             master, until it stops. As with the original, nobody is asked who they are.",
        ),
    boolean("alluxio.conf.validation.enabled", Warn, All)
        .or("true")
        .hidden()
        .about(
            "Whether a process refuses to start when values contradict each other. \
             Switch it off only to look into a broken configuration.",
        ),
    boolean("alluxio.debug", Warn, Server)
        .or("false")
        .about("Whether web pages show details for developers."),
    boolean("alluxio.exit.collect.info", Warn, Server).or("true"),
    string("alluxio.extensions.dir", Warn, Server)
        .or("${alluxio.home}/extensions")
        .hidden(),
    boolean("alluxio.grpc.reflection.enabled", Warn, All).or("false"),
    boolean("alluxio.hadoop.checksum.combine.mode", Warn, Client),
    boolean(
        "alluxio.hadoop.kerberos.keytab.login.autorenewal",
        Enforce,
        Server,
    ),
    string("alluxio.hadoop.security.authentication", Enforce, Server),
    string("alluxio.hadoop.security.krb5.conf", Enforce, Server),
    string("alluxio.home", Warn, All)
        .or("/opt/alluxio")
        .about("The folder of this installation. Most other folders are derived from it."),
    integer("alluxio.integration.master.resource.cpu", Warn, Scope::None).or("1"),
    size("alluxio.integration.master.resource.mem", Warn, Scope::None).or("1024MB"),
    integer("alluxio.integration.worker.resource.cpu", Warn, Scope::None).or("1"),
    size("alluxio.integration.worker.resource.mem", Warn, Scope::None).or("1024MB"),
    integer(
        "alluxio.integration.yarn.workers.per.host.max",
        Warn,
        Scope::None,
    )
    .or("1"),
    duration("alluxio.jvm.monitor.info.threshold", Warn, Server)
        .or("1sec")
        .not_needed(reason::JAVA),
    duration("alluxio.jvm.monitor.sleep.interval", Warn, Server)
        .or("1sec")
        .not_needed(reason::JAVA),
    duration("alluxio.jvm.monitor.warn.threshold", Warn, Server)
        .or("10sec")
        .not_needed(reason::JAVA),
    boolean("alluxio.leak.detector.exit.on.leak", Ignore, All)
        .or("false")
        .not_needed(reason::JAVA),
    choice(
        "alluxio.leak.detector.level",
        LEAK_DETECTOR_LEVEL,
        Ignore,
        All,
    )
    .or("DISABLED")
    .not_needed(reason::JAVA),
    boolean("alluxio.locality.compare.node.ip", Warn, All)
        .or("false")
        .about("Whether two node names are the same node when they have the same address.")
        .not_yet(),
    string("alluxio.locality.node", Ignore, All).hidden().about(
        "The name of this node for decisions about what is near. By default its \
             host name.",
    ),
    list("alluxio.locality.order", Enforce, All)
        .or("node,rack")
        .hidden()
        .about(
            "The levels of nearness, nearest first. Each level is a property \
             alluxio.locality.<level>.",
        ),
    string("alluxio.locality.rack", Warn, All).hidden().about(
        "The rack of this node. Set it on workers and clients to prefer workers of \
             the same rack.",
    ),
    string("alluxio.locality.script", Warn, All)
        .or("alluxio-locality.sh")
        .hidden()
        .about(
            "A program that prints `node=..,rack=..` for this node, looked for in the \
             configuration folder.",
        ),
    string("alluxio.logger.type", Ignore, All)
        .or("Console")
        .hidden()
        .about(
            "Where a process logs to: the name of its logger, set by the start scripts, \
             or `Console` for standard error, which suits containers.",
        )
        .not_yet(),
    string("alluxio.logs.dir", Warn, All)
        .or("${alluxio.work.dir}/logs")
        .hidden()
        .not_in_site_file()
        .about("The folder of the log files. Set it with -D or ALLUXIO_LOGS_DIR."),
    string("alluxio.logserver.hostname", Ignore, Server).not_in_site_file(),
    string("alluxio.logserver.logs.dir", Warn, Server)
        .or("${alluxio.work.dir}/logs")
        .not_in_site_file(),
    integer("alluxio.logserver.port", Warn, Server)
        .or("45600")
        .not_in_site_file(),
    integer("alluxio.logserver.threads.max", Warn, Server).or("2048"),
    integer("alluxio.logserver.threads.min", Warn, Server).or("512"),
    string("alluxio.metrics.conf.file", Warn, All)
        .or("${alluxio.conf.dir}/metrics.properties")
        .about("The file that names the sinks of metrics.")
        .not_yet(),
    duration("alluxio.metrics.context.shutdown.timeout", Ignore, All)
        .or("1sec")
        .hidden(),
    duration("alluxio.metrics.executor.task.warn.frequency", Ignore, All)
        .or("5sec")
        .not_needed(reason::THREADS),
    integer("alluxio.metrics.executor.task.warn.size", Ignore, All)
        .or("1000")
        .not_needed(reason::THREADS),
    duration("alluxio.network.connection.auth.timeout", Warn, All)
        .or("30sec")
        .about("How long a new connection may take to authenticate before it is closed."),
    duration("alluxio.network.connection.health.check.timeout", Warn, All)
        .or("5sec")
        .alias(&["alluxio.network.connection.health.check.timeout.ms"])
        .about(
            "How long a connection may take to become usable before another one is \
             tried.",
        )
        .not_yet(),
    duration(
        "alluxio.network.connection.server.shutdown.timeout",
        Warn,
        Server,
    )
    .or("60sec")
    .about("How long a server that stops waits for the calls that are running.")
    .not_yet(),
    duration(
        "alluxio.network.connection.shutdown.graceful.timeout",
        Warn,
        All,
    )
    .or("45sec")
    .about(
        "How long a client that closes a connection waits for the calls that are \
             running on it.",
    )
    .not_yet(),
    duration("alluxio.network.connection.shutdown.timeout", Warn, All)
        .or("15sec")
        .about("How long a client waits for a connection that was closed by force.")
        .not_yet(),
    duration("alluxio.network.host.resolution.timeout", Warn, All)
        .or("5sec")
        .alias(&["alluxio.network.host.resolution.timeout.ms"])
        .about("How long to wait for the name service.")
        .not_yet(),
    boolean("alluxio.network.ip.address.used", Warn, All)
        .or("false")
        .about(
            "Whether processes tell each other addresses instead of host names. Use it \
             where names do not resolve.",
        )
        .not_yet(),
    boolean("alluxio.network.tls.enabled", Enforce, All)
        .or("false")
        .hidden(),
    class(
        "alluxio.network.tls.ssl.context.provider.classname",
        Enforce,
        All,
    )
    .or("alluxio.util.network.tls.DefaultSslContextProvider")
    .hidden(),
    list("alluxio.site.conf.dir", Warn, All)
        .or("${alluxio.conf.dir}/,${user.home}/.alluxio/,/etc/alluxio/")
        .not_in_site_file()
        .about(
            "The folders in which alluxio-site.properties is looked for; the first file \
             that exists counts.",
        ),
    string("alluxio.site.conf.rocks.block.file", Ignore, All).not_needed(reason::ROCKS),
    string("alluxio.site.conf.rocks.inode.file", Ignore, All).not_needed(reason::ROCKS),
    boolean("alluxio.standalone.fuse.jvm.monitor.enabled", Warn, Worker)
        .or("false")
        .not_needed(reason::JAVA),
    boolean("alluxio.standby.master.grpc.enabled", Enforce, All)
        .or("true")
        .hidden(),
    boolean(
        "alluxio.standby.master.metrics.sink.enabled",
        Ignore,
        Server,
    )
    .or("false"),
    boolean("alluxio.standby.master.web.enabled", Ignore, Server).or("false"),
    string("alluxio.table.catalog.path", Warn, Master).or("/catalog"),
    duration("alluxio.table.catalog.udb.sync.timeout", Warn, Master).or("1h"),
    boolean("alluxio.table.enabled", Warn, Master).or("true"),
    integer("alluxio.table.journal.partitions.chunk.size", Warn, Master).or("500"),
    integer("alluxio.table.load.default.replication", Ignore, Client).or("1"),
    duration(
        "alluxio.table.transform.manager.job.history.retention.time",
        Warn,
        Master,
    )
    .or("300sec"),
    duration(
        "alluxio.table.transform.manager.job.monitor.interval",
        Warn,
        Master,
    )
    .or("10s"),
    integer("alluxio.table.udb.hive.clientpool.MAX", Warn, Master).or("256"),
    integer("alluxio.table.udb.hive.clientpool.min", Warn, Master).or("16"),
    boolean("alluxio.test.deprecated.key", Ignore, All).deprecated("kept for tests only"),
    boolean("alluxio.test.mode", Warn, All).or("false").hidden(),
    list("alluxio.tmp.dirs", Ignore, Server)
        .or("/tmp")
        .about(
            "Folders for temporary files, such as uploads to a store that must be \
             complete before they are sent.",
        )
        .not_yet(),
    string("alluxio.version", Ignore, All)
        .or("2.9.4")
        .hidden()
        .not_in_site_file()
        .about(
            "The version that this system is compatible with; clients of the original \
             ask for it when they connect. Not to be set.",
        ),
    boolean("alluxio.web.cors.allow.credential", Warn, Server).or("false"),
    string("alluxio.web.cors.allow.headers", Warn, Server).or("*"),
    string("alluxio.web.cors.allow.methods", Warn, Server).or("*"),
    string("alluxio.web.cors.allow.origins", Warn, Server).or("*"),
    boolean("alluxio.web.cors.enabled", Warn, Server)
        .or("false")
        .about("Whether pages from other hosts may call the REST interface.")
        .not_yet(),
    string("alluxio.web.cors.exposed.headers", Warn, Server).or("*"),
    integer("alluxio.web.cors.max.age", Warn, Server).or("-1"),
    boolean("alluxio.web.file.info.enabled", Enforce, Server)
        .or("true")
        .about(
            "Whether the web pages show what is in files. Switch it off where whoever \
             can open the page must not see data.",
        ),
    duration("alluxio.web.refresh.interval", Warn, Server)
        .or("15s")
        .about("How often a web page that is left open loads itself again."),
    string("alluxio.web.resources", Warn, Server)
        .or("${alluxio.home}/webui/")
        .hidden(),
    boolean("alluxio.web.threaddump.log.enabled", Warn, Server)
        .or("false")
        .not_needed(reason::JAVA),
    integer("alluxio.web.threads", Warn, Server)
        .or("1")
        .not_needed(reason::THREADS),
    boolean("alluxio.web.ui.enabled", Warn, Server)
        .or("true")
        .about("Whether servers have web pages. Metrics and the REST interface stay.")
        .not_yet(),
    string("alluxio.work.dir", Warn, Server)
        .or("${alluxio.home}")
        .about(
            "The folder below which journal, logs and the local under store lie by \
             default. Point it to a disk with room.",
        ),
];
