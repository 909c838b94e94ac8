//! [`Caller`]: on whose behalf an operation runs, and [`Callers`]: who they are.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use alluxio_common::Clock;
use alluxio_common::user::{GroupMapping, Groups};
use parking_lot::RwLock;

/// How many users are remembered. Beyond it the memory is emptied and filled again: looking a user
/// up costs a system call, not correctness.
const REMEMBERED_USERS: usize = 10_000;

/// On whose behalf an operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    user: String,
    groups: Groups,
    is_superuser: bool,
}

impl Caller {
    /// A user with groups, the primary one first.
    pub fn new(user: impl Into<String>, groups: Groups) -> Self {
        Self {
            user: user.into(),
            groups,
            is_superuser: false,
        }
    }

    /// The same with every permission.
    #[must_use]
    pub fn into_superuser(mut self) -> Self {
        self.is_superuser = true;
        self
    }

    /// The name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The group of what this user creates; empty for a user without groups.
    pub fn primary_group(&self) -> &str {
        self.groups.first().map_or("", String::as_str)
    }

    /// Whether the user is in this group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|mine| mine == group)
    }

    /// Whether no check applies.
    pub fn is_superuser(&self) -> bool {
        self.is_superuser
    }
}

/// Who is a superuser, and whether permissions are checked at all.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// `alluxio.security.authorization.permission.enabled`; when false everybody may do everything.
    pub enabled: bool,
    /// The user that runs the master.
    pub superuser: String,
    /// `alluxio.security.authorization.permission.supergroup`; empty for none.
    pub supergroup: String,
    /// `alluxio.security.group.mapping.cache.timeout`.
    pub group_cache_timeout: Duration,
}

#[derive(Debug)]
struct Remembered {
    caller: Arc<Caller>,
    since: Duration,
}

/// Turns authenticated user names into [`Caller`]s, and remembers their groups for a while.
#[derive(Debug)]
pub struct Callers {
    authorization: Authorization,
    mapping: Arc<dyn GroupMapping>,
    clock: Arc<dyn Clock>,
    remembered: RwLock<HashMap<String, Remembered>>,
    superuser: OnceLock<Arc<Caller>>,
}

impl Callers {
    /// Nobody is known yet.
    pub fn new(
        authorization: Authorization,
        mapping: Arc<dyn GroupMapping>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            authorization,
            mapping,
            clock,
            remembered: RwLock::default(),
            superuser: OnceLock::new(),
        }
    }

    /// The caller behind a user name. Looks the groups up on a thread of its own when they are not
    /// known or too old.
    pub async fn resolve(&self, user: &str) -> Arc<Caller> {
        if let Some(caller) = self.find_remembered(user) {
            return caller;
        }
        let mapping = Arc::clone(&self.mapping);
        let name = user.to_owned();
        let groups = tokio::task::spawn_blocking(move || mapping.groups(&name))
            .await
            // Only a panicking mapping ends here: the user then has no groups.
            .unwrap_or_else(|_panicked| Groups::from([]));
        self.remember(Caller::new(user, groups))
    }

    /// The user that runs the master: for what the master does by itself. Its groups are looked up
    /// once, at the start: a directory service that is slow must not hold up the threads on which
    /// this is asked.
    pub fn superuser(&self) -> Arc<Caller> {
        let user = &self.authorization.superuser;
        if let Some(caller) = self.find_remembered(user) {
            return caller;
        }
        let known = self.superuser.get_or_init(|| {
            let groups = self.mapping.groups(user);
            self.remember(Caller::new(user.clone(), groups))
        });
        Arc::clone(known)
    }

    fn find_remembered(&self, user: &str) -> Option<Arc<Caller>> {
        let remembered = self.remembered.read();
        let found = remembered.get(user)?;
        let age = self.clock.monotonic().saturating_sub(found.since);
        (age < self.authorization.group_cache_timeout).then(|| Arc::clone(&found.caller))
    }

    fn remember(&self, caller: Caller) -> Arc<Caller> {
        let is_superuser = !self.authorization.enabled
            || caller.user == self.authorization.superuser
            || (!self.authorization.supergroup.is_empty()
                && caller.is_in(&self.authorization.supergroup));
        let caller = Arc::new(if is_superuser {
            caller.into_superuser()
        } else {
            caller
        });
        let mut remembered = self.remembered.write();
        if remembered.len() >= REMEMBERED_USERS {
            remembered.clear();
        }
        remembered.insert(
            caller.user.clone(),
            Remembered {
                caller: Arc::clone(&caller),
                since: self.clock.monotonic(),
            },
        );
        caller
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_common::{ManualClock, Timestamp};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug, Default)]
    struct CountingMapping(AtomicUsize);

    impl GroupMapping for CountingMapping {
        fn groups(&self, user: &str) -> Groups {
            self.0.fetch_add(1, Ordering::SeqCst);
            match user {
                "alice" => Groups::from(["alice".to_owned(), "staff".to_owned()]),
                "op" => Groups::from(["op".to_owned(), "supergroup".to_owned()]),
                _ => Groups::from([]),
            }
        }
    }

    fn callers(mapping: &Arc<CountingMapping>, clock: &Arc<ManualClock>) -> Callers {
        Callers::new(
            Authorization {
                enabled: true,
                superuser: "root".to_owned(),
                supergroup: "supergroup".to_owned(),
                group_cache_timeout: Duration::from_secs(60),
            },
            Arc::<CountingMapping>::clone(mapping),
            Arc::<ManualClock>::clone(clock),
        )
    }

    #[test]
    fn the_groups_of_the_master_user_are_looked_up_once() {
        let mapping = Arc::default();
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let callers = callers(&mapping, &clock);
        for _ in 0..3 {
            assert!(callers.superuser().is_superuser());
            clock.advance(Duration::from_mins(10));
        }
        assert_eq!(mapping.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_master_user_and_the_supergroup_are_superusers() {
        let mapping = Arc::default();
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let callers = callers(&mapping, &clock);
        assert!(callers.resolve("root").await.is_superuser());
        assert!(callers.resolve("op").await.is_superuser());
        let alice = callers.resolve("alice").await;
        assert!(!alice.is_superuser());
        assert_eq!(alice.primary_group(), "alice");
        assert!(alice.is_in("staff"));
    }

    #[tokio::test]
    async fn groups_are_asked_for_again_after_the_timeout() {
        let mapping = Arc::<CountingMapping>::default();
        let clock = ManualClock::starting_at(Timestamp::from_millis(0));
        let callers = callers(&mapping, &clock);
        for _ in 0..3 {
            callers.resolve("alice").await;
        }
        assert_eq!(mapping.0.load(Ordering::SeqCst), 1);
        clock.advance(Duration::from_secs(61));
        callers.resolve("alice").await;
        assert_eq!(mapping.0.load(Ordering::SeqCst), 2);
    }
}
