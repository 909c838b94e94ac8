//! Unary calls without the machinery that serves streams.
//!
//! The generated code treats every call as a stream of messages in both directions, with buffers
//! and boxes for each. For the few methods that a server answers hundreds of thousands of times,
//! reading one message and writing one message directly saves a tenth of the whole cost of a call.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use prost::Message;
use tonic::Status;
use tonic::metadata::{GRPC_CONTENT_TYPE, MetadataMap};

/// What stands before each message: a flag for compression, and the length.
const PREFIX: usize = 5;

/// Answers one call with the handler's answer.
pub(super) async fn answer<B, Q, A, Fut>(
    request: Request<B>,
    max_message_bytes: usize,
    handler: impl FnOnce(tonic::Request<Q>) -> Fut,
) -> Result<Response<tonic::body::Body>, Infallible>
where
    B: Body<Data = Bytes, Error = Status>,
    Q: Message + Default,
    A: Message,
    Fut: Future<Output = Result<tonic::Response<A>, Status>>,
{
    let (head, body) = request.into_parts();
    // What is large counts as long as it is being answered.
    let mut body = pin!(body);
    let message = match read(body.as_mut(), max_message_bytes).await {
        Ok(message) => message,
        Err(status) => return Ok(status.into_http()),
    };
    let metadata = MetadataMap::from_headers(head.headers);
    let request = tonic::Request::from_parts(metadata, head.extensions, message);
    Ok(match handler(request).await {
        Ok(response) => reply(response),
        Err(status) => status.into_http(),
    })
}

/// The one message of a request.
async fn read<B, Q>(mut body: Pin<&mut B>, max_message_bytes: usize) -> Result<Q, Status>
where
    B: Body<Data = Bytes, Error = Status>,
    Q: Message + Default,
{
    // A small message comes in one piece, and is decoded where it lies.
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await
    {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if first.is_empty() {
            first = data;
        } else {
            if more.is_empty() {
                more.extend_from_slice(&first);
            }
            more.extend_from_slice(&data);
        }
        check_length(
            if more.is_empty() { &first } else { &more },
            max_message_bytes,
        )?;
    }
    decode(if more.is_empty() {
        first
    } else {
        more.freeze()
    })
}

/// Stops reading as soon as it is clear that the message is too long.
fn check_length(bytes: &[u8], max_message_bytes: usize) -> Result<(), Status> {
    let announced = bytes
        .get(1..PREFIX)
        .map_or(0, |mut length| length.get_u32() as usize);
    if announced > max_message_bytes || bytes.len() > max_message_bytes + PREFIX {
        return Err(Status::out_of_range(format!(
            "the message has {} bytes, and this server takes {max_message_bytes}",
            announced.max(bytes.len() - PREFIX)
        )));
    }
    Ok(())
}

fn decode<Q: Message + Default>(mut bytes: Bytes) -> Result<Q, Status> {
    if bytes.len() < PREFIX {
        return Err(Status::internal("the request holds no message"));
    }
    let (compressed, length) = (bytes.get_u8() != 0, bytes.get_u32() as usize);
    if compressed {
        return Err(Status::unimplemented(
            "compressed messages are not supported",
        ));
    }
    if bytes.len() != length {
        return Err(Status::internal(format!(
            "the request announces a message of {length} bytes and holds {}",
            bytes.len()
        )));
    }
    Q::decode(bytes).map_err(|error| Status::internal(format!("the message is damaged: {error}")))
}

fn reply<A: Message>(response: tonic::Response<A>) -> Response<tonic::body::Body> {
    let (metadata, message, extensions) = response.into_parts();
    let length = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(PREFIX + length);
    bytes.put_u8(0);
    let Ok(announced) = u32::try_from(length) else {
        return Status::out_of_range("the answer is longer than a message can be").into_http();
    };
    bytes.put_u32(announced);
    message.encode_raw(&mut bytes);
    let body = tonic::body::Body::new(OneMessage {
        message: Some(bytes.freeze()),
        is_done: false,
    });
    let mut response = Response::new(body);
    *response.headers_mut() = metadata.into_headers();
    *response.extensions_mut() = extensions;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, GRPC_CONTENT_TYPE);
    response
}

/// The body of a good answer: one message, and the trailer that says so.
#[derive(Debug)]
struct OneMessage {
    message: Option<Bytes>,
    is_done: bool,
}

impl Body for OneMessage {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(message) = self.message.take() {
            return Poll::Ready(Some(Ok(Frame::data(message))));
        }
        if self.is_done {
            return Poll::Ready(None);
        }
        self.is_done = true;
        let mut trailers = HeaderMap::with_capacity(1);
        trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_done
    }
}

#[cfg(test)]
mod tests {
    use alluxio_proto::grpc::file::GetStatusPRequest;
    use futures::{StreamExt, stream};
    use http_body_util::StreamBody;
    use proptest::prelude::*;
    use tonic::Code;

    use super::*;

    const LIMIT: usize = 1_000;

    fn message(path: &str) -> GetStatusPRequest {
        GetStatusPRequest {
            path: Some(path.to_owned()),
            options: None,
        }
    }

    fn framed(message: &GetStatusPRequest) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.put_u32(message.encoded_len() as u32);
        message.encode_raw(&mut bytes);
        bytes
    }

    /// Reads a request that arrives in these pieces.
    fn read_pieces(pieces: Vec<Bytes>) -> Result<GetStatusPRequest, Code> {
        let frames = stream::iter(pieces).map(|piece| Ok::<_, Status>(Frame::data(piece)));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let message = runtime
            .expect("a runtime without drivers always starts")
            .block_on(read(pin!(StreamBody::new(frames)), LIMIT));
        message.map_err(|status| status.code())
    }

    proptest! {
        #[test]
        fn a_message_is_read_however_it_is_cut(
            path in "[a-z/]{0,200}",
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5)
        ) {
            let bytes = Bytes::from(framed(&message(&path)));
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces = at.windows(2).map(|pair| bytes.slice(pair[0]..pair[1])).collect();
            prop_assert_eq!(read_pieces(pieces), Ok(message(&path)));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _read_or_refused = read_pieces(vec![bytes.into()]);
        }
    }

    #[test]
    fn what_is_no_single_message_is_refused() {
        let whole = framed(&message("/a"));
        let shorter = Bytes::copy_from_slice(&whole[..whole.len() - 1]);
        assert_eq!(read_pieces(vec![shorter]), Err(Code::Internal));
        let longer = vec![whole.clone().into(), Bytes::from_static(b"x")];
        assert_eq!(read_pieces(longer), Err(Code::Internal));
        assert_eq!(read_pieces(Vec::new()), Err(Code::Internal));
        let mut compressed = whole;
        compressed[0] = 1;
        assert_eq!(
            read_pieces(vec![compressed.into()]),
            Err(Code::Unimplemented)
        );
    }

    #[test]
    fn a_message_that_announces_too_much_is_refused_before_it_arrives() {
        let announced = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(read_pieces(vec![announced]), Err(Code::OutOfRange));
        let at_the_limit = message(&"x".repeat(LIMIT - 3));
        assert_eq!(at_the_limit.encoded_len(), LIMIT);
        assert!(read_pieces(vec![framed(&at_the_limit).into()]).is_ok());
        let above = framed(&message(&"x".repeat(LIMIT - 2)));
        assert_eq!(read_pieces(vec![above.into()]), Err(Code::OutOfRange));
    }
}
