//! Properties about who may do what.

use super::choices::AUTH_TYPE;
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Client, Master};
use crate::conf::property::{Property, boolean, choice, class, duration, string};

/// Properties about who may do what.
pub(super) const PROPERTIES: &[Property] = &[
    class(
        "alluxio.security.authentication.custom.provider.class",
        Warn,
        All,
    ),
    choice(
        "alluxio.security.authentication.type",
        AUTH_TYPE,
        Enforce,
        All,
    )
    .or("SIMPLE")
    .at_start()
    .about("x"),
    boolean(
        "alluxio.security.authorization.permission.enabled",
        Enforce,
        All,
    )
    .or("true")
    .at_start()
    .about("x"),
    string(
        "alluxio.security.authorization.permission.supergroup",
        Enforce,
        Master,
    )
    .or("supergroup")
    .about("x"),
    string(
        "alluxio.security.authorization.permission.umask",
        Enforce,
        All,
    )
    .or("022")
    .about("x"),
    duration("alluxio.security.group.mapping.cache.timeout", Enforce, All)
        .or("1min")
        .alias(&["alluxio.security.group.mapping.cache.timeout.ms"])
        .about("x"),
    class("alluxio.security.group.mapping.class", Enforce, All)
        .or("alluxio.security.group.provider.ShellBasedUnixGroupsMapping")
        .about("x"),
    string(
        "alluxio.security.login.impersonation.username",
        Ignore,
        Client,
    )
    .or("_HDFS_USER_")
    .about("x"),
    string("alluxio.security.login.username", Enforce, Client).about("x"),
    duration("alluxio.security.stale.channel.purge.interval", Warn, All)
        .or("3day")
        .about("x"),
];
