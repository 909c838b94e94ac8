//! [`Places`]: how many tasks run at once, so that stores that hang do not take all of them.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// The places of a job worker, or of a worker's fetches.
///
/// A mount that has some gets another one if half as many as it has then stay free. So one mount may
/// take two thirds of all, the next one two thirds of what is left, and so on: for one without tasks
/// there is a place while the stores of several others hang.
#[derive(Debug)]
pub(crate) struct Places<M: Eq + Hash + Copy> {
    total: usize,
    state: Arc<Mutex<State<M>>>,
}

#[derive(Debug)]
struct State<M: Eq + Hash + Copy> {
    free: usize,
    /// How many have had to wait so far.
    waited: u64,
    /// Those that have tasks, or for which somebody waits.
    of_mounts: HashMap<M, OfMount<M>>,
}

/// The places of one mount.
#[derive(Debug)]
struct OfMount<M: Eq + Hash + Copy> {
    held: usize,
    /// In the order in which they came. How many there may be is for those to say who let them come.
    waiting: VecDeque<Waiter<M>>,
}

#[derive(Debug)]
struct Waiter<M: Eq + Hash + Copy> {
    number: u64,
    granted: oneshot::Sender<Place<M>>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place<M: Eq + Hash + Copy> {
    mount: M,
    state: Arc<Mutex<State<M>>>,
}

impl<M: Eq + Hash + Copy> Places<M> {
    /// At least one.
    pub(crate) fn new(total: usize) -> Self {
        let total = total.max(1);
        Self {
            total,
            state: Arc::new(Mutex::new(State {
                free: total,
                waited: 0,
                of_mounts: HashMap::new(),
            })),
        }
    }

    /// How many there are.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.total - self.state.lock().free
    }

    /// A place for a task of this mount, if there is one for it now.
    pub(crate) fn try_enter(&self, mount: M) -> Option<Place<M>> {
        let taken = self.state.lock().take(mount);
        taken.then(|| Place::new(mount, &self.state))
    }

    /// Waits for a place for a task of this mount.
    pub(crate) async fn enter(&self, mount: M) -> Place<M> {
        let granted = {
            let mut state = self.state.lock();
            if state.take(mount) {
                return Place::new(mount, &self.state);
            }
            state.wait(mount)
        };
        granted
            .await
            .expect("who waits stays listed until it is given a place")
    }
}

impl<M: Eq + Hash + Copy> State<M> {
    /// Whether one may be taken for a mount that has so many.
    fn is_free_for(&self, held: usize) -> bool {
        let left = self.free.saturating_sub(1);
        self.free > 0 && (held == 0 || held < 2 * left)
    }

    fn of_mount(&mut self, mount: M) -> &mut OfMount<M> {
        self.of_mounts.entry(mount).or_insert_with(|| OfMount {
            held: 0,
            waiting: VecDeque::new(),
        })
    }

    fn take(&mut self, mount: M) -> bool {
        let held = self.of_mounts.get(&mount).map_or(0, |found| found.held);
        let is_free = self.is_free_for(held);
        if is_free {
            self.of_mount(mount).held += 1;
            self.free -= 1;
        }
        is_free
    }

    fn wait(&mut self, mount: M) -> oneshot::Receiver<Place<M>> {
        let (granted, waiter) = oneshot::channel();
        let number = self.waited;
        self.waited += 1;
        let waiting = &mut self.of_mount(mount).waiting;
        waiting.push_back(Waiter { number, granted });
        waiter
    }

    fn give_back(&mut self, mount: M) {
        self.free += 1;
        self.of_mount(mount).held -= 1;
    }

    /// Takes places for those who wait: first for mounts that have the fewest, and of these for who
    /// has waited the longest.
    fn grant(&mut self) -> Vec<(M, Waiter<M>)> {
        let mut granted = Vec::new();
        loop {
            let served = self.of_mounts.iter().filter_map(|(mount, found)| {
                let first = found.waiting.front()?;
                let rank = (found.held, first.number);
                self.is_free_for(found.held).then_some((rank, *mount))
            });
            let Some((_rank, mount)) = served.min_by_key(|(rank, _mount)| *rank) else {
                break;
            };
            let found = self.of_mount(mount);
            let Some(waiter) = found.waiting.pop_front() else {
                break;
            };
            if !waiter.granted.is_closed() {
                found.held += 1;
                self.free -= 1;
                granted.push((mount, waiter));
            }
        }
        self.of_mounts
            .retain(|_mount, found| found.held > 0 || !found.waiting.is_empty());
        granted
    }
}

impl<M: Eq + Hash + Copy> Place<M> {
    /// For one that was taken.
    fn new(mount: M, state: &Arc<Mutex<State<M>>>) -> Self {
        Self {
            mount,
            state: Arc::clone(state),
        }
    }
}

impl<M: Eq + Hash + Copy> Drop for Place<M> {
    fn drop(&mut self) {
        let granted = {
            let mut state = self.state.lock();
            state.give_back(self.mount);
            state.grant()
        };
        for (mount, waiter) in granted {
            // Who has stopped waiting just now drops it, and so it goes to the next one.
            let _unwanted = waiter.granted.send(Self::new(mount, &self.state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    /// All that there are for a mount.
    fn take_all(places: &Places<i32>, mount: i32) -> Vec<Place<i32>> {
        std::iter::from_fn(|| places.try_enter(mount)).collect()
    }

    #[test]
    fn a_mount_whose_store_hangs_leaves_places_to_the_others() {
        for (total, of_one) in [(2, 1), (3, 2), (10, 6), (128, 85)] {
            let places = Places::new(total);
            let held = take_all(&places, 1);
            assert_eq!((held.len(), places.taken()), (of_one, of_one));
            assert!(places.enter(2).now_or_never().is_some());
        }
    }

    #[test]
    fn two_hanging_stores_leave_places_to_a_third() {
        for (total, of_third) in [(3, 0), (4, 1), (10, 1), (16, 1), (128, 10)] {
            let places = Places::new(total);
            let _hanging = [take_all(&places, 1), take_all(&places, 2)];
            assert_eq!(take_all(&places, 3).len(), of_third, "of {total}");
        }
    }

    #[test]
    fn the_only_place_is_for_everybody() {
        let places = Places::new(0);
        let held = places.try_enter(1).unwrap();
        assert!(places.try_enter(2).is_none());
        drop(held);
        assert!(places.try_enter(2).is_some());
    }

    #[tokio::test]
    async fn who_waits_comes_after_mounts_with_fewer_tasks_and_then_in_turn() {
        let places = Places::new(3);
        let mut held = take_all(&places, 1);
        held.extend(places.try_enter(2));
        let mut waiting: Vec<_> = [1, 1, 3, 2]
            .map(|mount| Box::pin(places.enter(mount)))
            .into();
        for waiter in &mut waiting {
            assert!(waiter.now_or_never().is_none());
        }
        // It was the second one of this mount.
        drop(held.remove(1));
        let third = waiting.remove(2).now_or_never().unwrap();
        for waiter in &mut waiting {
            assert!(waiter.now_or_never().is_none());
        }
        drop((held, third));
        assert!((&mut waiting[1]).now_or_never().is_none(), "in turn");
        let mut served = Vec::new();
        for waiter in waiting {
            served.push(waiter.now_or_never().map(|place| place.mount));
        }
        assert_eq!(served, [Some(1), Some(1), Some(2)]);
        assert_eq!(places.taken(), 0);
    }

    #[tokio::test]
    async fn a_place_that_nobody_waits_for_any_more_goes_to_the_next_one() {
        let places = Places::new(1);
        let held = places.try_enter(1).unwrap();
        let mut given_up = Box::pin(places.enter(1));
        let mut next = Box::pin(places.enter(2));
        assert!((&mut given_up).now_or_never().is_none());
        assert!((&mut next).now_or_never().is_none());
        drop(given_up);
        drop(held);
        assert_eq!(next.await.mount, 2);
        assert!(places.state.lock().of_mounts.is_empty());
    }

    #[test]
    fn mounts_without_tasks_are_forgotten() {
        let places = Places::new(4);
        for mount in 0..100 {
            drop(places.try_enter(mount));
        }
        assert!(places.state.lock().of_mounts.is_empty());
    }
}
