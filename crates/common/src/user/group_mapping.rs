//! [`GroupMapping`] and its implementations.

use std::ffi::CString;
use std::fmt;
use std::sync::Arc;

use nix::unistd::{Group, User, getgrouplist};

/// The groups of a user, the primary one first; empty for a user that nobody knows.
pub type Groups = Arc<[String]>;

/// Tells which groups a user is in.
///
/// A call may ask the directory service of the machine and block for as long as that takes; servers
/// wrap a mapping in [`super::CachedGroups`].
pub trait GroupMapping: Send + Sync + fmt::Debug {
    /// The groups of a user, the primary one first. A user that nobody knows has none.
    fn groups(&self, user: &str) -> Groups;
}

/// The groups that the operating system knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnixGroups;

impl GroupMapping for UnixGroups {
    fn groups(&self, user: &str) -> Groups {
        let Ok(Some(account)) = User::from_name(user) else {
            return Groups::from([]);
        };
        let Ok(name) = CString::new(user) else {
            return Groups::from([]);
        };
        // The list holds the primary group in no certain place.
        let others = getgrouplist(&name, account.gid).unwrap_or_default();
        let ids = std::iter::once(account.gid)
            .chain(others.into_iter().filter(|gid| *gid != account.gid));
        ids.map(|gid| match Group::from_gid(gid) {
            Ok(Some(group)) => group.name,
            // As `id` prints a group without a name.
            Ok(None) | Err(_) => gid.to_string(),
        })
        .collect()
    }
}

/// Every user is alone in a group of the same name.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdentityGroups;

impl GroupMapping for IdentityGroups {
    fn groups(&self, user: &str) -> Groups {
        Groups::from([user.to_owned()])
    }
}

/// A class name that stands for no mapping here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "alluxio.security.group.mapping.class: {class} is not available; use \
     alluxio.security.group.provider.ShellBasedUnixGroupsMapping or \
     alluxio.security.group.provider.IdentityUserGroupsMapping"
)]
pub struct UnknownGroupMapping {
    /// What was configured.
    pub class: String,
}

/// The mapping that a class name of the original stands for.
///
/// # Errors
/// When there is none.
pub fn group_mapping(class: &str) -> Result<Arc<dyn GroupMapping>, UnknownGroupMapping> {
    match class.rsplit('.').next() {
        Some("ShellBasedUnixGroupsMapping") => Ok(Arc::new(UnixGroups)),
        Some("IdentityUserGroupsMapping") => Ok(Arc::new(IdentityGroups)),
        Some(_) | None => Err(UnknownGroupMapping {
            class: class.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_group_of_a_user_comes_first_and_once() {
        let me = User::from_uid(nix::unistd::getuid()).unwrap().unwrap();
        let primary = Group::from_gid(me.gid).unwrap().unwrap().name;
        let groups = UnixGroups.groups(&me.name);
        assert_eq!(groups[0], primary);
        assert_eq!(groups.iter().filter(|group| **group == primary).count(), 1);
    }

    #[test]
    fn an_unknown_user_has_no_groups() {
        assert!(UnixGroups.groups("no such user here").is_empty());
        assert!(UnixGroups.groups("nul\0inside").is_empty());
    }

    #[test]
    fn class_names_of_the_original_choose_a_mapping() {
        let identity = group_mapping("alluxio.security.group.provider.IdentityUserGroupsMapping");
        assert_eq!(*identity.unwrap().groups("alice"), ["alice".to_owned()]);
        let unix = group_mapping("alluxio.security.group.provider.ShellBasedUnixGroupsMapping");
        assert!(unix.is_ok());
        assert!(group_mapping("com.example.LdapGroups").is_err());
    }
}
