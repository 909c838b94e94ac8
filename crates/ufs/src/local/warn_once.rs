//! [`WarnOnce`]: tells which warnings were given before.

use std::collections::HashSet;

use parking_lot::Mutex;

/// Remembers the subjects of warnings, so that a listing that is repeated every second does not
/// fill the log.
#[derive(Debug, Default)]
pub(super) struct WarnOnce {
    seen: Mutex<HashSet<String>>,
}

impl WarnOnce {
    /// A store with more odd directories than this has made its point; the rest goes unsaid.
    const LIMIT: usize = 1000;

    /// Whether this is the first warning about `subject`.
    pub(super) fn is_first(&self, subject: &str) -> bool {
        let mut seen = self.seen.lock();
        if seen.len() >= Self::LIMIT || seen.contains(subject) {
            return false;
        }
        seen.insert(subject.to_owned())
    }
}
