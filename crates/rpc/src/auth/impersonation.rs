//! Who may act for whom.

use std::collections::BTreeMap;
use std::fmt;

use alluxio_common::{Describe, ErrorCode, Fact};
use async_trait::async_trait;

/// Stands for everybody in a list of users or groups.
const ANYBODY: &str = "*";

/// Tells the groups of a user. The server that authenticates decides where it looks.
#[async_trait]
pub trait UserGroups: Send + Sync + fmt::Debug + 'static {
    /// All groups of the user; none for a user that is not known.
    async fn groups_of(&self, user: &str) -> Vec<String>;
}

/// For whom one user may act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImpersonationRule {
    /// These users; `*` for all.
    pub users: Vec<String>,
    /// The members of these groups; `*` for everybody.
    pub groups: Vec<String>,
}

/// The rules of a server, by the name of the user who connects. Whoever has no rule acts only for
/// itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impersonation {
    /// The rules.
    pub rules: BTreeMap<String, ImpersonationRule>,
}

/// One user may not act for another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Plain authentication failed: Failed to authenticate client user=\"{connecting}\" connecting to Alluxio server and \
     impersonating as impersonationUser=\"{wanted}\" to access Alluxio file system. User \"{connecting}\" is not \
     configured to {what}."
)]
pub(crate) struct ImpersonationRefused {
    connecting: String,
    wanted: String,
    what: Refusal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    NoRule,
    NotInRule,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRule => "allow any impersonation",
            Self::NotInRule => "impersonate this user, nor any of its groups",
        })
    }
}

impl Describe for ImpersonationRefused {
    fn code(&self) -> ErrorCode {
        ErrorCode::Unauthenticated
    }

    fn facts(&self) -> Vec<Fact> {
        vec![
            ("user", self.connecting.clone()),
            ("target", self.wanted.clone()),
        ]
    }
}

impl Impersonation {
    /// May `connecting` act for `wanted`? Groups are looked up only when the list of users does not
    /// decide.
    pub(crate) async fn check(
        &self,
        connecting: &str,
        wanted: &str,
        groups: &dyn UserGroups,
    ) -> Result<(), ImpersonationRefused> {
        if connecting == wanted {
            return Ok(());
        }
        let refused = |what| ImpersonationRefused {
            connecting: connecting.to_owned(),
            wanted: wanted.to_owned(),
            what,
        };
        let rule = self
            .rules
            .get(connecting)
            .ok_or_else(|| refused(Refusal::NoRule))?;
        let named =
            |list: &[String], name: &str| list.iter().any(|item| item == ANYBODY || item == name);
        if named(&rule.users, wanted) || rule.groups.iter().any(|group| group == ANYBODY) {
            return Ok(());
        }
        if !rule.groups.is_empty() {
            let memberships = groups.groups_of(wanted).await;
            if memberships.iter().any(|group| named(&rule.groups, group)) {
                return Ok(());
            }
        }
        Err(refused(Refusal::NotInRule))
    }
}
