//! [`Jobs`]: many copies at once, each a task of its own, reported in the order of their start.

use std::collections::VecDeque;

use futures::future::BoxFuture;
use indicatif::ProgressBar;
use tokio::sync::oneshot;

use crate::shell::{CleansUp, CommandError, Interruption, Outcome, Progress, Session};

/// Copies that run, at most so many at a time.
pub(super) struct Jobs<'a> {
    session: &'a Session,
    limit: usize,
    running: VecDeque<Job>,
    errors: Vec<String>,
    progress: Progress,
    /// A copy that is interrupted removes what it has made.
    _cleans_up: CleansUp,
}

/// What a copy looks at and moves while it runs.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Counts the bytes that have been copied.
    pub(super) bar: ProgressBar,
    /// Whether the user wants it to end.
    pub(super) interruption: Interruption,
}

struct Job {
    /// What is printed when it has worked.
    success: String,
    /// What stands in front of the error when it has not.
    failure: String,
    done: oneshot::Receiver<Outcome>,
}

impl<'a> Jobs<'a> {
    pub(super) fn new(session: &'a Session, limit: usize) -> Self {
        Self {
            session,
            limit,
            running: VecDeque::new(),
            errors: Vec::new(),
            progress: Progress::bytes(&session.output),
            _cleans_up: session.interruption.listen(),
        }
    }

    /// What a copy looks at while it runs.
    pub(super) fn watch(&self) -> Watch {
        Watch {
            bar: self.progress.bar().clone(),
            interruption: self.session.interruption.clone(),
        }
    }

    /// # Errors
    /// When nothing more may be begun, because the user wants the command to end.
    pub(super) fn may_go_on(&self) -> Outcome {
        self.session.interruption.check()
    }

    /// Starts a copy, when there is room for it.
    pub(super) async fn start(
        &mut self,
        success: String,
        failure: String,
        copy: BoxFuture<'static, Outcome>,
    ) {
        while self.running.len() >= self.limit {
            self.finish_one().await;
        }
        let (sender, done) = oneshot::channel();
        self.session.tasks.spawn("copy", async move {
            // Nobody listens any more when the command has ended.
            drop(sender.send(copy.await));
        });
        self.running.push_back(Job {
            success,
            failure,
            done,
        });
    }

    /// Notes a failure that needed no copy.
    pub(super) fn failed(&mut self, failure: impl Into<String>) {
        self.errors.push(failure.into());
    }

    /// Prints a line after everything that was started before.
    pub(super) async fn say(&mut self, line: String) {
        while !self.running.is_empty() {
            self.finish_one().await;
        }
        self.session.output.line(line);
    }

    /// Waits for the rest: however a command ends, no copy runs on behind its back. What failed is
    /// left for the caller to report.
    ///
    /// # Errors
    /// When the user wants the command to end; then there is nothing to report.
    pub(super) async fn finish(mut self) -> Result<Vec<String>, CommandError> {
        while !self.running.is_empty() {
            self.finish_one().await;
        }
        self.session.interruption.check()?;
        Ok(self.errors)
    }

    async fn finish_one(&mut self) {
        let Some(job) = self.running.pop_front() else {
            return;
        };
        match job.done.await {
            Ok(Ok(())) => self.session.output.line(job.success),
            Ok(Err(error)) => self.errors.push(format!("{}{error}", job.failure)),
            Err(_stopped) => self
                .errors
                .push(format!("{}the copy was stopped", job.failure)),
        }
    }
}

/// Reports many failures as Alluxio does: a headline, and each on both streams. What ended the whole
/// copy is the last of them, or stands alone.
pub(super) fn report(session: &Session, mut errors: Vec<String>, outcome: Outcome) -> Outcome {
    match outcome {
        Err(error) if errors.is_empty() => return Err(error),
        Err(error) => errors.push(error.to_string()),
        Ok(()) if errors.is_empty() => return Ok(()),
        Ok(()) => {}
    }
    session.output.line("ERRORS:");
    for error in &errors {
        session.output.line(error);
    }
    for error in &errors {
        session.output.error_line(error);
    }
    Err(CommandError::Exit(u8::MAX))
}
