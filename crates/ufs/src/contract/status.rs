//! What `status` and `space` promise.

use super::Broken;
use super::subject::{Subject, ensure, ensure_kind, ensure_same};
use crate::{Fingerprint, FingerprintChange, UfsErrorKind};

/// 2020-01-01: a store that says less shows another unit than milliseconds.
const MILLIS_OF_2020: i64 = 1_577_836_800_000;

pub(super) async fn what_is_missing_is_not_found(subject: &Subject<'_>) -> Result<(), Broken> {
    let missing = subject.path("none");
    let status = subject.ufs.status(&missing).await;
    ensure_kind("status", status, UfsErrorKind::NotFound)?;
    subject.write("file", b"x").await?;
    for name in ["none", "none/below", "file/below"] {
        let found = subject.ufs.find_status(&subject.path(name)).await?;
        ensure(found.is_none(), || format!("{name} is there"))?;
    }
    Ok(())
}

pub(super) async fn a_status_tells_name_and_length(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"12345").await?;
    let status = subject.ufs.status(&subject.path("file")).await?;
    ensure_same("name", &status.name(), &"file")?;
    let length = status.as_file().map(|file| file.length);
    ensure_same("length", &length, &Some(5))?;
    let hash = status.as_file().map_or("", |file| &file.content_hash);
    ensure(!hash.is_empty(), || "no content hash".to_owned())
}

pub(super) async fn modification_times_go_forward(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("first", b"x").await?;
    subject.write("second", b"x").await?;
    let first = subject.ufs.status(&subject.path("first")).await?;
    let second = subject.ufs.status(&subject.path("second")).await?;
    let (first, second) = (first.last_modified(), second.last_modified());
    ensure(first.is_some(), || "no time".to_owned())?;
    ensure(first <= second, || format!("{second:?} before {first:?}"))?;
    let millis = first.map_or(0, |time| time.millis());
    ensure(millis > MILLIS_OF_2020, || {
        format!("{millis} ms since 1970")
    })
}

pub(super) async fn a_change_changes_the_fingerprint(subject: &Subject<'_>) -> Result<(), Broken> {
    let path = subject.path("file");
    let kind = subject.ufs.kind();
    subject.write("file", b"one").await?;
    let before = Fingerprint::of(kind, &subject.ufs.status(&path).await?);
    let again = Fingerprint::of(kind, &subject.ufs.status(&path).await?);
    ensure_same(
        "change",
        &before.change_to(&again),
        &FingerprintChange::Same,
    )?;
    subject.write("file", b"other").await?;
    let after = Fingerprint::of(kind, &subject.ufs.status(&path).await?);
    ensure_same(
        "change",
        &before.change_to(&after),
        &FingerprintChange::Content,
    )
}

pub(super) async fn space_adds_up(subject: &Subject<'_>) -> Result<(), Broken> {
    let space = subject.ufs.space(&subject.root).await?;
    let (capacity, used) = (space.capacity.unwrap_or(0), space.used.unwrap_or(u64::MAX));
    ensure(capacity > 0 && used <= capacity, || format!("{space:?}"))
}
