//! Properties that older releases had.

/// A property that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// Its name.
    pub name: &'static str,
    /// The release that dropped it.
    pub since: &'static str,
    /// What took its place.
    pub instead: Option<&'static str>,
}

impl Removed {
    /// The sentence to print.
    pub fn message(&self) -> String {
        let since = self.since;
        match self.instead {
            None => format!("this property has been removed since v{since}."),
            Some(other) => {
                format!("this property has been removed since v{since}, use {other} instead.")
            }
        }
    }
}

const fn gone(name: &'static str, since: &'static str) -> Removed {
    Removed {
        name,
        since,
        instead: None,
    }
}

const fn moved(name: &'static str, since: &'static str, instead: &'static str) -> Removed {
    Removed {
        name,
        since,
        instead: Some(instead),
    }
}

/// All of them, sorted by name.
pub(super) const REMOVED: &[Removed] = &[
    gone("alluxio.fuse.maxwrite.bytes", "2.9.0"),
    gone("alluxio.keyvalue.enabled", "2.0.0"),
    gone("alluxio.keyvalue.partition.size.bytes.max", "2.0.0"),
    gone("alluxio.master.client.socket.cleanup.interval", "2.0.0"),
    gone("alluxio.master.connection.timeout", "2.0.0"),
    gone(
        "alluxio.master.embedded.journal.appender.batch.size",
        "2.4.0",
    ),
    gone("alluxio.master.embedded.journal.shutdown.timeout", "2.4.0"),
    gone("alluxio.master.embedded.journal.storage.level", "2.4.0"),
    gone(
        "alluxio.master.embedded.journal.triggered.snapshot.wait.timeout",
        "2.4.0",
    ),
    gone("alluxio.master.file.async.persist.handler", "2.0.0"),
    moved(
        "alluxio.master.heartbeat.interval",
        "2.0.0",
        "alluxio.master.lost.worker.file.detection.interval",
    ),
    gone("alluxio.master.journal.formatter.class", "2.0"),
    gone("alluxio.master.lineage.checkpoint.class", "2.0.0"),
    gone("alluxio.master.lineage.checkpoint.interval", "2.0.0"),
    gone("alluxio.master.lineage.recompute.interval", "2.0.0"),
    gone("alluxio.master.lineage.recompute.log.path", "2.0.0"),
    moved(
        "alluxio.master.master.heartbeat.interval",
        "2.0.0",
        "alluxio.master.standby.heartbeat.interval",
    ),
    gone("alluxio.master.retry", "2.0.0"),
    gone("alluxio.master.startup.consistency.check.enabled", "2.0.0"),
    gone("alluxio.master.thrift.shutdown.timeout", "2.0.0"),
    gone("alluxio.master.worker.threads.max", "2.0.0"),
    gone("alluxio.master.worker.threads.min", "2.0.0"),
    gone("alluxio.network.netty.heartbeat.timeout", "2.0.0"),
    gone("alluxio.network.thrift.frame.size.bytes.max", "2.0.0"),
    gone("alluxio.security.authentication.socket.timeout", "2.0.0"),
    gone("alluxio.security.authentication.socket.timeout.ms", "2.0.0"),
    gone("alluxio.test.removed.key", "2.0.0"),
    gone(
        "alluxio.underfs.object.store.read.retry.base.sleep",
        "2.0.0",
    ),
    gone("alluxio.underfs.object.store.read.retry.max.num", "2.0.0"),
    gone("alluxio.underfs.object.store.read.retry.max.sleep", "2.0.0"),
    gone("alluxio.underfs.s3a.consistency.timeout", "2.0.0"),
    gone("alluxio.user.block.remote.reader.class", "2.0.0"),
    gone("alluxio.user.block.remote.writer.class", "2.0.0"),
    gone("alluxio.user.block.worker.client.pool.size.max", "2.0.0"),
    gone("alluxio.user.block.worker.client.threads", "2.0.0"),
    gone("alluxio.user.failed.space.request.limits", "2.0.0"),
    gone("alluxio.user.file.cache.partially.read.block", "2.0.0"),
    moved(
        "alluxio.user.file.copyfromlocal.write.location.policy.class",
        "2.0.0",
        "alluxio.user.file.copyfromlocal.block.location.policy.class",
    ),
    gone("alluxio.user.file.seek.buffer.size.bytes", "2.0.0"),
    moved(
        "alluxio.user.file.write.avoid.eviction.policy.reserved.size.bytes",
        "2.0.0",
        "alluxio.user.block.avoid.eviction.policy.reserved.size.bytes",
    ),
    moved(
        "alluxio.user.file.write.location.policy.class",
        "2.0.0",
        "alluxio.user.block.write.location.policy.class",
    ),
    gone("alluxio.user.heartbeat.interval", "2.0.0"),
    gone("alluxio.user.lineage.enabled", "2.0.0"),
    gone("alluxio.user.lineage.master.client.threads", "2.0.0"),
    gone("alluxio.user.local.reader.packet.size.bytes", "2.0.0"),
    gone("alluxio.user.local.writer.packet.size.bytes", "2.0.0"),
    gone("alluxio.user.network.netty.channel.pool.disabled", "2.0.0"),
    gone(
        "alluxio.user.network.netty.channel.pool.gc.threshold",
        "2.0.0",
    ),
    gone("alluxio.user.network.netty.channel.pool.size.max", "2.0.0"),
    gone("alluxio.user.network.netty.channel.pool.size.min", "2.0.0"),
    gone(
        "alluxio.user.network.netty.reader.buffer.size.packets",
        "2.0.0",
    ),
    gone(
        "alluxio.user.network.netty.reader.packet.size.bytes",
        "2.0.0",
    ),
    gone(
        "alluxio.user.network.netty.writer.buffer.size.packets",
        "2.0.0",
    ),
    gone("alluxio.user.network.netty.writer.close.timeout", "2.0.0"),
    gone(
        "alluxio.user.network.netty.writer.packet.size.bytes",
        "2.0.0",
    ),
    gone("alluxio.user.network.socket.timeout", "2.0.0"),
    gone("alluxio.user.rpc.retry.max.num.retry", "2.0.0"),
    gone(
        "alluxio.user.ufs.delegation.read.buffer.size.bytes",
        "2.0.0",
    ),
    gone(
        "alluxio.user.ufs.delegation.write.buffer.size.bytes",
        "2.0.0",
    ),
    gone("alluxio.user.ufs.file.reader.class", "2.0.0"),
    gone("alluxio.user.ufs.file.writer.class", "2.0.0"),
    gone("alluxio.web.temp.path", "2.0.0"),
    gone("alluxio.worker.block.threads.max", "2.0.0"),
    gone("alluxio.worker.block.threads.min", "2.0.0"),
    gone("alluxio.worker.data.bind.host", "2.0.0"),
    gone("alluxio.worker.data.hostname", "2.0.0"),
    moved(
        "alluxio.worker.data.port",
        "2.0.0",
        "alluxio.worker.rpc.port",
    ),
    gone("alluxio.worker.data.server.class", "2.6.0"),
    gone("alluxio.worker.evictor.lrfu.attenuation.factor", "2.3.0"),
    gone("alluxio.worker.evictor.lrfu.step.factor", "2.3.0"),
    gone("alluxio.worker.file.buffer.size", "2.6.0"),
    gone("alluxio.worker.file.persist.pool.size", "2.1.0"),
    gone("alluxio.worker.file.persist.rate.limit", "2.1.0"),
    gone("alluxio.worker.file.persist.rate.limit.enabled", "2.1.0"),
    gone("alluxio.worker.filesystem.heartbeat.interval", "2.1.0"),
    moved(
        "alluxio.worker.memory.size",
        "2.4.0",
        "alluxio.worker.ramdisk.size",
    ),
    gone(
        "alluxio.worker.network.netty.async.cache.manager.threads.max",
        "2.0.0",
    ),
    gone("alluxio.worker.network.netty.backlog", "2.0.0"),
    gone(
        "alluxio.worker.network.netty.block.reader.threads.max",
        "2.0.0",
    ),
    gone(
        "alluxio.worker.network.netty.block.writer.threads.max",
        "2.0.0",
    ),
    gone("alluxio.worker.network.netty.buffer.receive", "2.0.0"),
    gone("alluxio.worker.network.netty.buffer.send", "2.0.0"),
    gone("alluxio.worker.network.netty.file.transfer", "2.0.0"),
    gone(
        "alluxio.worker.network.netty.file.writer.threads.max",
        "2.0.0",
    ),
    gone(
        "alluxio.worker.network.netty.reader.buffer.size.packets",
        "2.0.0",
    ),
    gone("alluxio.worker.network.netty.rpc.threads.max", "2.0.0"),
    gone("alluxio.worker.network.netty.shutdown.timeout", "2.0.0"),
    gone(
        "alluxio.worker.network.netty.writer.buffer.size.packets",
        "2.0.0",
    ),
    moved(
        "alluxio.worker.tieredstore.level0.reserved.ratio",
        "2.0.0",
        "alluxio.worker.tieredstore.level0.watermark.{high/low}.ratio",
    ),
    moved(
        "alluxio.worker.tieredstore.level1.reserved.ratio",
        "2.0.0",
        "alluxio.worker.tieredstore.level1.watermark.{high/low}.ratio",
    ),
    moved(
        "alluxio.worker.tieredstore.level2.reserved.ratio",
        "2.0.0",
        "alluxio.worker.tieredstore.level2.watermark.{high/low}.ratio",
    ),
    gone("alluxio.worker.tieredstore.reserver.enabled", "2.0.0"),
    gone("alluxio.worker.tieredstore.retry", "2.0.0"),
    moved("fs.swift.apikey", "2.0.0", "fs.swift.password"),
    gone("fs.swift.use.public.url", "2.0.0"),
];
