//! [`PayloadBody`]: a payload as the body of a request.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::object::Payload;

/// The pieces of a payload, one after the other. The payload keeps them, should the request have to
/// be sent again.
#[derive(Debug)]
pub(super) struct PayloadBody {
    payload: Payload,
    /// How many pieces were handed out.
    sent: usize,
}

impl PayloadBody {
    pub(super) fn new(payload: Payload) -> Self {
        Self { payload, sent: 0 }
    }

    fn left(&self) -> &[Bytes] {
        &self.payload.pieces()[self.sent..]
    }
}

impl Body for PayloadBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.left().first().cloned();
        self.sent += usize::from(next.is_some());
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left().iter().map(|piece| piece.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_body_says_how_long_it_is_and_can_be_sent_again() {
        let payload = Payload::from(Bytes::from_static(b"content"));
        for _ in 0..2 {
            let body = PayloadBody::new(payload.clone());
            assert_eq!(body.size_hint().exact(), Some(7));
            assert_eq!(body.collect().await.unwrap().to_bytes(), "content");
        }
        let empty = PayloadBody::new(Payload::default());
        assert!(empty.is_end_stream());
        assert_eq!(empty.size_hint().exact(), Some(0));
    }
}
