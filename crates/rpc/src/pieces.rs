//! [`Pieces`]: the messages of a stream that carries bulk data, in the pieces in which they arrived.
//!
//! The usual decoder gathers every message in a buffer of its own before it is parsed, which copies
//! each byte once more. Here the few bytes in front of the data are parsed where the transport has
//! left them, and the data behind them is handed on as it comes, never put together.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use tonic::{Code, Status};

/// What stands before each message: whether it is compressed, and its length in four bytes.
const PREFIX: usize = 5;

/// Field 1, with a length: the data in a chunk.
const DATA: u8 = 0x0A;

/// What can stand between the beginning of a message and its data: two tags, each with a length.
const HEADER: usize = 2 * (1 + 5);

/// What a message may have that is more than a chunk of data, and so must be gathered: a command, which
/// names a path or two, has less.
const GATHERED_LIMIT: usize = 256 << 10;

/// The field of a message that is a chunk of data, which is the chunk's field 1. The tags of fields
/// above 15 have more than one byte, and none of the protocol's is so high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkField {
    /// As answers have it.
    One,
    /// As requests have it.
    Two,
}

impl ChunkField {
    /// Number and kind, as they stand in front of the field.
    fn tag(self) -> u8 {
        match self {
            Self::One => 0x0A,
            Self::Two => 0x12,
        }
    }
}

/// The messages of one direction of a call.
pub struct Pieces<B> {
    body: B,
    field: ChunkField,
    received: Received,
    place: Place,
    limit: usize,
}

impl<B> fmt::Debug for Pieces<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces")
            .field("place", &self.place)
            .field("received", &self.received.length)
            .finish_non_exhaustive()
    }
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

/// What a stream says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Data, at least one byte, and whether its message ends with it.
    Data(Bytes, Ends),
    /// A whole message that has something else than data, or nothing.
    Message(Bytes),
}

/// Whether a message ends with a piece: then it is time to acknowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// It does.
    Message,
    /// There is more of it.
    Nothing,
}

impl<B: Body<Data = Bytes, Error = Status> + Unpin> Pieces<B> {
    /// The messages in `body`; of more than `limit` bytes they are refused.
    pub fn new(body: B, field: ChunkField, limit: usize) -> Self {
        Self {
            body,
            field,
            received: Received::default(),
            place: Place::Between,
            limit,
        }
    }

    /// What comes next; `None` at the end. It can be dropped while it waits, and loses nothing.
    ///
    /// # Errors
    /// What the other side ended the stream with, what broke it, and what is no message.
    pub async fn next(&mut self) -> Result<Option<Piece>, Status> {
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
                Err(frame) => match frame.trailers_ref().and_then(failure_of) {
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
                    } else if length > GATHERED_LIMIT {
                        return Err(Status::out_of_range(format!(
                            "a message that is more than data has {length} bytes, the limit is \
                             {GATHERED_LIMIT}"
                        )));
                    } else if self.received.remaining() < length {
                        return Ok(None);
                    } else {
                        self.place = Place::Between;
                        let message = self.received.copy_to_bytes(length);
                        return Ok(Some(Piece::Message(message)));
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
        for tag in [self.field.tag(), DATA] {
            let before = rest.len();
            if !rest.has_remaining() || rest.get_u8() != tag {
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
        Piece::Data(data, ends)
    }
}

/// The error that headers or trailers of an answer tell of.
pub fn failure_of(headers: &HeaderMap) -> Option<Status> {
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
    /// Not copied where one piece has them all.
    fn copy_to_bytes(&mut self, count: usize) -> Bytes {
        if self.chunk().len() >= count {
            return self.take_piece(count);
        }
        let mut whole = BytesMut::with_capacity(count);
        whole.put(self.take(count));
        whole.freeze()
    }

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
    use alluxio_proto::grpc::block::write_request::Value;
    use alluxio_proto::grpc::block::{Chunk, ReadResponse, WriteRequest, WriteRequestCommand};
    use futures::executor::block_on;
    use prost::Message;

    use super::*;

    const LIMIT: usize = 1 << 20;

    type Stream = Pieces<tonic::body::Body>;

    /// A stream to which these pieces have come, and its end.
    fn stream(pieces: impl IntoIterator<Item = Bytes>, field: ChunkField) -> Stream {
        let mut stream = Pieces::new(tonic::body::Body::empty(), field, LIMIT);
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

    fn chunks(pieces: impl IntoIterator<Item = Bytes>) -> Stream {
        stream(pieces, ChunkField::One)
    }

    /// The data of everything that the stream has, cut where messages end.
    fn messages(mut stream: Stream) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        while let Some(piece) = block_on(stream.next()).unwrap() {
            let (data, ends) = match piece {
                Piece::Data(data, ends) => {
                    assert!(!data.is_empty());
                    (data, ends)
                }
                Piece::Message(message) => {
                    let message = ReadResponse::decode(message).unwrap();
                    let data = message.chunk.and_then(|chunk| chunk.data);
                    (data.unwrap_or_default(), Ends::Message)
                }
            };
            all.last_mut().unwrap().extend_from_slice(&data);
            if ends == Ends::Message && all.last() != Some(&Vec::new()) {
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
                let Piece::Data(data, _) = piece else {
                    panic!("{piece:?}");
                };
                assert_eq!(data.as_ptr().addr(), at);
                at += data.len();
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

    #[test]
    fn of_what_is_more_than_data_only_a_little_is_gathered() {
        let message = |length: usize| {
            let mut head = BytesMut::new();
            head.put_u8(0);
            head.put_u32(u32::try_from(length).unwrap());
            // A field that nobody knows; its bytes have not come.
            head.put_slice(&[0x7A, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0]);
            chunks([head.freeze()])
        };
        let error = block_on(message(GATHERED_LIMIT + 1).next()).unwrap_err();
        assert_eq!(error.code(), Code::OutOfRange);
        let waits = message(GATHERED_LIMIT).parse().unwrap();
        assert_eq!(waits, None);
    }

    #[test]
    fn requests_have_their_chunks_in_another_field_beside_commands() {
        let command = Value::Command(WriteRequestCommand {
            flush: Some(true),
            ..WriteRequestCommand::default()
        });
        let chunk = Value::Chunk(Chunk {
            data: Some(Bytes::from_static(b"data")),
        });
        let sent = [command, chunk].map(|value| {
            let request = WriteRequest { value: Some(value) };
            request.encode_to_vec()
        });
        let wire = [prefixed(&sent[0]), prefixed(&sent[1])].concat();
        let mut stream = stream([wire.into()], ChunkField::Two);
        let mut next = || block_on(stream.next()).unwrap();
        assert_eq!(next(), Some(Piece::Message(sent[0].clone().into())));
        let data = Bytes::from_static(b"data");
        assert_eq!(next(), Some(Piece::Data(data, Ends::Message)));
        assert_eq!(next(), None);
    }
}
