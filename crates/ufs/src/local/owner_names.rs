//! [`OwnerNames`]: between the numbers of users and groups and their names.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::Clock;
use nix::unistd::{Gid, Group, Uid, User};
use parking_lot::Mutex;

/// Looks names up once in a while: the system may ask a directory server for each.
#[derive(Debug)]
pub(super) struct OwnerNames {
    clock: Arc<dyn Clock>,
    users: Mutex<Names>,
    groups: Mutex<Names>,
}

#[derive(Debug, Default)]
struct Names {
    by_number: HashMap<u32, Arc<str>>,
    since: Duration,
}

/// How long a renamed or new user may go unnoticed.
const AGE_LIMIT: Duration = Duration::from_secs(300);

/// A store with files of more users than this has its names looked up again and again.
const COUNT_LIMIT: usize = 10_000;

impl OwnerNames {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            users: Mutex::default(),
            groups: Mutex::default(),
        }
    }

    /// The name of a user; the number itself when the machine does not know it.
    pub(super) fn user(&self, number: u32) -> Arc<str> {
        let look_up = || {
            User::from_uid(Uid::from_raw(number))
                .ok()?
                .map(|user| user.name)
        };
        self.name(&self.users, number, look_up)
    }

    /// The name of a group; the number itself when the machine does not know it.
    pub(super) fn group(&self, number: u32) -> Arc<str> {
        let look_up = || {
            Group::from_gid(Gid::from_raw(number))
                .ok()?
                .map(|group| group.name)
        };
        self.name(&self.groups, number, look_up)
    }

    fn name(
        &self,
        names: &Mutex<Names>,
        number: u32,
        look_up: impl FnOnce() -> Option<String>,
    ) -> Arc<str> {
        let now = self.clock.monotonic();
        {
            let mut names = names.lock();
            if now.saturating_sub(names.since) > AGE_LIMIT || names.by_number.len() > COUNT_LIMIT {
                names.by_number.clear();
                names.since = now;
            }
            if let Some(name) = names.by_number.get(&number) {
                return Arc::clone(name);
            }
        }
        let name: Arc<str> = look_up().unwrap_or_else(|| number.to_string()).into();
        names.lock().by_number.insert(number, Arc::clone(&name));
        name
    }

    /// The number of a user: by name, or a number as it stands.
    pub(super) fn user_number(name: &str) -> Option<Uid> {
        let by_name = User::from_name(name).ok().flatten().map(|user| user.uid);
        by_name.or_else(|| name.parse().ok().map(Uid::from_raw))
    }

    /// The number of a group: by name, or a number as it stands.
    pub(super) fn group_number(name: &str) -> Option<Gid> {
        let by_name = Group::from_name(name).ok().flatten().map(|group| group.gid);
        by_name.or_else(|| name.parse().ok().map(Gid::from_raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_common::SystemClock;

    #[test]
    fn a_number_without_a_name_is_its_own_name() {
        let names = OwnerNames::new(SystemClock::shared());
        assert_eq!(&*names.user(3_999_999_999), "3999999999");
        assert_eq!(&*names.user(0), "root");
        assert_eq!(OwnerNames::user_number("root"), Some(Uid::from_raw(0)));
        assert_eq!(OwnerNames::user_number("nobody at all"), None);
    }
}
