//! [`Chunks`]: the block data of a stream, in the pieces in which it arrived.

use alluxio_proto::grpc::block::{ReadRequest, ReadResponse};
use alluxio_rpc::{Channel, ChunkField, Ends, Piece, Pieces};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tonic::codec::{Codec, EncodeBody};

use super::abortable::{AbortableCodec, Outgoing};
use super::call::call;

/// The data of one call of `ReadBlock`.
#[derive(Debug)]
pub(super) struct Chunks(Pieces<Body>);

/// A piece of data, at least one byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DataPiece {
    pub(super) data: Bytes,
    pub(super) ends: Ends,
}

impl Chunks {
    /// Calls `path` with a stream of requests. Answers of more than `limit` bytes are refused.
    pub(super) async fn call(
        channel: Channel,
        path: &'static str,
        requests: impl Stream<Item = ReadRequest> + Send + 'static,
        limit: usize,
    ) -> Result<Self, Status> {
        let encoder = AbortableCodec::<ReadRequest, ReadResponse>::new().encoder();
        let requests = requests.map(|request| Ok(Outgoing::Message(request)));
        let body = Body::new(EncodeBody::new_client(encoder, requests, None, None));
        let body = call(channel, path, body).await?;
        Ok(Self(Pieces::new(body, ChunkField::One, limit)))
    }

    /// The next data; `None` at the end. It can be dropped while it waits, and loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<DataPiece>, Status> {
        while let Some(piece) = self.0.next().await? {
            let (data, ends) = match piece {
                Piece::Data(data, ends) => (data, ends),
                Piece::Message(message) => (data_of(message)?, Ends::Message),
            };
            if !data.is_empty() {
                return Ok(Some(DataPiece { data, ends }));
            }
        }
        Ok(None)
    }
}

/// The data of a message that has something else, too, or nothing.
fn data_of(message: Bytes) -> Result<Bytes, Status> {
    let message =
        ReadResponse::decode(message).map_err(|error| Status::internal(error.to_string()))?;
    let data = message.chunk.and_then(|chunk| chunk.data);
    Ok(data.unwrap_or_default())
}
