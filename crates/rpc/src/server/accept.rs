//! Takes connections from the listener.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::logging::RateLimit;
use alluxio_common::{Clock, Tasks, share_of_descriptors};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::batch::Buffers;
use super::builder::Lifecycle;
use super::connection::{Accepted, serve_connection};
use super::newcomer::Newcomers;
use super::router::Router;

/// Connections at the same time. Every client process needs one or two, a busy reader up to 64;
/// each costs a descriptor and about 30 KiB.
const MAX_CONNECTIONS: usize = 20_000;

/// Of the descriptors of the process, connections have at most this part: block files and the
/// journal need some, too.
const CONNECTIONS_SHARE: u64 = 2;

/// How often the same trouble is worth a line.
const WARN_INTERVAL: Duration = Duration::from_secs(10);

/// How long to wait when the system refuses to give a connection, mostly because descriptors have
/// run out.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(50);

pub(super) struct Acceptor {
    pub(super) listener: TcpListener,
    pub(super) router: Arc<Router>,
    pub(super) lifecycle: Lifecycle,
    pub(super) tasks: Tasks,
    pub(super) clock: Arc<dyn Clock>,
}

impl Acceptor {
    /// Accepts until the server stops. The listener closes with the end of this future.
    pub(super) async fn run(self) {
        let limit = share_of_descriptors(CONNECTIONS_SHARE, MAX_CONNECTIONS);
        let permits = Arc::new(Semaphore::new(limit));
        let warnings = RateLimit::new(WARN_INTERVAL, Arc::clone(&self.clock));
        let buffers = Buffers::default();
        let newcomers = Newcomers::of_process();
        loop {
            let accepted = tokio::select! {
                () = self.lifecycle.stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    if let Some(left_out) = warnings.admit("cannot accept") {
                        tracing::warn!(%error, left_out, "cannot accept a connection");
                    }
                    // Whoever has said nothing yet makes room for those who have something to say.
                    newcomers.send_oldest_away();
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                    continue;
                }
            };
            let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
                if let Some(left_out) = warnings.admit("too many") {
                    tracing::warn!(%peer, limit, left_out, "too many connections: one is refused");
                }
                continue;
            };
            if let Err(error) = prepare(&stream) {
                tracing::debug!(%peer, %error, "connection lost while it was accepted");
                continue;
            }
            let accepted = Accepted {
                stream,
                peer,
                newcomer: newcomers.enter(),
            };
            let connection = serve_connection(
                accepted,
                Arc::clone(&self.router),
                self.lifecycle.clone(),
                buffers.clone(),
            );
            self.tasks.spawn("rpc connection", async move {
                connection.await;
                drop(permit);
            });
        }
    }
}

/// Small answers must not wait for the acknowledgement of the ones before.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)
}
