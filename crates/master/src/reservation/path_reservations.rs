//! [`PathReservations`]: the right to work in a store under some paths.
//!
//! An operation that must change a store and the namespace together reserves its paths for as long
//! as both take. Reservations are granted in the order of their arrival, several paths at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alluxio_common::AlluxioPath;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::claims::{Claims, Ticket};
use super::reserved_path::ReservedPath;

/// How many waiting claims are looked at in one go: some tenths of a millisecond, in which every
/// change of the namespace waits.
const SETTLED_AT_ONCE: usize = 100;

/// The paths under which operations are working in stores right now.
#[derive(Debug, Clone, Default)]
pub struct PathReservations {
    claims: Arc<Mutex<Claims>>,
    /// How many there are, so that operations which never touch a store pay one atomic load.
    count: Arc<AtomicUsize>,
}

/// The right to work under some paths; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    owner: PathReservations,
    ticket: Ticket,
}

impl Reservation {
    /// Whether it was given by these reservations.
    pub fn is_of(&self, reservations: &PathReservations) -> bool {
        Arc::ptr_eq(&self.owner.claims, &reservations.claims)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let followers = {
            let mut claims = self.owner.claims.lock();
            let followers = claims.remove(self.ticket);
            self.owner.count.store(claims.len(), Ordering::Release);
            followers
        };
        for some in followers.chunks(SETTLED_AT_ONCE) {
            let mut claims = self.owner.claims.lock();
            for follower in some {
                claims.settle(*follower);
            }
        }
    }
}

impl PathReservations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until nobody who came earlier works under one of the paths, and takes them all.
    pub async fn reserve(&self, paths: impl IntoIterator<Item = ReservedPath>) -> Reservation {
        let (reservation, granted) = self.claim(paths);
        // The sender lives in the claim until it is used, so this cannot fail.
        let _granted = granted.await;
        reservation
    }

    /// Takes all of these paths if nobody works or waits under one of them.
    pub fn try_reserve(
        &self,
        paths: impl IntoIterator<Item = ReservedPath>,
    ) -> Option<Reservation> {
        let (reservation, mut granted) = self.claim(paths);
        granted.try_recv().is_ok().then_some(reservation)
    }

    fn claim(
        &self,
        paths: impl IntoIterator<Item = ReservedPath>,
    ) -> (Reservation, oneshot::Receiver<()>) {
        let paths = paths.into_iter().collect();
        let mut claims = self.claims.lock();
        let (ticket, granted) = claims.add(paths);
        self.count.store(claims.len(), Ordering::Release);
        let owner = self.clone();
        (Reservation { owner, ticket }, granted)
    }

    /// Whether a change of this inode alone, or of this list of children, has to wait. Cheap when
    /// there are no reservations; call it with the tree locked, so that the answer stays true.
    pub fn is_reserved(&self, path: &AlluxioPath) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.claims.lock().is_held(path.as_str())
    }

    /// How many operations work in stores or wait for those that do.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Whether no operation works in a store.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use futures::FutureExt;
    use proptest::prelude::*;

    use super::*;
    use crate::reservation::Extent;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    fn subtree(text: &str) -> [ReservedPath; 1] {
        [ReservedPath::subtree(&path(text))]
    }

    fn entry(text: &str) -> [ReservedPath; 1] {
        [ReservedPath::entry(&path(text))]
    }

    #[tokio::test]
    async fn a_subtree_excludes_everything_below_and_the_list_it_stands_in() {
        let reservations = PathReservations::new();
        let held = reservations.reserve(subtree("/a/b")).await;
        for waiting in [
            subtree("/a/b/c"),
            subtree("/a"),
            entry("/a/b/c/d"),
            entry("/a"),
        ] {
            assert!(reservations.reserve(waiting).now_or_never().is_none());
        }
        for free in [subtree("/a/c"), entry("/"), entry("/a/bc")] {
            assert!(reservations.reserve(free).now_or_never().is_some());
        }
        drop(held);
        assert!(reservations.is_empty());
    }

    #[tokio::test]
    async fn the_earlier_of_two_waiting_operations_comes_first() {
        let reservations = PathReservations::new();
        let held = reservations.reserve(subtree("/a")).await;
        let mut first = Box::pin(reservations.reserve(subtree("/a/x")));
        let mut second = Box::pin(reservations.reserve(subtree("/a")));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        drop(held);
        let first = first.as_mut().now_or_never().unwrap();
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.as_mut().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_waiter_that_gives_up_leaves_nothing_behind() {
        let reservations = PathReservations::new();
        let held = reservations.reserve(subtree("/a")).await;
        let mut waiter = Box::pin(reservations.reserve(subtree("/a")));
        assert!(waiter.as_mut().now_or_never().is_none());
        drop(waiter);
        drop(held);
        assert!(reservations.is_empty());
    }

    #[test]
    fn what_is_not_free_at_once_can_be_left_alone() {
        let reservations = PathReservations::new();
        let held = reservations.try_reserve(subtree("/a")).unwrap();
        assert!(reservations.try_reserve(entry("/a/b")).is_none());
        assert_eq!(reservations.len(), 1);
        drop(held);
        assert!(reservations.try_reserve(entry("/a/b")).is_some());
    }

    #[tokio::test]
    async fn only_granted_subtrees_and_the_same_entry_hold_up_plain_changes() {
        let reservations = PathReservations::new();
        assert!(!reservations.is_reserved(&path("/a/b")));
        let _held = reservations.reserve(subtree("/a")).await;
        assert!(reservations.is_reserved(&path("/a/b")));
        assert!(!reservations.is_reserved(&path("/ab")));
    }

    /// What the order promises, said plainly.
    fn conflict(one: &ReservedPath, other: &ReservedPath) -> bool {
        let touches = |subtree: &AlluxioPath, entry: &AlluxioPath| {
            subtree.is_ancestor_or_self_of(entry) || subtree.parent().as_ref() == Some(entry)
        };
        match (one.extent, other.extent) {
            (Extent::Entry, Extent::Entry) => one.path == other.path,
            (Extent::Subtree, Extent::Entry) => touches(&one.path, &other.path),
            (Extent::Entry, Extent::Subtree) => touches(&other.path, &one.path),
            (Extent::Subtree, Extent::Subtree) => {
                one.path.is_ancestor_or_self_of(&other.path)
                    || other.path.is_ancestor_or_self_of(&one.path)
            }
        }
    }

    fn reserved_paths() -> impl Strategy<Value = Vec<ReservedPath>> {
        let names = prop::sample::select(vec!["/", "/a", "/a/b", "/a/b/c", "/a/bc", "/b", "/ab"]);
        let one = (names, any::<bool>()).prop_map(|(text, is_subtree)| match is_subtree {
            true => ReservedPath::subtree(&path(text)),
            false => ReservedPath::entry(&path(text)),
        });
        prop::collection::vec(one, 1..3)
    }

    proptest! {
        #[test]
        fn a_claim_is_granted_exactly_when_nothing_earlier_conflicts(
            steps in prop::collection::vec((reserved_paths(), any::<prop::sample::Index>()), 1..40),
        ) {
            let reservations = PathReservations::new();
            let mut all = BTreeMap::new();
            for (ticket, (paths, dropped)) in steps.into_iter().enumerate() {
                let future = Box::pin(reservations.reserve(paths.clone()));
                all.insert(ticket, (paths, Some(future), None));
                if ticket % 3 == 2 {
                    let gone = *dropped.get(&all.keys().copied().collect::<Vec<_>>());
                    all.remove(&gone);
                }
                let mut earlier: Vec<ReservedPath> = Vec::new();
                for (paths, future, granted) in all.values_mut() {
                    if let Some(waiting) = future
                        && let Some(reservation) = waiting.as_mut().now_or_never()
                    {
                        (*future, *granted) = (None, Some(reservation));
                    }
                    let mut pairs = earlier.iter().flat_map(|one| paths.iter().map(move |other| (one, other)));
                    let is_free = !pairs.any(|(one, other)| conflict(one, other));
                    prop_assert_eq!(granted.is_some(), is_free);
                    earlier.extend(paths.iter().cloned());
                }
                let held: Vec<_> = all.values().filter(|claim| claim.2.is_some()).collect();
                let covered = held.iter().flat_map(|claim| &claim.0).any(|one| match one.extent {
                    Extent::Entry => one.path == path("/a/b"),
                    Extent::Subtree => one.path.is_ancestor_or_self_of(&path("/a/b")),
                });
                prop_assert_eq!(reservations.is_reserved(&path("/a/b")), covered);
                prop_assert_eq!(reservations.len(), all.len());
            }
            drop(all);
            prop_assert!(reservations.is_empty());
        }
    }

    // Outside of a runtime, which lets a task look at no more than some hundred things at a time.
    #[test]
    fn all_who_wait_for_one_directory_get_in_when_it_is_free() {
        let reservations = PathReservations::new();
        let held = reservations.reserve(subtree("/a")).now_or_never().unwrap();
        let names = (0..3 * SETTLED_AT_ONCE).map(|number| format!("/a/f{number}"));
        let mut waiting: Vec<_> = names
            .map(|name| Box::pin(reservations.reserve(entry(&name))))
            .collect();
        for waiter in &mut waiting {
            assert!(waiter.as_mut().now_or_never().is_none());
        }
        drop(held);
        for waiter in &mut waiting {
            assert!(waiter.as_mut().now_or_never().is_some());
        }
    }
}
