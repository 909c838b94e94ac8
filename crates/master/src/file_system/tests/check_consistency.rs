//! Which paths differ from their store.

use crate::file_system::testing::{Fixture, path};

async fn differing(fixture: &Fixture, at: &str) -> Vec<String> {
    let at = path(at);
    let found = fixture.master.check_consistency(&fixture.root(), &at).await;
    found.unwrap().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_changed_vanished_or_came_too_early_is_named() {
    let fixture = Fixture::new().await;
    for name in ["/d/changed", "/d/gone", "/d/same"] {
        fixture.write_through(name, b"x").await;
    }
    fixture.write_file("/d/cached", &[1]).await;
    fixture.write_file("/d/early", &[1]).await;
    assert!(differing(&fixture, "/").await.is_empty());
    let before = fixture.master.state_hash();
    fixture.write_ufs("/d/changed", b"another");
    fixture.write_ufs("/d/early", b"x");
    fixture.write_ufs("/d/unknown", b"x");
    std::fs::remove_file(fixture.ufs_file("/d/gone")).unwrap();
    let expected = ["/d/changed", "/d/early", "/d/gone"];
    assert_eq!(differing(&fixture, "/").await, expected);
    assert_eq!(differing(&fixture, "/d").await, expected);
    assert_eq!(differing(&fixture, "/d/gone").await, ["/d/gone"]);
    assert!(differing(&fixture, "/d/same").await.is_empty());
    assert_eq!(fixture.master.state_hash(), before);
}

#[tokio::test]
async fn nobody_learns_of_what_he_may_not_look_at() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/f", b"x").await;
    fixture.set_mode("/d", 0o700).await;
    let checked = fixture
        .master
        .check_consistency(&fixture.user("alice"), &path("/d"))
        .await;
    assert!(checked.unwrap_err().is_denied());
}
