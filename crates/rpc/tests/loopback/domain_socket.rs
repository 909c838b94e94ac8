//! A server that listens on this machine, too.

use std::path::Path;

use alluxio_common::{Describe, ErrorCode};
use alluxio_rpc::{ClientError, DomainSocket, Lane, Login, ServerAddress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::fixture::{SOON, Server, whoami};

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
    let mut socket = UnixStream::connect(&path).await.expect("it listens");
    let text = |text: &str| {
        let length = u8::try_from(text.len()).expect("short");
        [&[length], text.as_bytes()].concat()
    };
    let fields = [
        // POST, http; the authority; the path; a field.
        &[0x83, 0x86, 0x41][..],
        &text(path.to_str().expect("it is text")),
        &[0x44],
        &text("/no.such.Service/Call"),
        &[0x40],
        &text("te"),
        &text("trailers"),
    ]
    .concat();
    let length = u8::try_from(fields.len()).expect("short");
    let sent = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(),
        &[0, 0, 0, 4, 0, 0, 0, 0, 0],
        // All fields of the first stream, and the end of it.
        &[0, 0, length, 1, 0x5, 0, 0, 0, 1],
        &fields,
    ]
    .concat();
    socket.write_all(&sent).await.expect("it is open");
    let answer = async {
        loop {
            let mut head = [0; 9];
            socket.read_exact(&mut head).await.expect("a frame");
            let length = usize::from(head[1]) << 8 | usize::from(head[2]);
            let mut payload = vec![0; length];
            socket.read_exact(&mut payload).await.expect("its bytes");
            if head[8] == 1 {
                return head[3];
            }
        }
    };
    let kind = timeout(SOON, answer).await.expect("soon");
    assert_eq!(kind, 1, "fields that answer, and not a reset");
}
