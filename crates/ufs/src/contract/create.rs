//! What `create` and its writer promise.

use alluxio_common::Mode;
use bytes::Bytes;

use super::Broken;
use super::subject::{Subject, ensure, ensure_content, ensure_kind, ensure_same};
use crate::{CreateOptions, ListOptions, Parents, Recursion, UfsErrorKind, UfsFile, UfsStatus};

/// Larger than what any writer may hold in memory.
const LARGE_BYTES: usize = 40 << 20;

pub(super) async fn what_was_written_is_read(subject: &Subject<'_>) -> Result<(), Broken> {
    let content = b"some bytes \x00\xff".repeat(100);
    let closed = subject.write("file", &content).await?;
    ensure_content(&subject.read("file").await?, &content)?;
    let status = subject.ufs.status(&subject.path("file")).await?;
    let told = UfsFile {
        last_modified: closed.last_modified.or(status.last_modified()),
        ..closed
    };
    ensure_same("status after close", &status, &UfsStatus::File(told))
}

pub(super) async fn an_empty_file_exists(subject: &Subject<'_>) -> Result<(), Broken> {
    let closed = subject.write("empty", b"").await?;
    ensure_same("length", &closed.length, &0)?;
    ensure_content(&subject.read("empty").await?, b"")
}

pub(super) async fn many_small_writes_make_one_file(subject: &Subject<'_>) -> Result<(), Broken> {
    let path = subject.path("file");
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    let mut content = Vec::new();
    for number in 0..20_000_u32 {
        let piece = number.to_be_bytes();
        let piece = &piece[..number as usize % 5 % 4];
        content.extend_from_slice(piece);
        writer.write(Bytes::copy_from_slice(piece)).await?;
        if number == 7_000 {
            writer.flush().await?;
        }
    }
    let closed = writer.close().await?;
    ensure_same("length", &closed.length, &(content.len() as u64))?;
    ensure_content(&subject.read("file").await?, &content)
}

pub(super) async fn a_large_file_streams(subject: &Subject<'_>) -> Result<(), Broken> {
    let path = subject.path("large");
    let piece: Vec<u8> = (0..300_007_usize)
        .map(|index| (index % 251) as u8)
        .collect();
    let piece = Bytes::from(piece);
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    let mut written = 0;
    while written < LARGE_BYTES {
        writer.write(piece.clone()).await?;
        written += piece.len();
    }
    let closed = writer.close().await?;
    ensure_same("length", &closed.length, &(written as u64))?;
    let mut reader = subject.ufs.open(&path, 0).await?;
    let mut position = 0;
    loop {
        let part = reader.read(1 << 20).await?;
        if part.is_empty() {
            return ensure_same("bytes read", &position, &written);
        }
        for byte in &part {
            let promised = piece[position % piece.len()];
            ensure(*byte == promised, || format!("wrong byte at {position}"))?;
            position += 1;
        }
    }
}

pub(super) async fn nothing_is_visible_before_close(subject: &Subject<'_>) -> Result<(), Broken> {
    let path = subject.path("file");
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    writer.write(Bytes::from(vec![7; 3 << 20])).await?;
    writer.flush().await?;
    subject.ensure_absent("file").await?;
    let keys = subject.keys("", ListOptions::flat()).await?;
    ensure_same("listing before close", &keys, &Vec::new())?;
    writer.close().await?;
    ensure_content(&subject.read("file").await?, &vec![7; 3 << 20])
}

pub(super) async fn close_replaces_in_one_step(subject: &Subject<'_>) -> Result<(), Broken> {
    let before = subject.write("file", b"old").await?;
    let path = subject.path("file");
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    writer.write(Bytes::from_static(b"newer")).await?;
    ensure_content(&subject.read("file").await?, b"old")?;
    let after = writer.close().await?;
    ensure_content(&subject.read("file").await?, b"newer")?;
    ensure(before.content_hash != after.content_hash, || {
        format!("both versions have the content hash {}", after.content_hash)
    })
}

pub(super) async fn the_last_writer_to_close_wins(subject: &Subject<'_>) -> Result<(), Broken> {
    let path = subject.path("file");
    let mut one = subject.ufs.create(&path, Subject::create_options()).await?;
    let mut other = subject.ufs.create(&path, Subject::create_options()).await?;
    for _ in 0..30 {
        one.write(Bytes::from(vec![1; 100_000])).await?;
        other.write(Bytes::from(vec![2; 99_000])).await?;
    }
    other.close().await?;
    ensure_content(&subject.read("file").await?, &vec![2; 30 * 99_000])?;
    one.close().await?;
    ensure_content(&subject.read("file").await?, &vec![1; 30 * 100_000])
}

pub(super) async fn concurrent_closes_never_mix(subject: &Subject<'_>) -> Result<(), Broken> {
    let writers = (1..=8_u8).map(|number| async move {
        let content = vec![number; 100_000 + usize::from(number)];
        subject.write("file", &content).await
    });
    for closed in futures::future::join_all(writers).await {
        closed?;
    }
    let seen = subject.read("file").await?;
    let number = seen.first().copied().unwrap_or(0);
    ensure_content(&seen, &vec![number; 100_000 + usize::from(number)])
}

pub(super) async fn abort_leaves_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    let path = subject.path("d/file");
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    writer.write(Bytes::from(vec![7; 3 << 20])).await?;
    writer.abort().await?;
    subject.ensure_absent("d/file").await?;
    let directory = subject.path("d");
    Ok(subject
        .ufs
        .delete_directory(&directory, Recursion::None)
        .await?)
}

pub(super) async fn dropping_a_writer_leaves_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    let path = subject.path("d/file");
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    writer.write(Bytes::from(vec![7; 3 << 20])).await?;
    drop(writer);
    subject.ensure_absent("d/file").await?;
    let directory = subject.path("d");
    Ok(subject
        .ufs
        .delete_directory(&directory, Recursion::None)
        .await?)
}

pub(super) async fn abort_keeps_the_old_file(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"old").await?;
    let path = subject.path("file");
    let mut writer = subject.ufs.create(&path, Subject::create_options()).await?;
    writer.write(Bytes::from_static(b"new")).await?;
    writer.abort().await?;
    ensure_content(&subject.read("file").await?, b"old")
}

pub(super) async fn a_directory_is_not_overwritten(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.mkdir("d").await?;
    let path = subject.path("d");
    let created = subject.ufs.create(&path, Subject::create_options()).await;
    ensure_kind("create", created, UfsErrorKind::IsADirectory)
}

pub(super) async fn create_needs_the_parent(subject: &Subject<'_>) -> Result<(), Broken> {
    subject.write("file", b"x").await?;
    let missing = subject.path("none/file");
    let created = subject
        .ufs
        .create(&missing, Subject::create_options())
        .await;
    ensure_kind("create", created, UfsErrorKind::NotFound)?;
    let below_file = subject.path("file/below");
    let created = subject
        .ufs
        .create(&below_file, Subject::create_options())
        .await;
    ensure_kind("create", created, UfsErrorKind::NotADirectory)
}

pub(super) async fn create_makes_parents_when_asked(subject: &Subject<'_>) -> Result<(), Broken> {
    let options = CreateOptions {
        parents: Parents::Create(Mode::from_bits(0o755)),
        ..Subject::create_options()
    };
    let path = subject.path("a/b/file");
    let mut writer = subject.ufs.create(&path, options).await?;
    writer.write(Bytes::from_static(b"x")).await?;
    writer.close().await?;
    let parent = subject.ufs.status(&subject.path("a/b")).await?;
    ensure(parent.is_directory(), || "the parent is a file".to_owned())?;
    ensure_content(&subject.read("a/b/file").await?, b"x")
}

pub(super) async fn create_sets_modes(subject: &Subject<'_>) -> Result<(), Broken> {
    let options = CreateOptions {
        mode: Some(Mode::from_bits(0o640)),
        parents: Parents::Create(Mode::from_bits(0o777)),
        ..Subject::create_options()
    };
    let path = subject.path("a/file");
    let closed = subject.ufs.create(&path, options).await?.close().await?;
    ensure_same("mode", &closed.mode, &Mode::from_bits(0o640))?;
    let parent = subject.ufs.status(&subject.path("a")).await?;
    ensure_same(
        "mode of the parent",
        &parent.mode(),
        &Mode::from_bits(0o777),
    )
}
