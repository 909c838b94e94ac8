//! [`Piece`]: what answers are made of, so that large pieces are written from where they are.
//!
//! Clients of 2.9 take frames of 16 KiB. HTTP/2 writes each of them by itself, and hands the socket bytes
//! that are borrowed for the call: many frames are written at once only if they are copied together.
//! So a large piece tells its connection which it is just before it is written, and the connection
//! finds the bytes in it again and keeps a reference to them instead of a copy. It is also how the bytes
//! of a mapped block are looked at by nobody but the kernel.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::Response;
use http_body::{Frame, SizeHint};
use parking_lot::Mutex;
use tonic::Status;
use tonic::body::Body;

/// Smaller pieces are copied: a reference costs as much.
const LARGE: usize = 8 * 1024;

/// The large piece that HTTP/2 has looked at last. Of a connection there is one, and one task uses it.
#[derive(Debug, Clone, Default)]
pub(super) struct LastPiece(Arc<Mutex<Bytes>>);

impl LastPiece {
    /// The same bytes with a life of their own, if they are of that piece.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<Bytes> {
        let last = self.0.lock();
        let (all, part) = (last.as_ptr_range(), bytes.as_ptr_range());
        let is_part = !bytes.is_empty() && all.start <= part.start && part.end <= all.end;
        is_part.then(|| last.slice_ref(bytes))
    }

    /// Lets go of it.
    pub(super) fn forget(&self) {
        *self.0.lock() = Bytes::new();
    }
}

/// Bytes of an answer.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    /// Where a large one says that it is being written.
    last: Option<LastPiece>,
}

impl Piece {
    pub(super) fn new(bytes: Bytes, last: &LastPiece) -> Self {
        let last = (bytes.len() >= LARGE).then(|| last.clone());
        Self { bytes, last }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        if let Some(last) = &self.last {
            *last.0.lock() = self.bytes.clone();
        }
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

/// The body of an answer, in pieces.
#[derive(Debug)]
pub(super) struct InPieces {
    body: Body,
    last: LastPiece,
}

impl InPieces {
    pub(super) fn of(answer: Response<Body>, last: &LastPiece) -> Response<Self> {
        answer.map(|body| Self {
            body,
            last: last.clone(),
        })
    }
}

impl http_body::Body for InPieces {
    type Data = Piece;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, Status>>> {
        let Self { body, last } = &mut *self;
        let next = Pin::new(body).poll_frame(context);
        next.map_ok(|frame| frame.map_data(|bytes| Piece::new(bytes, last)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_large_piece_are_found_once_it_was_looked_at() {
        let last = LastPiece::default();
        let large = Bytes::from(vec![7; 3 * LARGE]);
        let mut piece = Piece::new(large.clone(), &last);
        assert!(last.find(&large).is_none());
        piece.advance(LARGE);
        let part = &piece.chunk()[..LARGE];
        let found = last.find(part).unwrap();
        assert_eq!((found.as_ptr(), found.len()), (part.as_ptr(), part.len()));
        assert!(
            last.find(&large).is_none(),
            "its beginning has been written"
        );
        assert!(last.find(&[7; LARGE]).is_none(), "other bytes");
        assert!(last.find(&[]).is_none());
        last.forget();
        assert!(last.find(part).is_none());
    }

    #[test]
    fn small_pieces_are_left_to_be_copied() {
        let last = LastPiece::default();
        let piece = Piece::new(Bytes::from(vec![7; LARGE - 1]), &last);
        assert!(last.find(piece.chunk()).is_none());
    }
}
