//! The checks: what an inode grants a caller, and how a refusal reads.

use alluxio_common::{Access, AlluxioPath};

use super::Caller;
use crate::error::{AccessDenied, FileSystemError};
use crate::inode::{InodeRef, Trace};

/// What the inode grants the caller, superusers aside.
///
/// As POSIX has it: the owner gets the owner's bits; a named user gets its entry, but no more than
/// the mask; a member of the owning group or of a named group gets the union of those entries, but
/// no more than the mask; everybody else gets the last three bits.
fn granted(caller: &Caller, inode: InodeRef<'_>) -> Access {
    let mode = inode.mode();
    if caller.user() == inode.owner() {
        return mode.owner();
    }
    let Some(acl) = inode.acl() else {
        return if caller.is_in(inode.group()) {
            mode.group()
        } else {
            mode.other()
        };
    };
    let masked = |access: Access| match acl.mask {
        Some(mask) => Access::from_bits(access.bits() & mask.bits()),
        None => access,
    };
    if let Some(access) = acl.users.get(caller.user()) {
        return masked(*access);
    }
    let mut of_groups = caller.is_in(inode.group()).then(|| mode.group());
    for (group, access) in &acl.groups {
        if caller.is_in(group) {
            of_groups = Some(of_groups.unwrap_or(Access::NONE).union(*access));
        }
    }
    of_groups.map_or(mode.other(), masked)
}

fn check_inode(
    caller: &Caller,
    inode: InodeRef<'_>,
    wanted: Access,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    if granted(caller, inode).includes(wanted) {
        return Ok(());
    }
    Err(FileSystemError::AccessDenied(Box::new(AccessDenied {
        user: caller.user().to_owned(),
        access: wanted,
        path: path.to_string(),
        failed_at: inode.name().to_owned(),
        owner: inode.owner().to_owned(),
        group: inode.group().to_owned(),
        mode: inode.mode(),
    })))
}

/// Whether the inode itself grants this, whatever is above it.
pub fn is_granted(caller: &Caller, inode: InodeRef<'_>, wanted: Access) -> bool {
    caller.is_superuser() || granted(caller, inode).includes(wanted)
}

/// Whether the caller may walk to the deepest inode of the trace that exists: every directory above
/// it, and itself when more components follow, must grant `--x`.
///
/// # Errors
/// `AccessDenied` for the first directory that does not.
pub fn check_traverse(
    caller: &Caller,
    trace: &Trace<'_, '_>,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    if caller.is_superuser() {
        return Ok(());
    }
    let directories = if trace.missing.is_empty() {
        trace.existing.len() - 1
    } else {
        trace.existing.len()
    };
    for inode in &trace.existing[..directories] {
        check_inode(caller, *inode, Access::EXECUTE, path)?;
    }
    Ok(())
}

/// Whether the caller may walk to the path, and has this access to what stands there. What is
/// missing grants everything.
///
/// # Errors
/// `AccessDenied` for the first inode that refuses.
pub fn check_access(
    caller: &Caller,
    trace: &Trace<'_, '_>,
    path: &AlluxioPath,
    wanted: Access,
) -> Result<(), FileSystemError> {
    if caller.is_superuser() {
        return Ok(());
    }
    check_traverse(caller, trace, path)?;
    match trace.target() {
        Some(inode) if wanted != Access::NONE => check_inode(caller, inode, wanted, path),
        Some(_) | None => Ok(()),
    }
}

/// Whether the caller may change the directory that holds the path, or, when that is missing, the
/// nearest directory above that exists.
///
/// # Errors
/// `AccessDenied` for the first inode that refuses.
pub fn check_parent(
    caller: &Caller,
    trace: &Trace<'_, '_>,
    path: &AlluxioPath,
    wanted: Access,
) -> Result<(), FileSystemError> {
    if caller.is_superuser() {
        return Ok(());
    }
    let mut directories = trace.existing.as_slice();
    if trace.missing.is_empty() && directories.len() > 1 {
        directories = &directories[..directories.len() - 1];
    }
    let (parent, above) = directories
        .split_last()
        .expect("a trace holds at least the root");
    for inode in above {
        check_inode(caller, *inode, Access::EXECUTE, path)?;
    }
    check_inode(caller, *parent, wanted, path)
}

/// Whether the caller may walk to the path and owns what stands there.
///
/// # Errors
/// `AccessDenied` on the way, `NotOwner` at its end.
pub fn check_owner(
    caller: &Caller,
    trace: &Trace<'_, '_>,
    path: &AlluxioPath,
) -> Result<(), FileSystemError> {
    if caller.is_superuser() {
        return Ok(());
    }
    check_traverse(caller, trace, path)?;
    match trace.target() {
        Some(inode) if inode.owner() != caller.user() => Err(FileSystemError::NotOwner {
            user: caller.user().to_owned(),
            path: path.clone(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// Whether the caller is a superuser.
///
/// # Errors
/// `NotSuperuser`.
pub fn check_superuser(caller: &Caller) -> Result<(), FileSystemError> {
    if caller.is_superuser() {
        return Ok(());
    }
    Err(FileSystemError::NotSuperuser {
        user: caller.user().to_owned(),
    })
}
