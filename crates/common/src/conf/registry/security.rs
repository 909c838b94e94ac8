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
    .about(
        "How users prove who they are: SIMPLE believes what a client says, NOSASL \
             does not ask and everybody is the same user. The others are not available.",
    ),
    boolean(
        "alluxio.security.authorization.permission.enabled",
        Enforce,
        All,
    )
    .or("true")
    .at_start()
    .about("Whether owner, group and mode of files are checked."),
    string(
        "alluxio.security.authorization.permission.supergroup",
        Enforce,
        Master,
    )
    .or("supergroup")
    .about("The group whose members may do everything."),
    string(
        "alluxio.security.authorization.permission.umask",
        Enforce,
        All,
    )
    .or("022")
    .about("The permissions that new files and directories do not get, in octal."),
    duration("alluxio.security.group.mapping.cache.timeout", Enforce, All)
        .or("1min")
        .alias(&["alluxio.security.group.mapping.cache.timeout.ms"])
        .about("How long the groups of a user are remembered; 0 asks each time."),
    class("alluxio.security.group.mapping.class", Enforce, All)
        .or("alluxio.security.group.provider.ShellBasedUnixGroupsMapping")
        .about(
            "Where groups come from: the operating system of the master \
             (ShellBasedUnixGroupsMapping), or a group of the user's own name \
             (IdentityUserGroupsMapping).",
        ),
    string(
        "alluxio.security.login.impersonation.username",
        Ignore,
        Client,
    )
    .or("_HDFS_USER_")
    .about(
        "The user that a client acts for: _HDFS_USER_ stands for the user of the \
             Hadoop program around it, _NONE_ for nobody else.",
    )
    .not_yet(),
    string("alluxio.security.login.username", Enforce, Client)
        .about("The user that this process acts as, in place of its operating system user."),
    duration("alluxio.security.stale.channel.purge.interval", Warn, All)
        .or("3day")
        .about(
            "How long an authenticated connection may be idle before it must \
             authenticate again.",
        ),
];
