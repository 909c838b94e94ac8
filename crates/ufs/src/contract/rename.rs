//! What the renames promise.

use super::Broken;
use super::subject::{Subject, ensure_content, ensure_kind, ensure_same};
use crate::{ListOptions, UfsErrorKind};

pub(super) async fn a_file_moves_whole(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("file", b"content").await?;
    let (source, target) = (subject.path("file"), subject.path("d/moved"));
    subject.ufs.rename_file(&source, &target).await?;
    subject.ensure_absent("file").await?;
    ensure_content(&subject.read("d/moved").await?, b"content")
}

pub(super) async fn a_directory_moves_whole(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.mkdir("d/inner").await?;
    subject.mkdir("d/empty").await?;
    subject.write("d/inner/file", b"content").await?;
    let (source, target) = (subject.path("d"), subject.path("moved"));
    subject.ufs.rename_directory(&source, &target).await?;
    subject.ensure_absent("d").await?;
    let keys = subject.keys("moved", ListOptions::recursive()).await?;
    let promised = ["empty/", "inner/", "inner/file"].map(str::to_owned);
    ensure_same("keys", &keys, &promised.to_vec())?;
    ensure_content(&subject.read("moved/inner/file").await?, b"content")
}

pub(super) async fn a_rename_replaces_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    for name in ["d", "e"] {
        subject.mkdir(name).await?;
    }
    subject.write("file", b"one").await?;
    subject.write("other", b"two").await?;
    let (file, directory) = (subject.path("file"), subject.path("d"));
    for target in ["other", "d"] {
        let renamed = subject.ufs.rename_file(&file, &subject.path(target)).await;
        ensure_kind("rename_file", renamed, UfsErrorKind::AlreadyExists)?;
    }
    for target in ["other", "e"] {
        let target = subject.path(target);
        let renamed = subject.ufs.rename_directory(&directory, &target).await;
        ensure_kind("rename_directory", renamed, UfsErrorKind::AlreadyExists)?;
    }
    ensure_content(&subject.read("file").await?, b"one")?;
    ensure_content(&subject.read("other").await?, b"two")
}

pub(super) async fn each_kind_has_its_rename(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("file", b"x").await?;
    let target = subject.path("target");
    let renamed = subject.ufs.rename_file(&subject.path("d"), &target).await;
    ensure_kind("rename_file", renamed, UfsErrorKind::IsADirectory)?;
    let file = subject.path("file");
    let renamed = subject.ufs.rename_directory(&file, &target).await;
    ensure_kind("rename_directory", renamed, UfsErrorKind::NotADirectory)?;
    let missing = subject.path("none");
    let renamed = subject.ufs.rename_file(&missing, &target).await;
    ensure_kind("rename_file", renamed, UfsErrorKind::NotFound)?;
    let renamed = subject.ufs.rename_directory(&missing, &target).await;
    ensure_kind("rename_directory", renamed, UfsErrorKind::NotFound)
}

pub(super) async fn a_directory_does_not_move_into_itself(
    subject: &Subject<'_>,
) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    let (source, target) = (subject.path("d"), subject.path("d/inside"));
    let renamed = subject.ufs.rename_directory(&source, &target).await;
    ensure_kind("rename_directory", renamed, UfsErrorKind::InvalidPath)
}

pub(super) async fn a_rename_needs_the_parent(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"x").await?;
    let (source, target) = (subject.path("file"), subject.path("none/file"));
    let renamed = subject.ufs.rename_file(&source, &target).await;
    ensure_kind("rename_file", renamed, UfsErrorKind::NotFound)?;
    ensure_content(&subject.read("file").await?, b"x")
}
