//! Ending processes: first politely, then not.

use std::time::Duration;

use alluxio_common::Clock;
use nix::sys::signal::{self, Signal};

use super::find::Running;

/// How long a process has to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long one that was killed may take to vanish.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// How often is looked whether they have ended: they are not children, so nobody tells.
const PAUSE: Duration = Duration::from_millis(10);

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kill {
    /// Ask.
    Softly,
    /// Ask, then kill.
    AtLast,
}

/// What became of the processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Killed {
    /// So many have ended.
    pub(in super::super) ended: usize,
    /// So many of them had to be killed.
    pub(in super::super) by_force: usize,
    /// So many still run.
    pub(in super::super) left: usize,
}

/// Ends the processes and waits until they are gone.
pub(in super::super) fn kill(processes: &[Running], how: Kill, clock: &dyn Clock) -> Killed {
    send(processes, Signal::SIGTERM);
    let stubborn = wait(processes, PATIENCE, clock);
    let mut killed = Killed {
        ended: processes.len() - stubborn.len(),
        ..Killed::default()
    };
    match how {
        Kill::Softly => killed.left = stubborn.len(),
        Kill::AtLast => {
            send(&stubborn, Signal::SIGKILL);
            killed.left = wait(&stubborn, LAST_MOMENTS, clock).len();
            killed.by_force = stubborn.len() - killed.left;
            killed.ended += killed.by_force;
        }
    }
    killed
}

fn send(processes: &[Running], signal: Signal) {
    for process in processes {
        // One that is gone already is what was wanted; one of another user stays, and is counted.
        signal::kill(process.pid, signal).ok();
    }
}

/// Those that are still there when the time is over.
fn wait(processes: &[Running], limit: Duration, clock: &dyn Clock) -> Vec<Running> {
    let deadline = clock.monotonic() + limit;
    let mut left = processes.to_vec();
    loop {
        left.retain(Running::is_alive);
        if left.is_empty() || clock.monotonic() >= deadline {
            return left;
        }
        std::thread::sleep(PAUSE);
    }
}
