//! [`messages`]: what a writer sends, with its data in the pieces in which it came.
//!
//! Generated code would gather each message first, which copies every byte once more.

use alluxio_proto::grpc::block::write_request::Value;
use alluxio_proto::grpc::block::{WriteRequest, WriteRequestCommand};
use alluxio_rpc::{ChunkField, Ends, Piece, Pieces};
use bytes::Bytes;
use futures::stream;
use http_body::Body;
use prost::Message;
use tonic::Status;
use tonic::codegen::BoxStream;

/// So much of a message is handed on though it has more: what is handed on at once is written at
/// once, and is still in the cache of the core then.
const BATCH: usize = 256 << 10;

/// No more pieces than that are handed on at once, however small they are: what one call of the
/// kernel writes.
const MOST_PIECES: usize = 64;

/// What a writer says.
#[derive(Debug, PartialEq)]
pub(super) enum WriteMessage {
    Command(Box<WriteRequestCommand>),
    /// Data, none or some.
    Data(Vec<Bytes>),
    /// Nothing that is known here.
    Unknown,
}

/// The messages of a call; of more than `limit` bytes they are refused.
pub(super) fn messages<B>(body: B, limit: usize) -> BoxStream<WriteMessage>
where
    B: Body<Data = Bytes, Error = Status> + Unpin + Send + 'static,
{
    let pieces = Pieces::new(body, ChunkField::Two, limit);
    Box::pin(stream::try_unfold(pieces, async |mut pieces| {
        let next = next(&mut pieces).await?;
        Ok(next.map(|message| (message, pieces)))
    }))
}

async fn next<B>(pieces: &mut Pieces<B>) -> Result<Option<WriteMessage>, Status>
where
    B: Body<Data = Bytes, Error = Status> + Unpin,
{
    let (mut data, mut length) = (Vec::new(), 0);
    // The end comes between messages, so that no data waits here then.
    while let Some(piece) = pieces.next().await? {
        let (bytes, ends) = match piece {
            Piece::Data(bytes, ends) => (bytes, ends),
            Piece::Message(message) => return parse(message).map(Some),
        };
        length += bytes.len();
        data.push(bytes);
        if ends == Ends::Message || length >= BATCH || data.len() == MOST_PIECES {
            return Ok(Some(WriteMessage::Data(data)));
        }
    }
    Ok(None)
}

/// A message that is more than a chunk, or something else.
fn parse(message: Bytes) -> Result<WriteMessage, Status> {
    let request = WriteRequest::decode(message);
    let request = request.map_err(|error| Status::internal(error.to_string()))?;
    Ok(match request.value {
        Some(Value::Command(command)) => WriteMessage::Command(Box::new(command)),
        Some(Value::Chunk(chunk)) => WriteMessage::Data(chunk.data.into_iter().collect()),
        None => WriteMessage::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use alluxio_proto::grpc::block::Chunk;
    use futures::executor::block_on_stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    const LIMIT: usize = 2 << 20;

    fn prefixed(value: Value) -> Vec<u8> {
        let message = WriteRequest { value: Some(value) }.encode_to_vec();
        let length = u32::try_from(message.len()).unwrap();
        [&[0], &length.to_be_bytes()[..], &message].concat()
    }

    fn chunk(data: &[u8]) -> Vec<u8> {
        prefixed(Value::Chunk(Chunk {
            data: Some(Bytes::copy_from_slice(data)),
        }))
    }

    /// What a writer says whose bytes come in frames of this size, and then its half-close.
    fn said(wire: &[u8], frame: usize) -> Vec<Result<WriteMessage, Status>> {
        let frames = wire.chunks(frame).map(Bytes::copy_from_slice);
        let frames: Vec<_> = frames.map(|frame| Ok(Frame::data(frame))).collect();
        let body = StreamBody::new(stream::iter(frames));
        block_on_stream(messages(body, LIMIT)).collect()
    }

    #[test]
    fn a_writer_is_understood_wherever_its_messages_are_cut() {
        let command = WriteRequestCommand {
            flush: Some(true),
            ..WriteRequestCommand::default()
        };
        let wire = [
            chunk(&[1; 700]),
            prefixed(Value::Command(command.clone())),
            chunk(b""),
            chunk(&[2; 90]),
        ]
        .concat();
        for frame in [1, 2, 3, 50, 699, 710, wire.len()] {
            let (mut data, mut commands) = (Vec::new(), Vec::new());
            for message in said(&wire, frame) {
                match message.unwrap() {
                    WriteMessage::Data(pieces) => data.extend(pieces.concat()),
                    WriteMessage::Command(command) => commands.push((data.len(), command)),
                    WriteMessage::Unknown => panic!("nothing of this was sent"),
                }
            }
            assert_eq!(data, [vec![1; 700], vec![2; 90]].concat());
            assert_eq!(commands, [(700, Box::new(command.clone()))]);
        }
    }

    #[test]
    fn data_comes_in_batches_of_a_few_pieces() {
        let wire = chunk(&vec![7; 1 << 20]);
        for frame in [100, 16 << 10, 1 << 20] {
            let messages = said(&wire, frame);
            for message in &messages {
                let Ok(WriteMessage::Data(pieces)) = message else {
                    panic!("{message:?}");
                };
                let length = pieces.iter().map(Bytes::len).sum::<usize>();
                assert!(pieces.len() <= MOST_PIECES && length < BATCH + frame);
            }
            assert!(messages.len() >= 2);
        }
    }

    #[test]
    fn a_writer_that_breaks_off_has_said_nothing_like_an_end() {
        let wire = chunk(&[7; 500]);
        for end in 1..wire.len() {
            let messages = said(&wire[..end], 100);
            assert!(messages.last().unwrap().is_err(), "{end}");
        }
    }
}
