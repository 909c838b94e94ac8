//! Properties of S3, MinIO, and whatever else speaks their protocol.

use crate::conf::property::Consistency::{Enforce, Warn};
use crate::conf::property::Scope::Server;
use crate::conf::property::{Property, boolean, duration, integer, size, string};
use crate::conf::registry::reason;

/// Properties of S3, MinIO, and whatever else speaks their protocol.
pub(super) const PROPERTIES: &[Property] = &[
    integer("alluxio.underfs.s3.admin.threads.max", Warn, Server)
        .or("20")
        .not_needed(reason::REQUESTS),
    boolean("alluxio.underfs.s3.bulk.delete.enabled", Enforce, Server)
        .or("true")
        .alias(&["alluxio.underfs.s3a.bulk.delete.enabled"])
        .hidden()
        .about(
            "Whether up to 1,000 objects are deleted with one request. To be switched \
             off for stores that do not know the request.",
        ),
    duration("alluxio.underfs.s3.connection.ttl", Warn, Server)
        .or("-1")
        .not_needed(reason::IDLE),
    string("alluxio.underfs.s3.default.mode", Warn, Server)
        .or("0700")
        .alias(&["alluxio.underfs.s3a.default.mode"])
        .about(
            "The mode, in octal digits, of everything in a bucket whose access \
             control list is not asked for or not told.",
        ),
    string("alluxio.underfs.s3.directory.suffix", Enforce, Server)
        .or("/")
        .alias(&["alluxio.underfs.s3a.directory.suffix"])
        .about(
            "What the names of the empty objects end with that stand for directories. \
             Only / is known; another value is refused.",
        ),
    boolean("alluxio.underfs.s3.disable.dns.buckets", Enforce, Server)
        .or("false")
        .about(
            "Whether the bucket stands in the path of a request instead of in the \
             name of the host. MinIO and most stores of one's own need it.",
        ),
    string("alluxio.underfs.s3.endpoint", Enforce, Server).about(
        "Where the store is: host:port, http://host:port/ or https://host/. \
             Without it, Amazon's in the region.",
    ),
    string("alluxio.underfs.s3.endpoint.region", Enforce, Server)
        .about("An older name for the region; `alluxio.underfs.s3.region` goes first."),
    boolean("alluxio.underfs.s3.inherit.acl", Enforce, Server)
        .or("true")
        .alias(&["alluxio.underfs.s3a.inherit_acl"])
        .about(
            "Whether owner and mode of everything come from the access control list \
             of the bucket.",
        ),
    duration(
        "alluxio.underfs.s3.intermediate.upload.clean.age",
        Warn,
        Server,
    )
    .or("3day")
    .alias(&["alluxio.underfs.s3a.intermediate.upload.clean.age"])
    .about(
        "How long ago an unfinished upload was begun that `alluxio.underfs.cleanup.enabled` \
             takes for an abandoned one. Those of a worker that crashed are aborted when it \
             uses the store again.",
    ),
    boolean("alluxio.underfs.s3.list.objects.v1", Enforce, Server)
        .or("false")
        .alias(&["alluxio.underfs.s3a.list.objects.v1"])
        .about(
            "Whether listings use the first version of the request, for stores that \
             know no other.",
        ),
    integer("alluxio.underfs.s3.max.error.retry", Warn, Server)
        .alias(&["alluxio.underfs.s3a.max.error.retry"])
        .about(
            "How often a request that failed is sent again, at most 20 times. Unless \
             it is set, 3 times. Refusals and silence are final.",
        ),
    string(
        "alluxio.underfs.s3.owner.id.to.username.mapping",
        Enforce,
        Server,
    )
    .about(
        "User names for the canonical ids of owners in access control lists: \
             id1=user1;id2=user2.",
    ),
    string("alluxio.underfs.s3.proxy.host", Enforce, Server)
        .about("The host of an HTTP proxy that all requests go through."),
    integer("alluxio.underfs.s3.proxy.port", Enforce, Server)
        .about("The port of that proxy; 80 unless it is set."),
    string("alluxio.underfs.s3.region", Enforce, Server).about(
        "The region of the bucket. Without it, that of the endpoint, else \
             us-east-1; a bucket that says it is elsewhere is followed.",
    ),
    duration("alluxio.underfs.s3.request.timeout", Warn, Server)
        .or("1min")
        .alias(&[
            "alluxio.underfs.s3a.request.timeout.ms",
            "alluxio.underfs.s3a.request.timeout",
        ])
        .about(
            "How long an answer to a request that writes or copies may take, besides a \
             second for every 2 MB; other answers have at most 30 seconds. 0 counts as not set.",
        ),
    boolean("alluxio.underfs.s3.secure.http.enabled", Enforce, Server)
        .or("false")
        .alias(&["alluxio.underfs.s3a.secure.http.enabled"])
        .about("Whether an endpoint without a scheme is spoken to with TLS."),
    boolean(
        "alluxio.underfs.s3.server.side.encryption.enabled",
        Enforce,
        Server,
    )
    .or("false")
    .alias(&["alluxio.underfs.s3a.server.side.encryption.enabled"])
    .about(
        "Whether the store is asked to encrypt what is written, with keys of its \
             own.",
    ),
    string("alluxio.underfs.s3.signer.algorithm", Enforce, Server)
        .alias(&["alluxio.underfs.s3a.signer.algorithm"])
        .about(
            "How requests are signed. Only AWSS3V4SignerType is known, version 4, which \
             counts without it too; another value is refused.",
        ),
    duration("alluxio.underfs.s3.socket.timeout", Warn, Server)
        .or("50sec")
        .alias(&[
            "alluxio.underfs.s3a.socket.timeout.ms",
            "alluxio.underfs.s3a.socket.timeout",
        ])
        .about("How long the content of an answer may pause."),
    boolean(
        "alluxio.underfs.s3.streaming.upload.enabled",
        Enforce,
        Server,
    )
    .or("false")
    .alias(&["alluxio.underfs.s3a.streaming.upload.enabled"])
    .about(
        "Whether files are uploaded in parts of the size of \
             `alluxio.underfs.s3.streaming.upload.partition.size`. Files are uploaded \
             while they are written in any case; without it, in parts of 8 MB.",
    ),
    size(
        "alluxio.underfs.s3.streaming.upload.partition.size",
        Warn,
        Server,
    )
    .or("64MB")
    .alias(&["alluxio.underfs.s3a.streaming.upload.partition.size"])
    .about(
        "The size of those parts, between 5 MB and 256 MB. The parts of a large \
             file grow, so that 10,000 suffice.",
    ),
    integer("alluxio.underfs.s3.threads.max", Warn, Server)
        .or("40")
        .about("How many connections to the store are kept for the next request."),
    integer("alluxio.underfs.s3.upload.threads.max", Warn, Server)
        .or("20")
        .about(
            "How many parts of one file are sent at once, at most 20. Unless it is set, 4: \
             more of them hold memory, and seldom make it faster.",
        ),
    string("s3a.accessKeyId", Enforce, Server)
        .alias(&["aws.accessKeyId"])
        .secret()
        .about(
            "The key that requests to S3 are signed with. Without keys they are \
             anonymous.",
        ),
    string("s3a.secretKey", Enforce, Server)
        .alias(&["aws.secretKey"])
        .secret()
        .about("The secret that belongs to `s3a.accessKeyId`."),
    string("s3a.sessionToken", Enforce, Server).secret().about(
        "The token that belongs to temporary keys. They are not renewed: mount anew with \
         `fs mount --remount` before they expire.",
    ),
];
