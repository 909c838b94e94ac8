//! What the deletions promise.

use super::Broken;
use super::subject::{Subject, ensure_kind};
use crate::{Recursion, UfsErrorKind};

pub(super) async fn what_is_deleted_is_gone(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("d/file", b"x").await?;
    subject.ufs.delete_file(&subject.path("d/file")).await?;
    subject.ensure_absent("d/file").await?;
    let directory = subject.path("d");
    subject
        .ufs
        .delete_directory(&directory, Recursion::None)
        .await?;
    subject.ensure_absent("d").await
}

pub(super) async fn deleting_what_is_missing_says_so(subject: &Subject<'_>) -> Result<(), Broken> {
    let missing = subject.path("none");
    let deleted = subject.ufs.delete_file(&missing).await;
    ensure_kind("delete_file", deleted, UfsErrorKind::NotFound)?;
    for recursion in [Recursion::None, Recursion::All] {
        let deleted = subject.ufs.delete_directory(&missing, recursion).await;
        ensure_kind("delete_directory", deleted, UfsErrorKind::NotFound)?;
    }
    Ok(())
}

pub(super) async fn each_kind_has_its_deletion(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.write("file", b"x").await?;
    let deleted = subject.ufs.delete_file(&subject.path("d")).await;
    ensure_kind("delete_file", deleted, UfsErrorKind::IsADirectory)?;
    let file = subject.path("file");
    let deleted = subject.ufs.delete_directory(&file, Recursion::All).await;
    ensure_kind("delete_directory", deleted, UfsErrorKind::NotADirectory)
}

pub(super) async fn a_full_directory_is_not_deleted(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    subject.mkdir("d/inner").await?;
    let directory = subject.path("d");
    let deleted = subject
        .ufs
        .delete_directory(&directory, Recursion::None)
        .await;
    ensure_kind("delete_directory", deleted, UfsErrorKind::NotEmpty)
}

pub(super) async fn a_tree_is_deleted(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    for number in 0..20 {
        subject.mkdir(&format!("d/{number}")).await?;
        subject.write(&format!("d/{number}/file"), b"x").await?;
    }
    subject.write("d-beside", b"x").await?;
    let directory = subject.path("d");
    subject
        .ufs
        .delete_directory(&directory, Recursion::All)
        .await?;
    subject.ensure_absent("d").await?;
    subject.ufs.status(&subject.path("d-beside")).await?;
    Ok(())
}

pub(super) async fn a_batch_is_deleted(subject: &Subject<'_>) -> Result<(), Broken> {
    let names: Vec<String> = (0..50).map(|number| format!("file {number}")).collect();
    for name in &names {
        subject.write(name, b"x").await?;
    }
    let paths: Vec<_> = names.iter().map(|name| subject.path(name)).collect();
    for answer in subject.ufs.delete_files(&paths).await {
        answer?;
    }
    subject.ensure_absent("file 0").await?;
    subject.ensure_absent("file 49").await
}
