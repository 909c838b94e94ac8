//! [`Payload`]: the content of a request, in the pieces in which it came.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// Pieces from this size on are kept as they are. A piece keeps all alive that it was received
/// with, a frame of up to a megabyte, so what is smaller is copied.
const KEPT_FROM: usize = 64 << 10;

/// So much of what is copied becomes one piece.
const COPIED_TOGETHER: usize = 256 << 10;

/// From then on there is room for all of it: doubling would copy it several times more.
const ROOM_FROM: usize = 16 << 10;

/// What is written by one request. It may be sent several times, and a clone costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Payload {
    pieces: Arc<[Bytes]>,
    length: usize,
}

impl Payload {
    /// In bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The content, in order; no piece is empty.
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// The content in one piece, which is a copy unless it came like that.
    pub fn to_bytes(&self) -> Bytes {
        match &*self.pieces {
            [whole] => whole.clone(),
            pieces => pieces.concat().into(),
        }
    }
}

impl From<Bytes> for Payload {
    fn from(content: Bytes) -> Self {
        let length = content.len();
        let pieces = Some(content).filter(|content| !content.is_empty());
        Self {
            pieces: pieces.into_iter().collect(),
            length,
        }
    }
}

impl From<String> for Payload {
    fn from(content: String) -> Self {
        Bytes::from(content).into()
    }
}

/// Collects a [`Payload`]; of large pieces nothing is copied.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pieces: Vec<Bytes>,
    /// Copies of what came last in small pieces.
    copied: BytesMut,
    length: usize,
}

impl Collected {
    /// In bytes.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends a piece.
    pub(super) fn push(&mut self, piece: Bytes) {
        self.length += piece.len();
        if piece.len() < KEPT_FROM {
            if self.copied.len() >= ROOM_FROM {
                self.copied
                    .reserve(COPIED_TOGETHER + KEPT_FROM - self.copied.len());
            }
            self.copied.extend_from_slice(&piece);
            if self.copied.len() >= COPIED_TOGETHER {
                self.end_copied();
            }
        } else {
            self.end_copied();
            self.pieces.push(piece);
        }
    }

    fn end_copied(&mut self) {
        if !self.copied.is_empty() {
            let copied = std::mem::take(&mut self.copied);
            self.pieces.push(copied.freeze());
        }
    }

    /// Everything so far; what comes then is another payload.
    pub(super) fn take(&mut self) -> Payload {
        self.end_copied();
        Payload {
            pieces: std::mem::take(&mut self.pieces).into(),
            length: std::mem::take(&mut self.length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(length: usize, seed: usize) -> Bytes {
        (0..length)
            .map(|index| u8::try_from((index + seed) % 251).unwrap())
            .collect()
    }

    #[test]
    fn a_payload_has_all_its_bytes_in_order_whatever_the_pieces_were() {
        let lengths = [1, 0, KEPT_FROM, 7, KEPT_FROM - 1, 3 * KEPT_FROM, 5];
        let pieces = || (0..).zip(lengths.into_iter().cycle().take(40));
        let mut collected = Collected::default();
        assert!(collected.is_empty());
        let mut whole = Vec::new();
        for (seed, length) in pieces() {
            let piece = piece(length, seed);
            whole.extend_from_slice(&piece);
            collected.push(piece);
            assert_eq!(collected.len(), whole.len());
        }
        let payload = collected.take();
        assert_eq!(payload.len(), whole.len());
        assert!(payload.pieces().iter().all(|piece| !piece.is_empty()));
        assert_eq!(payload.to_bytes(), whole);
        assert!(collected.is_empty() && collected.take().is_empty());
    }

    #[test]
    fn large_pieces_are_not_copied_and_many_small_ones_are_few_pieces() {
        let large = piece(KEPT_FROM, 0);
        let mut collected = Collected::default();
        collected.push(large.clone());
        collected.push(large.clone());
        let payload = collected.take();
        assert_eq!(payload.pieces().len(), 2);
        assert!(
            payload
                .pieces()
                .iter()
                .all(|kept| kept.as_ptr() == large.as_ptr())
        );
        for _ in 0..4 << 20 {
            collected.push(Bytes::from_static(b"x"));
        }
        assert_eq!(collected.take().pieces().len(), 16);
    }
}
