use std::net::TcpListener;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_rpc::{
    ChannelsConf, ClientError, Impersonation, Login, Repeat, RetryPolicy, ServiceClient,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fixture::{SOON, Server, caller, challenge, request, simple, whoami};

#[tokio::test]
async fn a_login_that_the_server_refuses_is_not_tried_again() {
    let server = Server::start();
    let nobody = server.service_client_as(Login::simple(""), RetryPolicy::default());
    let refused = timeout(SOON, user_of(&nobody)).await.expect("at once");
    let error = refused.expect_err("nobody has no name");
    assert!(error.is_login_refused());
    assert_eq!(error.code(), ErrorCode::Unauthenticated);
    assert_eq!(error.attempts(), 1);
    assert_eq!(
        error.to_string(),
        "Plain authentication failed: No authentication identity provided"
    );
}

async fn user_of(client: &ServiceClient) -> Result<String, ClientError> {
    client
        .call(Repeat::Always, |channel| async move {
            FileSystemMasterClientServiceClient::new(channel)
                .get_status(request("/"))
                .await
        })
        .await
        .map(|response| caller(response).0)
}

#[tokio::test]
async fn a_restarted_server_is_found_and_logged_into_again() {
    let server = Server::start();
    let address = server.rpc.address();
    let client = server.service_client(RetryPolicy::default());
    assert_eq!(user_of(&client).await.expect("accepted"), "alice");

    server.rpc.shutdown(Duration::ZERO).await;
    let listener = TcpListener::bind(address).expect("the port is free again");
    let server = Server::start_on(
        listener,
        simple(Impersonation::default()),
        ChannelsConf::default(),
    );

    let again = timeout(SOON, user_of(&client)).await.expect("soon");
    assert_eq!(again.expect("accepted again"), "alice");
    assert_eq!(server.rpc.channels().len(), 1);
}

#[tokio::test]
async fn a_call_waits_for_a_server_that_comes_late() {
    let server = Server::start();
    let address = server.rpc.address();
    let client = server.service_client(RetryPolicy::default());
    server.rpc.shutdown(Duration::ZERO).await;

    let call = user_of(&client);
    let restart = async {
        // One pause of the client, so that its first try meets nobody.
        tokio::task::yield_now().await;
        let listener = TcpListener::bind(address).expect("the port is free again");
        Server::start_on(
            listener,
            simple(Impersonation::default()),
            ChannelsConf::default(),
        )
    };
    let (user, _server) = timeout(SOON, async { tokio::join!(call, restart) })
        .await
        .expect("soon");
    assert_eq!(user.expect("accepted"), "alice");
}

#[tokio::test]
async fn shutdown_does_not_wait_for_parked_handshakes() {
    let server = Server::start();
    let foreign = server.foreign().await;
    let id = "6b0a1b9e-0c43-4f5c-9d2e-1f3a5b7c9d11";
    let (mut parked, _answer) = foreign
        .authenticate(challenge(id, b"\0alice\0noPassword"))
        .await
        .expect("accepted");
    let ours = server.channel("bob");
    whoami(ours.clone()).await.expect("accepted");

    let grace = Duration::from_secs(60);
    timeout(Duration::from_secs(1), server.rpc.shutdown(grace))
        .await
        .expect("within a second");

    let end = timeout(SOON, parked.theirs.message()).await.expect("soon");
    assert!(!matches!(end, Ok(Some(_))), "the stream has ended");
    let late = whoami(ours).await.expect_err("nobody listens");
    assert_eq!(ClientError::from(late).code(), ErrorCode::Unavailable);
}

#[tokio::test]
async fn calls_that_outlast_the_grace_are_cut_off() {
    let server = Server::start();
    let mut client = FileSystemMasterClientServiceClient::new(server.channel("alice"));
    let slow = client.get_status(request("/slow"));
    let stop = async {
        server.slow_begun.notified().await;
        server.rpc.shutdown(Duration::from_millis(50)).await;
    };
    let (answer, ()) = timeout(SOON, async { tokio::join!(slow, stop) })
        .await
        .expect("soon");
    let error = ClientError::from(answer.expect_err("cut off"));
    assert_eq!(error.code(), ErrorCode::Unavailable);
}

#[tokio::test]
async fn the_server_ends_with_the_tasks_of_its_process() {
    let server = Server::start();
    let foreign = server.foreign().await;
    foreign.whoami(None).await.expect_err("it answers");
    timeout(SOON, server.tasks.shutdown()).await.expect("soon");
    TcpListener::bind(server.rpc.address()).expect("the port is free again");
}

/// The time passes by itself whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_connection_without_a_call_is_closed() {
    let server = Server::start();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let both = [preface, &settings[..]].concat();
    for said in [&[][..], &preface[..10], &both, b"GET / HTTP/1.1\r\n\r\n"] {
        let mut socket = TcpStream::connect(server.rpc.address())
            .await
            .expect("it listens");
        socket.write_all(said).await.expect("it is open");
        let mut heard = Vec::new();
        // What was not read when it closed resets the connection.
        let _ended = socket.read_to_end(&mut heard).await;
        assert_eq!(heard.is_empty(), said != both);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_a_call_stays() {
    let server = Server::start();
    let client = server.service_client(RetryPolicy::default());
    assert_eq!(user_of(&client).await.expect("accepted"), "alice");
    let channels = server.rpc.channels();
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(channels.len(), 1);
    assert_eq!(user_of(&client).await.expect("still there"), "alice");
    assert_eq!(channels.len(), 1);
}
