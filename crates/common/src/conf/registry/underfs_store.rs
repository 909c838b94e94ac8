//! Properties of single under stores: S3, OSS, HDFS and so on.

use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Server};
use crate::conf::property::{Property, boolean, duration, integer, list, size, string};
use crate::conf::registry::reason;

/// Properties of single under stores: S3, OSS, HDFS and so on.
pub(super) const PROPERTIES: &[Property] = &[
    string("alluxio.underfs.cephfs.auth.id", Warn, Server).or("admin"),
    string("alluxio.underfs.cephfs.auth.key", Warn, Server).secret(),
    string("alluxio.underfs.cephfs.auth.keyfile", Warn, Server),
    string("alluxio.underfs.cephfs.auth.keyring", Warn, Server)
        .or("/etc/ceph/ceph.client.admin.keyring"),
    string("alluxio.underfs.cephfs.conf.file", Warn, Server).or("/etc/ceph/ceph.conf"),
    string("alluxio.underfs.cephfs.conf.options", Warn, Server),
    boolean("alluxio.underfs.cephfs.localize.reads", Warn, Server).or("false"),
    string("alluxio.underfs.cephfs.mds.namespace", Warn, Server),
    string("alluxio.underfs.cephfs.mon.host", Warn, Server).or("0.0.0.0"),
    string("alluxio.underfs.cephfs.mount.gid", Warn, Server).or("0"),
    string("alluxio.underfs.cephfs.mount.point", Warn, Server).or("/"),
    string("alluxio.underfs.cephfs.mount.uid", Warn, Server).or("0"),
    string("alluxio.underfs.gcs.default.mode", Warn, Server).or("0700"),
    string("alluxio.underfs.gcs.directory.suffix", Enforce, Server).or("/"),
    string(
        "alluxio.underfs.gcs.owner.id.to.username.mapping",
        Enforce,
        Server,
    ),
    integer(
        "alluxio.underfs.gcs.retry.delay.multiplier",
        Enforce,
        Server,
    )
    .or("2"),
    duration("alluxio.underfs.gcs.retry.initial.delay", Enforce, Server).or("1000"),
    boolean("alluxio.underfs.gcs.retry.jitter", Enforce, Server).or("true"),
    integer("alluxio.underfs.gcs.retry.max", Enforce, Server).or("60"),
    duration("alluxio.underfs.gcs.retry.max.delay", Enforce, Server).or("1min"),
    duration("alluxio.underfs.gcs.retry.total.duration", Enforce, Server).or("5min"),
    integer("alluxio.underfs.gcs.version", Enforce, Server).or("2"),
    string("alluxio.underfs.hdfs.configuration", Warn, Server)
        .or("${alluxio.conf.dir}/core-site.xml:${alluxio.conf.dir}/hdfs-site.xml"),
    string("alluxio.underfs.hdfs.impl", Enforce, Server)
        .or("org.apache.hadoop.hdfs.DistributedFileSystem"),
    list("alluxio.underfs.hdfs.prefixes", Enforce, Server).or("hdfs://,glusterfs:///"),
    boolean("alluxio.underfs.hdfs.remote", Enforce, Server).or("true"),
    duration("alluxio.underfs.kodo.connect.timeout", Warn, Server).or("50sec"),
    string("alluxio.underfs.kodo.downloadhost", Enforce, Server),
    string("alluxio.underfs.kodo.endpoint", Enforce, Server),
    integer("alluxio.underfs.kodo.requests.max", Warn, Server).or("64"),
    duration(
        "alluxio.underfs.obs.intermediate.upload.clean.age",
        Warn,
        Server,
    )
    .or("3day"),
    boolean(
        "alluxio.underfs.obs.streaming.upload.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    size(
        "alluxio.underfs.obs.streaming.upload.partition.size",
        Warn,
        Server,
    )
    .or("64MB"),
    integer("alluxio.underfs.obs.streaming.upload.threads", Warn, Server).or("20"),
    integer("alluxio.underfs.oss.connection.max", Warn, Server)
        .or("1024")
        .about("How many idle connections to a store are kept at most."),
    duration("alluxio.underfs.oss.connection.timeout", Warn, Server)
        .or("50sec")
        .alias(&["alluxio.underfs.oss.connection.timeout.ms"])
        .not_needed("A connection that is not made within 10 seconds has failed."),
    duration("alluxio.underfs.oss.connection.ttl", Warn, Server)
        .or("-1")
        .not_needed(reason::IDLE),
    string("alluxio.underfs.oss.default.mode", Warn, Server)
        .or("0700")
        .about("The mode, in octal digits, of everything in a bucket."),
    string("alluxio.underfs.oss.ecs.ram.role", Warn, Server)
        .about("The role of the machine that keys are taken from, once that is possible.")
        .not_yet(),
    duration(
        "alluxio.underfs.oss.intermediate.upload.clean.age",
        Enforce,
        Server,
    )
    .or("3day")
    .about("Uploads in parts that began longer ago and were never completed are thrown away."),
    string(
        "alluxio.underfs.oss.owner.id.to.username.mapping",
        Enforce,
        Server,
    )
    .about("What owners of buckets are called in Alluxio: `id1=user1;id2=user2`."),
    integer("alluxio.underfs.oss.retry.max", Warn, Server)
        .or("3")
        .about("How often a request is sent again that was not answered, or that the store was too busy for."),
    duration("alluxio.underfs.oss.socket.timeout", Warn, Server)
        .or("50sec")
        .alias(&["alluxio.underfs.oss.socket.timeout.ms"])
        .about("How long the next bytes of an answer may take."),
    boolean(
        "alluxio.underfs.oss.streaming.upload.enabled",
        Enforce,
        Server,
    )
    .or("false")
    .about(
        "Whether the size of the parts of an upload is that of \
         `alluxio.underfs.oss.streaming.upload.partition.size`. Uploads stream either way.",
    ),
    size(
        "alluxio.underfs.oss.streaming.upload.partition.size",
        Enforce,
        Server,
    )
    .or("64MB")
    .about("The size of the parts of an upload, 5 MB at least. A writer holds one more than are under way."),
    integer("alluxio.underfs.oss.streaming.upload.threads", Warn, Server)
        .or("20")
        .about("How many parts of one file are under way at once; 4 unless it is set."),
    string(
        "alluxio.underfs.oss.sts.ecs.metadata.service.endpoint",
        Warn,
        Server,
    )
    .or("http://100.100.100.200/latest/meta-data/ram/security-credentials/")
    .about("Where a machine asks for the keys of its role.")
    .not_yet(),
    boolean("alluxio.underfs.oss.sts.enabled", Warn, Server)
        .or("false")
        .about("Whether keys come from the role of the machine, which is refused so far."),
    duration(
        "alluxio.underfs.oss.sts.token.refresh.interval.ms",
        Warn,
        Server,
    )
    .or("30m")
    .about("How long keys of a role are used before new ones are taken.")
    .not_yet(),
    list("alluxio.underfs.ozone.prefixes", Enforce, Server).or("o3fs://,ofs://"),
    duration("alluxio.underfs.web.connnection.timeout", Enforce, Server).or("60s"),
    string("alluxio.underfs.web.header.last.modified", Enforce, Server)
        .or("EEE, dd MMM yyyy HH:mm:ss zzz"),
    list("alluxio.underfs.web.parent.names", Enforce, Server).or("Parent Directory,..,../"),
    list("alluxio.underfs.web.titles", Enforce, Server).or("Index of,Directory listing for"),
    string("fs.azure.account.oauth2.client.endpoint", Enforce, Server),
    string("fs.azure.account.oauth2.client.id", Enforce, Server),
    string("fs.azure.account.oauth2.client.secret", Enforce, Server).secret(),
    string("fs.azure.account.oauth2.msi.endpoint", Enforce, Server),
    string("fs.azure.account.oauth2.msi.tenant", Enforce, Server),
    string("fs.cos.access.key", Enforce, Server).secret(),
    string("fs.cos.app.id", Ignore, Server),
    integer("fs.cos.connection.max", Ignore, Server).or("1024"),
    duration("fs.cos.connection.timeout", Ignore, Server).or("50sec"),
    string("fs.cos.region", Enforce, Server),
    string("fs.cos.secret.key", Enforce, Server).secret(),
    duration("fs.cos.socket.timeout", Ignore, Server).or("50sec"),
    string("fs.gcs.accessKeyId", Enforce, Server).secret(),
    string("fs.gcs.credential.path", Enforce, Server),
    string("fs.gcs.secretAccessKey", Enforce, Server).secret(),
    string("fs.kodo.accesskey", Enforce, Server)
        .alias(&["fs.kodo.accessKey"])
        .secret(),
    string("fs.kodo.secretkey", Enforce, Server)
        .alias(&["fs.kodo.secretKey"])
        .secret(),
    string("fs.obs.accessKey", Enforce, Server).secret(),
    string("fs.obs.bucketType", Enforce, Server).or("obs"),
    string("fs.obs.endpoint", Enforce, Server).or("obs.myhwclouds.com"),
    string("fs.obs.secretKey", Enforce, Server).secret(),
    string("fs.oss.accessKeyId", Enforce, Server)
        .secret()
        .about("The id of the key that requests to OSS are signed with."),
    string("fs.oss.accessKeySecret", Enforce, Server)
        .secret()
        .about("The secret of the key that requests to OSS are signed with."),
    string("fs.oss.endpoint", Enforce, Server).about(
        "Where OSS is: `oss-cn-hangzhou.aliyuncs.com`, or `http://host:port`. Aliyun's own \
         endpoints are reached over TLS unless it begins with `http://`.",
    ),
    string("fs.swift.auth.method", Enforce, All),
    string("fs.swift.auth.url", Enforce, All),
    string("fs.swift.password", Enforce, All).secret(),
    string("fs.swift.region", Enforce, All),
    boolean("fs.swift.simulation", Enforce, All),
    string("fs.swift.tenant", Enforce, All).secret(),
    string("fs.swift.user", Enforce, All).secret(),
];
