//! Properties of every process: places, network, logging, metrics, web pages.

use super::choices::LEAK_DETECTOR_LEVEL;
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Client, Master, Server, Worker};
use crate::conf::property::{
    Property, Scope, boolean, choice, class, duration, integer, list, size, string,
};

/// Properties of every process: places, network, logging, metrics, web pages.
pub(super) const PROPERTIES: &[Property] = &[
    string("alluxio.conf.dir", Warn, All)
        .or("${alluxio.home}/conf")
        .hidden()
        .not_in_site_file()
        .about("x"),
    boolean("alluxio.conf.dynamic.update.enabled", Warn, All).or("false"),
    boolean("alluxio.conf.validation.enabled", Warn, All)
        .or("true")
        .hidden()
        .about("x"),
    boolean("alluxio.debug", Warn, Server)
        .or("false")
        .about("x"),
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
        .about("x"),
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
    duration("alluxio.jvm.monitor.info.threshold", Warn, Server).or("1sec"),
    duration("alluxio.jvm.monitor.sleep.interval", Warn, Server).or("1sec"),
    duration("alluxio.jvm.monitor.warn.threshold", Warn, Server).or("10sec"),
    boolean("alluxio.leak.detector.exit.on.leak", Ignore, All).or("false"),
    choice(
        "alluxio.leak.detector.level",
        LEAK_DETECTOR_LEVEL,
        Ignore,
        All,
    )
    .or("DISABLED"),
    boolean("alluxio.locality.compare.node.ip", Warn, All)
        .or("false")
        .about("x"),
    string("alluxio.locality.node", Ignore, All)
        .hidden()
        .about("x"),
    list("alluxio.locality.order", Enforce, All)
        .or("node,rack")
        .hidden()
        .about("x"),
    string("alluxio.locality.rack", Warn, All)
        .hidden()
        .about("x"),
    string("alluxio.locality.script", Warn, All)
        .or("alluxio-locality.sh")
        .hidden()
        .about("x"),
    string("alluxio.logger.type", Ignore, All)
        .or("Console")
        .hidden()
        .about("x"),
    string("alluxio.logs.dir", Warn, All)
        .or("${alluxio.work.dir}/logs")
        .hidden()
        .not_in_site_file()
        .about("x"),
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
        .about("x"),
    duration("alluxio.metrics.context.shutdown.timeout", Ignore, All)
        .or("1sec")
        .hidden(),
    duration("alluxio.metrics.executor.task.warn.frequency", Ignore, All).or("5sec"),
    integer("alluxio.metrics.executor.task.warn.size", Ignore, All).or("1000"),
    duration("alluxio.network.connection.auth.timeout", Warn, All)
        .or("30sec")
        .about("x"),
    duration("alluxio.network.connection.health.check.timeout", Warn, All)
        .or("5sec")
        .alias(&["alluxio.network.connection.health.check.timeout.ms"])
        .about("x"),
    duration(
        "alluxio.network.connection.server.shutdown.timeout",
        Warn,
        Server,
    )
    .or("60sec")
    .about("x"),
    duration(
        "alluxio.network.connection.shutdown.graceful.timeout",
        Warn,
        All,
    )
    .or("45sec")
    .about("x"),
    duration("alluxio.network.connection.shutdown.timeout", Warn, All)
        .or("15sec")
        .about("x"),
    duration("alluxio.network.host.resolution.timeout", Warn, All)
        .or("5sec")
        .alias(&["alluxio.network.host.resolution.timeout.ms"])
        .about("x"),
    boolean("alluxio.network.ip.address.used", Warn, All)
        .or("false")
        .about("x"),
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
        .about("x"),
    string("alluxio.site.conf.rocks.block.file", Ignore, All),
    string("alluxio.site.conf.rocks.inode.file", Ignore, All),
    boolean("alluxio.standalone.fuse.jvm.monitor.enabled", Warn, Worker).or("false"),
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
        .about("x"),
    string("alluxio.version", Ignore, All)
        .or("2.9.4")
        .hidden()
        .not_in_site_file()
        .about("x"),
    boolean("alluxio.web.cors.allow.credential", Warn, Server).or("false"),
    string("alluxio.web.cors.allow.headers", Warn, Server).or("*"),
    string("alluxio.web.cors.allow.methods", Warn, Server).or("*"),
    string("alluxio.web.cors.allow.origins", Warn, Server).or("*"),
    boolean("alluxio.web.cors.enabled", Warn, Server)
        .or("false")
        .about("x"),
    string("alluxio.web.cors.exposed.headers", Warn, Server).or("*"),
    integer("alluxio.web.cors.max.age", Warn, Server).or("-1"),
    boolean("alluxio.web.file.info.enabled", Enforce, Server)
        .or("true")
        .about("x"),
    duration("alluxio.web.refresh.interval", Warn, Server)
        .or("15s")
        .about("x"),
    string("alluxio.web.resources", Warn, Server)
        .or("${alluxio.home}/webui/")
        .hidden(),
    boolean("alluxio.web.threaddump.log.enabled", Warn, Server).or("false"),
    integer("alluxio.web.threads", Warn, Server).or("1"),
    boolean("alluxio.web.ui.enabled", Warn, Server)
        .or("true")
        .about("x"),
    string("alluxio.work.dir", Warn, Server)
        .or("${alluxio.home}")
        .about("x"),
];
