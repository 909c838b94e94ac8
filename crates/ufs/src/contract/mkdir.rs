//! What `mkdir` promises.

use alluxio_common::Mode;

use super::Broken;
use super::subject::{Subject, ensure, ensure_kind, ensure_same};
use crate::{MkdirOptions, Parents, UfsErrorKind};

const MODE: Mode = Mode::from_bits(0o755);

pub(super) async fn an_empty_directory_stays(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    let status = subject.ufs.status(&subject.path("d")).await?;
    ensure(status.is_directory(), || "it is a file".to_owned())?;
    ensure_same("name", &status.name(), &"d")
}

pub(super) async fn mkdir_replaces_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("file", b"x").await?;
    for name in ["d", "file"] {
        ensure_kind(
            "mkdir",
            subject.mkdir(name).await,
            UfsErrorKind::AlreadyExists,
        )?;
    }
    Ok(())
}

pub(super) async fn mkdir_makes_parents_when_asked(subject: &Subject<'_>) -> Result<(), Broken> {
    let options = MkdirOptions {
        parents: Parents::Create(MODE),
        ..MkdirOptions::new(MODE)
    };
    subject.ufs.mkdir(&subject.path("a/b/c"), options).await?;
    for name in ["a", "a/b", "a/b/c"] {
        let status = subject.ufs.status(&subject.path(name)).await?;
        ensure(status.is_directory(), || format!("{name} is a file"))?;
    }
    Ok(())
}

pub(super) async fn mkdir_needs_the_parent(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"x").await?;
    ensure_kind(
        "mkdir",
        subject.mkdir("none/d").await,
        UfsErrorKind::NotFound,
    )?;
    let below_file = subject.mkdir("file/d").await;
    ensure_kind("mkdir", below_file, UfsErrorKind::NotADirectory)
}

pub(super) async fn mkdir_sets_the_mode(subject: &Subject<'_>) -> Result<(), Broken> {
    let mode = Mode::from_bits(0o777);
    let path = subject.path("d");
    subject.ufs.mkdir(&path, MkdirOptions::new(mode)).await?;
    let status = subject.ufs.status(&path).await?;
    ensure_same("mode", &status.mode(), &mode)
}
