//! Properties of the FUSE mount.

use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Client};
use crate::conf::property::{Property, boolean, class, duration, integer, list, string};

/// Properties of the FUSE mount.
pub(super) const PROPERTIES: &[Property] = &[
    class("alluxio.fuse.auth.policy.class", Ignore, Client)
        .or("alluxio.fuse.auth.LaunchUserGroupAuthPolicy"),
    string("alluxio.fuse.auth.policy.custom.group", Ignore, Client),
    string("alluxio.fuse.auth.policy.custom.user", Ignore, Client),
    integer("alluxio.fuse.cached.paths.max", Ignore, Client).or("500"),
    boolean("alluxio.fuse.debug.enabled", Ignore, Client).or("false"),
    string("alluxio.fuse.fs.name", Ignore, Client).or("alluxio-fuse"),
    boolean("alluxio.fuse.jnifuse.enabled", Ignore, Client).or("true"),
    integer("alluxio.fuse.jnifuse.libfuse.version", Ignore, All).or("2"),
    duration("alluxio.fuse.logging.threshold", Ignore, Client).or("10s"),
    string("alluxio.fuse.mount.alluxio.path", Warn, All)
        .or("/")
        .alias(&["alluxio.worker.fuse.mount.alluxio.path"]),
    list("alluxio.fuse.mount.options", Warn, All)
        .or("attr_timeout=600,entry_timeout=600")
        .alias(&["alluxio.worker.fuse.mount.options"]),
    string("alluxio.fuse.mount.point", Warn, All)
        .or("/mnt/alluxio-fuse")
        .alias(&["alluxio.worker.fuse.mount.point"]),
    boolean("alluxio.fuse.shared.caching.reader.enabled", Ignore, Client).or("false"),
    boolean("alluxio.fuse.special.command.enabled", Ignore, Client).or("false"),
    duration("alluxio.fuse.stat.cache.refresh.interval", Warn, All).or("5min"),
    duration("alluxio.fuse.umount.timeout", Ignore, Client).or("0s"),
    boolean(
        "alluxio.fuse.user.group.translation.enabled",
        Enforce,
        Client,
    )
    .or("false"),
    string("alluxio.fuse.web.bind.host", Ignore, Client).or("0.0.0.0"),
    boolean("alluxio.fuse.web.enabled", Ignore, Client).or("false"),
    string("alluxio.fuse.web.hostname", Ignore, All),
    integer("alluxio.fuse.web.port", Ignore, Client).or("49999"),
];
