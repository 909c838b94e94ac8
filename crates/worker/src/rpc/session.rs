//! What the two-way calls but `ReadBlock` have in common: a task that owns the stream of requests.
//!
//! In the streams of this protocol a half-close means "done" and a reset means "never mind". The two
//! look alike to a handler that is simply dropped, so every session runs as a task of its own, which
//! lives until it has seen one of them.
//!
//! The other way round it is the same: a stream of answers that just ends means OK, and clients take
//! that for "it is written". So a session that came to no end of its own, because it panicked or the
//! worker stops, ends its answers with an error.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use alluxio_common::{BoxedError, Describe, ErrorCode, Fact};
use alluxio_rpc::{Call, to_status};
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::codegen::BoxStream;

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
pub(super) struct Session<Q, A> {
    /// The worker that serves it.
    pub(super) worker: Arc<Worker>,
    requests: BoxStream<Q>,
    answers: mpsc::Sender<Answer<A>>,
    name: &'static str,
}

/// What a session says.
#[derive(Debug)]
enum Answer<A> {
    /// A message.
    Message(A),
    /// That was all.
    End(Result<(), Status>),
}

/// A session that came to no end.
#[derive(Debug, thiserror::Error)]
enum Interrupted {
    #[error("{call} was broken off: this worker is stopping.")]
    Stopping { call: &'static str },
    #[error("{call} was broken off by a defect of this worker; its log says where.")]
    Panicked { call: &'static str },
}

impl Describe for Interrupted {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Stopping { .. } => ErrorCode::Unavailable,
            Self::Panicked { .. } => ErrorCode::Internal,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        Vec::new()
    }
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
        match self.requests.next().await {
            Some(Ok(request)) => Ok(Next::Request(request)),
            None => Ok(Next::Done),
            Some(Err(_reset)) => Err(Ended::Aborted),
        }
    }

    /// Sends an answer.
    pub(super) async fn answer(&mut self, answer: A) -> Result<(), Ended> {
        self.answers
            .send(Answer::Message(answer))
            .await
            .map_err(|_gone| Ended::Aborted)
    }
}

/// Runs a session, and returns its answers.
pub(super) fn start<Q, A, F, Fut>(
    worker: &Arc<Worker>,
    name: &'static str,
    requests: BoxStream<Q>,
    run: F,
) -> BoxStream<A>
where
    Q: Send + 'static,
    A: Send + 'static,
    F: FnOnce(Session<Q, A>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<(), Ended>> + Send,
{
    let (answers, queue) = mpsc::channel(ANSWER_QUEUE);
    let session = Session {
        worker: Arc::clone(worker),
        requests,
        answers: answers.clone(),
        name,
    };
    let clock = Arc::clone(&worker.clock);
    worker.tasks.spawn(name, async move {
        let log = Call::start(name, &*clock);
        let end = match run(session).await {
            Ok(()) => Ok(()),
            Err(Ended::Aborted) => {
                tracing::debug!(call = name, "the client gave up");
                Err(Status::cancelled("the client gave up"))
            }
            Err(Ended::Failed(error)) => Err(log.fail(error.inner())),
        };
        // Nobody is left to hear it when this fails.
        answers.send(Answer::End(end)).await.ok();
    });
    Box::pin(Answers {
        queue,
        stopping: worker.tasks.token(),
        call: name,
        state: State::Open,
    })
}

/// The answers of a session, as the transport takes them.
#[derive(Debug)]
struct Answers<A> {
    queue: mpsc::Receiver<Answer<A>>,
    /// Cancelled when the worker stops.
    stopping: CancellationToken,
    call: &'static str,
    state: State,
}

/// Whether there is more to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
}

impl<A> Answers<A> {
    /// Why the session is gone without having said its last word.
    fn interrupted(&self) -> Status {
        let call = self.call;
        to_status(&match self.stopping.is_cancelled() {
            true => Interrupted::Stopping { call },
            false => Interrupted::Panicked { call },
        })
    }
}

impl<A> Stream for Answers<A> {
    type Item = Result<A, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.state == State::Ended {
            return Poll::Ready(None);
        }
        let end = match std::task::ready!(self.queue.poll_recv(context)) {
            Some(Answer::Message(answer)) => return Poll::Ready(Some(Ok(answer))),
            Some(Answer::End(end)) => end,
            None => Err(self.interrupted()),
        };
        self.state = State::Ended;
        Poll::Ready(end.err().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn answers() -> (mpsc::Sender<Answer<u8>>, Answers<u8>) {
        let (sender, queue) = mpsc::channel(ANSWER_QUEUE);
        let answers = Answers {
            queue,
            stopping: CancellationToken::new(),
            call: "WriteBlock",
            state: State::Open,
        };
        (sender, answers)
    }

    #[tokio::test]
    async fn answers_end_well_only_after_the_last_word_of_their_session() {
        let (session, mut answers) = answers();
        session.send(Answer::Message(7)).await.unwrap();
        session.send(Answer::End(Ok(()))).await.unwrap();
        assert_eq!(answers.next().await.unwrap().unwrap(), 7);
        assert!(answers.next().await.is_none());
    }

    #[tokio::test]
    async fn a_session_that_vanishes_fails_its_call() {
        let (session, mut answers) = answers();
        drop(session);
        let status = answers.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(answers.next().await.is_none());
    }

    #[tokio::test]
    async fn a_session_of_a_worker_that_stops_tells_the_client_to_go_elsewhere() {
        let (session, mut answers) = answers();
        answers.stopping.cancel();
        drop(session);
        let status = answers.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
}
