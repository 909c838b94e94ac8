//! One HTTP/2 connection of a client.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::arriving::Caller;
use super::batch::{Batched, Buffers};
use super::builder::Lifecycle;
use super::executor::{Calls, EagerExecutor, Handover};
use super::lasting::{InPieces, LastPiece};
use super::newcomer::{FirstCall, Newcomer, PREFACE, take_preface};
use super::router::{Answer, Router};
use super::unfinished::Unfinished;
use crate::limits;
use crate::socket::{Peer, Socket};

/// Handshake streams stay open as long as their channels live, and clients in Java queue silently
/// above the limit. A JVM keeps up to 500 channels of each kind in its pools, and has a call
/// running on many of them.
const MAX_STREAMS: u32 = 20_000;

/// One header block. Clients send a path, a channel id and a deadline.
const MAX_HEADERS: u32 = 16 * 1024;

/// A peer that vanished without a word is found out after so long, so that its channels do not stay
/// for ever.
const KEEPALIVE_INTERVAL: Duration = Duration::from_mins(2);

/// How long such a peer has for its answer.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(30);

/// Streams that a client gave up before they were looked at, and that are still to be forgotten. A
/// reader that closes early does this all the time, so it is far above the default of 20.
const MAX_PENDING_RESETS: usize = 1_024;

/// A connection that has just come.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) socket: Socket,
    pub(super) peer: Peer,
    pub(super) newcomer: Newcomer,
    /// What the server holds of requests.
    pub(super) unfinished: Arc<Unfinished>,
}

/// Answers the calls of one connection until it closes or the server stops.
///
/// Pings of clients are answered however often they come. Streams that end with frames still
/// arriving are normal here (a reader acknowledges blocks until the last moment), so they do not
/// count against the peer.
pub(super) async fn serve_connection(
    accepted: Accepted,
    router: Arc<Router>,
    lifecycle: Lifecycle,
    buffers: Buffers,
) {
    let _counted = lifecycle.connections.token();
    let Accepted {
        socket,
        peer,
        newcomer,
        unfinished,
    } = accepted;
    let mut silence = std::pin::pin!(newcomer.outstays());
    let speaks = tokio::select! {
        speaks = take_preface(&socket) => speaks.unwrap_or(false),
        () = &mut silence => false,
        () = lifecycle.stop.cancelled() => false,
    };
    if !speaks {
        tracing::debug!(%peer, "connection without a word of HTTP/2 is closed");
        return;
    }
    let handover = Arc::<Handover>::default();
    let mut builder = http2::Builder::new(EagerExecutor::new(Arc::clone(&handover)));
    builder
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .initial_stream_window_size(limits::STREAM_WINDOW)
        .initial_connection_window_size(limits::CONNECTION_WINDOW)
        .max_frame_size(limits::MAX_FRAME)
        .max_send_buf_size(limits::SEND_BUFFER)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADERS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(None)
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT);
    let calls = Calls::new(Arc::clone(&handover));
    let last_piece = LastPiece::default();
    let parts = (buffers, last_piece.clone());
    let mut connection = Batched::new(socket, calls, parts, |socket| {
        let requests = Requests {
            router,
            last_piece,
            caller: Arc::new(Caller { peer, unfinished }),
            handover,
            first_call: newcomer.first_call(),
        };
        builder.serve_connection(TokioIo::new(socket.after(PREFACE)), requests)
    });
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = &mut silence => {
            tracing::debug!(%peer, "connection without a call is closed");
            Ok(())
        }
        () = lifecycle.stop.cancelled() => {
            connection.connection().graceful_shutdown();
            tokio::select! {
                ended = &mut connection => ended,
                () = lifecycle.cut.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended with an error");
    }
}

/// What answers the requests of one connection, as hyper wants it.
struct Requests {
    router: Arc<Router>,
    caller: Arc<Caller>,
    handover: Arc<Handover>,
    first_call: Arc<FirstCall>,
    last_piece: LastPiece,
}

/// The answer to one call, when it comes.
struct Answering {
    answer: Answer,
    last_piece: LastPiece,
}

impl Future for Answering {
    type Output = Result<Response<InPieces>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answered = Pin::new(&mut self.answer).poll(context);
        answered.map_ok(|answer| InPieces::of(answer, &self.last_piece))
    }
}

impl hyper::service::Service<Request<Incoming>> for Requests {
    type Response = Response<InPieces>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Incoming>) -> Answering {
        self.first_call.note();
        // Hyper executes the call right after this, before it looks at the next request.
        let (answer, place) = self.router.call(request, &self.caller);
        self.handover.place_next(place);
        Answering {
            answer,
            last_piece: self.last_piece.clone(),
        }
    }
}
