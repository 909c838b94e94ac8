//! [`RequestBody`]: keeps a reset from looking like an end.
//!
//! The decoder of generated code takes a stream that the client has cancelled for one that has come
//! to its end, which here would commit half a block. It does so by the code of the error; so the
//! error gets another one before the decoder sees it.

use std::pin::Pin;
use std::task::{Context, Poll};

use alluxio_rpc::Arriving;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::{Code, Status};

/// The requests of one call.
#[derive(Debug)]
pub(super) struct RequestBody(pub(super) Arriving);

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.0).poll_frame(context);
        polled.map_err(|broken| {
            if broken.code() == Code::Cancelled {
                return Status::aborted(format!("the requests broke off: {broken}"));
            }
            broken
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
