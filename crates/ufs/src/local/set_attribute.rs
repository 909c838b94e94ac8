//! `set_owner` and `set_mode`, and the owner of what is new.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;

use alluxio_common::{Mode, UfsPath};
use nix::errno::Errno;

use super::connector::{Local, os_path};
use super::error::parse_error;
use super::owner_names::OwnerNames;
use crate::{UfsError, UfsErrorKind, UfsOperation};

impl Local {
    /// See [`crate::UnderFileSystem::set_owner`].
    pub(super) fn set_owner(
        &self,
        path: &UfsPath,
        owner: Option<&str>,
        group: Option<&str>,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::SetOwner;
        let unknown = |reason: String| {
            UfsError::new(UfsErrorKind::Unexpected, operation, path).with_reason(reason)
        };
        let (user, group) = numbers(owner, group).map_err(unknown)?;
        std::os::unix::fs::chown(os_path(path), user, group)
            .map_err(|error| parse_error(error, operation, path))
    }

    /// See [`crate::UnderFileSystem::set_mode`].
    pub(super) fn set_mode(&self, path: &UfsPath, mode: Mode) -> Result<(), UfsError> {
        let permissions = fs::Permissions::from_mode(mode.bits().into());
        fs::set_permissions(os_path(path), permissions)
            .map_err(|error| parse_error(error, UfsOperation::SetMode, path))
    }

    /// Gives something new to its owner with `chown`, and warns once where that cannot be: only
    /// root may give files away, and not every machine knows every user.
    pub(super) fn give_to(
        &self,
        path: &UfsPath,
        owner: Option<&str>,
        group: Option<&str>,
        chown: impl FnOnce(Option<u32>, Option<u32>) -> io::Result<()>,
    ) {
        if owner.is_none() && group.is_none() {
            return;
        }
        let given = numbers(owner, group)
            .and_then(|(user, group)| chown(user, group).map_err(|error| reason_of(&error)));
        let Err(reason) = given else {
            return;
        };
        let subject = format!("owner {owner:?} {group:?}");
        if self.warnings.is_first(&subject) {
            tracing::warn!(ufs_path = %path, owner, group, reason, "owner could not be set");
        }
    }
}

fn reason_of(error: &io::Error) -> String {
    let number = error.raw_os_error().map(Errno::from_raw);
    number.map_or_else(|| error.to_string(), |number| number.desc().to_owned())
}

/// The numbers behind the names, or why there are none.
fn numbers(owner: Option<&str>, group: Option<&str>) -> Result<(Option<u32>, Option<u32>), String> {
    let user = owner.map(|name| {
        let number = OwnerNames::user_number(name).map(nix::unistd::Uid::as_raw);
        number.ok_or_else(|| format!("The user {name} is unknown to this machine"))
    });
    let group = group.map(|name| {
        let number = OwnerNames::group_number(name).map(nix::unistd::Gid::as_raw);
        number.ok_or_else(|| format!("The group {name} is unknown to this machine"))
    });
    Ok((user.transpose()?, group.transpose()?))
}
