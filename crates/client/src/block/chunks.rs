//! [`Chunks`]: the block data of a stream, in the pieces in which it arrived.
//!
//! The usual decoder gathers every message in a buffer of its own before it is parsed, which copies
//! each byte of a block once more. Here the few bytes in front of the data are parsed where the
//! transport has left them, and the data behind them is handed on as it comes, never put together.

use std::collections::VecDeque;
use std::pin::Pin;

use alluxio_proto::grpc::block::{ReadRequest, ReadResponse};
use alluxio_rpc::Channel;
use bytes::{Buf, Bytes};
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

/// Field 1, with a length: the chunk in an answer, and the data in a chunk.
const FIELD_ONE: u8 = 0x0A;

/// What can stand between the beginning of a message and its data: two tags, each with a length.
const HEADER: usize = 2 * (1 + 5);

/// The data of one call of `ReadBlock`.
#[derive(Debug)]
pub(super) struct Chunks {
    body: Body,
    received: Received,
    place: Place,
    limit: usize,
}

/// Where in the stream the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In front of a message, or in its prefix.
    Between,
    /// At the beginning of a message of this length.
    Message(usize),
    /// In front of so many bytes of data, with which the message ends.
    Data(usize),
    /// Something stood there that is no message; what follows means nothing.
    Broken,
}

/// A piece of data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) data: Bytes,
    pub(super) ends: Ends,
}

/// Whether a message ends with a piece: then it is time to acknowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Message,
    Nothing,
}

impl Chunks {
    /// Calls `path` with a stream of requests. Answers of more than `limit` bytes are refused.
    pub(super) async fn call(
        mut channel: Channel,
        path: &'static str,
        requests: impl Stream<Item = ReadRequest> + Send + 'static,
        limit: usize,
    ) -> Result<Self, Status> {
        let encoder = AbortableCodec::<ReadRequest, ReadResponse>::new().encoder();
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
            place: Place::Between,
            limit,
        }
    }

    /// The next data, at least one byte; `None` at the end. It can be dropped while it waits, and
    /// loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, Status> {
        loop {
            let parsed = self.parse().inspect_err(|_broken| {
                self.place = Place::Broken;
            });
            if let Some(piece) = parsed? {
                return Ok(Some(piece));
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

    fn end(&self) -> Result<Option<Piece>, Status> {
        if self.received.has_remaining() || self.place != Place::Between {
            return Err(Status::internal("the stream ended within a message"));
        }
        Ok(None)
    }

    /// A piece from what has been received, if there is one.
    fn parse(&mut self) -> Result<Option<Piece>, Status> {
        loop {
            match self.place {
                Place::Broken => return Err(Status::internal("the stream was broken before")),
                Place::Between if self.received.remaining() < PREFIX => return Ok(None),
                Place::Between => self.place = Place::Message(self.take_prefix()?),
                Place::Message(length) => {
                    // With the header, or else all of the message, it is known what stands there.
                    if self.received.remaining() < length.min(HEADER) {
                        return Ok(None);
                    }
                    if let Some(data) = self.take_header(length) {
                        self.place = Place::Data(data);
                    } else if self.received.remaining() < length {
                        return Ok(None);
                    } else {
                        self.place = Place::Between;
                        if let Some(piece) = self.take_message(length)? {
                            return Ok(Some(piece));
                        }
                    }
                }
                Place::Data(_) if !self.received.has_remaining() => return Ok(None),
                Place::Data(rest) => return Ok(Some(self.take_data(rest))),
            }
        }
    }

    /// Takes what stands before each message; returns the length of the message.
    fn take_prefix(&mut self) -> Result<usize, Status> {
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
        Ok(length)
    }

    /// Takes the header of a message that has nothing but data, which all of ours and of 2.9 are;
    /// returns the length of the data.
    fn take_header(&mut self, length: usize) -> Option<usize> {
        let mut header = [0; HEADER];
        let known = self.received.peek(&mut header[..length.min(HEADER)]);
        let mut rest = &header[..known];
        let mut left = length;
        for _level in 0..2 {
            let before = rest.len();
            if !rest.has_remaining() || rest.get_u8() != FIELD_ONE {
                return None;
            }
            let announced = prost::encoding::decode_varint(&mut rest).ok()?;
            left = left.checked_sub(before - rest.len())?;
            if usize::try_from(announced).ok()? != left {
                return None;
            }
        }
        if left == 0 {
            return None;
        }
        self.received.advance(length - left);
        Some(left)
    }

    /// Takes a whole message that has something else than data; its data, if it has some.
    fn take_message(&mut self, length: usize) -> Result<Option<Piece>, Status> {
        let message = ReadResponse::decode((&mut self.received).take(length))
            .map_err(|error| Status::internal(error.to_string()))?;
        let data = message.chunk.and_then(|chunk| chunk.data);
        let data = data.filter(|data| !data.is_empty());
        Ok(data.map(|data| Piece {
            data,
            ends: Ends::Message,
        }))
    }

    fn take_data(&mut self, rest: usize) -> Piece {
        let data = self.received.take_piece(rest);
        let left = rest - data.len();
        let ends = if left == 0 {
            self.place = Place::Between;
            Ends::Message
        } else {
            self.place = Place::Data(left);
            Ends::Nothing
        };
        Piece { data, ends }
    }
}

/// The error that headers or trailers tell of.
fn failure(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

/// Bytes in the pieces in which they arrived.
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

    /// Copies the first bytes without taking them; returns how many there were.
    fn peek(&self, into: &mut [u8]) -> usize {
        let mut filled = 0;
        for piece in &self.pieces {
            let part = piece.len().min(into.len() - filled);
            into[filled..filled + part].copy_from_slice(&piece[..part]);
            filled += part;
        }
        filled
    }

    /// The rest of the first piece, at most `max` bytes of it.
    fn take_piece(&mut self, max: usize) -> Bytes {
        let Some(first) = self.pieces.front_mut() else {
            return Bytes::new();
        };
        let taken = if first.len() > max {
            first.split_to(max)
        } else {
            self.pieces.pop_front().unwrap_or_default()
        };
        self.length -= taken.len();
        taken
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_proto::grpc::block::Chunk;
    use futures::executor::block_on;

    const LIMIT: usize = 1 << 20;

    /// A stream to which these pieces have come, and its end.
    fn chunks(pieces: impl IntoIterator<Item = Bytes>) -> Chunks {
        let mut stream = Chunks::new(Body::empty(), LIMIT);
        for piece in pieces {
            stream.received.push(piece);
        }
        stream
    }

    fn prefixed(message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap();
        [&[0], &length.to_be_bytes()[..], message].concat()
    }

    fn framed(data: &[u8]) -> Bytes {
        let data = Some(Bytes::copy_from_slice(data));
        let message = ReadResponse {
            chunk: Some(Chunk { data }),
        };
        prefixed(&message.encode_to_vec()).into()
    }

    /// Everything that the stream has, cut where messages end.
    fn messages(mut stream: Chunks) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        while let Some(piece) = block_on(stream.next()).unwrap() {
            assert!(!piece.data.is_empty());
            all.last_mut().unwrap().extend_from_slice(&piece.data);
            if piece.ends == Ends::Message {
                all.push(Vec::new());
            }
        }
        assert_eq!(all.pop(), Some(Vec::new()), "the last message has ended");
        all
    }

    #[test]
    fn data_is_the_same_wherever_the_pieces_are_cut() {
        let sent = [b"first".to_vec(), vec![7; 300], vec![8]];
        let wire = sent.iter().map(|data| framed(data)).collect::<Vec<_>>();
        let wire = wire.concat();
        for size in 1..wire.len() {
            let stream = chunks(wire.chunks(size).map(Bytes::copy_from_slice));
            assert_eq!(messages(stream), sent, "{size}");
        }
    }

    #[test]
    fn data_is_not_moved_even_when_it_arrives_in_several_pieces() {
        let whole = framed(&[7; 5000]);
        let data = whole.slice(whole.len() - 5000..);
        for cut in [0, whole.len() - 5000, whole.len() - 3000] {
            let mut stream = chunks([whole.slice(..cut), whole.slice(cut..)]);
            let mut at = data.as_ptr().addr();
            while let Some(piece) = block_on(stream.next()).unwrap() {
                assert_eq!(piece.data.as_ptr().addr(), at);
                at += piece.data.len();
            }
            assert_eq!(at, data.as_ptr().addr() + 5000);
        }
    }

    #[test]
    fn messages_with_unknown_fields_or_without_data_are_understood() {
        let chunk = [&[0x0A, 3][..], b"abc", &[0x10, 1]].concat();
        let unknown_inside = [&[0x0A, u8::try_from(chunk.len()).unwrap()][..], &chunk].concat();
        let unknown_before = [&[0x10, 1][..], &[0x0A, 5, 0x0A, 3], b"def"].concat();
        let unknown_behind = [&[0x0A, 5, 0x0A, 3][..], b"ghi", &[0x10, 1]].concat();
        let wire = [
            prefixed(&[]),
            prefixed(&unknown_inside),
            prefixed(&[0x0A, 0]),
            prefixed(&unknown_before),
            prefixed(&[0x0A, 2, 0x0A, 0]),
            prefixed(&unknown_behind),
        ]
        .concat();
        for size in 1..wire.len() {
            let stream = chunks(wire.chunks(size).map(Bytes::copy_from_slice));
            assert_eq!(messages(stream), [b"abc", b"def", b"ghi"], "{size}");
        }
    }

    #[test]
    fn a_stream_that_ends_within_a_message_and_a_message_beyond_the_limit_are_errors() {
        let whole = framed(b"data");
        for end in 1..whole.len() {
            let mut stream = chunks([whole.slice(..end)]);
            let ended = loop {
                match block_on(stream.next()) {
                    Ok(Some(_)) => {}
                    other => break other,
                }
            };
            assert!(ended.is_err(), "{end}");
        }
        let mut stream = chunks([framed(&vec![0; LIMIT])]);
        let error = block_on(stream.next()).unwrap_err();
        assert_eq!(error.code(), Code::OutOfRange);
        // What comes after it could look like a message and is none.
        stream.received.push(framed(b"data"));
        assert!(block_on(stream.next()).is_err());
    }
}
