use std::time::Duration;

use alluxio_proto::grpc::sasl::{ChannelAuthenticationScheme, SaslMessageType};
use alluxio_rpc::{
    Authentication, ChannelsConf, ClientError, Impersonation, ImpersonationRule, Lane, Login,
};
use tokio::time::timeout;
use tonic::Code;
use uuid::Uuid;

use crate::fixture::{SOON, Server, challenge, simple, whoami};

fn id() -> String {
    Uuid::new_v4().to_string()
}

#[tokio::test]
async fn a_call_runs_as_the_user_of_its_channel() {
    let server = Server::start();
    let (user, impersonator, _peer) = whoami(server.channel("alice")).await.expect("accepted");
    assert_eq!((user.as_str(), impersonator), ("alice", None));
}

#[tokio::test]
async fn the_handshake_is_answered_with_a_success_that_carries_no_message() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let id = id();
    let (_parked, answer) = foreign
        .authenticate(challenge(&id, b"\0alice\0noPassword"))
        .await
        .expect("accepted");
    assert_eq!(answer.message_type(), SaslMessageType::Success);
    assert_eq!(answer.message, None);
    let (user, ..) = foreign.whoami(Some(&id)).await.expect("authenticated");
    assert_eq!(user, "alice");
}

#[tokio::test]
async fn two_users_share_one_connection() {
    let server = Server::start();
    let connections = server.connections();
    let channel =
        |user| connections.channel(server.rpc.address().into(), Lane::Rpc, Login::simple(user));
    let (alice, bob) = (channel("alice"), channel("bob"));
    let (first, second) = tokio::join!(whoami(alice), whoami(bob));
    let (first, second) = (first.expect("accepted"), second.expect("accepted"));
    assert_eq!((first.0.as_str(), second.0.as_str()), ("alice", "bob"));
    assert_eq!(first.2, second.2, "both came from one socket");
    assert_eq!(server.rpc.channels().len(), 2);
}

#[tokio::test]
async fn a_call_without_a_known_channel_gets_a_bare_unauthenticated() {
    let server = Server::start();
    let foreign = server.foreign().await;
    for channel_id in [None, Some("no uuid"), Some(&*id())] {
        let status = foreign
            .whoami(channel_id)
            .await
            .expect_err("nobody knows it");
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unauthenticated, "")
        );
    }
}

#[tokio::test]
async fn an_id_is_forgotten_when_the_clients_half_ends() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let id = id();
    let (mut parked, _answer) = foreign
        .authenticate(challenge(&id, b"\0alice\0noPassword"))
        .await
        .expect("accepted");
    drop(parked.ours);
    let end = timeout(SOON, parked.theirs.message()).await;
    assert!(matches!(end, Ok(Ok(None))), "the server ends its half too");
    assert!(server.rpc.channels().is_empty());
    let status = foreign.whoami(Some(&id)).await.expect_err("forgotten");
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_second_message_in_the_handshake_ends_the_channel() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let again = challenge(&id(), b"\0alice\0noPassword");
    let (mut parked, _answer) = foreign.authenticate(again.clone()).await.expect("accepted");
    parked.ours.send(again).await.expect("the server listens");
    let end = timeout(SOON, parked.theirs.message()).await.expect("soon");
    let status = end.expect_err("it is a violation");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(server.rpc.channels().is_empty());
}

#[tokio::test]
async fn an_id_cannot_be_taken_from_its_holder() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let id = id();
    let (_parked, _answer) = foreign
        .authenticate(challenge(&id, b"\0alice\0noPassword"))
        .await
        .expect("accepted");
    let status = foreign
        .authenticate(challenge(&id, b"\0mallory\0noPassword"))
        .await
        .expect_err("taken");
    assert_eq!(status.code(), Code::Unauthenticated);
    let (user, ..) = foreign.whoami(Some(&id)).await.expect("still there");
    assert_eq!(user, "alice");
}

#[tokio::test]
async fn bad_handshakes_are_refused_with_a_reason() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let refusal = async |message| {
        let status = foreign.authenticate(message).await.expect_err("bad");
        assert_eq!(status.code(), Code::Unauthenticated);
        status.message().to_owned()
    };

    let nameless = refusal(challenge(&id(), b"\0\0noPassword")).await;
    assert_eq!(
        nameless,
        "Plain authentication failed: No authentication identity provided"
    );
    let two_parts = refusal(challenge(&id(), b"alice\0noPassword")).await;
    assert!(
        two_parts.contains("must be separated by NUL"),
        "{two_parts}"
    );
    let no_id = refusal(challenge("channel seven", b"\0a\0b")).await;
    assert!(
        no_id.contains("\"channel seven\" is not a channel id"),
        "{no_id}"
    );
    let mut custom = challenge(&id(), b"\0a\0b");
    custom.authentication_scheme = Some(ChannelAuthenticationScheme::Custom.into());
    let custom = refusal(custom).await;
    assert!(
        custom.contains("scheme CUSTOM is not supported"),
        "{custom}"
    );
    assert!(server.rpc.channels().is_empty());
}

#[tokio::test]
async fn a_user_acts_for_another_only_by_a_rule() {
    let rule = ImpersonationRule {
        users: vec!["bob".to_owned()],
        groups: Vec::new(),
    };
    let rules = Impersonation {
        rules: [("hive".to_owned(), rule)].into(),
    };
    let server = Server::start_with(simple(rules), ChannelsConf::default());
    let acting = |user: &str, target: &str| {
        let login = Login::Simple {
            user: user.to_owned(),
            impersonated: Some(target.to_owned()),
        };
        let address = server.rpc.address().into();
        whoami(server.connections().channel(address, Lane::Rpc, login))
    };

    let (user, impersonator, _peer) = acting("hive", "bob").await.expect("there is a rule");
    assert_eq!(
        (user.as_str(), impersonator.as_deref()),
        ("bob", Some("hive"))
    );
    let (user, impersonator, _peer) = acting("carol", "carol").await.expect("itself");
    assert_eq!((user.as_str(), impersonator), ("carol", None));
    let status = acting("yarn", "foo").await.expect_err("no rule");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(
        status.message(),
        "Plain authentication failed: Failed to authenticate client user=\"yarn\" connecting to \
         Alluxio server and impersonating as impersonationUser=\"foo\" to access Alluxio file \
         system. User \"yarn\" is not configured to allow any impersonation."
    );
}

#[tokio::test]
async fn without_sasl_every_call_runs_as_the_user_of_the_server() {
    let no_sasl = Authentication::NoSasl {
        login_user: "operator".to_owned(),
    };
    let server = Server::start_with(no_sasl, ChannelsConf::default());
    let foreign = server.foreign().await;
    let (user, ..) = foreign.whoami(None).await.expect("nobody is asked");
    assert_eq!(user, "operator");
    let status = foreign
        .authenticate(challenge(&id(), b"\0alice\0noPassword"))
        .await
        .expect_err("not served");
    assert_eq!(status.code(), Code::Unimplemented);

    let address = server.rpc.address().into();
    let silent = server
        .connections()
        .channel(address, Lane::Rpc, Login::NoSasl);
    assert_eq!(whoami(silent).await.expect("accepted").0, "operator");
    let status = whoami(server.channel("alice")).await.expect_err("disabled");
    assert_eq!(
        ClientError::from(status).to_string(),
        "Authentication is disabled on target server."
    );
}

#[tokio::test]
async fn a_stale_channel_is_revoked_and_the_client_begins_a_new_one() {
    let conf = ChannelsConf {
        stale_after: Duration::from_mins(1),
        ..ChannelsConf::default()
    };
    let server = Server::start_with(simple(Impersonation::default()), conf);
    let foreign = server.foreign().await;
    let (mut parked, _answer) = foreign
        .authenticate(challenge(&id(), b"\0alice\0noPassword"))
        .await
        .expect("accepted");
    let ours = server.channel("bob");
    whoami(ours.clone()).await.expect("accepted");

    server.clock.advance(Duration::from_mins(5));
    assert_eq!(server.rpc.channels().revoke_stale(), 2);

    let end = timeout(SOON, parked.theirs.message()).await;
    assert!(matches!(end, Ok(Ok(None))), "the stream ends with the id");
    // The first call may still meet the old session, and is told so; the one after it never does.
    let _old_or_new = whoami(ours.clone()).await;
    assert_eq!(whoami(ours).await.expect("a new session").0, "bob");
}

#[tokio::test]
async fn a_channel_above_the_limit_is_refused_until_another_ends() {
    let conf = ChannelsConf {
        max_channels: 1,
        ..ChannelsConf::default()
    };
    let server = Server::start_with(simple(Impersonation::default()), conf);
    let foreign = server.foreign().await;
    let plain = b"\0alice\0noPassword";
    let (mut first, _answer) = foreign
        .authenticate(challenge(&id(), plain))
        .await
        .expect("room");
    let status = foreign
        .authenticate(challenge(&id(), plain))
        .await
        .expect_err("full");
    assert_eq!(status.code(), Code::ResourceExhausted);
    drop(first.ours);
    let _end = timeout(SOON, first.theirs.message()).await.expect("soon");
    foreign
        .authenticate(challenge(&id(), plain))
        .await
        .expect("room again");
}

#[tokio::test]
async fn a_thousand_channels_are_parked_on_one_connection() {
    let server = Server::start();
    let connections = server.connections();
    let address = server.rpc.address();
    let mut channels = Vec::new();
    for number in 0..1_000 {
        let login = Login::simple(format!("user{number}"));
        let channel = connections.channel(address.into(), Lane::Rpc, login);
        channel.open().await.expect("accepted");
        channels.push(channel);
    }
    assert_eq!(server.rpc.channels().len(), 1_000);
    let (user, ..) = whoami(channels[777].clone())
        .await
        .expect("parked, not stuck");
    assert_eq!(user, "user777");
}
