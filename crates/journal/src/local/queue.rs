//! [`Queue`]: entries that are numbered and encoded, and not yet written.

use alluxio_common::SequenceNumber;
use parking_lot::Mutex;

use crate::error::JournalError;
use crate::progress::Progress;
use crate::segment::frame::{Frame, MAX_PAYLOAD, payload_checksum, push_frame};

/// A buffer that grew larger than this in a burst is given back.
const KEPT_CAPACITY: usize = 4 << 20;

/// Numbers and encodes entries under a lock that is held for the copy alone.
#[derive(Debug)]
pub(super) struct Queue {
    seed: u32,
    entry_limit: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Frames, ready to be written.
    buffer: Vec<u8>,
    /// The number of the first of them.
    start: u64,
    /// The number that comes next.
    next: u64,
    /// Bytes that ever went in.
    total_bytes: u64,
    is_closed: bool,
}

/// Frames that are written and synced together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) start: u64,
    /// The number after the last.
    pub(super) end: u64,
    pub(super) frames: Vec<u8>,
}

impl Queue {
    pub(super) fn new(seed: u32, entry_limit: u64, next: SequenceNumber) -> Self {
        Self {
            seed,
            entry_limit: usize::try_from(entry_limit).map_or(MAX_PAYLOAD, |n| n.min(MAX_PAYLOAD)),
            inner: Mutex::new(Inner {
                buffer: Vec::new(),
                start: next.raw(),
                next: next.raw(),
                total_bytes: 0,
                is_closed: false,
            }),
        }
    }

    /// Adds an entry and tells `progress` of its bytes.
    pub(super) fn append(
        &self,
        payload: &[u8],
        progress: &Progress,
    ) -> Result<SequenceNumber, JournalError> {
        if payload.len() > self.entry_limit {
            return Err(JournalError::EntryTooLarge {
                length: payload.len(),
                limit: self.entry_limit,
            });
        }
        let checksum = payload_checksum(self.seed, payload);
        let mut inner = self.inner.lock();
        if inner.is_closed {
            return Err(JournalError::Closed);
        }
        let sequence_number = inner.next;
        let frame = Frame {
            sequence_number,
            batch_index: u32::try_from(sequence_number - inner.start)
                .expect("a batch is limited in bytes, and an entry has more than one"),
            payload,
        };
        push_frame(&mut inner.buffer, checksum, frame);
        inner.next += 1;
        inner.total_bytes += frame.length() as u64;
        // Under the lock, so that the writer cannot take these bytes off before they are counted.
        progress.note_queued(frame.length());
        Ok(SequenceNumber::from_raw(sequence_number))
    }

    /// Everything that is queued, if anything is; `spare` becomes the next buffer.
    pub(super) fn take(&self, spare: &mut Vec<u8>) -> Option<Batch> {
        let mut inner = self.inner.lock();
        if inner.buffer.is_empty() {
            return None;
        }
        let frames = std::mem::replace(&mut inner.buffer, std::mem::take(spare));
        let (start, end) = (inner.start, inner.next);
        inner.start = end;
        Some(Batch { start, end, frames })
    }

    /// Whether the writer has something to do.
    pub(super) fn has_work(&self) -> bool {
        let inner = self.inner.lock();
        !inner.buffer.is_empty() || inner.is_closed
    }

    /// The number that the next entry gets; `None` when there will be none.
    pub(super) fn next(&self) -> Option<u64> {
        let inner = self.inner.lock();
        (!inner.is_closed).then_some(inner.next)
    }

    /// Refuses all later entries.
    pub(super) fn close(&self) {
        self.inner.lock().is_closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner.lock().is_closed
    }

    /// The number that the next entry gets, and the bytes that ever went in.
    pub(super) fn position(&self) -> (SequenceNumber, u64) {
        let inner = self.inner.lock();
        (SequenceNumber::from_raw(inner.next), inner.total_bytes)
    }
}

impl Batch {
    /// The emptied buffer, to be used again.
    pub(super) fn into_spare(mut self) -> Vec<u8> {
        self.frames.clear();
        self.frames.shrink_to(KEPT_CAPACITY);
        self.frames
    }
}
