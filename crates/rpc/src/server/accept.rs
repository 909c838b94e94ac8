//! Takes connections from the listeners.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::logging::RateLimit;
use alluxio_common::{Clock, Tasks, share_of_descriptors};
use tokio::sync::Semaphore;

use super::batch::Buffers;
use super::builder::Lifecycle;
use super::connection::{Accepted, serve_connection};
use super::listener::Listener;
use super::newcomer::Newcomers;
use super::router::Router;
use super::unfinished::Unfinished;
use crate::socket::{Peer, Socket};

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

/// Takes in connections, within the limits of one server.
pub(super) struct Acceptor {
    router: Arc<Router>,
    lifecycle: Lifecycle,
    tasks: Tasks,
    limit: usize,
    permits: Arc<Semaphore>,
    warnings: RateLimit,
    buffers: Buffers,
    newcomers: Newcomers,
    unfinished: Arc<Unfinished>,
}

impl Acceptor {
    pub(super) fn new(
        router: Router,
        lifecycle: Lifecycle,
        tasks: Tasks,
        clock: Arc<dyn Clock>,
        unfinished: Arc<Unfinished>,
    ) -> Self {
        let limit = share_of_descriptors(CONNECTIONS_SHARE, MAX_CONNECTIONS);
        Self {
            router: Arc::new(router),
            lifecycle,
            tasks,
            limit,
            permits: Arc::new(Semaphore::new(limit)),
            warnings: RateLimit::new(WARN_INTERVAL, clock),
            buffers: Buffers::default(),
            newcomers: Newcomers::of_process(),
            unfinished,
        }
    }

    /// Accepts until the server stops. The listener closes with the end of this future.
    pub(super) async fn run(self: Arc<Self>, listener: Listener) {
        loop {
            let accepted = tokio::select! {
                () = self.lifecycle.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => self.take_in(socket, peer),
                Err(error) => {
                    if let Some(left_out) = self.warnings.admit("cannot accept") {
                        tracing::warn!(%error, left_out, "cannot accept a connection");
                    }
                    // Whoever has said nothing yet makes room for those who have something to say.
                    self.newcomers.send_oldest_away();
                    tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                }
            }
        }
    }

    fn take_in(&self, socket: Socket, peer: Peer) {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            if let Some(left_out) = self.warnings.admit("too many") {
                let limit = self.limit;
                tracing::warn!(%peer, limit, left_out, "too many connections: one is refused");
            }
            return;
        };
        if let Err(error) = socket.prepare() {
            tracing::debug!(%peer, %error, "connection lost while it was accepted");
            return;
        }
        let accepted = Accepted {
            socket,
            peer,
            newcomer: self.newcomers.enter(),
            unfinished: Arc::clone(&self.unfinished),
        };
        let connection = serve_connection(
            accepted,
            Arc::clone(&self.router),
            self.lifecycle.clone(),
            self.buffers.clone(),
        );
        self.tasks.spawn("rpc connection", async move {
            connection.await;
            drop(permit);
        });
    }
}
