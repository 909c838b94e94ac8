//! [`Attempts`]: the tries of one read.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Describe, ErrorCode, Retry};
use tracing::{debug, info, warn};

use super::source::{BlockSource, Via};
use crate::context::Context;
use crate::error::ClientError;
use crate::file_system::FileSystem;

/// The tries of one read: which workers failed, and for how long it may go on.
pub(super) struct Attempts {
    context: Arc<Context>,
    /// The workers that failed in this round.
    pub(super) failed: HashSet<String>,
    /// The holders of the block that could not be asked, in any round. The master may have given them
    /// up meanwhile, but they may come back with the block.
    silent: HashSet<String>,
    /// What the store has said, as long as nothing else went wrong in this round.
    answer: Answer,
    deadline: Duration,
    pause: Duration,
}

/// What is known of the store in this round.
enum Answer {
    /// Nobody has asked it yet.
    None,
    /// It refuses.
    Refusal(ClientError),
    /// Somebody could not be asked.
    Unknown,
}

/// Where the tries stand after a failure.
pub(super) enum Round {
    /// Others can still be asked.
    GoesOn,
    /// Everybody has failed, with this error last, and some time has passed.
    Over(ClientError),
    /// Everybody was asked and has the same to tell: the store does not give the bytes.
    Answered(ClientError),
}

impl Attempts {
    pub(super) fn new(file_system: &FileSystem) -> Self {
        let context = Arc::clone(file_system.context());
        let retry = context.conf.block_read_retry;
        Self {
            failed: HashSet::new(),
            silent: HashSet::new(),
            answer: Answer::None,
            deadline: context.clock.monotonic() + retry.total,
            pause: retry.first_pause,
            context,
        }
    }

    /// Notes a failed source. Fails when another try makes no sense.
    pub(super) async fn failed(
        &mut self,
        source: Option<BlockSource>,
        error: ClientError,
    ) -> Result<Round, ClientError> {
        // A holder that failed may only be starting again; and the file may be in the store by now.
        let may_return = matches!(error, ClientError::BlockLost { .. })
            && !(self.silent.is_empty() && self.failed.is_empty());
        let retry = error.retry_read();
        if (retry == Retry::Never && !may_return) || self.context.clock.monotonic() >= self.deadline
        {
            return Err(error);
        }
        if matches!(error, ClientError::WorkerSilent { .. }) {
            warn!(%error, "read is tried elsewhere");
        } else {
            debug!(%error, "read is tried again");
        }
        if let Some(source) = source
            && self.failed.insert(source.worker.data_address())
        {
            if source.via != Via::Ufs {
                self.note_holder(source.worker.data_address(), &error);
            }
            self.answer = if source.via != Via::Ufs || !error.is_answer_of_store() {
                Answer::Unknown
            } else {
                self.answer.and(error)
            };
            return Ok(Round::GoesOn);
        }
        self.failed.clear();
        self.context.forget_workers();
        if let Answer::Refusal(refusal) = std::mem::replace(&mut self.answer, Answer::None) {
            return Ok(Round::Answered(refusal));
        }
        // Everybody has failed once: all get another chance after a while.
        info!(%error, pause = ?self.pause, "nobody gives the bytes, all are asked again");
        tokio::time::sleep(self.pause).await;
        let longest = self.context.conf.block_read_retry.longest_pause;
        self.pause = (self.pause * 2).min(longest);
        Ok(Round::Over(error))
    }

    /// Notes whether a holder still has the block, for all that one can know.
    fn note_holder(&mut self, worker: String, error: &ClientError) {
        if error.code() == ErrorCode::BlockNotFound {
            self.silent.remove(&worker);
        } else {
            self.silent.insert(worker);
        }
    }
}

impl Answer {
    /// One more refusal of the store.
    fn and(&self, refusal: ClientError) -> Self {
        match self {
            Self::None | Self::Refusal(_) => Self::Refusal(refusal),
            Self::Unknown => Self::Unknown,
        }
    }
}
