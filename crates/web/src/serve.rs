//! From a listener to answers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Tasks, share_of_descriptors};
use axum::Router;
use axum::middleware::from_fn;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::protection::protect;

/// Connections at the same time. A few people and programs look at a process; whoever comes when all
/// places are taken waits in the queue of the system, and costs no descriptor.
const CONNECTIONS_LIMIT: usize = 128;

/// Of the descriptors of the process, these connections have at most this part.
const CONNECTIONS_SHARE: u64 = 8;

/// How long a connection may take to say what it wants, each time. Whoever connects and says nothing
/// holds a place for so long.
const SILENCE: Duration = Duration::from_secs(30);

/// How long a connection lives: a browser connects again, and a reader who has stopped reading goes.
const LIFETIME: Duration = Duration::from_mins(5);

/// How long the answer that is under way at the end of that time may take.
const LAST_ANSWER: Duration = Duration::from_secs(30);

/// The longest head of a request: a path in the namespace stands in its address.
const LONGEST_HEAD: usize = 64 << 10;

/// How long to wait when the system refuses to give a connection, mostly because descriptors have
/// run out.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Serves on this listener until the tasks stop, as a task of this name. Returns where.
///
/// # Errors
/// When the listener cannot be handed to the runtime.
pub fn serve(
    router: Router,
    listener: TcpListener,
    name: &'static str,
    tasks: &Tasks,
) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = router.layer(from_fn(protect));
    let server = accept(router, listener, name, tasks.clone());
    tasks.spawn(name, server);
    Ok(address)
}

async fn accept(
    router: Router,
    listener: tokio::net::TcpListener,
    name: &'static str,
    tasks: Tasks,
) {
    let places = share_of_descriptors(CONNECTIONS_SHARE, CONNECTIONS_LIMIT);
    let places = Arc::new(Semaphore::new(places));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        match listener.accept().await {
            Ok((stream, _peer)) => {
                let connection = answer(router.clone(), stream);
                tasks.spawn(name, async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
}

/// Answers what is asked on one connection, until it closes or its time is over.
async fn answer(router: Router, stream: TcpStream) {
    // Without it an answer may wait for the acknowledgement of the one before, that is all.
    stream.set_nodelay(true).ok();
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .max_buf_size(LONGEST_HEAD);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = tokio::time::sleep(LIFETIME) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(LAST_ANSWER, connection).await {
                Ok(ended) => ended,
                Err(_elapsed) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the web server ended");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn served(tasks: &Tasks) -> SocketAddr {
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/change", post(|| async { "changed" }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        serve(router, listener, "test", tasks).unwrap()
    }

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    #[tokio::test]
    async fn every_answer_says_that_it_is_no_script_and_in_no_frame() {
        let tasks = Tasks::new();
        let address = served(&tasks);
        for request in [
            GET,
            &GET.replace("/ ", "/nowhere "),
            &GET.replace("GET", "PUT"),
        ] {
            let answer = ask(address, request).await.to_lowercase();
            for expected in ["x-content-type-options: nosniff", "frame-ancestors 'none'"] {
                assert!(answer.contains(expected), "{answer}");
            }
        }
        tasks.shutdown().await;
    }

    #[tokio::test]
    async fn a_page_of_somebody_else_changes_nothing() {
        let tasks = Tasks::new();
        let address = served(&tasks);
        let request = |origin: &str| {
            format!("POST /change HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n{origin}\r\n")
        };
        for allowed in ["", "Origin: http://a:1\r\n"] {
            let answer = ask(address, &request(allowed)).await;
            assert!(answer.ends_with("changed"), "{answer}");
        }
        for refused in ["Origin: http://evil\r\n", "Origin: null\r\n"] {
            let answer = ask(address, &request(refused)).await;
            assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        }
        tasks.shutdown().await;
    }

    #[tokio::test]
    async fn too_many_silent_connections_wait_outside_and_one_that_goes_makes_room() {
        let tasks = Tasks::new();
        let address = served(&tasks);
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS_LIMIT {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let mut asked = pin!(ask(address, GET));
        let patience = Duration::from_millis(100);
        let early = tokio::time::timeout(patience, asked.as_mut()).await;
        assert!(early.is_err(), "{early:?}");
        drop(silent.swap_remove(7));
        assert!(asked.await.ends_with("here"));
        tasks.shutdown().await;
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_refused() {
        let tasks = Tasks::new();
        let address = served(&tasks);
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(LONGEST_HEAD));
        let answer = ask(address, &long).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        tasks.shutdown().await;
    }
}
