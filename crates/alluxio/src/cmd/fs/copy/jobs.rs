//! [`Jobs`]: many copies at once, each a task of its own, reported in the order of their start.

use std::collections::VecDeque;

use futures::future::BoxFuture;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::oneshot;

use crate::shell::{CommandError, Outcome, Session};

/// Copies that run, at most so many at a time.
pub(super) struct Jobs<'a> {
    session: &'a Session,
    limit: usize,
    running: VecDeque<Job>,
    errors: Vec<String>,
    progress: ProgressBar,
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
        let progress = if session.output.shows_progress() {
            let style = "{spinner} {bytes} of {total_bytes}  {bytes_per_sec}  {elapsed}";
            let bar = ProgressBar::new(0);
            bar.with_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_bad| ProgressStyle::default_bar()),
            )
        } else {
            ProgressBar::hidden()
        };
        session.output.attach(&progress);
        Self {
            session,
            limit,
            running: VecDeque::new(),
            errors: Vec::new(),
            progress,
        }
    }

    /// Counts the bytes that have been copied.
    pub(super) fn progress(&self) -> ProgressBar {
        self.progress.clone()
    }

    /// Starts a copy of `length` bytes, when there is room for it.
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

    /// Waits for the rest. What failed is left for the caller to report.
    pub(super) async fn finish(mut self) -> Vec<String> {
        while !self.running.is_empty() {
            self.finish_one().await;
        }
        self.session.output.detach();
        self.progress.finish_and_clear();
        std::mem::take(&mut self.errors)
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

/// Reports many failures as Alluxio does: a headline, and each on both streams.
pub(super) fn report(session: &Session, errors: &[String]) -> Outcome {
    if errors.is_empty() {
        return Ok(());
    }
    session.output.line("ERRORS:");
    for error in errors {
        session.output.line(error);
    }
    for error in errors {
        session.output.error_line(error);
    }
    Err(CommandError::Exit(u8::MAX))
}
