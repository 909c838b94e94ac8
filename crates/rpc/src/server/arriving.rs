//! [`Arriving`]: the body of a request, counted while its messages have not come whole.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tonic::Status;

use super::unfinished::{Hold, Unfinished};
use crate::socket::Peer;

/// What stands before each message: a flag for compression, and the length.
const PREFIX: usize = 5;

/// Messages of at most so many bytes are not counted while they are answered: nearly all are smaller,
/// and most of them are answered before the next one is looked at.
const SMALL: usize = 64 << 10;

/// What a client sends in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// One message. Until the end of the request has come, nothing is answered.
    OneMessage,
    /// One message after the other, as long as the client likes.
    Messages,
    /// One message, and then data that is handed on as it comes.
    Data,
}

/// Where what arrives comes from: one for each connection, so that calls of different connections have
/// nothing in common to count.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) peer: Peer,
    pub(super) unfinished: Arc<Unfinished>,
}

/// What a call leaves behind of its request, for as long as it is being answered.
pub(super) type Rest = Arc<Mutex<Option<Hold>>>;

/// The request of a call, as it arrives.
#[derive(Debug)]
pub struct Arriving {
    body: Incoming,
    caller: Arc<Caller>,
    takes: Takes,
    messages: Messages,
    hold: Option<Hold>,
    /// Where the hold goes at the end.
    rest: Option<Rest>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, caller: Arc<Caller>, takes: Takes) -> Self {
        Self {
            body,
            caller,
            takes,
            messages: Messages::default(),
            hold: None,
            rest: None,
        }
    }

    /// What is still held when all has come is left here.
    pub(super) fn leave_rest(&mut self, rest: Rest) {
        self.rest = Some(rest);
    }

    fn hold(&mut self) -> &Hold {
        let Caller { peer, unfinished } = &*self.caller;
        self.hold.get_or_insert_with(|| unfinished.begin(*peer))
    }

    /// Whether the client owes something.
    fn is_owed(&self) -> bool {
        match self.takes {
            Takes::OneMessage => true,
            Takes::Messages => self.messages.whole == 0 || !self.messages.is_between(),
            Takes::Data => self.messages.whole == 0,
        }
    }

    fn note(&mut self, data: &[u8]) {
        if self.takes != Takes::OneMessage && self.messages.is_between() {
            // Whoever answers has come back for more.
            self.hold = None;
        }
        self.messages.pass(data);
        if self.takes == Takes::Data && self.messages.whole > 0 {
            self.hold = None;
            return;
        }
        let kept = self.messages.kept;
        let is_between = self.messages.is_between();
        if !is_between || kept > SMALL || self.hold.is_some() {
            self.hold().grow(kept);
        }
        if is_between && self.takes == Takes::Messages {
            self.message_ended();
        }
    }

    /// All that was owed has come: what is small does not count any more.
    fn message_ended(&mut self) {
        match &self.hold {
            Some(hold) if self.messages.kept > SMALL => hold.end(),
            Some(_) | None => self.hold = None,
        }
    }

    fn ended(&mut self) {
        self.message_ended();
        if let Some(rest) = &self.rest {
            *rest.lock() = self.hold.take();
        }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Some(refusal) = this.hold.as_ref().and_then(Hold::refusal) {
            return Poll::Ready(Some(Err(refusal)));
        }
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    this.note(data);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(broken))) => {
                Poll::Ready(Some(Err(Status::from_error(Box::new(broken)))))
            }
            Poll::Ready(None) => {
                this.ended();
                Poll::Ready(None)
            }
            Poll::Pending if this.is_owed() => {
                let hold = this.hold();
                hold.wake(context.waker());
                // It may have been refused just before it could be woken.
                match hold.refusal() {
                    Some(refusal) => Poll::Ready(Some(Err(refusal))),
                    None => Poll::Pending,
                }
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Where in the messages of a request the next byte stands.
#[derive(Debug, Default)]
struct Messages {
    prefix: [u8; PREFIX],
    /// How much of the prefix has come, while it comes.
    in_prefix: usize,
    /// What is to come of the message.
    left: usize,
    /// What has come of this message, or of the last one between messages.
    kept: usize,
    /// How many have come whole.
    whole: u64,
}

impl Messages {
    fn is_between(&self) -> bool {
        self.in_prefix == 0 && self.left == 0
    }

    fn pass(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.left > 0 {
                let now = self.left.min(data.len());
                self.left -= now;
                self.kept += now;
                data = &data[now..];
            } else {
                self.prefix[self.in_prefix] = data[0];
                self.in_prefix += 1;
                data = &data[1..];
                self.kept = 0;
                if self.in_prefix < PREFIX {
                    continue;
                }
                let [_compressed, length @ ..] = self.prefix;
                self.left = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                self.in_prefix = 0;
            }
            self.whole += u64::from(self.left == 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn messages_are_followed_however_they_are_cut(
            lengths in proptest::collection::vec(0_usize..300, 1..6),
            size in 1_usize..400,
        ) {
            let mut wire = Vec::new();
            for length in &lengths {
                wire.push(0);
                wire.extend_from_slice(&u32::try_from(*length).unwrap().to_be_bytes());
                wire.extend(std::iter::repeat_n(7, *length));
            }
            let mut messages = Messages::default();
            let (mut passed, mut bounds) = (0, Vec::new());
            let mut at = 0;
            for length in &lengths {
                at += PREFIX + length;
                bounds.push(at);
            }
            for piece in wire.chunks(size) {
                messages.pass(piece);
                passed += piece.len();
                prop_assert_eq!(messages.is_between(), bounds.contains(&passed));
                let whole = bounds.iter().filter(|bound| **bound <= passed).count();
                prop_assert_eq!(messages.whole, whole as u64);
                prop_assert!(messages.kept <= 300);
            }
            prop_assert_eq!(messages.kept, lengths[lengths.len() - 1]);
        }
    }
}
