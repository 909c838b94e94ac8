//! How callers are identified, and who a server is for others.

use std::collections::BTreeMap;
use std::sync::Arc;

use alluxio_common::conf::{Conf, key};
use alluxio_common::user::{
    CachedGroups, GroupMapping, UnknownGroupMapping, group_mapping, login_user,
};
use alluxio_common::{Clock, Describe, ErrorCode, Hint};
use alluxio_rpc::{
    Authentication, ChannelsConf, Impersonation, ImpersonationRule, Login, SimpleAuthentication,
    UserGroups,
};
use async_trait::async_trait;

const IMPERSONATION: &str = "alluxio.master.security.impersonation.";

/// There is no way to look up groups.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", key::SECURITY_GROUP_MAPPING_CLASS)]
pub(in super::super) struct UnusableGroupMapping {
    #[from]
    source: UnknownGroupMapping,
}

impl Describe for UnusableGroupMapping {
    fn code(&self) -> ErrorCode {
        ErrorCode::InvalidArgument
    }

    fn hint(&self) -> Option<Hint> {
        Some(Hint::CheckProperty(key::SECURITY_GROUP_MAPPING_CLASS))
    }
}

/// How callers are identified.
pub(in super::super) fn authentication(
    conf: &Conf,
    clock: &Arc<dyn Clock>,
) -> Result<Authentication, UnusableGroupMapping> {
    if conf.choice(key::SECURITY_AUTHENTICATION_TYPE) == "NOSASL" {
        return Ok(Authentication::NoSasl {
            login_user: login_user(conf),
        });
    }
    Ok(Authentication::Simple(SimpleAuthentication {
        impersonation: impersonation(conf),
        groups: Arc::new(Directory(groups(conf, clock)?)),
        channels: ChannelsConf {
            stale_after: conf.duration(key::SECURITY_STALE_CHANNEL_PURGE_INTERVAL),
            ..ChannelsConf::default()
        },
    }))
}

/// Who a server is for others.
pub(super) fn login(conf: &Conf) -> Login {
    if conf.choice(key::SECURITY_AUTHENTICATION_TYPE) == "NOSASL" {
        Login::NoSasl
    } else {
        Login::simple(login_user(conf))
    }
}

/// Where the groups of users are looked up.
pub(in super::super) fn groups(
    conf: &Conf,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn GroupMapping>, UnusableGroupMapping> {
    let mapping = group_mapping(conf.string(key::SECURITY_GROUP_MAPPING_CLASS))?;
    let timeout = conf.duration(key::SECURITY_GROUP_MAPPING_CACHE_TIMEOUT);
    Ok(Arc::new(CachedGroups::new(
        mapping,
        timeout,
        Arc::clone(clock),
    )))
}

/// `alluxio.master.security.impersonation.<user>.users` and `….groups`.
fn impersonation(conf: &Conf) -> Impersonation {
    let mut rules: BTreeMap<String, ImpersonationRule> = BTreeMap::new();
    for name in conf.below(IMPERSONATION).into_keys() {
        let Some((user, what)) = name.rsplit_once('.') else {
            continue;
        };
        let names = conf.list(&format!("{IMPERSONATION}{name}"));
        let rule = rules.entry(user.to_owned()).or_default();
        match what {
            "users" => rule.users = names,
            "groups" => rule.groups = names,
            _ => {}
        }
    }
    Impersonation { rules }
}

/// The directory of users, for the handshake.
#[derive(Debug)]
struct Directory(Arc<dyn GroupMapping>);

#[async_trait]
impl UserGroups for Directory {
    async fn groups_of(&self, user: &str) -> Vec<String> {
        let (mapping, user) = (Arc::clone(&self.0), user.to_owned());
        // A directory service may take its time.
        let asked = tokio::task::spawn_blocking(move || mapping.groups(&user)).await;
        asked.map(|groups| groups.to_vec()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alluxio_common::SystemClock;
    use alluxio_common::conf::Machine;

    use super::*;

    #[test]
    fn how_long_a_channel_may_rest_comes_from_its_property() {
        let values = [("alluxio.security.stale.channel.purge.interval", "5s")];
        let conf = Conf::of(Machine::sample(), &values).unwrap();
        let authentication = authentication(&conf, &SystemClock::shared()).unwrap();
        assert!(matches!(
            authentication,
            Authentication::Simple(simple) if simple.channels.stale_after == Duration::from_secs(5)
        ));
    }

    #[test]
    fn rules_of_impersonation_come_from_their_properties() {
        let values = [
            ("alluxio.master.security.impersonation.hive.users", "a,b"),
            ("alluxio.master.security.impersonation.hive.groups", "*"),
        ];
        let rules = impersonation(&Conf::of(Machine::sample(), &values).unwrap()).rules;
        let rule = &rules["hive"];
        assert_eq!((rule.users.len(), rule.groups.len()), (2, 1));
    }
}
