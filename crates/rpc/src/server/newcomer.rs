//! [`Newcomers`]: connections that have not made a call yet.
//!
//! Whoever connects and says nothing costs a descriptor and a place among the connections. Clients
//! make their first call, that of the handshake, as soon as they are connected; so silence ends a
//! connection after a while, and of many silent ones the oldest goes.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alluxio_common::share_of_descriptors;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::socket::Socket;

/// How long the first bytes may take, and how long the first call.
const SILENCE: Duration = Duration::from_secs(30);

/// How many connections may be silent at the same time: a cluster of clients that all connect at
/// once, after a restart of the server, stays far below with what they leave unsaid for more than a
/// moment.
const NEWCOMERS_LIMIT: usize = 4_000;

/// Of the descriptors of the process, silent connections have at most this part.
const NEWCOMERS_SHARE: u64 = 8;

/// What every HTTP/2 client sends first.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The connections of a server that have not made a call yet.
#[derive(Debug, Clone)]
pub(super) struct Newcomers(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many may be silent.
    limit: usize,
    next: u64,
    /// By age; woken when it is their turn to go.
    silent: BTreeMap<u64, Arc<Notify>>,
}

/// A connection that counts as silent until it makes a call, or ends.
#[derive(Debug)]
pub(super) struct Newcomer {
    owner: Newcomers,
    number: u64,
    sent_away: Arc<Notify>,
    called: Arc<FirstCall>,
}

/// Tells that the first call has come.
#[derive(Debug, Default)]
pub(super) struct FirstCall {
    has_come: AtomicBool,
    came: Notify,
}

impl FirstCall {
    /// A call has come. Of all but the first one it costs a look at a flag.
    pub(super) fn note(&self) {
        if !self.has_come.load(Ordering::Relaxed) {
            self.has_come.store(true, Ordering::Relaxed);
            self.came.notify_one();
        }
    }
}

impl Newcomers {
    /// As many as this process has room for.
    pub(super) fn of_process() -> Self {
        Self::limited(share_of_descriptors(NEWCOMERS_SHARE, NEWCOMERS_LIMIT))
    }

    fn limited(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            limit,
            next: 0,
            silent: BTreeMap::new(),
        })))
    }

    /// A connection was accepted. If too many are silent, the oldest of them has to go.
    pub(super) fn enter(&self) -> Newcomer {
        let sent_away = Arc::<Notify>::default();
        let mut state = self.0.lock();
        let number = state.next;
        state.next += 1;
        state.silent.insert(number, Arc::clone(&sent_away));
        if state.silent.len() > state.limit {
            state.send_oldest_away();
        }
        Newcomer {
            owner: self.clone(),
            number,
            sent_away,
            called: Arc::default(),
        }
    }

    /// There is no room for another connection: the one that has been silent for longest goes.
    pub(super) fn send_oldest_away(&self) {
        self.0.lock().send_oldest_away();
    }
}

impl State {
    fn send_oldest_away(&mut self) {
        if let Some((_, oldest)) = self.silent.pop_first() {
            oldest.notify_one();
        }
    }
}

impl Newcomer {
    /// For whoever sees the calls.
    pub(super) fn first_call(&self) -> Arc<FirstCall> {
        Arc::clone(&self.called)
    }

    /// Ends when the connection has been silent for too long; never, once it has made a call.
    pub(super) async fn outstays(&self) {
        tokio::select! {
            // A call that has come counts, even when it is too late by now for another reason.
            biased;
            () = self.called.came.notified() => {
                self.leave();
                std::future::pending().await
            }
            () = self.sent_away.notified() => {}
            () = tokio::time::sleep(SILENCE) => {}
        }
    }

    fn leave(&self) {
        self.owner.0.lock().silent.remove(&self.number);
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Takes the first bytes of a connection. Whether they are the [`PREFACE`] of HTTP/2.
pub(super) async fn take_preface(socket: &Socket) -> io::Result<bool> {
    let mut rest = PREFACE;
    let mut piece = [0; PREFACE.len()];
    while !rest.is_empty() {
        socket.readable().await?;
        match socket.try_read(&mut piece[..rest.len()]) {
            Ok(length @ 1..) if rest.starts_with(&piece[..length]) => rest = &rest[length..],
            Ok(_something_else) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_oldest_of_too_many_silent_connections_goes() {
        let newcomers = Newcomers::limited(10);
        let mut silent: Vec<_> = (0..10).map(|_| newcomers.enter()).collect();
        silent[0].first_call().note();
        let mut spoken = Box::pin(silent[0].outstays());
        assert!(spoken.as_mut().now_or_never().is_none());
        let _fits = newcomers.enter();
        assert!(silent[1].outstays().now_or_never().is_none());
        let _too_many = newcomers.enter();
        assert!(silent[1].outstays().now_or_never().is_some());
        assert!(silent[2].outstays().now_or_never().is_none());
        tokio::time::sleep(SILENCE).await;
        assert!(spoken.as_mut().now_or_never().is_none());
        drop(spoken);
        silent.clear();
        assert_eq!(newcomers.0.lock().silent.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_called_stays_when_it_is_sent_away_at_the_same_moment() {
        for _ in 0..100 {
            let newcomers = Newcomers::limited(10);
            let newcomer = newcomers.enter();
            newcomer.first_call().note();
            newcomers.send_oldest_away();
            assert!(newcomer.outstays().now_or_never().is_none());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_a_while() {
        let newcomers = Newcomers::limited(10);
        let newcomer = newcomers.enter();
        newcomer.outstays().await;
    }
}
