//! Ctrl-C: a command that has something half done cleans up, any other one ends at once.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, raise};
use tokio::sync::mpsc::{self, Receiver};
use tokio_util::sync::CancellationToken;

use super::CommandError;

/// How long cleaning up may take; then the command ends all the same.
const LONGEST_CLEAN_UP: Duration = Duration::from_secs(20);

/// What a shell adds to the number of the signal that ended a command.
const BY_SIGNAL: u8 = 128;

/// Whether the user wants the command to end. Clones tell the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interruption {
    token: CancellationToken,
    cleaning: Arc<AtomicUsize>,
}

/// As long as this lives, the command has something half done.
#[derive(Debug)]
pub(crate) struct CleansUp(Arc<AtomicUsize>);

impl Drop for CleansUp {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Interruption {
    /// From now on the command listens to [`Interruption::check`] or [`Interruption::or`].
    pub(crate) fn listen(&self) -> CleansUp {
        self.cleaning.fetch_add(1, Ordering::Relaxed);
        CleansUp(Arc::clone(&self.cleaning))
    }

    /// # Errors
    /// When the command is to end.
    pub(crate) fn check(&self) -> Result<(), CommandError> {
        match self.token.is_cancelled() {
            true => Err(interrupted()),
            false => Ok(()),
        }
    }

    /// Does some work, unless the command is to end before.
    ///
    /// # Errors
    /// Those of the work, and when the command is to end.
    pub(crate) async fn or<T>(
        &self,
        work: impl Future<Output = Result<T, CommandError>>,
    ) -> Result<T, CommandError> {
        tokio::select! {
            () = self.token.cancelled() => Err(interrupted()),
            done = work => done,
        }
    }

    /// Returns when the command is to end, with what it then ends.
    pub(crate) async fn comes(&self) -> CommandError {
        self.token.cancelled().await;
        interrupted()
    }

    fn has_listener(&self) -> bool {
        self.cleaning.load(Ordering::Relaxed) > 0
    }
}

fn interrupted() -> CommandError {
    CommandError::Exit(BY_SIGNAL)
}

/// The signals that end a command, taken from the system's hands: it would end the process at once.
#[derive(Debug)]
pub(crate) struct HeldSignals {
    set: SigSet,
    arriving: Receiver<Signal>,
}

impl HeldSignals {
    /// Holds them in this thread and in all that it starts from now on. `None` when the system does
    /// not allow that; then they end the process as ever.
    ///
    /// The first one is passed on when the command listens; without a listener, or when it comes
    /// again, it ends the process.
    pub(crate) fn hold(interruption: Interruption) -> Option<Self> {
        let ignored = ignored_signals();
        let mut set = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            // Shells have their background commands ignore Ctrl-C: it is meant for others.
            if ignored & bit_of(signal) == 0 {
                set.add(signal);
            }
        }
        set.thread_block().ok()?;
        let (sender, arriving) = mpsc::channel(1);
        let waiting = thread::Builder::new().name("signals".to_owned());
        waiting
            .spawn(move || {
                while let Ok(signal) = set.wait() {
                    let is_first = !interruption.token.is_cancelled();
                    if interruption.has_listener() && is_first && sender.try_send(signal).is_ok() {
                        interruption.token.cancel();
                    } else {
                        die(set, signal);
                    }
                }
            })
            .ok()?;
        Some(Self { set, arriving })
    }

    /// Runs a command until it has ended or cleaned up; the result is its exit code, or the signal
    /// that made it clean up.
    pub(crate) async fn during(&mut self, command: impl Future<Output = u8>) -> Result<u8, Signal> {
        let mut command = pin!(command);
        tokio::select! {
            // A command that was quick to clean up ends at the same moment.
            code = &mut command => self.arriving.try_recv().map_or(Ok(code), Err),
            Some(signal) = self.arriving.recv() => {
                // What it has to say does not count any more.
                let cleaned_up = tokio::time::timeout(LONGEST_CLEAN_UP, command);
                cleaned_up.await.ok();
                Err(signal)
            }
        }
    }

    /// Ends the process as the signal would have: a script that called it ends as well then.
    pub(crate) fn die(self, signal: Signal) -> u8 {
        die(self.set, signal);
        let number = u8::try_from(signal as i32).unwrap_or(0);
        BY_SIGNAL.saturating_add(number)
    }
}

/// The signals that this process was started to ignore, as the kernel writes them down; none when
/// it does not tell.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap_or(0))
}

fn bit_of(signal: Signal) -> u64 {
    1 << (signal as i32 - 1)
}

/// Comes back only if the system refuses.
fn die(held: SigSet, signal: Signal) {
    held.thread_unblock().ok();
    raise(signal).ok();
}
