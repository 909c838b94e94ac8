//! [`Forward`]: an HTTP proxy as there is one at the edge of a network. All ways lead to one store.

use std::sync::Arc;

use alluxio_common::Tasks;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What a connection to the proxy began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// A request for this host.
    Request(String),
    /// The wish for a tunnel to this host.
    Tunnel(String),
}

#[derive(Debug)]
pub(super) struct Forward {
    pub(super) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: Tasks,
}

impl Forward {
    pub(super) async fn start(to_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let tasks = Tasks::new();
        let (noted, connections) = (Arc::clone(&seen), tasks.clone());
        tasks.spawn("forward proxy", async move {
            while let Ok((client, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                connections.spawn("forwarded connection", pass(client, to_port, noted));
            }
        });
        Self {
            port,
            seen,
            _tasks: tasks,
        }
    }

    /// What connections have begun with since the last time.
    pub(super) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock())
    }
}

async fn pass(mut client: TcpStream, to_port: u16, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut front = Vec::new();
    while !front.windows(4).any(|at| at == b"\r\n\r\n") {
        if client.read_buf(&mut front).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let text = String::from_utf8_lossy(&front);
    let mut words = text.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut store = TcpStream::connect(("127.0.0.1", to_port)).await.unwrap();
    if method == "CONNECT" {
        seen.lock().push(Seen::Tunnel(target.to_owned()));
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    } else {
        let rest = target.strip_prefix("http://").unwrap_or_default();
        let host = rest.split('/').next().unwrap().to_owned();
        seen.lock().push(Seen::Request(host));
        store.write_all(&front).await.unwrap();
    }
    // Either side may end it.
    drop(copy_bidirectional(&mut client, &mut store).await);
}
