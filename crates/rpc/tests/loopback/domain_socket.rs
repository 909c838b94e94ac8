//! A server that listens on this machine, too.

use std::path::Path;

use alluxio_common::{Describe, ErrorCode};
use alluxio_rpc::{ClientError, DomainSocket, Lane, Login, ServerAddress};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::fixture::{SOON, Server, whoami};
use crate::raw::{END_HEADERS, END_STREAM, HEADERS, Raw, call};

async fn server_at(path: &Path) -> Server {
    let socket = DomainSocket::bind(path.to_owned()).await.expect("free");
    Server::start_on_domain_socket(socket)
}

/// A server that nobody could reach over the network.
fn address(path: &Path) -> ServerAddress {
    ServerAddress::new("no.such.host.invalid", 1).over_domain_socket(path)
}

#[tokio::test]
async fn a_client_of_the_machine_is_served_without_the_network_and_has_a_user() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("socket");
    let server = server_at(&path).await;
    for lane in [Lane::Rpc, Lane::Streaming(0)] {
        let login = Login::simple("alice");
        let channel = server.connections().channel(address(&path), lane, login);
        let (user, _impersonator, peer) = whoami(channel).await.expect("it is served");
        assert_eq!((user.as_str(), peer.as_str()), ("alice", "a domain socket"));
    }
    let (user, _, peer) = whoami(server.channel("bob")).await.expect("it is served");
    assert_eq!(user, "bob");
    assert!(peer.starts_with("127.0.0.1:"), "{peer}");
}

#[tokio::test]
async fn nobody_is_served_without_a_handshake() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("socket");
    let server = server_at(&path).await;
    let connections = server.connections();
    let channel = connections.channel(address(&path), Lane::Rpc, Login::NoSasl);
    let refused = whoami(channel).await.expect_err("nobody knows it");
    let refused = ClientError::from(refused);
    assert_eq!(refused.code(), ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn the_file_goes_with_the_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("socket");
    let server = server_at(&path).await;
    timeout(SOON, server.tasks.shutdown()).await.expect("soon");
    assert!(!path.try_exists().expect("a folder"));
    let channel = Server::start()
        .connections()
        .channel(address(&path), Lane::Rpc, Login::NoSasl);
    let error = channel
        .open()
        .await
        .expect_err("nobody listens")
        .to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
}

/// What Java's clients send: the path of the socket stands where HTTP has the name of a host.
#[tokio::test]
async fn a_client_may_call_the_server_by_its_path() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("socket");
    let _server = server_at(&path).await;
    let socket = UnixStream::connect(&path).await.expect("it listens");
    let mut raw = Raw::greet(socket).await;
    let fields = call(path.to_str().expect("it is text"), "/no.such.Service/Call");
    let whole = END_HEADERS | END_STREAM;
    raw.say(HEADERS, whole, 1, &fields).await.expect("open");
    let answer = timeout(SOON, raw.hear_on(1)).await.expect("soon");
    let answer = answer.expect("it has not hung up");
    assert_eq!(answer.kind, HEADERS, "an answer, and not a reset");
}
