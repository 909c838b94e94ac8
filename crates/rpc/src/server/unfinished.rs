//! [`Unfinished`]: the requests of a server that have not come whole, and what they hold.
//!
//! A message is gathered before it is decoded. So whoever begins large messages and ends none, on many
//! streams of many connections, would take as much memory as there is. What has been gathered is counted
//! for all calls of a server together; when it is too much, the call that began first is refused, as its
//! message should have come long ago. One that does not go on for a while is refused, too.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::task::Waker;
use std::time::Duration;

use alluxio_common::logging::RateLimit;
use alluxio_common::{Clock, Describe, ErrorCode};
use futures::task::AtomicWaker;
use parking_lot::Mutex;
use tonic::Status;

use crate::error::to_status;
use crate::socket::Peer;

/// What messages that have not come whole may hold, all of a server together. The largest ones are
/// those of workers that register with a million blocks each: ten megabytes. A master of 2.9 lets 25 of
/// them in at the same time, so this is twice what a large cluster needs when its master starts.
pub(super) const ROOM: usize = 512 << 20;

/// What a call holds beside its message: its fields, of which there may be 16 KiB, and what answers it.
/// So there are at most 16,384 that have not come whole.
pub(super) const CALL: usize = 32 << 10;

/// How long a client may say nothing in the middle of a message, or before the first one. It sends what
/// it has at once; only a machine that sleeps or a network that breaks stops it.
const SILENCE: Duration = Duration::from_secs(60);

/// How often the same trouble is worth a line.
const WARN_INTERVAL: Duration = Duration::from_secs(10);

/// Why a request is not waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error(
        "This server has no room for more of this request: too much has begun to come and has not come whole"
    )]
    NoRoom,
    #[error("The request did not go on for {SILENCE:?}")]
    Silent,
}

impl Describe for Refused {
    fn code(&self) -> ErrorCode {
        match self {
            // Nothing was done, and there may be room in a moment: clients try again.
            Self::NoRoom => ErrorCode::Unavailable,
            Self::Silent => ErrorCode::TimedOut,
        }
    }
}

/// The calls of a server whose request has not come whole.
#[derive(Debug)]
pub(super) struct Unfinished {
    room: usize,
    clock: Arc<dyn Clock>,
    warnings: RateLimit,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The bytes of all calls here.
    held: usize,
    next: u64,
    /// By age.
    begun: BTreeMap<u64, Begun>,
    /// Those that have come whole and are being answered: they hold their bytes, and are not refused.
    whole: BTreeMap<u64, usize>,
}

#[derive(Debug)]
struct Begun {
    bytes: usize,
    peer: Peer,
    /// When something of it came.
    heard: Duration,
    verdict: Arc<Verdict>,
}

/// Where a call learns that it is refused.
#[derive(Debug, Default)]
struct Verdict {
    refused: OnceLock<Refused>,
    waker: AtomicWaker,
}

impl Verdict {
    fn refuse(&self, why: Refused) {
        // Whoever was first has said why.
        self.refused.set(why).ok();
        self.waker.wake();
    }
}

impl State {
    fn refuse_oldest(&mut self) -> Option<Begun> {
        let (_number, oldest) = self.begun.pop_first()?;
        self.held -= oldest.bytes;
        oldest.verdict.refuse(Refused::NoRoom);
        Some(oldest)
    }
}

impl Unfinished {
    /// Room for so many bytes.
    pub(super) fn with_room(room: usize, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            room,
            warnings: RateLimit::new(WARN_INTERVAL, Arc::clone(&clock)),
            clock,
            state: Mutex::default(),
        })
    }

    /// A call has begun to come from there.
    pub(super) fn begin(self: &Arc<Self>, peer: Peer) -> Hold {
        let verdict = Arc::<Verdict>::default();
        let begun = Begun {
            bytes: CALL,
            peer,
            heard: self.clock.monotonic(),
            verdict: Arc::clone(&verdict),
        };
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        state.held += CALL;
        state.begun.insert(number, begun);
        self.make_room(&mut state);
        drop(state);
        Hold {
            owner: Arc::clone(self),
            number,
            verdict,
        }
    }

    /// Refuses the oldest calls until there is room; but the youngest one stays, so that a message that
    /// is larger than the room comes through.
    fn make_room(&self, state: &mut State) {
        while state.held > self.room && state.begun.len() > 1 {
            let Some(oldest) = state.refuse_oldest() else {
                return;
            };
            if let Some(left_out) = self.warnings.admit("no room") {
                let (peer, bytes) = (oldest.peer, oldest.bytes);
                let (room, others) = (self.room, state.begun.len());
                tracing::warn!(
                    %peer, bytes, room, others, left_out,
                    "requests that have not come whole take all their room: the oldest is refused"
                );
            }
        }
    }

    /// Refuses the calls that do not go on, and says how many.
    pub(super) fn refuse_silent(&self) -> usize {
        let now = self.clock.monotonic();
        let mut state = self.state.lock();
        let mut freed = 0;
        let silent = state
            .begun
            .extract_if(.., |_, begun| now.saturating_sub(begun.heard) > SILENCE);
        let refused = silent.map(|(_, begun)| {
            freed += begun.bytes;
            begun.verdict.refuse(Refused::Silent);
        });
        let refused = refused.count();
        state.held -= freed;
        refused
    }
}

/// What one call holds, until this is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    owner: Arc<Unfinished>,
    number: u64,
    verdict: Arc<Verdict>,
}

impl Hold {
    /// More of the message has come: so many bytes by now.
    pub(super) fn grow(&self, bytes: usize) {
        let now = self.owner.clock.monotonic();
        let mut state = self.owner.state.lock();
        let State { held, begun, .. } = &mut *state;
        // One that was refused holds nothing any more.
        if let Some(begun) = begun.get_mut(&self.number) {
            *held = *held - begun.bytes + CALL + bytes;
            begun.bytes = CALL + bytes;
            begun.heard = now;
            self.owner.make_room(&mut state);
        }
    }

    /// The request has come whole.
    pub(super) fn end(&self) {
        let mut state = self.owner.state.lock();
        if let Some(begun) = state.begun.remove(&self.number) {
            state.whole.insert(self.number, begun.bytes);
        }
    }

    /// What the client is told, if it is refused.
    pub(super) fn refusal(&self) -> Option<Status> {
        self.verdict.refused.get().map(|refused| to_status(refused))
    }

    /// Wakes the call when it is refused.
    pub(super) fn wake(&self, waker: &Waker) {
        self.verdict.waker.register(waker);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = self.owner.state.lock();
        let begun = state.begun.remove(&self.number).map(|begun| begun.bytes);
        let freed = begun.or_else(|| state.whole.remove(&self.number));
        state.held -= freed.unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::{ManualClock, Timestamp};
    use tonic::Code;

    use super::*;

    const MEGABYTE: usize = 1 << 20;

    fn unfinished() -> (Arc<Unfinished>, Arc<ManualClock>) {
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let room = 10 * MEGABYTE + 10 * CALL;
        let shared = Arc::<ManualClock>::clone(&clock);
        (Unfinished::with_room(room, shared), clock)
    }

    fn begun(unfinished: &Arc<Unfinished>, bytes: usize) -> Hold {
        let hold = unfinished.begin(Peer::Machine);
        hold.grow(bytes);
        hold
    }

    fn code(hold: &Hold) -> Option<Code> {
        hold.refusal().map(|status| status.code())
    }

    #[test]
    fn the_oldest_of_too_many_is_refused_and_holds_nothing() {
        let (unfinished, _clock) = unfinished();
        let holds: Vec<_> = (0..10).map(|_| begun(&unfinished, MEGABYTE)).collect();
        assert!(holds.iter().all(|hold| hold.refusal().is_none()));
        holds[4].grow(MEGABYTE + 1);
        assert_eq!(code(&holds[0]), Some(Code::Unavailable));
        assert_eq!(code(&holds[1]), None);
        holds[0].grow(100 * MEGABYTE);
        assert_eq!(code(&holds[1]), None);
        drop(holds);
        assert_eq!(unfinished.state.lock().held, 0);
    }

    #[test]
    fn a_request_that_has_come_whole_is_not_refused_and_counts_until_it_is_answered() {
        let (unfinished, _clock) = unfinished();
        let whole = begun(&unfinished, 9 * MEGABYTE);
        whole.end();
        let first = begun(&unfinished, MEGABYTE);
        assert_eq!(code(&first), None);
        let second = begun(&unfinished, MEGABYTE);
        assert_eq!((code(&whole), code(&second)), (None, None));
        assert_eq!(code(&first), Some(Code::Unavailable));
        drop(whole);
        let _third = begun(&unfinished, 9 * MEGABYTE);
        assert_eq!(code(&second), None);
    }

    #[test]
    fn a_message_larger_than_the_room_comes_through_alone() {
        let (unfinished, _clock) = unfinished();
        let small = begun(&unfinished, 0);
        let large = begun(&unfinished, 100 * MEGABYTE);
        assert_eq!(code(&small), Some(Code::Unavailable));
        large.grow(200 * MEGABYTE);
        assert_eq!(code(&large), None);
    }

    #[test]
    fn what_does_not_go_on_is_refused_after_a_while() {
        let (unfinished, clock) = unfinished();
        let (silent, talks) = (begun(&unfinished, 1), begun(&unfinished, 1));
        clock.advance(SILENCE);
        talks.grow(2);
        assert_eq!(unfinished.refuse_silent(), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(unfinished.refuse_silent(), 1);
        assert_eq!(code(&silent), Some(Code::DeadlineExceeded));
        assert_eq!(code(&talks), None);
        drop((silent, talks));
        assert_eq!(unfinished.state.lock().held, 0);
    }
}
