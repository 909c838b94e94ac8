//! [`WriteBody`]: what a writer sends, with its data as it is.
//!
//! The usual encoder copies each message into a buffer of its own. Here only what stands in front of
//! the data is written anew.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use alluxio_proto::grpc::block::WriteRequest;
use alluxio_proto::grpc::block::write_request::Value;
use bytes::{BufMut, Bytes, BytesMut};
use futures::Stream;
use http_body::{Body, Frame};
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};
use tonic::Status;

use super::abortable::Outgoing;

/// Shorter data is copied: a frame of its own would cost more.
const UNCOPIED_FROM: usize = 16 << 10;

/// What stands before each message: whether it is compressed, and its length in four bytes.
const PREFIX: usize = 5;

/// What can stand between the beginning of a message and its data: two tags, each with a length.
const HEADER: usize = 2 * (1 + 5);

/// The number of the field of a request that is a chunk.
const CHUNK: u32 = 2;

/// The number of the field of a chunk that is its data.
const DATA: u32 = 1;

/// The body of a call of `WriteBlock`.
#[derive(Debug)]
pub(super) struct WriteBody<S> {
    outgoing: S,
    /// The data of a message whose front was handed out.
    data: Option<Bytes>,
}

impl<S> WriteBody<S> {
    pub(super) fn new(outgoing: S) -> Self {
        Self {
            outgoing,
            data: None,
        }
    }
}

impl<S: Stream<Item = Outgoing<WriteRequest>> + Unpin> Body for WriteBody<S> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let request = match ready!(Pin::new(&mut self.outgoing).poll_next(context)) {
            Some(Outgoing::Message(request)) => request,
            Some(Outgoing::Abort) => {
                return Poll::Ready(Some(Err(Status::cancelled("the writer gave up"))));
            }
            None => return Poll::Ready(None),
        };
        let front = match uncopied(&request) {
            Some(data) => {
                let front = front_of(data.len());
                self.data = Some(data);
                front
            }
            None => whole(&request),
        };
        Poll::Ready(Some(front.map(Frame::data)))
    }
}

/// The data of a request that is a large chunk.
fn uncopied(request: &WriteRequest) -> Option<Bytes> {
    let Some(Value::Chunk(chunk)) = &request.value else {
        return None;
    };
    let data = chunk.data.as_ref()?;
    (data.len() >= UNCOPIED_FROM).then(|| data.clone())
}

/// What stands in front of so much data.
fn front_of(data: usize) -> Result<Bytes, Status> {
    let length = data as u64;
    let chunk = 1 + encoded_len_varint(length) as u64 + length;
    let message = 1 + encoded_len_varint(chunk) as u64 + chunk;
    let mut front = BytesMut::with_capacity(PREFIX + HEADER);
    put_prefix(&mut front, message)?;
    encode_key(CHUNK, WireType::LengthDelimited, &mut front);
    encode_varint(chunk, &mut front);
    encode_key(DATA, WireType::LengthDelimited, &mut front);
    encode_varint(length, &mut front);
    Ok(front.freeze())
}

fn whole(request: &WriteRequest) -> Result<Bytes, Status> {
    let length = request.encoded_len();
    let mut bytes = BytesMut::with_capacity(PREFIX + length);
    put_prefix(&mut bytes, length as u64)?;
    request.encode_raw(&mut bytes);
    Ok(bytes.freeze())
}

fn put_prefix(bytes: &mut BytesMut, message: u64) -> Result<(), Status> {
    let length = u32::try_from(message);
    let length = length.map_err(|_large| Status::out_of_range("a message above 4 GiB"))?;
    bytes.put_u8(0);
    bytes.put_u32(length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use alluxio_proto::grpc::block::{Chunk, WriteRequestCommand};
    use futures::executor::block_on;
    use futures::stream;
    use http_body_util::BodyExt;

    use super::*;

    fn chunk(data: Bytes) -> WriteRequest {
        WriteRequest {
            value: Some(Value::Chunk(Chunk { data: Some(data) })),
        }
    }

    #[test]
    fn a_body_is_byte_for_byte_what_a_generator_would_write() {
        let command = WriteRequest {
            value: Some(Value::Command(WriteRequestCommand {
                id: Some(7),
                ..WriteRequestCommand::default()
            })),
        };
        let lengths = [0, 1, 127, 128, UNCOPIED_FROM - 1, UNCOPIED_FROM, 3 << 20];
        let chunks = lengths.map(|length| chunk(vec![7; length].into()));
        let requests = [&[command.clone()][..], &chunks, &[command]].concat();
        let mut expected = Vec::new();
        for request in &requests {
            let message = request.encode_to_vec();
            expected.push(0);
            expected.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
            expected.extend(message);
        }
        let outgoing = stream::iter(requests.into_iter().map(Outgoing::Message));
        let body = block_on(WriteBody::new(outgoing).collect()).unwrap();
        assert_eq!(body.to_bytes(), expected);
    }

    #[test]
    fn large_data_is_not_copied() {
        let data = Bytes::from(vec![7; UNCOPIED_FROM]);
        let outgoing = stream::iter([Outgoing::Message(chunk(data.clone()))]);
        let mut body = WriteBody::new(outgoing);
        block_on(body.frame());
        let sent = block_on(body.frame()).unwrap().unwrap();
        assert_eq!(sent.data_ref().unwrap().as_ptr(), data.as_ptr());
    }

    #[test]
    fn a_writer_that_gives_up_breaks_the_call_off() {
        let outgoing = [Outgoing::Message(chunk(Bytes::new())), Outgoing::Abort];
        let body = WriteBody::new(stream::iter(outgoing));
        assert!(block_on(body.collect()).is_err());
    }
}
