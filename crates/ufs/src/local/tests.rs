//! What the contract cannot say because only this connector has it: links, pipes, odd names,
//! leftovers of killed writers. And random operations, compared with a model.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Describe, Hint, ManualClock, Mode, SystemClock, Timestamp, UfsPath};
use tempfile::TempDir;

use super::{LocalUfs, SKIP_BROKEN_LINKS};
use crate::{
    CreateOptions, ListOptions, Parents, Recursion, UfsError, UfsErrorKind, UfsProperties,
    UfsStatus, UnderFileSystem,
};

/// A directory and a connector.
struct Fixture {
    directory: TempDir,
    ufs: LocalUfs,
}

fn fixture() -> Fixture {
    with_properties(&UfsProperties::new())
}

fn with_properties(properties: &UfsProperties) -> Fixture {
    Fixture {
        directory: tempfile::tempdir().unwrap(),
        ufs: LocalUfs::new(properties, SystemClock::shared()),
    }
}

impl Fixture {
    fn path(&self, relative: &str) -> UfsPath {
        let root = UfsPath::parse(self.directory.path().to_str().unwrap()).unwrap();
        root.join(relative)
    }

    fn os(&self, relative: &str) -> std::path::PathBuf {
        self.directory.path().join(relative)
    }

    async fn keys(&self, relative: &str, options: ListOptions) -> Result<Vec<String>, UfsError> {
        let mut listing = self.ufs.list(&self.path(relative), options).await?;
        let mut keys = Vec::new();
        loop {
            let page = listing.next_page().await?;
            if page.is_empty() {
                return Ok(keys);
            }
            keys.extend(page.iter().map(UfsStatus::list_key));
        }
    }
}

#[tokio::test]
async fn a_link_is_what_it_leads_to() {
    let fixture = fixture();
    fs::create_dir(fixture.os("d")).unwrap();
    fs::write(fixture.os("d/file"), "content").unwrap();
    symlink("d", fixture.os("to-d")).unwrap();
    symlink("d/file", fixture.os("to-file")).unwrap();
    let keys = fixture.keys("", ListOptions::recursive()).await.unwrap();
    assert_eq!(
        keys,
        ["d/", "d/file", "to-d/", "to-d/file", "to-file"].map(str::to_owned)
    );
    let read = fixture.ufs.read_at(&fixture.path("to-file"), 0, 9).await;
    assert_eq!(read.unwrap(), "content");
}

#[tokio::test]
async fn deleting_a_link_keeps_what_it_leads_to() {
    let fixture = fixture();
    fs::create_dir_all(fixture.os("d/inner")).unwrap();
    fs::create_dir(fixture.os("tree")).unwrap();
    symlink("d", fixture.os("to-d")).unwrap();
    symlink("../d", fixture.os("tree/to-d")).unwrap();
    let (link, tree) = (fixture.path("to-d"), fixture.path("tree"));
    let as_file = fixture.ufs.delete_file(&link).await.unwrap_err();
    assert_eq!(as_file.kind(), UfsErrorKind::IsADirectory);
    for path in [link, tree] {
        fixture
            .ufs
            .delete_directory(&path, Recursion::All)
            .await
            .unwrap();
    }
    let keys = fixture.keys("", ListOptions::recursive()).await.unwrap();
    assert_eq!(keys, ["d/", "d/inner/"]);
}

#[tokio::test]
async fn a_listing_does_not_follow_links_in_circles() {
    let fixture = fixture();
    fs::create_dir_all(fixture.os("d/e")).unwrap();
    symlink("../..", fixture.os("d/e/up")).unwrap();
    symlink(".", fixture.os("self")).unwrap();
    let keys = fixture.keys("", ListOptions::recursive()).await.unwrap();
    assert_eq!(keys, ["d/", "d/e/", "d/e/up/", "self/"]);
}

#[tokio::test]
async fn a_broken_link_fails_the_listing_unless_the_property_skips_it() {
    let skipping = UfsProperties::from_iter([(SKIP_BROKEN_LINKS, "true")]);
    for (properties, skips) in [(UfsProperties::new(), false), (skipping, true)] {
        let fixture = with_properties(&properties);
        fs::write(fixture.os("file"), "x").unwrap();
        symlink("nowhere", fixture.os("broken")).unwrap();
        symlink("circle", fixture.os("circle")).unwrap();
        let missing = fixture.ufs.status(&fixture.path("broken")).await;
        assert!(missing.unwrap_err().is_not_found());
        match fixture.keys("", ListOptions::flat()).await {
            Ok(keys) => assert!(skips && keys == ["file"], "{keys:?}"),
            Err(error) => {
                assert!(!skips, "{error}");
                assert_eq!(error.hint(), Some(Hint::CheckProperty(SKIP_BROKEN_LINKS)));
            }
        }
    }
}

#[tokio::test]
async fn pipes_do_not_exist_and_hang_nobody() {
    let fixture = fixture();
    nix::unistd::mkfifo(&fixture.os("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let pipe = fixture.path("pipe");
    let status = fixture.ufs.status(&pipe).await.unwrap_err();
    let opened = fixture.ufs.open(&pipe, 0).await.unwrap_err();
    assert!(status.is_not_found() && opened.is_not_found());
    let keys = fixture.keys("", ListOptions::flat()).await.unwrap();
    assert_eq!(keys, Vec::<String>::new());
}

#[tokio::test]
async fn names_that_are_not_utf8_are_left_out_and_not_lost() {
    let fixture = fixture();
    fs::create_dir(fixture.os("d")).unwrap();
    fs::write(fixture.os("d").join(OsStr::from_bytes(b"\xff\xfe")), "x").unwrap();
    let keys = fixture.keys("d", ListOptions::flat()).await.unwrap();
    assert_eq!(keys, Vec::<String>::new());
    let directory = fixture.path("d");
    let deleted = fixture
        .ufs
        .delete_directory(&directory, Recursion::None)
        .await;
    assert_eq!(deleted.unwrap_err().kind(), UfsErrorKind::NotEmpty);
}

#[tokio::test]
async fn what_a_killed_writer_leaves_is_hidden_and_no_obstacle() {
    let fixture = fixture();
    fs::create_dir(fixture.os("d")).unwrap();
    // As it is called on file systems that have no files without a name.
    let leftover = fixture.os("d/.alluxio.0x0123456789ABCDEF.tmp");
    fs::write(leftover, "x").unwrap();
    let keys = fixture.keys("", ListOptions::recursive()).await.unwrap();
    assert_eq!(keys, ["d/"]);
    let directory = fixture.path("d");
    fixture
        .ufs
        .delete_directory(&directory, Recursion::None)
        .await
        .unwrap();
}

#[tokio::test]
async fn cleanup_removes_leftovers_once_they_are_old() {
    let directory = tempfile::tempdir().unwrap();
    let root = UfsPath::parse(directory.path().to_str().unwrap()).unwrap();
    let clock = ManualClock::starting_at(alluxio_common::Clock::now(&SystemClock::new()));
    let ufs = LocalUfs::new(&UfsProperties::new(), Arc::clone(&clock) as _);
    let leftover = directory.path().join("d/.alluxio.0x0123456789ABCDEF.tmp");
    fs::create_dir(directory.path().join("d")).unwrap();
    fs::write(&leftover, "x").unwrap();
    fs::write(directory.path().join("d/keep.tmp"), "x").unwrap();
    let day = Duration::from_secs(86_400);
    clock.advance(Duration::from_secs(80_000));
    assert_eq!(ufs.cleanup(&root, day).await.unwrap(), 0);
    clock.advance(Duration::from_secs(8_000));
    assert_eq!(ufs.cleanup(&root, day).await.unwrap(), 1);
    assert!(!leftover.try_exists().unwrap());
}

#[tokio::test]
async fn a_file_has_the_content_hash_and_the_owner_that_alluxio_shows() {
    let fixture = fixture();
    fs::write(fixture.os("file"), "12345").unwrap();
    fs::set_permissions(fixture.os("file"), fs::Permissions::from_mode(0o4750)).unwrap();
    let status = fixture.ufs.status(&fixture.path("file")).await.unwrap();
    let file = status.as_file().unwrap();
    let millis = file.last_modified.map(Timestamp::millis).unwrap();
    assert_eq!(file.content_hash, format!("(len:5, modtime:{millis})"));
    assert_eq!(file.mode, Mode::from_bits(0o750));
    assert!(!file.owner.is_empty() && !file.group.is_empty());
}

#[tokio::test]
async fn an_owner_that_cannot_be_set_does_not_stop_a_writer() {
    let fixture = fixture();
    let options = CreateOptions {
        owner: Some("no such user".to_owned()),
        parents: Parents::Create(Mode::from_bits(0o700)),
        ..CreateOptions::default()
    };
    let path = fixture.path("d/file");
    let writer = fixture.ufs.create(&path, options).await.unwrap();
    assert_eq!(writer.close().await.unwrap().length, 0);
}

#[tokio::test]
async fn the_root_of_the_file_system_is_not_deleted() {
    let root = UfsPath::parse("/").unwrap();
    let deleted = fixture().ufs.delete_directory(&root, Recursion::All).await;
    assert_eq!(deleted.unwrap_err().kind(), UfsErrorKind::InvalidPath);
}
