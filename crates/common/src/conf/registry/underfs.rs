//! Properties that all under stores share.

use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master, Server};
use crate::conf::property::{Property, boolean, cores, duration, integer, size, string};
use crate::conf::registry::reason;

/// Properties that all under stores share.
pub(super) const PROPERTIES: &[Property] = &[
    boolean("alluxio.underfs.allow.set.owner.failure", Enforce, Master)
        .or("false")
        .about(
            "Whether a change of owner or mode that the store refuses is kept in the \
             namespace alone, with a warning.",
        )
        .not_yet(),
    boolean("alluxio.underfs.cleanup.enabled", Enforce, Master)
        .or("false")
        .about("Whether unfinished uploads and leftovers of failed writes in stores are looked for and removed."),
    duration("alluxio.underfs.cleanup.interval", Warn, Master)
        .or("1day")
        .about("How often they are looked for."),
    duration(
        "alluxio.underfs.eventual.consistency.retry.base.sleep",
        Warn,
        Server,
    )
    .or("50ms")
    .not_needed(reason::CONSISTENT),
    integer(
        "alluxio.underfs.eventual.consistency.retry.max.num",
        Warn,
        Server,
    )
    .or("0")
    .not_needed(reason::CONSISTENT),
    duration(
        "alluxio.underfs.eventual.consistency.retry.max.sleep",
        Warn,
        Server,
    )
    .or("30sec")
    .not_needed(reason::CONSISTENT),
    integer("alluxio.underfs.io.threads", Warn, Server)
        .computed(cores(3, 1, 4))
        .not_needed(reason::REQUESTS),
    integer("alluxio.underfs.listing.length", Enforce, Master)
        .or("1000")
        .not_needed("A page holds 1,000 entries, the most that stores give."),
    boolean(
        "alluxio.underfs.local.skip.broken.symlinks",
        Enforce,
        Server,
    )
    .or("false")
    .about(
        "Whether a link that leads nowhere is left out of listings of a local \
             store, instead of being an error.",
    ),
    duration("alluxio.underfs.logging.threshold", Ignore, Server)
        .or("10s")
        .about("A call to a store that takes longer than this is logged as a warning.")
        .not_yet(),
    boolean(
        "alluxio.underfs.object.store.breadcrumbs.enabled",
        Warn,
        Server,
    )
    .or("true")
    .not_needed("Reading and listing write nothing into a store."),
    boolean(
        "alluxio.underfs.object.store.mount.shared.publicly",
        Enforce,
        Server,
    )
    .or("false")
    .about(
        "Whether the root store is a shared mount: what is found in it may be used by everybody as \
         by its owner.",
    ),
    size(
        "alluxio.underfs.object.store.multi.range.chunk.size",
        Warn,
        Server,
    )
    .or("${alluxio.user.block.size.bytes.default}")
    .not_needed("A reader asks for ranges of at most 8 MB, and for the next one ahead."),
    integer("alluxio.underfs.object.store.service.threads", Warn, Server)
        .or("20")
        .not_needed(reason::REQUESTS),
    boolean(
        "alluxio.underfs.object.store.skip.parent.directory.creation",
        Warn,
        Server,
    )
    .or("true")
    .not_needed("A file in a bucket never needs the directories above it, and none are made for it."),
    duration(
        "alluxio.underfs.object.store.streaming.upload.part.timeout",
        Enforce,
        Server,
    )
    .not_needed(
        "A part has the time of `alluxio.underfs.s3.request.timeout`, and a second more for \
         every 2 MB.",
    ),
    string("alluxio.underfs.persistence.async.temp.dir", Ignore, All)
        .or(".alluxio_ufs_persistence")
        .about(
            "The folder in the root of a store in which files that are written in the \
             background stay until they are complete.",
        ),
    boolean(
        "alluxio.underfs.strict.version.match.enabled",
        Enforce,
        Server,
    )
    .or("false"),
    string("alluxio.underfs.version", Ignore, All)
        .or("3.3.4")
        .hidden()
        .about(
            "The version that clients of the original ask for when they connect. Not to \
             be set.",
        ),
];
