//! [`Spare`]: the file of the next segment, made ready while the last one is still written.
//!
//! Filling a segment with zeros and syncing them takes ten milliseconds and more, and everybody who
//! waits for the journal would wait for that. So a thread of its own does it when a segment is half
//! full. When it has failed, or is not ready, the segment is made when it is needed, as the first one
//! is; so nothing here is ever reported as more than a note.

use alluxio_common::ByteSize;
use parking_lot::{Condvar, Mutex};
use tracing::debug;

use crate::disk::Disk;
use crate::segment::write::{Blank, SegmentFolder};

/// Smaller segments are made in no time.
const WORTH_IT: ByteSize = ByteSize::from_bytes(1 << 20);

/// At most one file that is ready, and whoever makes it.
#[derive(Debug, Default)]
pub(super) struct Spare {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Nothing,
    Wanted,
    InWork,
    Ready(Blank),
    /// Not tried again for this segment.
    Failed,
    Closed,
}

impl Spare {
    /// Asks for a file, if there is none and its size is worth it.
    pub(super) fn want(&self, segments: &SegmentFolder) {
        if segments.segment_size < WORTH_IT.bytes() {
            return;
        }
        let mut state = self.state.lock();
        if matches!(*state, State::Nothing) {
            *state = State::Wanted;
            self.changed.notify_all();
        }
    }

    /// The file, if it is ready. To be called for each new segment.
    pub(super) fn take(&self) -> Option<Blank> {
        let mut state = self.state.lock();
        match std::mem::take(&mut *state) {
            State::Ready(blank) => Some(blank),
            State::Failed => None,
            other @ (State::Nothing | State::Wanted | State::InWork | State::Closed) => {
                *state = other;
                None
            }
        }
    }

    /// Makes files until it is closed.
    pub(super) fn run(&self, disk: &dyn Disk, segments: &SegmentFolder) {
        while self.wait_until_wanted() {
            let made = segments.make_blank(disk);
            let mut state = self.state.lock();
            if matches!(*state, State::Closed) {
                return;
            }
            *state = match made {
                Ok(blank) => State::Ready(blank),
                Err(error) => {
                    debug!(%error, "no journal segment could be made ahead");
                    State::Failed
                }
            };
            self.changed.notify_all();
        }
    }

    /// Whether somebody wants a file; `false` when nobody will any more.
    fn wait_until_wanted(&self) -> bool {
        let mut state = self.state.lock();
        loop {
            match *state {
                State::Wanted => {
                    *state = State::InWork;
                    return true;
                }
                State::Closed => return false,
                State::Nothing | State::InWork | State::Ready(_) | State::Failed => {
                    self.changed.wait(&mut state);
                }
            }
        }
    }

    /// Ends the thread. What it has made stays until the next start removes it.
    pub(super) fn close(&self) {
        *self.state.lock() = State::Closed;
        self.changed.notify_all();
    }

    /// Waits until the file that somebody wanted is there.
    #[cfg(test)]
    pub(super) fn wait_until_ready(&self) {
        let mut state = self.state.lock();
        while !matches!(*state, State::Ready(_)) {
            self.changed.wait(&mut state);
        }
    }
}
