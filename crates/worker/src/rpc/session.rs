//! What the two-way calls but `ReadBlock` have in common: a task that owns the stream of requests.
//!
//! In the streams of this protocol a half-close means "done" and a reset means "never mind". The two
//! look alike to a handler that is simply dropped, so every session runs as a task of its own, which
//! lives until it has seen one of them.

use std::future::Future;
use std::sync::Arc;

use alluxio_common::BoxedError;
use alluxio_rpc::Call;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::BoxStream;
use tonic::{Status, Streaming};

use super::request::BadRequest;
use crate::worker::Worker;

/// Answers that wait for the transport. A session answers each request at most once, and a client
/// waits for the answer before it asks again.
const ANSWER_QUEUE: usize = 4;

/// Why a session ended without success.
#[derive(Debug)]
pub(super) enum Ended {
    /// The client gave up, or is gone: nobody is there to be told.
    Aborted,
    /// It failed, and the client hears why.
    Failed(BoxedError),
}

impl<E: Into<BoxedError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// One two-way call.
#[derive(Debug)]
pub(super) struct Session<Q, A> {
    /// The worker that serves it.
    pub(super) worker: Arc<Worker>,
    requests: Streaming<Q>,
    answers: mpsc::Sender<Result<A, Status>>,
    name: &'static str,
}

/// What the client says next.
#[derive(Debug)]
pub(super) enum Next<Q> {
    /// A message.
    Request(Q),
    /// It has closed its half: it is done.
    Done,
}

impl<Q, A> Session<Q, A> {
    /// The first message.
    pub(super) async fn first(&mut self) -> Result<Q, Ended> {
        match self.next().await? {
            Next::Request(request) => Ok(request),
            Next::Done => Err(BadRequest::NoFirstMessage { call: self.name }.into()),
        }
    }

    /// The next message, or the end.
    pub(super) async fn next(&mut self) -> Result<Next<Q>, Ended> {
        match self.requests.message().await {
            Ok(Some(request)) => Ok(Next::Request(request)),
            Ok(None) => Ok(Next::Done),
            Err(_reset) => Err(Ended::Aborted),
        }
    }

    /// Sends an answer.
    pub(super) async fn answer(&self, answer: A) -> Result<(), Ended> {
        self.answers
            .send(Ok(answer))
            .await
            .map_err(|_gone| Ended::Aborted)
    }
}

/// Runs a session, and returns its answers.
pub(super) fn start<Q, A, F, Fut>(
    worker: &Arc<Worker>,
    name: &'static str,
    requests: Streaming<Q>,
    run: F,
) -> BoxStream<A>
where
    Q: Send + 'static,
    A: Send + 'static,
    F: FnOnce(Session<Q, A>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<(), Ended>> + Send,
{
    let (answers, receiver) = mpsc::channel(ANSWER_QUEUE);
    let session = Session {
        worker: Arc::clone(worker),
        requests,
        answers: answers.clone(),
        name,
    };
    let clock = Arc::clone(&worker.clock);
    worker.tasks.spawn(name, async move {
        let log = Call::start(name, &*clock);
        match run(session).await {
            Ok(()) => {}
            Err(Ended::Aborted) => tracing::debug!(call = name, "the client gave up"),
            Err(Ended::Failed(error)) => {
                // Nobody is left to hear it when this fails.
                answers.send(Err(log.fail(error.inner()))).await.ok();
            }
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}
