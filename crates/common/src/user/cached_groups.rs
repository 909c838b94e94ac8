//! [`CachedGroups`]: asks another mapping only once in a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::group_mapping::{GroupMapping, Groups};
use crate::Clock;

/// Users whose groups are kept at once; with more, the cache starts over. Names come from clients,
/// so without a limit anybody could fill the memory.
const USER_LIMIT: usize = 10_000;

/// Remembers the groups of users for some time.
#[derive(Debug)]
pub struct CachedGroups {
    inner: Arc<dyn GroupMapping>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, (Duration, Groups)>>,
}

impl CachedGroups {
    /// A cache over `inner`; a timeout of zero switches it off.
    pub fn new(inner: Arc<dyn GroupMapping>, timeout: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner,
            timeout,
            clock,
            known: Mutex::new(HashMap::new()),
        }
    }
}

impl GroupMapping for CachedGroups {
    fn groups(&self, user: &str) -> Groups {
        if self.timeout.is_zero() {
            return self.inner.groups(user);
        }
        let now = self.clock.monotonic();
        if let Some((since, groups)) = self.known.lock().get(user)
            && now.saturating_sub(*since) < self.timeout
        {
            return Arc::clone(groups);
        }
        // Asked without the lock: a slow directory service must not stop other users.
        let groups = self.inner.groups(user);
        let mut known = self.known.lock();
        if known.len() >= USER_LIMIT {
            known.clear();
        }
        known.insert(user.to_owned(), (now, Arc::clone(&groups)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::{ManualClock, Timestamp};

    #[derive(Debug, Default)]
    struct Counting {
        calls: AtomicUsize,
    }

    impl GroupMapping for Counting {
        fn groups(&self, _user: &str) -> Groups {
            let call = self.calls.fetch_add(1, Ordering::SeqCst);
            Groups::from([call.to_string()])
        }
    }

    fn fixture(timeout: Duration) -> (Arc<ManualClock>, CachedGroups) {
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let inner = Arc::new(Counting::default());
        let groups = CachedGroups::new(inner, timeout, Arc::<ManualClock>::clone(&clock));
        (clock, groups)
    }

    #[test]
    fn groups_are_asked_for_again_after_the_timeout() {
        let (clock, groups) = fixture(Duration::from_secs(60));
        assert_eq!(*groups.groups("a"), ["0".to_owned()]);
        clock.advance(Duration::from_secs(59));
        assert_eq!(*groups.groups("a"), ["0".to_owned()]);
        clock.advance(Duration::from_secs(1));
        assert_eq!(*groups.groups("a"), ["1".to_owned()]);
    }

    #[test]
    fn a_timeout_of_zero_caches_nothing() {
        let (_clock, groups) = fixture(Duration::ZERO);
        groups.groups("a");
        assert_eq!(*groups.groups("a"), ["1".to_owned()]);
    }

    #[test]
    fn many_names_do_not_fill_the_memory() {
        let (_clock, groups) = fixture(Duration::from_secs(60));
        for user in 0..USER_LIMIT + 10 {
            groups.groups(&user.to_string());
        }
        assert!(groups.known.lock().len() <= USER_LIMIT);
    }
}
