//! `docs/semantics.md`, "Creating".

use alluxio_common::{PersistenceState, WriteType};
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsErrorKind, UfsOperation};

use crate::error::FileSystemError;
use crate::file_system::CreateFileOptions;
use crate::file_system::testing::{Fixture, path};
use crate::inode::Replication;

#[tokio::test]
async fn a_new_file_is_incomplete_and_belongs_to_its_creator() {
    let fixture = Fixture::new().await;
    let info = fixture.create("/f").await.unwrap();
    assert!(!info.completed && !info.folder);
    assert_eq!((info.owner.as_str(), info.group.as_str()), ("root", "root"));
    assert_eq!(info.mode.bits(), 0o644);
    assert_eq!(info.persistence, PersistenceState::NotPersisted);
    assert_eq!((info.replication.min, info.replication.max), (0, -1));
    assert_eq!(info.ufs_path, fixture.ufs("/f"));
}

#[tokio::test]
async fn create_file_refuses_a_path_that_is_taken() {
    let fixture = Fixture::new().await;
    fixture.create("/f").await.unwrap();
    fixture.mkdir("/d").await.unwrap();
    for taken in ["/f", "/d", "/"] {
        let error = fixture.create(taken).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{taken} already exists. If you want to overwrite the file, you need to \
                 specify the overwrite option."
            )
        );
    }
}

#[tokio::test]
async fn create_file_overwrites_files_but_no_directories() {
    let fixture = Fixture::new().await;
    let overwrite = CreateFileOptions {
        overwrite: true,
        ..CreateFileOptions::default()
    };
    let first = fixture.create("/f").await.unwrap();
    fixture.mkdir("/d").await.unwrap();
    let request = fixture.root();
    let master = &fixture.master;
    let second = master
        .create_file(&request, &path("/f"), overwrite.clone())
        .await;
    assert_ne!(second.unwrap().file_id, first.file_id);
    let error = master.create_file(&request, &path("/d"), overwrite).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "/d already exists. Directories cannot be overwritten with create"
    );
}

#[tokio::test]
async fn create_file_names_the_component_that_is_missing_or_a_file() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.create("/q/f").await.unwrap();
    let error = fixture.create("/q/no/f").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "File /q/no/f creation failed. Component 2(no) does not exist"
    );
    let error = fixture.create("/q/f/x").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Traversal failed for path /q/f/x. Component 2(f) is a file, not a directory."
    );
}

#[tokio::test]
async fn create_file_refuses_senseless_block_sizes_and_replication() {
    let fixture = Fixture::new().await;
    let mut options = CreateFileOptions {
        block_size: 0,
        ..CreateFileOptions::default()
    };
    let request = fixture.root();
    let file = path("/f");
    let error = async |options| {
        let created = fixture.master.create_file(&request, &file, options);
        created.await.unwrap_err().to_string()
    };
    assert_eq!(error(options.clone()).await, "Invalid block size 0");
    options.block_size = -1;
    assert_eq!(error(options.clone()).await, "Invalid block size -1");
    options.block_size = 1;
    options.replication = Replication { min: 3, max: 2 };
    assert_eq!(
        error(options).await,
        "Cannot set min and max replication to be 3 and 2: min replication must be smaller or \
         equal than max replication"
    );
}

#[tokio::test]
async fn create_file_needs_write_on_the_directory() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.mkdir("/q/pub").await.unwrap();
    for target in ["/q/pub/x", "/q/pub/new/deep/x"] {
        let options = CreateFileOptions {
            recursive: true,
            ..CreateFileOptions::default()
        };
        let alice = fixture.user("alice");
        let error = fixture
            .master
            .create_file(&alice, &path(target), options)
            .await;
        assert_eq!(
            error.unwrap_err().to_string(),
            format!(
                "Permission denied: user=alice, access=-w-, path={target}: failed at pub, \
                 inode owner=root, inode group=root, inode mode=rwxr-xr-x"
            )
        );
    }
}

#[tokio::test]
async fn a_file_that_is_written_through_makes_its_directories_in_the_store() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/only").await.unwrap();
    fixture.create_through("/only/a/b/f").await.unwrap();
    assert!(fixture.ufs_file("/only/a/b").is_dir());
    for directory in ["/only", "/only/a", "/only/a/b"] {
        let info = fixture.status(directory).await.unwrap();
        assert_eq!(info.persistence, PersistenceState::Persisted, "{directory}");
    }
    assert!(!fixture.ufs_file("/only/a/b/f").try_exists().unwrap());
}

#[tokio::test]
async fn a_file_that_only_the_store_knows_is_not_silently_replaced() {
    let fixture = Fixture::new().await;
    fixture.write_ufs("/outside", b"data");
    let error = fixture.create("/outside").await.unwrap_err();
    assert!(
        matches!(error, FileSystemError::FileExists { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_retried_create_answers_with_the_file_of_the_first_try() {
    let fixture = Fixture::new().await;
    let request = fixture.with_operation_id(7);
    let file = path("/f");
    let create = || {
        let options = CreateFileOptions::default();
        fixture.master.create_file(&request, &file, options)
    };
    let first = create().await.unwrap();
    assert_eq!(create().await.unwrap(), first);
}

#[tokio::test]
async fn what_a_store_does_not_tell_of_is_not_written_over() {
    let fixture = Fixture::new().await;
    fixture.write_ufs("/d/report", b"somebody's");
    fixture.status("/d").await.unwrap();
    let create = async |write_type| {
        // The namespace has not seen the file, and the store says nothing now.
        let fault = Fault::Fail(UfsErrorKind::Unavailable);
        let rule = FaultRule::on(UfsOperation::Status, fault).always();
        fixture.stores.faults.add(rule);
        let options = CreateFileOptions {
            write_type,
            ..CreateFileOptions::default()
        };
        let (request, report) = (fixture.root(), path("/d/report"));
        let created = fixture.master.create_file(&request, &report, options).await;
        fixture.stores.faults.clear();
        created
    };
    for write_type in [
        WriteType::Through,
        WriteType::CacheThrough,
        WriteType::AsyncThrough,
    ] {
        let error = create(write_type).await.unwrap_err();
        assert!(
            matches!(error, FileSystemError::Ufs(_)),
            "{write_type:?}: {error}"
        );
    }
    // This one never goes to the store.
    create(WriteType::MustCache).await.unwrap();
    assert_eq!(fixture.read_ufs("/d/report"), b"somebody's");
}
