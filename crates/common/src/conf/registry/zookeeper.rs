//! Properties of the election by ZooKeeper.

use super::choices::ZOOKEEPER_CONNECTION_ERROR_POLICY;
use crate::conf::property::Consistency::{Enforce, Ignore, Warn};
use crate::conf::property::Scope::{All, Master};
use crate::conf::property::{Property, boolean, choice, duration, integer, string};

/// Properties of the election by ZooKeeper.
pub(super) const PROPERTIES: &[Property] = &[
    string("alluxio.zookeeper.address", Enforce, All)
        .about("The ZooKeeper servers as host:port, with commas between them."),
    boolean("alluxio.zookeeper.auth.enabled", Warn, All).or("true"),
    duration("alluxio.zookeeper.connection.timeout", Warn, Master).or("15s"),
    string("alluxio.zookeeper.election.path", Enforce, All).or("/alluxio/election"),
    boolean("alluxio.zookeeper.enabled", Enforce, All)
        .or("false")
        .about(
            "Whether masters are elected by ZooKeeper, and found through it. Needs \
             alluxio.zookeeper.address.",
        ),
    string("alluxio.zookeeper.job.election.path", Ignore, All).or("/alluxio/job_election"),
    string("alluxio.zookeeper.job.leader.path", Ignore, All).or("/alluxio/job_leader"),
    choice(
        "alluxio.zookeeper.leader.connection.error.policy",
        ZOOKEEPER_CONNECTION_ERROR_POLICY,
        Enforce,
        Master,
    )
    .or("SESSION"),
    integer("alluxio.zookeeper.leader.inquiry.retry", Warn, All).or("10"),
    string("alluxio.zookeeper.leader.path", Enforce, All).or("/alluxio/leader"),
    duration("alluxio.zookeeper.session.timeout", Warn, Master).or("60s"),
];
