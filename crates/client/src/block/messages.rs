//! [`Messages`]: the answers of a stream of block data, without moving the data.
//!
//! The usual decoder gathers every message in a buffer of its own before it is parsed, which copies
//! each byte of a block once more. Here a message is parsed where the transport has left it, and its
//! data is a slice of what was received. Only data that arrived in several pieces is put together.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::pin::Pin;

use alluxio_rpc::Channel;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, Version, header};
use prost::Message;
use tonic::body::Body;
use tonic::codec::{Codec, EncodeBody};
use tonic::codegen::{Body as _, Service};
use tonic::{Code, Status};

use super::abortable::{AbortableCodec, Outgoing};

/// What stands before each message: whether it is compressed, and its length in four bytes.
const PREFIX: usize = 5;

/// The answers of one call.
#[derive(Debug)]
pub(super) struct Messages<T> {
    body: Body,
    received: Received,
    /// How long the message is whose prefix has been taken.
    announced: Option<usize>,
    limit: usize,
    kind: PhantomData<T>,
}

impl<T: Message + Default + 'static> Messages<T> {
    /// Calls `path` with a stream of requests. Answers of more than `limit` bytes are refused.
    pub(super) async fn call<Q: Message + 'static>(
        mut channel: Channel,
        path: &'static str,
        requests: impl Stream<Item = Q> + Send + 'static,
        limit: usize,
    ) -> Result<Self, Status> {
        let encoder = AbortableCodec::<Q, T>::new().encoder();
        let requests = requests.map(|request| Ok(Outgoing::Message(request)));
        let body = Body::new(EncodeBody::new_client(encoder, requests, None, None));
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = Uri::from(PathAndQuery::from_static(path));
        let headers = request.headers_mut();
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        let grpc = HeaderValue::from_static("application/grpc");
        headers.insert(header::CONTENT_TYPE, grpc);
        let response = channel.call(request).await?;
        if let Some(refused) = failure(response.headers()) {
            return Err(refused);
        }
        if response.status() != StatusCode::OK {
            let answer = response.status();
            return Err(Status::unknown(format!("the worker answered {answer}")));
        }
        Ok(Self::new(Body::new(response.into_body()), limit))
    }

    fn new(body: Body, limit: usize) -> Self {
        Self {
            body,
            received: Received::default(),
            announced: None,
            limit,
            kind: PhantomData,
        }
    }

    /// The next message; `None` at the end. It can be dropped while it waits, and loses nothing.
    pub(super) async fn message(&mut self) -> Result<Option<T>, Status> {
        loop {
            if let Some(message) = self.parse()? {
                return Ok(Some(message));
            }
            let frame =
                std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
            let Some(frame) = frame.await.transpose()? else {
                return self.end();
            };
            match frame.into_data() {
                Ok(data) => self.received.push(data),
                Err(frame) => match frame.trailers_ref().and_then(failure) {
                    Some(failed) => return Err(failed),
                    None => return self.end(),
                },
            }
        }
    }

    fn end(&self) -> Result<Option<T>, Status> {
        if self.received.has_remaining() || self.announced.is_some() {
            return Err(Status::internal("the stream ended within a message"));
        }
        Ok(None)
    }

    fn parse(&mut self) -> Result<Option<T>, Status> {
        let length = match self.announced {
            Some(length) => length,
            None if self.received.remaining() < PREFIX => return Ok(None),
            None => {
                if self.received.get_u8() != 0 {
                    return Err(Status::internal("a message came compressed, unasked"));
                }
                let length = usize::try_from(self.received.get_u32()).unwrap_or(usize::MAX);
                if length > self.limit {
                    let limit = self.limit;
                    return Err(Status::out_of_range(format!(
                        "a message has {length} bytes, the limit is {limit}"
                    )));
                }
                *self.announced.insert(length)
            }
        };
        if self.received.remaining() < length {
            return Ok(None);
        }
        self.announced = None;
        T::decode((&mut self.received).take(length))
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

/// The error that headers or trailers tell of.
fn failure(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

/// Bytes in the pieces in which they arrived. What lies within one piece is taken without a copy.
#[derive(Debug, Default)]
struct Received {
    pieces: VecDeque<Bytes>,
    length: usize,
}

impl Received {
    fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.length += piece.len();
            self.pieces.push_back(piece);
        }
    }
}

impl Buf for Received {
    fn remaining(&self) -> usize {
        self.length
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| piece)
    }

    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.length, "no more than there is");
        self.length -= count;
        while let Some(piece) = self.pieces.front_mut() {
            if count < piece.len() {
                piece.advance(count);
                return;
            }
            count -= piece.len();
            self.pieces.pop_front();
        }
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        if let Some(piece) = self.pieces.front_mut()
            && length < piece.len()
        {
            self.length -= length;
            return piece.split_to(length);
        }
        if let Some(piece) = self.pieces.pop_front_if(|piece| piece.len() == length) {
            self.length -= length;
            return piece;
        }
        let mut whole = BytesMut::with_capacity(length);
        whole.put(self.take(length));
        whole.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_proto::grpc::block::{Chunk, ReadResponse};
    use futures::executor::block_on;

    const LIMIT: usize = 1 << 20;

    /// A stream to which these pieces have come, and its end.
    fn messages(pieces: impl IntoIterator<Item = Bytes>) -> Messages<ReadResponse> {
        let mut stream = Messages::new(Body::empty(), LIMIT);
        for piece in pieces {
            stream.received.push(piece);
        }
        stream
    }

    fn framed(data: &[u8]) -> Bytes {
        let data = Some(Bytes::copy_from_slice(data));
        let message = ReadResponse {
            chunk: Some(Chunk { data }),
        };
        let mut framed = vec![0];
        let length = u32::try_from(message.encoded_len()).unwrap();
        framed.extend_from_slice(&length.to_be_bytes());
        message.encode(&mut framed).unwrap();
        framed.into()
    }

    fn data(message: Option<ReadResponse>) -> Bytes {
        message.unwrap().chunk.unwrap().data.unwrap()
    }

    #[test]
    fn messages_are_the_same_wherever_the_pieces_are_cut() {
        let wire = [framed(b"first"), framed(&[7; 300])].concat();
        for size in 1..wire.len() {
            let mut stream = messages(wire.chunks(size).map(Bytes::copy_from_slice));
            assert_eq!(data(block_on(stream.message()).unwrap()), b"first"[..]);
            assert_eq!(data(block_on(stream.message()).unwrap()), [7; 300][..]);
            assert!(block_on(stream.message()).unwrap().is_none());
        }
    }

    #[test]
    fn data_that_arrived_in_one_piece_is_not_moved() {
        let whole = framed(&[7; 5000]);
        for cut in [0, whole.len() - 5000] {
            let (head, tail) = (whole.slice(..cut), whole.slice(cut..));
            let mut stream = messages([head, tail]);
            let data = data(block_on(stream.message()).unwrap());
            assert_eq!(data.as_ptr(), whole[whole.len() - 5000..].as_ptr());
        }
    }

    #[test]
    fn a_stream_that_ends_within_a_message_and_a_message_beyond_the_limit_are_errors() {
        let whole = framed(b"data");
        for end in 1..whole.len() {
            let mut stream = messages([whole.slice(..end)]);
            assert!(block_on(stream.message()).is_err(), "{end}");
        }
        let mut stream = messages([framed(&vec![0; LIMIT])]);
        let error = block_on(stream.message()).unwrap_err();
        assert_eq!(error.code(), Code::OutOfRange);
    }
}
