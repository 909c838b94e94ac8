//! Default properties of clients by path.

use std::collections::BTreeMap;

use crate::file_system::testing::{Fixture, path};

const WRITE_TYPE: &str = "alluxio.user.file.writetype.default";
const READ_TYPE: &str = "alluxio.user.file.readtype.default";

fn properties(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn properties_of_a_path_are_added_and_taken_one_by_one() {
    let fixture = Fixture::new().await;
    let master = &fixture.master;
    let set = async |at, given| master.set_path_configuration(&path(at), &given).await;
    set("/w", properties(&[(WRITE_TYPE, "THROUGH")]))
        .await
        .unwrap();
    set("/w", properties(&[(READ_TYPE, "CACHE")]))
        .await
        .unwrap();
    set("/x", properties(&[])).await.unwrap();
    let both = properties(&[(WRITE_TYPE, "THROUGH"), (READ_TYPE, "CACHE")]);
    assert_eq!(
        master.path_configuration(),
        BTreeMap::from([("/w".to_owned(), both)])
    );
    let remove = async |names: &[String]| {
        let removed = master.remove_path_configuration(&path("/w"), names).await;
        removed.unwrap();
        master.path_configuration()
    };
    let left = remove(&[READ_TYPE.to_owned(), "unknown".to_owned()]).await;
    assert_eq!(left["/w"], properties(&[(WRITE_TYPE, "THROUGH")]));
    assert!(remove(&[WRITE_TYPE.to_owned()]).await.is_empty());
    assert!(remove(&[]).await.is_empty());
}

#[tokio::test]
async fn what_would_stop_a_client_from_starting_is_refused() {
    let fixture = Fixture::new().await;
    let refusal = async |name: &str, value: &str| {
        let given = properties(&[(name, value)]);
        let at = path("/w");
        let set = fixture.master.set_path_configuration(&at, &given);
        set.await.unwrap_err().to_string()
    };
    assert_eq!(
        refusal("no.such", "1").await,
        "Invalid property key no.such"
    );
    let sentence = refusal(WRITE_TYPE, "BOGUS").await;
    assert!(
        sentence.starts_with("alluxio.user.file.writetype.default: \"BOGUS\" is not"),
        "{sentence}"
    );
    for other in ["alluxio.master.hostname", "s3a.secretKey"] {
        let sentence = refusal(other, "x").await;
        let expected = format!(
            "{other} cannot be set for a path: only properties of clients can, and no secrets"
        );
        assert!(
            sentence == expected || sentence.starts_with("Invalid"),
            "{sentence}"
        );
    }
    assert!(fixture.master.path_configuration().is_empty());
}

#[tokio::test]
async fn there_is_an_end_to_properties_and_paths() {
    let fixture = Fixture::new().await;
    let at = path("/w");
    let long = "x".repeat(256 << 10);
    let given = properties(&[("alluxio.user.app.id", &long)]);
    let set = fixture.master.set_path_configuration(&at, &given);
    assert!(set.await.is_err());
    let given = properties(&[("alluxio.user.app.id", "x")]);
    for number in 0..1_000 {
        let at = path(&format!("/{number}"));
        let set = fixture.master.set_path_configuration(&at, &given);
        set.await.unwrap();
    }
    let set = fixture.master.set_path_configuration(&at, &given);
    assert!(set.await.is_err());
}
