//! `docs/semantics.md`, "Access control lists".

use alluxio_common::Access;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    AclEntry, AclSubject, CreateDirectoryOptions, GetStatusOptions, ListStatusOptions, SetAcl,
    SetAclAction,
};

fn entry(subject: AclSubject, bits: u8) -> AclEntry {
    AclEntry {
        subject,
        access: Access::from_bits(bits),
        is_default: false,
    }
}

fn default(subject: AclSubject, bits: u8) -> AclEntry {
    AclEntry {
        is_default: true,
        ..entry(subject, bits)
    }
}

fn user(name: &str) -> AclSubject {
    AclSubject::User(name.to_owned())
}

fn group(name: &str) -> AclSubject {
    AclSubject::Group(name.to_owned())
}

fn change(action: SetAclAction, entries: &[AclEntry]) -> SetAcl {
    SetAcl {
        action,
        entries: entries.to_vec(),
        recursive: false,
    }
}

async fn set(fixture: &Fixture, text: &str, action: SetAclAction, entries: &[AclEntry]) -> String {
    let (request, target) = (fixture.root(), path(text));
    let changed = fixture
        .master
        .set_acl(&request, &target, &change(action, entries))
        .await;
    changed.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
}

#[tokio::test]
async fn a_named_user_gets_in_where_the_mode_keeps_others_out() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/d").await.unwrap();
    fixture.set_mode("/d", 0o700).await;
    let list = async |name: &str| {
        let (request, directory) = (fixture.user(name), path("/d"));
        let options = ListStatusOptions::default();
        fixture
            .master
            .list_status(&request, &directory, options)
            .await
            .is_ok()
    };
    assert!(!list("alice").await);
    let entries = [entry(user("alice"), 5), entry(group("staff2"), 5)];
    assert_eq!(
        set(&fixture, "/d", SetAclAction::Modify, &entries).await,
        "ok"
    );
    assert!(list("alice").await && list("bob").await && !list("carol").await);
    let mask = [entry(AclSubject::Mask, 0)];
    assert_eq!(set(&fixture, "/d", SetAclAction::Modify, &mask).await, "ok");
    assert!(!list("alice").await && !list("bob").await);
}

#[tokio::test]
async fn the_mask_is_the_union_of_what_it_bounds_unless_it_is_given() {
    let fixture = Fixture::new().await;
    fixture.create("/f").await.unwrap();
    let mask = async || {
        fixture
            .status("/f")
            .await
            .unwrap()
            .acl
            .and_then(|acl| acl.mask)
    };
    let rx = [entry(user("alice"), 5)];
    assert_eq!(set(&fixture, "/f", SetAclAction::Modify, &rx).await, "ok");
    assert_eq!(mask().await, Some(Access::from_bits(5)));
    let given = [entry(user("alice"), 7), entry(AclSubject::Mask, 4)];
    assert_eq!(
        set(&fixture, "/f", SetAclAction::Modify, &given).await,
        "ok"
    );
    assert_eq!(mask().await, Some(Access::READ));
    assert_eq!(
        set(&fixture, "/f", SetAclAction::RemoveAll, &[]).await,
        "ok"
    );
    assert_eq!(fixture.status("/f").await.unwrap().acl, None);
}

#[tokio::test]
async fn removing_all_entries_keeps_what_children_inherit() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/dir").await.unwrap();
    let entries = [entry(user("alice"), 5), default(user("bob"), 7)];
    for (action, entries) in [
        (SetAclAction::Modify, &entries[..]),
        (SetAclAction::RemoveAll, &[]),
    ] {
        assert_eq!(set(&fixture, "/dir", action, entries).await, "ok");
    }
    let status = fixture.status("/dir").await.unwrap();
    assert_eq!(status.acl, None);
    assert!(status.default_acl.is_some());
}

#[tokio::test]
async fn children_inherit_the_default_list_within_their_mode() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/dir").await.unwrap();
    let defaults = [
        default(user("alice"), 7),
        default(user("bob"), 5),
        default(group("staff2"), 7),
    ];
    assert_eq!(
        set(&fixture, "/dir", SetAclAction::Modify, &defaults).await,
        "ok"
    );
    let request = fixture.root();
    let options = CreateDirectoryOptions::default();
    fixture
        .master
        .create_directory(&request, &path("/dir/inh"), options)
        .await
        .unwrap();
    fixture.create("/dir/inhf").await.unwrap();
    let inherited = fixture.status("/dir/inh").await.unwrap();
    assert_eq!(inherited.mode.bits(), 0o755);
    let acl = inherited.acl.unwrap();
    assert_eq!(acl.users["alice"], Access::ALL);
    assert_eq!(acl.mask, Some(Access::from_bits(5)));
    assert!(inherited.default_acl.is_some());
    let file = fixture.status("/dir/inhf").await.unwrap();
    // Owner and others within the file's own mode, the group as the default list says.
    assert_eq!(file.mode.to_string(), "rw-r-xr--");
    assert_eq!(file.acl.unwrap().mask, Some(Access::READ));
    assert_eq!(
        set(&fixture, "/dir", SetAclAction::RemoveDefault, &[]).await,
        "ok"
    );
    assert_eq!(fixture.status("/dir").await.unwrap().default_acl, None);
}

#[tokio::test]
async fn files_below_are_left_alone_when_default_lists_go() {
    let fixture = Fixture::new().await;
    fixture.mkdir("/dir").await.unwrap();
    let defaults = [default(user("alice"), 7)];
    assert_eq!(
        set(&fixture, "/dir", SetAclAction::Modify, &defaults).await,
        "ok"
    );
    fixture.mkdir("/dir/below").await.unwrap();
    fixture.create("/dir/file").await.unwrap();
    let file = fixture.status("/dir/file").await.unwrap().acl;
    let everywhere = SetAcl {
        recursive: true,
        ..change(SetAclAction::RemoveDefault, &[])
    };
    let (request, top) = (fixture.root(), path("/dir"));
    let gone = fixture.master.set_acl(&request, &top, &everywhere).await;
    gone.unwrap();
    for directory in ["/dir", "/dir/below"] {
        let status = fixture.status(directory).await.unwrap();
        assert_eq!(status.default_acl, None, "{directory}");
    }
    assert_eq!(fixture.status("/dir/file").await.unwrap().acl, file);
}

#[tokio::test]
async fn senseless_lists_are_refused() {
    let fixture = Fixture::new().await;
    fixture.create("/f").await.unwrap();
    let bob = || [entry(user("bob"), 7)];
    assert_eq!(
        set(&fixture, "/no", SetAclAction::Modify, &bob()).await,
        "Path \"/no\" does not exist."
    );
    assert_eq!(
        set(
            &fixture,
            "/f",
            SetAclAction::Modify,
            &[default(user("bob"), 7)]
        )
        .await,
        "Can not set default ACL for a file"
    );
    assert_eq!(
        set(&fixture, "/f", SetAclAction::RemoveDefault, &[]).await,
        "Can not set default ACL for a file"
    );
    assert_eq!(
        set(&fixture, "/f", SetAclAction::Replace, &bob()).await,
        "Replacing ACL entries must include the base entries for user, group, and other. missing: \
         OTHER, OWNING_USER, OWNING_GROUP"
    );
    assert_eq!(
        set(
            &fixture,
            "/f",
            SetAclAction::Remove,
            &[entry(AclSubject::OwningUser, 0)]
        )
        .await,
        "Cannot remove the base entry user:: from the ACL"
    );
    assert_eq!(
        set(&fixture, "/f", SetAclAction::Remove, &bob()).await,
        "ok"
    );
    let alice = fixture.user("alice");
    let modify = change(SetAclAction::Modify, &bob());
    let refused = fixture.master.set_acl(&alice, &path("/f"), &modify).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Permission denied: user=alice is not the owner of path=/f"
    );
    let options = GetStatusOptions::default();
    fixture
        .master
        .get_status(&alice, &path("/f"), options)
        .await
        .unwrap();
}
