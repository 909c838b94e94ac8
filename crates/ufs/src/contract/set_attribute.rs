//! What `set_mode` and `set_owner` promise.

use alluxio_common::Mode;

use super::Broken;
use super::subject::{Subject, ensure_kind, ensure_same};
use crate::UfsErrorKind;

pub(super) async fn a_mode_is_kept(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("file", b"x").await?;
    for (name, bits) in [("d", 0o700), ("file", 0o604)] {
        let path = subject.path(name);
        subject.ufs.set_mode(&path, Mode::from_bits(bits)).await?;
        let status = subject.ufs.status(&path).await?;
        ensure_same(name, &status.mode(), &Mode::from_bits(bits))?;
    }
    let missing = subject.path("none");
    let set = subject.ufs.set_mode(&missing, Mode::from_bits(0o700)).await;
    ensure_kind("set_mode", set, UfsErrorKind::NotFound)
}

pub(super) async fn an_owner_is_kept(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"x").await?;
    let path = subject.path("file");
    let before = subject.ufs.status(&path).await?;
    // Only root may give files away, but everybody may set what is there.
    let (owner, group) = (Some(before.owner()), Some(before.group()));
    subject.ufs.set_owner(&path, owner, group).await?;
    subject.ufs.set_owner(&path, None, group).await?;
    let after = subject.ufs.status(&path).await?;
    ensure_same("status", &after, &before)?;
    let set = subject
        .ufs
        .set_owner(&path, Some("no such user"), None)
        .await;
    ensure_kind("set_owner", set, UfsErrorKind::Unexpected)
}

pub(super) async fn a_refusal_is_told_from_absence(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("d/file", b"x").await?;
    let directory = subject.path("d");
    subject.ufs.set_mode(&directory, Mode::from_bits(0)).await?;
    let read = subject.ufs.read_at(&subject.path("d/file"), 0, 1).await;
    subject
        .ufs
        .set_mode(&directory, Mode::from_bits(0o700))
        .await?;
    match read {
        // A process of root may read everything.
        Ok(_) => Ok(()),
        refused => ensure_kind("read_at", refused, UfsErrorKind::PermissionDenied),
    }
}
