//! `docs/semantics.md`, "Attributes".

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alluxio_common::{Mode, PersistenceState, TtlAction};

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{SetAttributeOptions, XattrUpdate};
use crate::inode::Ttl;

async fn set(fixture: &Fixture, user: &str, text: &str, options: SetAttributeOptions) -> String {
    let (request, target) = (fixture.user(user), path(text));
    let changed = fixture
        .master
        .set_attribute(&request, &target, options)
        .await;
    changed.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
}

fn mode(bits: u16) -> SetAttributeOptions {
    SetAttributeOptions {
        mode: Some(Mode::from_bits(bits)),
        ..SetAttributeOptions::default()
    }
}

fn replication(min: Option<i32>, max: Option<i32>) -> SetAttributeOptions {
    SetAttributeOptions {
        replication_min: min,
        replication_max: max,
        ..SetAttributeOptions::default()
    }
}

fn pinned() -> SetAttributeOptions {
    SetAttributeOptions {
        pinned: Some(true),
        ..SetAttributeOptions::default()
    }
}

fn unpinned() -> SetAttributeOptions {
    SetAttributeOptions {
        pinned: Some(false),
        ..SetAttributeOptions::default()
    }
}

fn owner(name: &str) -> SetAttributeOptions {
    SetAttributeOptions {
        owner: Some(name.to_owned()),
        ..SetAttributeOptions::default()
    }
}

fn group(name: &str) -> SetAttributeOptions {
    SetAttributeOptions {
        group: Some(name.to_owned()),
        ..SetAttributeOptions::default()
    }
}

#[tokio::test]
async fn owner_takes_a_superuser_group_and_mode_the_owner_the_rest_write() {
    let fixture = Fixture::new().await;
    fixture.create("/secret").await.unwrap();
    fixture.set_mode("/secret", 0o600).await;
    fixture.create("/af").await.unwrap();
    assert_eq!(set(&fixture, "root", "/af", owner("alice")).await, "ok");
    let not_owner = "Permission denied: user=alice is not the owner of path=/secret";
    assert_eq!(
        set(&fixture, "alice", "/secret", mode(0o777)).await,
        not_owner
    );
    assert_eq!(
        set(&fixture, "alice", "/secret", group("staff2")).await,
        not_owner
    );
    assert_eq!(
        set(&fixture, "alice", "/af", owner("bob")).await,
        "Permission denied: alice is not a super user or in super group"
    );
    for name in ["staff2", "root"] {
        assert_eq!(set(&fixture, "alice", "/af", group(name)).await, "ok");
    }
    assert_eq!(
        set(&fixture, "alice", "/secret", pinned()).await,
        "Permission denied: user=alice, access=-w-, path=/secret: failed at secret, inode \
         owner=root, inode group=root, inode mode=rw-------"
    );
    assert_eq!(
        set(&fixture, "root", "/no", mode(0o777)).await,
        "Path \"/no\" does not exist."
    );
}

#[tokio::test]
async fn an_owner_is_in_the_group_that_comes_with_it() {
    let fixture = Fixture::new().await;
    fixture.create("/f").await.unwrap();
    let both = |owner: &str, group: &str| SetAttributeOptions {
        owner: Some(owner.to_owned()),
        group: Some(group.to_owned()),
        ..SetAttributeOptions::default()
    };
    assert_eq!(
        set(&fixture, "root", "/f", both("alice", "staff3")).await,
        "Could not update owner:group for /f to alice:staff3. \
         alluxio.exception.status.FailedPreconditionException: \
         Owner alice does not belong to the group staff3"
    );
    // Whoever may not change the owner learns nothing of who is in which group.
    assert_eq!(
        set(&fixture, "alice", "/f", both("bob", "staff3")).await,
        "Permission denied: alice is not a super user or in super group"
    );
    let changed = set(&fixture, "root", "/f", both("alice", "staff2")).await;
    assert_eq!(changed, "ok");
    // One of them alone is anybody's.
    assert_eq!(set(&fixture, "root", "/f", group("staff3")).await, "ok");
}

#[tokio::test]
async fn a_file_whose_copies_must_be_there_is_pinned() {
    let fixture = Fixture::new().await;
    fixture.write_file("/f", &[1]).await;
    for (min, pinned) in [(1, true), (0, false)] {
        let options = replication(Some(min), None);
        assert_eq!(set(&fixture, "root", "/f", options).await, "ok");
        assert_eq!(fixture.status("/f").await.unwrap().pinned, pinned);
    }
    assert_eq!(
        set(&fixture, "root", "/f", replication(Some(-1), None)).await,
        "Min replication must be a non-negative integer"
    );
}

#[tokio::test]
async fn the_action_of_a_ttl_changes_alone() {
    let fixture = Fixture::new().await;
    fixture.write_file("/f", &[1]).await;
    let action = |action| SetAttributeOptions {
        ttl_action: Some(action),
        ..SetAttributeOptions::default()
    };
    let ttl = Ttl {
        millis: 3_600_000,
        action: TtlAction::Delete,
    };
    // Without a time there is nothing to act at.
    assert_eq!(
        set(&fixture, "root", "/f", action(TtlAction::Delete)).await,
        "ok"
    );
    assert_eq!(fixture.status("/f").await.unwrap().ttl, Ttl::NONE);
    let timed = SetAttributeOptions {
        ttl: Some(ttl),
        ..SetAttributeOptions::default()
    };
    assert_eq!(set(&fixture, "root", "/f", timed).await, "ok");
    assert_eq!(
        set(&fixture, "root", "/f", action(TtlAction::Free)).await,
        "ok"
    );
    let changed = fixture.status("/f").await.unwrap().ttl;
    assert_eq!(
        (changed.millis, changed.action),
        (3_600_000, TtlAction::Free)
    );
}

#[tokio::test]
async fn what_keeps_data_or_lets_it_go_moves_the_time_and_permissions_do_not() {
    let fixture = Fixture::new().await;
    fixture.write_file("/f", &[1]).await;
    let ttl = SetAttributeOptions {
        ttl: Some(Ttl {
            millis: 3_600_000,
            action: TtlAction::Free,
        }),
        ..SetAttributeOptions::default()
    };
    let changes = [
        (mode(0o600), false),
        (group("users"), false),
        (ttl.clone(), true),
        // The same again changes nothing.
        (ttl, false),
        (pinned(), true),
        (unpinned(), true),
        (replication(None, Some(3)), true),
    ];
    for (options, moves) in changes {
        let before = fixture.status("/f").await.unwrap().modification_time;
        fixture.advance(Duration::from_secs(1));
        let said = format!("{options:?}");
        assert_eq!(set(&fixture, "root", "/f", options).await, "ok");
        let after = fixture.status("/f").await.unwrap().modification_time;
        assert_eq!(after > before, moves, "{said}");
    }
}

#[tokio::test]
async fn replication_bounds_must_agree_with_one_another() {
    let fixture = Fixture::new().await;
    fixture.write_file("/f", &[1]).await;
    fixture.mkdir("/d").await.unwrap();
    let refused = |min, max| {
        format!(
            "Cannot set min and max replication to be {min} and {max}: min replication must be \
             smaller or equal than max replication"
        )
    };
    let both = set(&fixture, "root", "/f", replication(Some(3), Some(1))).await;
    assert_eq!(both, refused(3, 1));
    let negative = set(&fixture, "root", "/f", replication(None, Some(-2))).await;
    assert_eq!(negative, refused(0, -2));
    assert_eq!(
        set(&fixture, "root", "/f", replication(Some(1), None)).await,
        "ok"
    );
    let none = set(&fixture, "root", "/f", replication(None, Some(0))).await;
    assert_eq!(none, refused(1, 0));
    assert_eq!(
        set(&fixture, "root", "/d", replication(Some(1), None)).await,
        "ok"
    );
}

#[tokio::test]
async fn a_pin_reaches_what_is_there_and_what_comes_later() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/d").await.unwrap();
    fixture.write_file("/d/f", &[1]).await;
    assert_eq!(set(&fixture, "root", "/d", pinned()).await, "ok");
    fixture.create("/d/later").await.unwrap();
    for name in ["/d", "/d/f", "/d/later"] {
        assert!(fixture.status(name).await.unwrap().pinned, "{name}");
    }
    assert_eq!(fixture.status("/d/f").await.unwrap().replication.min, 1);
    assert_eq!(set(&fixture, "root", "/d", unpinned()).await, "ok");
    let info = fixture.status("/d/f").await.unwrap();
    assert_eq!((info.pinned, info.replication.min), (false, 0));
    let unknown = SetAttributeOptions {
        media: BTreeSet::from(["FLOPPY".to_owned()]),
        ..pinned()
    };
    assert_eq!(
        set(&fixture, "root", "/d/f", unknown).await,
        "Invalid medium to pin the file. FLOPPY are invalid. MEM,SSD,HDD are valid medium types"
    );
}

#[tokio::test]
async fn permissions_of_what_is_persisted_change_in_the_store_too() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new().await;
    fixture.write_through("/d/p", b"x").await;
    let recursive = SetAttributeOptions {
        recursive: true,
        ..mode(0o750)
    };
    assert_eq!(set(&fixture, "root", "/d", recursive).await, "ok");
    for name in ["/d", "/d/p"] {
        let bits = fixture
            .ufs_file(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(bits, 0o750, "{name}");
        assert_eq!(fixture.status(name).await.unwrap().mode.bits(), 0o750);
    }
    let fingerprint = fixture.status("/d/p").await.unwrap().ufs_fingerprint;
    assert!(
        fingerprint.contains(&format!("MODE|{} ", 0o750)),
        "{fingerprint}"
    );
}

#[tokio::test]
async fn what_the_store_refuses_changes_nothing() {
    let fixture = Fixture::new().await;
    fixture.write_through("/p", b"x").await;
    fixture.write_file("/f", &[1]).await;
    let nobody = || owner("no-such-user-anywhere");
    assert_eq!(
        set(&fixture, "root", "/p", nobody()).await,
        format!(
            "Could not setOwner for UFS file {} . Aborting the setAttribute operation in Alluxio.",
            fixture.ufs("/p")
        )
    );
    assert_eq!(fixture.status("/p").await.unwrap().owner, "root");
    assert_eq!(set(&fixture, "root", "/f", nobody()).await, "ok");
}

#[tokio::test]
async fn a_read_only_mount_refuses_permissions_but_takes_remarks() {
    let fixture = Fixture::new().await;
    let store = fixture.mount_read_only("/ro", "ro").await;
    std::fs::write(std::path::Path::new(&store).join("rf"), b"x").unwrap();
    assert_eq!(
        set(&fixture, "root", "/ro/rf", mode(0o777)).await,
        "A write operation on /ro/rf under a readonly mount point /ro is not allowed"
    );
    assert_eq!(set(&fixture, "root", "/ro/rf", pinned()).await, "ok");
}

#[tokio::test]
async fn the_persisted_mark_is_for_complete_files_and_for_ever() {
    let fixture = Fixture::new().await;
    fixture.create("/inc").await.unwrap();
    fixture.write_file("/f", &[1]).await;
    let persisted = |value| SetAttributeOptions {
        persisted: Some(value),
        ..SetAttributeOptions::default()
    };
    assert_eq!(
        set(&fixture, "root", "/inc", persisted(true)).await,
        "File being persisted must be complete"
    );
    assert_eq!(set(&fixture, "root", "/f", persisted(false)).await, "ok");
    assert_eq!(set(&fixture, "root", "/f", persisted(true)).await, "ok");
    let state = fixture.status("/f").await.unwrap().persistence;
    assert_eq!(state, PersistenceState::Persisted);
    assert_eq!(
        set(&fixture, "root", "/f", persisted(false)).await,
        "Cannot set the state of a file to not-persisted"
    );
}

#[tokio::test]
async fn extended_attributes_meet_the_old_ones_as_asked() {
    let fixture = Fixture::new().await;
    fixture.create("/f").await.unwrap();
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        pairs.iter().map(own).collect()
    };
    for (given, strategy, expected) in [
        (
            &[("a", "1"), ("b", "1")][..],
            XattrUpdate::Truncate,
            &[("a", "1"), ("b", "1")][..],
        ),
        (
            &[("b", "2"), ("c", "2")],
            XattrUpdate::UnionPreserve,
            &[("a", "1"), ("b", "1"), ("c", "2")],
        ),
        (
            &[("b", "3")],
            XattrUpdate::UnionReplace,
            &[("a", "1"), ("b", "3"), ("c", "2")],
        ),
        (
            &[("a", ""), ("b", "")],
            XattrUpdate::DeleteKeys,
            &[("c", "2")],
        ),
    ] {
        let options = SetAttributeOptions {
            xattr: Some((map(given), strategy)),
            ..SetAttributeOptions::default()
        };
        assert_eq!(set(&fixture, "root", "/f", options).await, "ok");
        assert_eq!(fixture.status("/f").await.unwrap().xattr, map(expected));
    }
}
