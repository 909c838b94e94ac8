//! Servers that take calls and do not answer them.

use std::net::SocketAddr;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, Tasks};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_rpc::{
    ClientConf, ClientError, Connections, Login, Repeat, RetryPolicy, ServiceClient, ServiceConf,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::fixture::{Caller, SOON, Server, caller, client_over, request};

const LIMIT: Duration = Duration::from_millis(300);

/// A client that is told of everything at the first try.
fn client(connections: &Connections, address: SocketAddr, conf: ServiceConf) -> ServiceClient {
    let once = RetryPolicy {
        total: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let (connections, login) = (connections.clone(), Login::simple("alice"));
    client_over(connections, address.into(), conf, login, once)
}

async fn ask(client: &ServiceClient, path: &'static str) -> Result<Caller, ClientError> {
    let answer = client.call(Repeat::Always, |channel| async move {
        FileSystemMasterClientServiceClient::new(channel)
            .get_status(request(path))
            .await
    });
    timeout(SOON, answer).await.expect("soon").map(caller)
}

/// The port of this side, as the server sees it.
async fn port_of(client: &ServiceClient) -> String {
    let (_user, _impersonator, peer) = ask(client, "/").await.expect("an answer");
    peer
}

#[tokio::test]
async fn a_call_without_an_answer_is_given_up_and_the_next_one_goes_over_another_connection() {
    let server = Server::start();
    let connections = Connections::new(ClientConf::default(), Tasks::new());
    let conf = ServiceConf {
        longest_call: Some(LIMIT),
        ..ServiceConf::FILE_SYSTEM_MASTER
    };
    let client = client(&connections, server.rpc.address(), conf);
    let first = port_of(&client).await;
    let silence = ask(&client, "/slow").await.expect_err("never answered");
    assert_eq!(silence.code(), ErrorCode::Unavailable);
    let sentence = silence.to_string();
    assert!(
        sentence.ends_with("has not answered within 300ms"),
        "{sentence}"
    );
    let second = port_of(&client).await;
    assert_ne!(first, second, "the peer has another port");
}

#[tokio::test]
async fn calls_that_are_given_up_later_leave_the_new_connection_alone() {
    let server = Server::start();
    let connections = Connections::new(ClientConf::default(), Tasks::new());
    let with_limit = |limit| {
        let conf = ServiceConf {
            longest_call: Some(limit),
            ..ServiceConf::FILE_SYSTEM_MASTER
        };
        client(&connections, server.rpc.address(), conf)
    };
    let (sooner, later) = (with_limit(LIMIT), with_limit(2 * LIMIT));
    let old = port_of(&sooner).await;
    assert_eq!(port_of(&later).await, old);
    let new = async {
        ask(&sooner, "/slow").await.expect_err("never answered");
        port_of(&sooner).await
    };
    let (new, given_up) = tokio::join!(new, ask(&later, "/slow"));
    given_up.expect_err("never answered");
    assert_ne!(new, old);
    assert_eq!(port_of(&later).await, new);
    assert_eq!(port_of(&sooner).await, new);
}

fn impatient() -> ClientConf {
    ClientConf {
        silence: LIMIT,
        authentication_timeout: LIMIT,
        ..ClientConf::default()
    }
}

#[tokio::test]
async fn a_call_may_take_as_long_as_it_likes_where_the_server_answers_others() {
    let server = Server::start();
    let connections = Connections::new(impatient(), Tasks::new());
    let client = client(
        &connections,
        server.rpc.address(),
        ServiceConf::FILE_SYSTEM_MASTER,
    );
    let before = port_of(&client).await;
    let slow = timeout(5 * LIMIT, ask(&client, "/slow"));
    slow.await.expect_err("it goes on");
    assert_eq!(port_of(&client).await, before, "on the same connection");
}

/// Between a client and a server; connections of before a pause stay silent after it.
struct Gate {
    address: SocketAddr,
    paused: watch::Sender<bool>,
}

impl Gate {
    async fn before(server: SocketAddr, tasks: &Tasks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let paused = watch::Sender::new(false);
        let connections = tasks.clone();
        let current = paused.clone();
        tasks.spawn("gate", async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.expect("it listens");
                // Whoever comes later is let through.
                let paused = match *current.borrow() {
                    true => watch::Sender::new(false).subscribe(),
                    false => current.subscribe(),
                };
                connections.spawn("gate connection", forward(client, server, paused));
            }
        });
        Self { address, paused }
    }
}

async fn forward(client: TcpStream, server: TcpStream, mut paused: watch::Receiver<bool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = async {
        let mut piece = vec![0; 16 << 10];
        while let Ok(length @ 1..) = from_client.read(&mut piece).await {
            to_server.write_all(&piece[..length]).await.expect("there");
        }
    };
    let back = async {
        let mut piece = vec![0; 16 << 10];
        while let Ok(length @ 1..) = from_server.read(&mut piece).await {
            to_client.write_all(&piece[..length]).await.expect("there");
        }
    };
    let pause = async {
        if paused.wait_for(|paused| *paused).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(there, back) } => return,
        () = pause => {}
    }
    // Both ends stay open, and hear nothing.
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_call_that_may_take_long_does_not_wait_for_a_connection_that_is_dead() {
    let server = Server::start();
    let tasks = Tasks::new();
    let gate = Gate::before(server.rpc.address(), &tasks).await;
    let connections = Connections::new(impatient(), tasks.clone());
    let client = client(&connections, gate.address, ServiceConf::FILE_SYSTEM_MASTER);
    let before = port_of(&client).await;
    gate.paused.send_replace(true);
    let dead = ask(&client, "/").await.expect_err("nobody hears it");
    assert_eq!(dead.code(), ErrorCode::Unavailable);
    let sentence = dead.to_string();
    assert!(sentence.contains("no answer to a call, and"), "{sentence}");
    assert_ne!(port_of(&client).await, before, "over another connection");
    tasks.shutdown().await;
}
