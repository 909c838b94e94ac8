//! What `open`, its reader, and `read_at` promise.

use super::Broken;
use super::subject::{Subject, broken, ensure, ensure_content, ensure_kind};
use crate::UfsErrorKind;

fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_be_bytes).collect()
}

pub(super) async fn any_range_is_read(subject: &Subject<'_>) -> Result<(), Broken> {
    let content = content();
    let path = subject.path("file");
    subject.write("file", &content).await?;
    let end = content.len();
    for (from, length) in [
        (0, 1),
        (0, end),
        (1, 4096),
        (65_535, 3),
        (end - 1, 1),
        (700_000, 70_000),
    ] {
        let piece = subject.ufs.read_at(&path, from as u64, length).await?;
        ensure_content(&piece, &content[from..from + length])?;
        let mut reader = subject.ufs.open(&path, from as u64).await?;
        let piece = reader.read(length.min(100)).await?;
        ensure(!piece.is_empty(), || format!("nothing to read at {from}"))?;
        ensure_content(&piece, &content[from..from + piece.len()])?;
    }
    Ok(())
}

pub(super) async fn a_range_ends_with_the_file(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"0123456789").await?;
    let path = subject.path("file");
    ensure_content(&subject.ufs.read_at(&path, 7, 100).await?, b"789")?;
    ensure_content(
        &subject.ufs.read_at(&path, 3, usize::MAX >> 1).await?,
        b"3456789",
    )?;
    for offset in [10, 11, 1 << 40] {
        ensure_content(&subject.ufs.read_at(&path, offset, 5).await?, b"")?;
        let mut reader = subject.ufs.open(&path, offset).await?;
        ensure_content(&reader.read(5).await?, b"")?;
    }
    Ok(())
}

pub(super) async fn reading_in_small_pieces_gives_all(subject: &Subject<'_>) -> Result<(), Broken> {
    let content = content();
    subject.write("file", &content).await?;
    let mut reader = subject.ufs.open(&subject.path("file"), 0).await?;
    let mut seen = Vec::new();
    for max in (1..).map(|round| 1 + round * 37 % 5000) {
        let piece = reader.read(max).await?;
        ensure(piece.len() <= max, || {
            format!("{} bytes for {max}", piece.len())
        })?;
        if piece.is_empty() {
            break;
        }
        seen.extend_from_slice(&piece);
    }
    ensure_content(&seen, &content)
}

pub(super) async fn only_files_are_read(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    let (directory, missing) = (subject.path("d"), subject.path("none"));
    let opened = subject.ufs.open(&directory, 0).await;
    ensure_kind("open", opened, UfsErrorKind::IsADirectory)?;
    let read = subject.ufs.read_at(&directory, 0, 1).await;
    ensure_kind("read_at", read, UfsErrorKind::IsADirectory)?;
    let opened = subject.ufs.open(&missing, 0).await;
    ensure_kind("open", opened, UfsErrorKind::NotFound)?;
    let read = subject.ufs.read_at(&missing, 0, 1).await;
    ensure_kind("read_at", read, UfsErrorKind::NotFound)
}

pub(super) async fn readers_survive_deletion(subject: &Subject<'_>) -> Result<(), Broken> {
    let content = content();
    subject.write("file", &content).await?;
    let path = subject.path("file");
    let mut reader = subject.ufs.open(&path, 0).await?;
    let mut seen = reader.read(1000).await?.to_vec();
    subject.ufs.delete_file(&path).await?;
    loop {
        let piece = reader.read(100_000).await?;
        if piece.is_empty() {
            return ensure_content(&seen, &content);
        }
        seen.extend_from_slice(&piece);
    }
}

pub(super) async fn a_reader_never_mixes_versions(subject: &Subject<'_>) -> Result<(), Broken> {
    // Longer than what a reader may have read ahead.
    let old = vec![1_u8; 20 << 20];
    subject.write("file", &old).await?;
    let mut reader = subject.ufs.open(&subject.path("file"), 0).await?;
    let mut length = reader.read(1000).await?.len();
    subject.write("file", &vec![2_u8; 21 << 20]).await?;
    loop {
        match reader.read(1 << 20).await {
            Ok(piece) if piece.is_empty() && length == old.len() => return Ok(()),
            Ok(piece) if piece.is_empty() => {
                return Err(broken(format!("the end after {length} bytes")));
            }
            Ok(piece) => {
                length += piece.len();
                ensure(piece.iter().all(|byte| *byte == 1), || {
                    format!("bytes of the new version before {length}")
                })?;
            }
            Err(error) => {
                return ensure_kind::<()>("read", Err(error), UfsErrorKind::ChangedMeanwhile);
            }
        }
    }
}
