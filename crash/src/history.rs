//! [`History`]: what was asked, answered and killed, in order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{AlluxioPath, Clock};
use parking_lot::Mutex;

/// So many events are remembered; a violation is about the last ones.
const REMEMBERED: usize = 20_000;

/// So many of them are shown with a violation.
const SHOWN: usize = 60;

/// So many of the events that concern everybody are shown before the first one of the path.
const BLOWS: usize = 3;

/// Something that was found wrong.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Where.
    pub path: AlluxioPath,
    /// What is wrong, as a sentence without the path.
    pub what: String,
    /// What has happened to the path, and what was killed meanwhile.
    pub history: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)?;
        for event in &self.history {
            write!(f, "\n    {event}")?;
        }
        Ok(())
    }
}

/// What was asked, answered and killed. Cheap to clone; all clones share it.
#[derive(Debug, Clone)]
pub struct History {
    clock: Arc<dyn Clock>,
    events: Arc<Mutex<Vec<Event>>>,
}

#[derive(Debug)]
struct Event {
    at: Duration,
    /// None for what concerns everybody.
    paths: Vec<AlluxioPath>,
    what: String,
}

impl History {
    /// Nothing has happened yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            events: Arc::default(),
        }
    }

    /// Notes what concerns these paths; everybody if there are none.
    pub fn note(&self, paths: &[&AlluxioPath], what: String) {
        let event = Event {
            at: self.clock.monotonic(),
            paths: paths.iter().map(|path| (*path).clone()).collect(),
            what,
        };
        let mut events = self.events.lock();
        if events.len() >= REMEMBERED {
            events.drain(..REMEMBERED / 2);
        }
        events.push(event);
    }

    /// The last events that concern a path, what is above or below it, or what has had its name.
    pub fn of(&self, path: &AlluxioPath) -> Vec<String> {
        let events = self.events.lock();
        let concerns = |event: &&Event| {
            event.paths.is_empty()
                || event.paths.iter().any(|other| {
                    // The directories of everybody tell nothing.
                    other.depth() > 1
                        && (other.is_ancestor_or_self_of(path)
                            || path.is_ancestor_or_self_of(other))
                })
        };
        let mut found: Vec<&Event> = events.iter().filter(concerns).collect();
        // What was killed before the path was first heard of, and long ago, tells nothing.
        let first = found.iter().position(|event| !event.paths.is_empty());
        let first = first.map_or(found.len(), |first| first);
        found.drain(..first.saturating_sub(BLOWS));
        let skipped = found.len().saturating_sub(SHOWN);
        found[skipped..]
            .iter()
            .map(|event| format!("{:9.3} s  {}", event.at.as_secs_f64(), event.what))
            .collect()
    }

    /// A violation with what has happened to its path.
    pub fn violation(&self, path: &AlluxioPath, what: String) -> Violation {
        Violation {
            path: path.clone(),
            what,
            history: self.of(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::SystemClock;

    use super::*;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    #[test]
    fn the_history_of_a_path_has_what_is_above_and_below_it_and_what_was_killed() {
        let history = History::new(SystemClock::shared());
        history.note(&[&path("/c/a")], "above".to_owned());
        history.note(&[&path("/c/a/b/c")], "below".to_owned());
        history.note(&[], "killed".to_owned());
        history.note(&[&path("/c/other")], "elsewhere".to_owned());
        let found = history.of(&path("/c/a/b"));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[2].ends_with("killed"));
    }
}
