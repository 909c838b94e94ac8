//! [`Turn`]: how much a connection moves before others get their turn.

use std::task::{Context, Poll};

/// After so many bytes a connection lets other tasks run, though its socket would go on: a full
/// frame.
///
/// A socket on which block data flows is nearly always ready, and would keep its task, and so its
/// thread, as long as the data flows. While every thread of the runtime is kept like that, nobody
/// asks which other sockets are ready: these run full or empty, their peers wait, and a processor
/// stands still. And those who wait for the data get it when it has left the processor's cache.
pub(crate) const TURN: usize = 1024 * 1024;

/// How many tasks a thread of a runtime may run before it asks which sockets are ready, in processes
/// that move block data. A task may take as long as a [`TURN`] does, some hundred microseconds; the
/// usual 61 of them are so long that sockets run full or empty.
pub const DATA_EVENT_INTERVAL: u32 = 8;

/// What a connection has moved in this turn.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    moved: usize,
}

impl Turn {
    /// Moves bytes, unless the turn has ended: then the task waits for its next one.
    pub(crate) fn poll_move<E>(
        &mut self,
        context: &mut Context<'_>,
        mut moving: impl FnMut(&mut Context<'_>) -> Poll<Result<usize, E>>,
    ) -> Poll<Result<usize, E>> {
        if self.moved >= TURN {
            self.moved = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Poll::Ready(moved) = moving(context) else {
            // The task waits for its socket, and others run meanwhile.
            self.moved = 0;
            return Poll::Pending;
        };
        if let Ok(moved) = moved {
            self.moved += moved;
        }
        Poll::Ready(moved)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    /// A waker that counts how often somebody was woken.
    #[derive(Debug, Default)]
    pub(crate) struct Woken(AtomicUsize);

    impl Woken {
        pub(crate) fn times(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    type Moved = Poll<Result<usize, ()>>;

    #[test]
    fn a_turn_ends_after_its_bytes_and_the_next_one_comes_by_itself() {
        let woken = Arc::<Woken>::default();
        let waker = Arc::clone(&woken).into();
        let mut context = Context::from_waker(&waker);
        let mut turn = Turn::default();
        let mut poll = |answer: Moved| turn.poll_move(&mut context, |_context| answer);
        let half: Moved = Poll::Ready(Ok(TURN / 2));
        for round in 1..=3 {
            assert_eq!(poll(half), half);
            assert_eq!(poll(half), half);
            assert_eq!(poll(half), Poll::Pending, "nothing moves in round {round}");
            assert_eq!(woken.times(), round);
        }
    }

    #[test]
    fn whoever_has_waited_has_a_whole_turn() {
        let woken = Arc::<Woken>::default();
        let waker = Arc::clone(&woken).into();
        let mut context = Context::from_waker(&waker);
        let mut turn = Turn::default();
        let mut poll = |answer: Moved| turn.poll_move(&mut context, |_context| answer);
        let whole: Moved = Poll::Ready(Ok(TURN - 1));
        for _ in 0..3 {
            assert_eq!(poll(whole), whole);
            assert_eq!(poll(Poll::Pending), Poll::Pending);
        }
        assert_eq!(woken.times(), 0, "the socket wakes it");
    }
}
