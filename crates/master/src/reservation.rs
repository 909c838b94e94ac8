//! [`PathReservations`]: who is working in a store under which path.
//!
//! The tree's lock is never held while a store works. An operation that must change a store and the
//! namespace together reserves its paths instead, for as long as both take. Reservations are
//! granted in the order of their arrival, several paths at once, so there is neither starvation nor
//! deadlock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alluxio_common::AlluxioPath;
use parking_lot::Mutex;
use smallvec::SmallVec;
use tokio::sync::oneshot;

/// How much of the namespace a reservation covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The one inode: creating it, loading it, or loading the list of its children.
    Entry,
    /// The inode and everything below: deleting or moving it.
    Subtree,
}

/// One path of a reservation.
#[derive(Debug, Clone)]
pub struct ReservedPath {
    /// Where.
    pub path: AlluxioPath,
    /// How much of it.
    pub extent: Extent,
}

impl ReservedPath {
    /// Covers one inode.
    pub fn entry(path: &AlluxioPath) -> Self {
        Self {
            path: path.clone(),
            extent: Extent::Entry,
        }
    }

    /// Covers an inode and everything below.
    pub fn subtree(path: &AlluxioPath) -> Self {
        Self {
            path: path.clone(),
            extent: Extent::Subtree,
        }
    }

    fn conflicts_with(&self, other: &Self) -> bool {
        match (self.extent, other.extent) {
            (Extent::Entry, Extent::Entry) => self.path == other.path,
            (Extent::Subtree, Extent::Entry) => subtree_touches_entry(&self.path, &other.path),
            (Extent::Entry, Extent::Subtree) => subtree_touches_entry(&other.path, &self.path),
            (Extent::Subtree, Extent::Subtree) => {
                self.path.is_ancestor_or_self_of(&other.path)
                    || other.path.is_ancestor_or_self_of(&self.path)
            }
        }
    }
}

/// An entry's list of children holds the subtree's own name, so the parent counts as touched: a
/// listing must not bring back what is being deleted.
fn subtree_touches_entry(subtree: &AlluxioPath, entry: &AlluxioPath) -> bool {
    if subtree.is_ancestor_or_self_of(entry) {
        return true;
    }
    entry
        .relative(subtree)
        .is_some_and(|rest| !rest.contains('/'))
}

#[derive(Debug)]
struct Claim {
    ticket: u64,
    paths: SmallVec<[ReservedPath; 2]>,
    /// Taken when the claim is granted.
    waiting: Option<oneshot::Sender<()>>,
}

impl Claim {
    fn conflicts_with(&self, paths: &[ReservedPath]) -> bool {
        self.paths
            .iter()
            .any(|mine| paths.iter().any(|other| mine.conflicts_with(other)))
    }
}

#[derive(Debug, Default)]
struct Claims {
    next_ticket: u64,
    /// In the order of arrival; granted and waiting ones.
    queue: Vec<Claim>,
}

impl Claims {
    fn grant_what_is_free(&mut self) {
        for index in 0..self.queue.len() {
            let (earlier, rest) = self.queue.split_at_mut(index);
            let claim = &mut rest[0];
            if claim.waiting.is_none() {
                continue;
            }
            if earlier
                .iter()
                .any(|other| other.conflicts_with(&claim.paths))
            {
                continue;
            }
            if let Some(sender) = claim.waiting.take() {
                // A waiter that has gone removes its own claim when it is dropped.
                let _gone = sender.send(());
            }
        }
    }
}

/// The paths under which operations are working in stores right now.
#[derive(Debug, Clone, Default)]
pub struct PathReservations {
    claims: Arc<Mutex<Claims>>,
    /// Length of the queue, so that operations which never touch a store pay one atomic load.
    count: Arc<AtomicUsize>,
}

/// The right to work under some paths; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    owner: PathReservations,
    ticket: u64,
}

impl Reservation {
    /// Whether it was given by these reservations.
    pub fn is_of(&self, reservations: &PathReservations) -> bool {
        Arc::ptr_eq(&self.owner.claims, &reservations.claims)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut claims = self.owner.claims.lock();
        claims.queue.retain(|claim| claim.ticket != self.ticket);
        self.owner
            .count
            .store(claims.queue.len(), Ordering::Release);
        claims.grant_what_is_free();
    }
}

impl PathReservations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits until nobody who came earlier works under one of the paths, and takes them all.
    pub async fn reserve(&self, paths: impl IntoIterator<Item = ReservedPath>) -> Reservation {
        let (sender, granted) = oneshot::channel();
        let reservation = {
            let mut claims = self.claims.lock();
            let ticket = claims.next_ticket;
            claims.next_ticket += 1;
            claims.queue.push(Claim {
                ticket,
                paths: paths.into_iter().collect(),
                waiting: Some(sender),
            });
            self.count.store(claims.queue.len(), Ordering::Release);
            claims.grant_what_is_free();
            Reservation {
                owner: self.clone(),
                ticket,
            }
        };
        // The sender lives in the queue until it is used, so this cannot fail.
        let _granted = granted.await;
        reservation
    }

    /// Whether a change of this inode alone, or of this list of children, has to wait. Cheap when
    /// there are no reservations; call it with the tree locked, so that the answer stays true.
    pub fn is_reserved(&self, path: &AlluxioPath) -> bool {
        if self.count.load(Ordering::Acquire) == 0 {
            return false;
        }
        let claims = self.claims.lock();
        claims.queue.iter().any(|claim| {
            claim.waiting.is_none()
                && claim.paths.iter().any(|reserved| match reserved.extent {
                    Extent::Entry => reserved.path == *path,
                    Extent::Subtree => reserved.path.is_ancestor_or_self_of(path),
                })
        })
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
    use super::*;
    use futures::FutureExt;

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

    #[tokio::test]
    async fn only_granted_subtrees_and_the_same_entry_hold_up_plain_changes() {
        let reservations = PathReservations::new();
        assert!(!reservations.is_reserved(&path("/a/b")));
        let _held = reservations.reserve(subtree("/a")).await;
        assert!(reservations.is_reserved(&path("/a/b")));
        assert!(!reservations.is_reserved(&path("/ab")));
    }
}
