use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{ManualClock, Timestamp};
use async_trait::async_trait;
use proptest::prelude::*;
use uuid::Uuid;

use super::channels::RegisterError;
use super::*;

#[test]
fn both_forms_of_the_authorization_id_mean_the_same() {
    let explicit = PlainMessage::parse(b"alice\0alice\0noPassword");
    let empty = PlainMessage::parse(b"\0alice\0noPassword");
    assert_eq!(explicit, empty);
    assert_eq!(explicit, Ok(PlainMessage::without_password("alice", None)));
}

#[test]
fn an_impersonated_user_stands_in_front() {
    let message = PlainMessage::parse(b"bob\0hive\0noPassword");
    assert_eq!(
        message,
        Ok(PlainMessage::without_password("hive", Some("bob")))
    );
}

#[test]
fn a_message_with_a_missing_part_is_refused() {
    assert_eq!(PlainMessage::parse(b""), Err(PlainError::NotThreeParts));
    assert_eq!(
        PlainMessage::parse(b"alice\0secret"),
        Err(PlainError::NotThreeParts)
    );
    assert_eq!(
        PlainMessage::parse(b"a\0b\0c\0d"),
        Err(PlainError::NotThreeParts)
    );
    assert_eq!(PlainMessage::parse(b"\0\0pw"), Err(PlainError::NoName));
    assert_eq!(PlainMessage::parse(b"bob\0\0pw"), Err(PlainError::NoName));
    assert_eq!(
        PlainMessage::parse(b"\0alice\0"),
        Err(PlainError::NoPassword)
    );
    assert_eq!(PlainMessage::parse(b"\0\xff\0pw"), Err(PlainError::NotText));
    assert_eq!(
        PlainMessage::parse(&[b'a'; 10_000]),
        Err(PlainError::TooLong)
    );
}

#[test]
fn an_empty_name_is_refused_in_the_words_of_alluxio() {
    assert_eq!(
        PlainError::NoName.to_string(),
        "Plain authentication failed: No authentication identity provided"
    );
}

proptest! {
    #[test]
    fn any_names_without_nul_survive_the_message(
        user in "[^\0]{1,40}", other in "[^\0]{1,40}", password in "[^\0]{1,40}"
    ) {
        let message = PlainMessage {
            authorization_id: other,
            authentication_id: user,
            password,
        };
        prop_assert_eq!(PlainMessage::parse(&message.encode()), Ok(message));
    }

    #[test]
    fn any_bytes_are_either_refused_or_hold_two_names(
        bytes in proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..64)
    ) {
        if let Ok(message) = PlainMessage::parse(&bytes) {
            prop_assert!(!message.authentication_id.is_empty());
            prop_assert!(!message.authorization_id.is_empty());
            prop_assert_eq!(bytes.iter().filter(|byte| **byte == 0).count(), 2);
        }
    }
}

/// Everybody whose name begins with `staff_` is in the group `staff`.
#[derive(Debug)]
struct ByPrefix;

#[async_trait]
impl UserGroups for ByPrefix {
    async fn groups_of(&self, user: &str) -> Vec<String> {
        let staff = user.starts_with("staff_");
        staff.then(|| "staff".to_owned()).into_iter().collect()
    }
}

fn rule(users: &[&str], groups: &[&str]) -> Impersonation {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let rule = ImpersonationRule {
        users: owned(users),
        groups: owned(groups),
    };
    Impersonation {
        rules: [("yarn".to_owned(), rule)].into(),
    }
}

async fn refusal(rules: &Impersonation, connecting: &str, wanted: &str) -> Option<String> {
    let answer = rules.check(connecting, wanted, &ByPrefix).await;
    answer.err().map(|refused| refused.to_string())
}

#[tokio::test]
async fn everybody_may_act_for_itself() {
    assert_eq!(refusal(&rule(&[], &[]), "alice", "alice").await, None);
}

#[tokio::test]
async fn a_user_without_a_rule_may_act_for_nobody() {
    assert_eq!(
        refusal(&rule(&[], &[]), "alice", "foo").await.as_deref(),
        Some(
            "Plain authentication failed: Failed to authenticate client user=\"alice\" \
             connecting to Alluxio server and impersonating as impersonationUser=\"foo\" to \
             access Alluxio file system. User \"alice\" is not configured to allow any \
             impersonation."
        )
    );
}

#[tokio::test]
async fn a_rule_names_users_groups_or_everybody() {
    assert_eq!(refusal(&rule(&["foo"], &[]), "yarn", "foo").await, None);
    assert_eq!(refusal(&rule(&["*"], &[]), "yarn", "bar").await, None);
    assert_eq!(refusal(&rule(&[], &["*"]), "yarn", "bar").await, None);
    assert_eq!(
        refusal(&rule(&["foo"], &["staff"]), "yarn", "staff_eve").await,
        None
    );
    let refused = refusal(&rule(&["foo"], &["staff"]), "yarn", "bar").await;
    assert!(refused.is_some_and(|text| text.contains("User \"yarn\" is not configured to")));
}

fn identity(user: &str) -> Identity {
    Identity {
        user: user.to_owned(),
        impersonator: None,
    }
}

fn channels(max_channels: usize) -> (Arc<Channels>, Arc<ManualClock>) {
    let clock = ManualClock::starting_at(Timestamp::from_millis(0));
    let conf = ChannelsConf {
        stale_after: Duration::from_hours(1),
        max_channels,
    };
    let channels = Channels::new(conf, Arc::<ManualClock>::clone(&clock));
    (channels, clock)
}

#[test]
fn a_channel_lives_as_long_as_its_registration() {
    let (channels, _clock) = channels(9);
    let id = Uuid::from_u128(1);
    let registration = channels.register(id, identity("alice")).expect("free");
    let known = channels.identify(&id).expect("registered");
    assert_eq!(known.user, "alice");
    drop(registration);
    assert_eq!(channels.identify(&id), None);
}

#[test]
fn the_first_holder_of_an_id_keeps_it() {
    let (channels, _clock) = channels(9);
    let id = Uuid::from_u128(1);
    let _first = channels.register(id, identity("alice")).expect("free");
    let second = channels.register(id, identity("mallory"));
    assert!(matches!(second, Err(RegisterError::Taken { .. })));
    assert_eq!(
        channels.identify(&id).map(|known| known.user.clone()),
        Some("alice".to_owned())
    );
}

#[test]
fn there_is_a_limit_of_channels() {
    let (channels, _clock) = channels(1);
    let first = channels.register(Uuid::from_u128(1), identity("a"));
    let second = channels.register(Uuid::from_u128(2), identity("a"));
    assert!(matches!(second, Err(RegisterError::Full { limit: 1 })));
    drop(first);
    assert!(channels.register(Uuid::from_u128(2), identity("a")).is_ok());
}

#[test]
fn only_channels_without_calls_become_stale() {
    let (channels, clock) = channels(9);
    let (busy, idle) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let busy_registration = channels.register(busy, identity("a")).expect("free");
    let idle_registration = channels.register(idle, identity("b")).expect("free");
    clock.advance(Duration::from_mins(40));
    assert!(channels.identify(&busy).is_some());
    assert_eq!(channels.revoke_stale(), 0);
    clock.advance(Duration::from_mins(40));
    assert_eq!(channels.revoke_stale(), 1);
    assert!(idle_registration.revoked().is_cancelled());
    assert!(!busy_registration.revoked().is_cancelled());
}

#[test]
fn a_stopping_server_takes_no_new_channels() {
    let (channels, _clock) = channels(9);
    let registration = channels
        .register(Uuid::from_u128(1), identity("a"))
        .expect("free");
    channels.revoke_all();
    assert!(registration.revoked().is_cancelled());
    let late = channels.register(Uuid::from_u128(2), identity("a"));
    assert!(matches!(late, Err(RegisterError::Stopping)));
}
