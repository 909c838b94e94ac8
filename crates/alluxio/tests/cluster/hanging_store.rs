//! What a store that says nothing does to those who use it, and to everybody else.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use tokio::net::TcpSocket;

use crate::harness::{Cluster, Said};

/// Who does not use the store that hangs has an answer by then, on a machine that is busy.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(10);

/// Whoever uses it has a sentence by then.
pub(crate) const NOT_FOR_EVER: Duration = Duration::from_secs(60);

/// An address at which connections are never made: the queue of those that nobody accepts is full.
struct Unconnectable {
    listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Unconnectable {
    fn new() -> Self {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let listener = runtime.block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
            socket.listen(1).unwrap().into_std().unwrap()
        });
        let address = listener.local_addr().unwrap();
        let soon = Duration::from_millis(200);
        let connections = std::iter::from_fn(|| TcpStream::connect_timeout(&address, soon).ok());
        Self {
            _waiting: connections.take(1_000).collect(),
            listener,
        }
    }
}

/// Runs a command and says how long it took.
pub(crate) fn timed(run: impl FnOnce() -> Said) -> (Said, Duration) {
    let clock = SystemClock::new();
    let began = clock.monotonic();
    let said = run();
    (said, clock.monotonic().saturating_sub(began))
}

fn mount_at(cluster: &Cluster, listener: &TcpListener, patience: &str) -> Said {
    let port = listener.local_addr().unwrap().port();
    cluster.fs(&format!(
        "mount --option alluxio.underfs.s3.endpoint=http://127.0.0.1:{port} \
         --option alluxio.underfs.s3.disable.dns.buckets=true \
         --option alluxio.underfs.s3.request.timeout={patience} \
         --option s3a.accessKeyId=a --option s3a.secretKey=b /far s3://bucket/"
    ))
}

#[test]
fn a_mount_of_a_store_that_is_silent_ends_with_what_to_look_at() {
    let cluster = Cluster::started();
    let (unconnectable, unanswering) = (
        Unconnectable::new(),
        TcpListener::bind("127.0.0.1:0").unwrap(),
    );
    for (listener, patience, words, property) in [
        (
            &unconnectable.listener,
            // A connection is waited for less long.
            "15s",
            "failed: connect timed out",
            "alluxio.underfs.s3.endpoint",
        ),
        (
            &unanswering,
            "2s",
            "does not answer",
            "alluxio.underfs.s3.request.timeout",
        ),
    ] {
        let (said, took) = std::thread::scope(|scope| {
            let mounting = scope.spawn(|| timed(|| mount_at(&cluster, listener, patience)));
            while !mounting.is_finished() {
                let (others, took) = timed(|| cluster.fs("ls /"));
                assert_eq!(others.code, 0, "{others:?}");
                assert!(took < AT_ONCE, "{took:?}");
            }
            mounting.join().unwrap()
        });
        assert_eq!(said.code, 255, "{said:?}");
        assert!(said.out.contains(words), "{said:?}");
        assert!(said.err.contains(property), "{said:?}");
        assert!(took < NOT_FOR_EVER, "{took:?}");
    }
}
