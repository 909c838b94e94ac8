//! What names may look like.

use super::Broken;
use super::subject::{Subject, ensure, ensure_content, ensure_same};
use crate::{ListOptions, UfsErrorKind};

pub(super) async fn odd_names_work(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut names = [
        " ",
        " leading and trailing ",
        "100%",
        "%2F",
        "a+b&c=d?e#f",
        "back\\slash",
        "quote\"'`",
        "*[a-z]{x}",
        "new\nline\ttab",
        "colon:semi;comma,",
        "\u{fc}n\u{ef}-\u{65e5}\u{672c}-\u{1f600}",
        "~",
        "-rf",
        "...",
    ]
    .map(str::to_owned)
    .to_vec();
    names.sort();
    for name in &names {
        subject.write(name, name.as_bytes()).await?;
    }
    let keys = subject.keys("", ListOptions::flat()).await?;
    ensure_same("keys", &keys, &names)?;
    for name in &names {
        ensure_content(&subject.read(name).await?, name.as_bytes())?;
        subject.ufs.delete_file(&subject.path(name)).await?;
        subject.mkdir(name).await?;
        subject.write(&format!("{name}/inner"), b"x").await?;
    }
    let keys = subject.keys("100%", ListOptions::flat()).await?;
    ensure_same("keys below 100%", &keys, &vec!["inner".to_owned()])
}

pub(super) async fn a_name_of_255_bytes_works(subject: &Subject<'_>) -> Result<(), Broken> {
    let longest = "n".repeat(255);
    // Two bytes each, and one to fill up.
    let accented = format!("{}n", "\u{e9}".repeat(127));
    for name in [longest, accented] {
        subject.write(&name, b"x").await?;
        ensure_content(&subject.read(&name).await?, b"x")?;
    }
    Ok(())
}

pub(super) async fn a_name_that_is_too_long_is_invalid(
    subject: &Subject<'_>,
) -> Result<(), Broken> {
    // No store that is known holds this.
    let name = "n".repeat(5000);
    let Err(error) = subject.write(&name, b"x").await else {
        return Ok(());
    };
    ensure(error.kind() == UfsErrorKind::InvalidPath, || {
        format!("{:?}: {}", error.kind(), error.reason())
    })?;
    let found = subject.ufs.find_status(&subject.path(&name)).await;
    ensure(matches!(found, Ok(None)), || format!("{found:?}"))
}

pub(super) async fn deep_paths_work(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut directory = "d".to_owned();
    for _ in 0..60 {
        subject.mkdir(&directory).await?;
        directory.push_str("/level");
    }
    subject.mkdir(&directory).await?;
    let file = format!("{directory}/file");
    subject.write(&file, b"deep").await?;
    ensure_content(&subject.read(&file).await?, b"deep")?;
    let keys = subject.keys("", ListOptions::recursive()).await?;
    ensure_same("entries", &keys.len(), &62)
}
