//! A client stream that can be taken back.
//!
//! On the wire, the end of a client's stream commits what was written, and a reset discards it. A
//! generated stub can only end a stream, so this codec knows one more thing to send: nothing, and
//! a reset.

use std::marker::PhantomData;

use futures::{Stream, StreamExt, stream};
use prost::Message;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// What the client sends next.
#[derive(Debug)]
pub(crate) enum Outgoing<T> {
    /// A message.
    Message(T),
    /// A reset instead of an end.
    Abort,
}

/// The sending half. Dropping it resets the stream; [`AbortableSender::finish`] ends it.
#[derive(Debug)]
pub(crate) struct AbortableSender<T> {
    // Fields drop in this order: the abort is known before the queue looks closed.
    abort: DropGuard,
    messages: mpsc::Sender<T>,
}

impl<T> AbortableSender<T> {
    /// Waits for room and queues the message; `false` when the stream has ended at the other side.
    pub(crate) async fn send(&self, message: T) -> bool {
        self.messages.send(message).await.is_ok()
    }

    /// Ends the stream: what was written is committed.
    pub(crate) fn finish(self) {
        drop(self.abort.disarm());
    }
}

/// A sender, and the stream to call with. `capacity` messages may wait.
pub(crate) fn channel<T: Send + 'static>(
    capacity: usize,
) -> (
    AbortableSender<T>,
    impl Stream<Item = Outgoing<T>> + Unpin + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel(capacity);
    let token = CancellationToken::new();
    let aborted = token.clone();
    let outgoing = stream::unfold(Some(receiver), move |receiver| {
        let aborted = aborted.clone();
        async move {
            let mut receiver: mpsc::Receiver<T> = receiver?;
            tokio::select! {
                biased;
                () = aborted.cancelled() => Some((Outgoing::Abort, None)),
                message = receiver.recv() => match message {
                    Some(message) => Some((Outgoing::Message(message), Some(receiver))),
                    // The abort may have come after the first branch was looked at.
                    None if aborted.is_cancelled() => Some((Outgoing::Abort, None)),
                    None => None,
                },
            }
        }
    });
    (
        AbortableSender {
            abort: token.drop_guard(),
            messages: sender,
        },
        outgoing.boxed(),
    )
}

/// Encodes messages as protobuf, and turns [`Outgoing::Abort`] into a reset.
#[derive(Debug)]
pub(crate) struct AbortableCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> AbortableCodec<T, U> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for AbortableCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = Outgoing<T>;
    type Decode = U;
    type Encoder = AbortableEncoder<T>;
    type Decoder = PlainDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        AbortableEncoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        PlainDecoder(PhantomData)
    }
}

#[derive(Debug)]
pub(crate) struct AbortableEncoder<T>(PhantomData<T>);

impl<T: Message> Encoder for AbortableEncoder<T> {
    type Item = Outgoing<T>;
    type Error = Status;

    fn encode(&mut self, item: Self::Item, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        match item {
            Outgoing::Message(message) => message
                .encode(buffer)
                .map_err(|error| Status::internal(error.to_string())),
            Outgoing::Abort => Err(Status::cancelled("the writer gave up")),
        }
    }

    fn buffer_settings(&self) -> BufferSettings {
        // One chunk of block data and its frame.
        BufferSettings::new(64 << 10, 1 << 20)
    }
}

#[derive(Debug)]
pub(crate) struct PlainDecoder<U>(PhantomData<U>);

impl<U: Message + Default> Decoder for PlainDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        U::decode(buffer)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
