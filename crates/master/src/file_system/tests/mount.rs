//! `docs/semantics.md`, "Mounts".

use std::fs;
use std::path::Path;
use std::time::Duration;

use alluxio_common::{PersistenceState, Tasks, UfsPath};
use alluxio_ufs::layer::{Fault, FaultRule};
use alluxio_ufs::{UfsOperation, UfsSpace};

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    AskStores, CreateFileOptions, DeleteOptions, ListStatusOptions, MountRequest, PersistRoom,
};
use crate::inode::MountOptions;
use crate::journal_entry::UfsMode;

async fn mount(fixture: &Fixture, at: &str, ufs: &str) -> String {
    mount_as(fixture, "root", at, fixture.mount_request(ufs)).await
}

async fn mount_as(fixture: &Fixture, user: &str, at: &str, mount: MountRequest) -> String {
    let (request, at) = (fixture.user(user), path(at));
    let mounted = fixture.master.mount(&request, &at, &mount).await;
    mounted.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
}

#[tokio::test]
async fn mount_refuses_what_is_taken_missing_or_mounted_already() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.create("/q/f").await.unwrap();
    let ro = fixture.mount_read_only("/q/ro", "stores/ro").await;
    let other = fixture.store_directory("other");
    fs::write(Path::new(&other).join("afile"), b"x").unwrap();
    let above = Path::new(&ro).parent().unwrap().display().to_string();
    let exists = |at: &str| {
        format!(
            "Mount point target path {at} already exists in Alluxio namespace. Try mounting to \
             another path."
        )
    };
    for at in ["/q/f", "/q", "/"] {
        assert_eq!(mount(&fixture, at, &other).await, exists(at));
    }
    let prefix = |prefix: &str, whole: &str| format!("Mount point {prefix} is a prefix of {whole}");
    let below = format!("{ro}/x");
    assert_eq!(mount(&fixture, "/q/m", &ro).await, prefix(&ro, &ro));
    assert_eq!(mount(&fixture, "/q/m", &above).await, prefix(&above, &ro));
    assert_eq!(mount(&fixture, "/q/m", &below).await, prefix(&ro, &below));
    for missing in ["none", "afile"] {
        let ufs = format!("{other}/{missing}");
        assert_eq!(
            mount(&fixture, "/q/m", &ufs).await,
            format!("Ufs path {ufs} does not exist")
        );
    }
    assert_eq!(
        mount(&fixture, "/q/m", "bogus://h/p").await,
        "No Under File System Factory found for: bogus://h/p"
    );
    assert_eq!(
        mount(&fixture, "/q/nop/m", &other).await,
        format!(
            "Failed to mount {other} at /q/nop/m: \nFile /q/nop/m creation failed. Component \
             2(nop) does not exist"
        )
    );
    let alice = mount_as(&fixture, "alice", "/q/m", fixture.mount_request(&other)).await;
    assert!(
        alice.starts_with("Permission denied: user=alice, access=-w-, path=/q/m"),
        "{alice}"
    );
}

#[tokio::test]
async fn a_mount_may_not_hide_something_in_the_store_above() {
    let fixture = Fixture::new().await;
    fixture.write_ufs("/shadow/x", b"x");
    let other = fixture.store_directory("other");
    // The path is unknown to the namespace only as long as nobody has looked.
    let refused = mount(&fixture, "/shadow", &other).await;
    assert!(refused.contains("/shadow"), "{refused}");
    assert_eq!(fixture.master.mounts().iter().count(), 1);
}

#[tokio::test]
async fn a_mounted_store_shows_its_files_and_takes_new_ones() {
    let fixture = Fixture::new().await;
    let store = fixture.mount("/m", "other").await;
    fs::write(Path::new(&store).join("a"), b"12345").unwrap();
    let info = fixture.status("/m/a").await.unwrap();
    assert_eq!((info.length, info.ufs_path), (5, format!("{store}/a")));
    fixture.create_through("/m/new/file").await.unwrap();
    assert!(Path::new(&store).join("new").is_dir());
    assert!(
        !fixture.ufs_file("/m").try_exists().unwrap(),
        "the store above is not touched"
    );
    let nested = fixture.mount("/m/nested", "third").await;
    fs::write(Path::new(&nested).join("deep"), b"1").unwrap();
    assert_eq!(fixture.status("/m/nested/deep").await.unwrap().length, 1);
}

#[tokio::test]
async fn what_was_looked_for_before_a_mount_is_found_after_it() {
    let fixture = Fixture::new().await;
    fixture.mount_memory("/m", "bucket").await;
    fixture.put_memory("/m/f", b"content").await;
    let (request, place) = (fixture.root(), path("/m"));
    fixture.master.unmount(&request, &place).await.unwrap();
    assert!(fixture.status("/m/f").await.unwrap_err().is_not_found());
    fixture.mount_memory("/m", "bucket").await;
    assert_eq!(fixture.status("/m/f").await.unwrap().length, 7);
}

#[tokio::test]
async fn directories_above_a_mount_stay_out_of_the_store_above_it() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/mp").await.unwrap();
    let store = fixture.mount("/mp/m", "other").await;
    fixture.create_through("/mp/m/d/f").await.unwrap();
    assert!(Path::new(&store).join("d").is_dir());
    assert!(!fixture.ufs_file("/mp").try_exists().unwrap());
    let above = fixture.status("/mp").await.unwrap();
    assert_eq!(above.persistence, PersistenceState::NotPersisted);
}

#[tokio::test]
async fn everybody_may_use_a_shared_mount() {
    let fixture = Fixture::new().await;
    let store = fixture.store_directory("shared");
    let mount = MountRequest {
        shared: true,
        ..fixture.mount_request(&store)
    };
    assert_eq!(mount_as(&fixture, "root", "/s", mount).await, "ok");
    let alice = fixture.user("alice");
    let options = CreateFileOptions::default();
    fixture
        .master
        .create_file(&alice, &path("/s/f"), options)
        .await
        .unwrap();
}

#[tokio::test]
async fn unmount_and_update_are_for_mount_points() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/q").await.unwrap();
    fixture.mkdir("/q/d").await.unwrap();
    fixture.mount("/q/rw", "rw").await;
    let unmount = async |user: &str, text: &str| {
        let (request, at) = (fixture.user(user), path(text));
        let done = fixture.master.unmount(&request, &at).await;
        done.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    };
    let update = async |text: &str| {
        let (request, at) = (fixture.root(), path(text));
        let done = fixture
            .master
            .update_mount(&request, &at, &MountOptions::default())
            .await;
        done.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    };
    assert_eq!(
        unmount("root", "/q/d").await,
        "Failed to unmount /q/d. Please ensure the path is an existing mount point."
    );
    assert_eq!(
        unmount("root", "/q/no").await,
        "Failed to unmount: Path /q/no does not exist"
    );
    assert_eq!(
        unmount("root", "/").await,
        "Failed to unmount /. Please ensure the path is an existing mount point and not root."
    );
    assert!(
        unmount("alice", "/q/rw")
            .await
            .starts_with("Permission denied: user=alice")
    );
    for text in ["/q/d", "/q/no"] {
        assert_eq!(
            update(text).await,
            format!(
                "Failed to update mount properties for {text}. Please ensure the path is an \
                 existing mount point."
            )
        );
    }
    assert_eq!(
        update("/").await,
        "Failed to update mount point at /. Please ensure the path is an existing mount point and \
         not root."
    );
    let before = fixture.master.mounts().at(&path("/q/rw")).unwrap().id;
    assert_eq!(update("/q/rw").await, "ok");
    assert_ne!(
        fixture.master.mounts().at(&path("/q/rw")).unwrap().id,
        before
    );
    assert_eq!(unmount("root", "/q/rw").await, "ok");
    assert!(fixture.status("/q/rw").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_remount_takes_the_new_options_or_leaves_the_old_mount() {
    let fixture = Fixture::new().await;
    let store = fixture.mount("/m", "other").await;
    let again = MountRequest {
        remount: true,
        read_only: true,
        ..fixture.mount_request(&store)
    };
    assert_eq!(mount_as(&fixture, "root", "/m", again.clone()).await, "ok");
    assert!(fixture.master.mounts().at(&path("/m")).unwrap().read_only);
    let missing = format!("{store}/none");
    let refused = MountRequest {
        ufs: UfsPath::parse(&missing).unwrap(),
        ufs_text: missing,
        ..again
    };
    assert_ne!(mount_as(&fixture, "root", "/m", refused).await, "ok");
    let taken = fixture.mount("/n", "third").await;
    let refused = MountRequest {
        remount: true,
        ..fixture.mount_request(&taken)
    };
    assert_ne!(mount_as(&fixture, "root", "/m", refused).await, "ok");
    assert!(fixture.master.mounts().at(&path("/m")).is_some());
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

#[tokio::test]
async fn a_mount_is_not_updated_to_options_by_which_its_store_is_not_there() {
    let fixture = Fixture::new().await;
    fixture.mount("/m", "other").await;
    fs::remove_dir(fixture.store_directory("other")).unwrap();
    let before = fixture.master.mounts().at(&path("/m")).unwrap().id;
    let (request, at) = (fixture.root(), path("/m"));
    let options = MountOptions::default();
    let refused = fixture.master.update_mount(&request, &at, &options).await;
    assert!(refused.unwrap_err().to_string().contains("does not exist"));
    assert_eq!(fixture.master.mounts().at(&at).unwrap().id, before);
}

#[tokio::test]
async fn the_mount_table_masks_secrets_and_asks_stores_only_on_demand() {
    let fixture = Fixture::new().await;
    let store = fixture.store_directory("other");
    let mut request = fixture.mount_request(&store);
    for (key, value) in [("k", "v"), ("s3a.secretKey", "hush")] {
        request.properties.insert(key.to_owned(), value.to_owned());
    }
    assert_eq!(mount_as(&fixture, "root", "/m", request).await, "ok");
    let table = fixture.master.mount_table(AskStores::No).await;
    assert_eq!(table[1].ufs_uri, store);
    assert_eq!(table[1].ufs_kind, "local");
    assert_eq!(table[1].space.capacity, None);
    assert_eq!(table[1].properties["k"], "v");
    assert!(!format!("{table:?}").contains("hush"));
    let asked = fixture.master.mount_table(AskStores::Yes).await;
    assert!(asked[1].space.capacity.is_some());
    let id = asked[1].mount_id;
    let info = fixture.master.ufs_info(id).unwrap();
    assert_eq!(info.options.properties["s3a.secretKey"], "hush");
}

#[tokio::test]
async fn a_store_in_maintenance_takes_no_changes() {
    let fixture = Fixture::new().await;
    fixture.write_through("/p", b"x").await;
    let set_mode = async |ufs: &str, mode| {
        let (request, ufs) = (fixture.root(), UfsPath::parse(ufs).unwrap());
        let done = fixture.master.update_ufs_mode(&request, &ufs, mode).await;
        done.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    };
    assert_eq!(
        set_mode("/opt", UfsMode::ReadOnly).await,
        "The ufs path should have only scheme and authority but no path."
    );
    assert_eq!(
        set_mode("hdfs://nope:9000/", UfsMode::ReadOnly).await,
        "Unknown Ufs path hdfs://nope:9000/"
    );
    assert_eq!(set_mode("/", UfsMode::ReadOnly).await, "ok");
    let refused = fixture.create_through("/new").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "Operation WRITE not allowed on ufs path {} under maintenance mode READ_ONLY",
            fixture.ufs("/new")
        )
    );
    assert_eq!(set_mode("/", UfsMode::NoAccess).await, "ok");
    let refused = fixture.delete("/p", Default::default()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "Failed to delete 1 paths from the under file system: /p (Operation WRITE not allowed \
             on ufs path {} under maintenance mode NO_ACCESS)",
            fixture.ufs("/p")
        )
    );
    assert_eq!(set_mode("/", UfsMode::ReadWrite).await, "ok");
    fixture.create_through("/new").await.unwrap();
}

#[tokio::test]
async fn stores_that_hang_do_not_keep_the_mount_table_from_those_who_look() {
    let fixture = Fixture::new().await;
    for name in ["a", "b", "c"] {
        let hung = fixture.mount(&format!("/{name}"), name).await;
        let hangs = FaultRule::on(UfsOperation::Space, Fault::Hang).always();
        let hung = UfsPath::parse(&hung).unwrap();
        fixture.stores.faults.add(hangs.below(&hung));
    }
    let asked = fixture.master.mount_table(AskStores::Yes);
    let table = tokio::time::timeout(Duration::from_secs(10), asked);
    let known: Vec<_> = table
        .await
        .unwrap()
        .into_iter()
        .map(|mount| (mount.path.to_string(), mount.space != UfsSpace::UNKNOWN))
        .collect();
    let expected = [("/", true), ("/a", false), ("/b", false), ("/c", false)];
    assert_eq!(
        known,
        expected.map(|(path, known)| (path.to_owned(), known))
    );
}

#[tokio::test]
async fn a_mount_in_which_something_was_persisted_can_be_deleted() {
    let fixture = Fixture::new().await;
    let store = fixture.mount("/m", "other").await;
    fixture.write_async("/m/f", b"data").await;
    let room = PersistRoom::shared_by_all(1);
    let task = fixture.master.files_to_persist(room).remove(0);
    fixture.write_copy(&task, b"data");
    let named = fixture
        .master
        .persisted(task.file_id, task.mount_id, &task.temporary);
    named.await.unwrap();
    let options = DeleteOptions {
        recursive: true,
        delete_mount_point: true,
        ..DeleteOptions::default()
    };
    // Somebody else's file still keeps it.
    let foreign = Path::new(&store).join("foreign");
    fs::write(&foreign, b"x").unwrap();
    fixture.delete("/m", options).await.unwrap_err();
    fs::remove_file(&foreign).unwrap();
    fixture.delete("/m", options).await.unwrap();
    assert_eq!(fs::read_dir(&store).unwrap().count(), 0);
}

#[tokio::test]
async fn what_a_mounted_directory_holds_is_deleted_many_at_once() {
    let fixture = Fixture::new().await;
    let store = fixture.mount("/m", "other").await;
    for number in 0..50 {
        fs::write(Path::new(&store).join(format!("f{number}")), b"x").unwrap();
        fs::create_dir(Path::new(&store).join(format!("d{number}"))).unwrap();
    }
    let options = DeleteOptions {
        recursive: true,
        unchecked: true,
        delete_mount_point: true,
        ..DeleteOptions::default()
    };
    fixture.delete("/m", options).await.unwrap();
    assert_eq!(fs::read_dir(&store).unwrap().count(), 0);
    assert_eq!(fixture.stores.faults.calls(UfsOperation::DeleteFile), 1);
}

#[tokio::test]
async fn a_store_that_hangs_while_it_is_mounted_keeps_nobody_from_the_directory_above() {
    let fixture = Fixture::new().await;
    let faults = &fixture.stores.faults;
    let hung = UfsPath::parse("memory://hung/").unwrap();
    let hangs = FaultRule::on(UfsOperation::Status, Fault::Hang).always();
    faults.add(hangs.below(&hung));
    let listed = async {
        // The store above is asked first.
        while faults.calls(UfsOperation::Status) < 2 {
            tokio::task::yield_now().await;
        }
        let (request, root) = (fixture.root(), path("/"));
        let options = ListStatusOptions::default();
        let listing = fixture.master.list_status(&request, &root, options);
        listing.await.map(drop)
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), listed);
    tokio::select! {
        mounted = mount(&fixture, "/m", "memory://hung/") => panic!("{mounted}"),
        listed = in_time => listed.unwrap().unwrap(),
    }
}

#[tokio::test]
async fn mounts_that_cannot_be_used_are_told_of_with_what_to_look_at() {
    let tasks = Tasks::new();
    let fixture = Fixture::new().await;
    assert_eq!(fixture.master.mount_problems(&tasks).await, []);
    let gone = fixture.mount("/gone", "gone").await;
    fs::remove_dir(&gone).unwrap();
    let hung = fixture.mount("/hung", "hung").await;
    let hangs = FaultRule::on(UfsOperation::Status, Fault::Hang).always();
    let below = UfsPath::parse(&hung).unwrap();
    fixture.stores.faults.add(hangs.below(&below));
    fixture.mount_memory("/empty", "empty").await;

    let problems = fixture.master.mount_problems(&tasks).await;
    let told: Vec<_> = problems
        .iter()
        .map(|problem| {
            let (path, reason) = (problem.path.as_str(), problem.reason.clone());
            (
                path,
                problem.ufs_uri.clone(),
                reason,
                problem.advice.clone(),
            )
        })
        .collect();
    let gone_reason = format!("Ufs path {gone} does not exist");
    let hung_reason = format!("{hung} (The store has not answered yet)");
    let expected = [
        ("/gone", gone, gone_reason, String::new()),
        (
            "/hung",
            hung,
            hung_reason,
            "Check the URI of the mount.".to_owned(),
        ),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_store_is_looked_at_seldom_and_never_twice_at_a_time() {
    let tasks = Tasks::new();
    let fixture = Fixture::new().await;
    let hung = fixture.mount("/hung", "hung").await;
    let hangs = FaultRule::on(UfsOperation::Status, Fault::Hang).always();
    let below = UfsPath::parse(&hung).unwrap();
    fixture.stores.faults.add(hangs.below(&below));
    let calls = || fixture.stores.faults.calls(UfsOperation::Status);
    let before = calls();
    for _view in 0..10 {
        let problems = fixture.master.mount_problems(&tasks).await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        fixture.advance(Duration::from_secs(5));
    }
    // The root every ten seconds, and the one that hangs once.
    assert_eq!(calls() - before, 5 + 1);
}

#[tokio::test]
async fn a_store_that_answers_late_is_well_in_the_next_view() {
    let tasks = Tasks::new();
    let fixture = Fixture::new().await;
    let slow = fixture.mount("/slow", "slow").await;
    let late = Fault::Delay(Duration::from_millis(3_200));
    let below = UfsPath::parse(&slow).unwrap();
    let rule = FaultRule::on(UfsOperation::Status, late).below(&below);
    fixture.stores.faults.add(rule);
    let told = fixture.master.mount_problems(&tasks).await;
    assert_eq!(told.len(), 1, "{told:?}");
    fixture.advance(Duration::from_secs(1));
    assert_eq!(fixture.master.mount_problems(&tasks).await, []);
}
