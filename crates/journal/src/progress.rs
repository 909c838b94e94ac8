//! [`Progress`]: how far the log has come, and who is waiting for it to go further.
//!
//! At fifty thousand operations per second a waiter may cost well under a microsecond. So the
//! watermark is an atomic that settles most questions, a waiter is one slot in one queue, and a
//! flush takes all finished slots out under one lock and wakes them outside of it. Nobody arms a
//! timer: the journal's watch looks at the slots once per second.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use alluxio_common::{Clock, SequenceNumber};
use parking_lot::{Condvar, Mutex};

use crate::error::JournalError;
use crate::journal::Health;

/// How far a journal has come, with everybody who waits for it. Shared by the callers and the thread
/// that writes.
pub struct Progress {
    clock: Arc<dyn Clock>,
    flush_timeout: Duration,
    patience: Duration,
    queue_limit: usize,
    /// Every entry below this number is durable.
    durable_end: AtomicU64,
    /// Bytes appended and not yet durable.
    queued_bytes: AtomicUsize,
    /// Whether `health` is `Writable`; spares `admit` the lock.
    is_writable: AtomicBool,
    waiting: Mutex<Waiting>,
    bell: Bell,
}

struct Waiting {
    health: Health,
    /// Since when the disk refuses; `None` while it does not.
    failing_since: Option<Duration>,
    next_ticket: u64,
    /// Ascending by ticket, so a future finds its slot by binary search.
    durable: VecDeque<Slot>,
    admission: VecDeque<Slot>,
}

struct Slot {
    ticket: u64,
    /// The entry that is waited for; 0 for an admission.
    sequence_number: u64,
    since: Duration,
    /// Taken when the wait is over: by time, or because its future is gone.
    waker: Option<Waker>,
    is_timed_out: bool,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("durable_end", &self.durable_end)
            .field("queued_bytes", &self.queued_bytes)
            .field("is_writable", &self.is_writable)
            .finish_non_exhaustive()
    }
}

/// What [`Progress`] is built with.
#[derive(Debug, Clone, Copy)]
pub struct ProgressLimits {
    /// How long an entry may take to become durable before its waiter gets an error.
    pub flush_timeout: Duration,
    /// How long a disk may refuse before callers are told. One failure is often over at the next try.
    pub patience: Duration,
    /// How many bytes may be queued before `admit` waits.
    pub queue_limit: usize,
}

impl Progress {
    /// A journal in which everything below `durable_end` is durable, and which is writable.
    pub fn new(clock: Arc<dyn Clock>, limits: ProgressLimits, durable_end: SequenceNumber) -> Self {
        Self {
            clock,
            flush_timeout: limits.flush_timeout,
            patience: limits.patience,
            queue_limit: limits.queue_limit,
            durable_end: AtomicU64::new(durable_end.raw()),
            queued_bytes: AtomicUsize::new(0),
            is_writable: AtomicBool::new(true),
            waiting: Mutex::new(Waiting {
                health: Health::Writable,
                failing_since: None,
                next_ticket: 0,
                durable: VecDeque::new(),
                admission: VecDeque::new(),
            }),
            bell: Bell::default(),
        }
    }

    /// Every entry below this number is durable.
    pub fn durable_end(&self) -> SequenceNumber {
        SequenceNumber::from_raw(self.durable_end.load(Ordering::Acquire))
    }

    /// Bytes appended and not yet durable.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes.load(Ordering::Relaxed)
    }

    /// Whether changes are taken.
    pub fn health(&self) -> Health {
        self.waiting.lock().health.clone()
    }

    /// See [`Journal::admit`](crate::Journal::admit).
    pub fn admit(&self) -> Admit<'_> {
        Admit {
            progress: self,
            ticket: None,
        }
    }

    /// See [`Journal::wait_durable`](crate::Journal::wait_durable).
    pub fn wait_durable(&self, sequence_number: SequenceNumber) -> WaitDurable<'_> {
        WaitDurable {
            progress: self,
            sequence_number: sequence_number.raw(),
            ticket: None,
        }
    }

    /// An implementation has queued this many bytes.
    pub fn note_queued(&self, bytes: usize) {
        self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Everything below `end` is durable now, which takes `bytes` off the queue. Wakes whom it
    /// concerns.
    pub fn advance(&self, end: SequenceNumber, bytes: usize) {
        self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        // The mark moves before the lock is taken: a future that registers later, under the lock,
        // looks at the mark again and does not miss it.
        self.durable_end.fetch_max(end.raw(), Ordering::AcqRel);
        let mut woken = Vec::new();
        {
            let mut waiting = self.waiting.lock();
            take_durable(&mut waiting.durable, end.raw(), &mut woken);
            if self.has_room() {
                take_all(&mut waiting.admission, &mut woken);
            }
        }
        wake_all(woken);
    }

    /// The disk refuses (`Failing`), or takes writes again (`Writable`), or nothing more will happen
    /// (`Closed`). While it refuses, everybody waits until the patience is over.
    pub fn set_health(&self, health: Health) {
        let now = self.clock.monotonic();
        let mut woken = Vec::new();
        {
            let mut waiting = self.waiting.lock();
            if waiting.health == Health::Closed {
                return;
            }
            self.is_writable
                .store(health == Health::Writable, Ordering::Release);
            take_all(&mut waiting.admission, &mut woken);
            waiting.failing_since = match health {
                Health::Failing { .. } => waiting.failing_since.or(Some(now)),
                Health::Writable | Health::Closed => None,
            };
            waiting.health = health;
            if self.is_hopeless(&waiting, now) {
                take_all(&mut waiting.durable, &mut woken);
            }
        }
        self.bell.ring();
        wake_all(woken);
    }

    /// Gives an error to everybody who has waited longer than the flush timeout, and to all when the
    /// disk has refused for longer than the patience.
    pub fn expire(&self) {
        let now = self.clock.monotonic();
        let latest = now.checked_sub(self.flush_timeout);
        let mut woken = Vec::new();
        {
            let mut guard = self.waiting.lock();
            let waiting = &mut *guard;
            if self.is_hopeless(waiting, now) {
                take_all(&mut waiting.durable, &mut woken);
                take_all(&mut waiting.admission, &mut woken);
            }
            for slot in waiting.durable.iter_mut().chain(&mut waiting.admission) {
                if latest.is_some_and(|latest| slot.since <= latest) {
                    slot.is_timed_out = true;
                    woken.extend(slot.waker.take());
                }
            }
        }
        wake_all(woken);
    }

    /// What wakes the writing thread.
    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Whether the queue takes another entry.
    pub fn has_room(&self) -> bool {
        self.queued_bytes() < self.queue_limit
    }

    fn is_durable(&self, sequence_number: u64) -> bool {
        self.durable_end.load(Ordering::Acquire) > sequence_number
    }

    /// Whether callers are told that the disk refuses, or that the journal is closed.
    fn is_hopeless(&self, waiting: &Waiting, now: Duration) -> bool {
        match waiting.failing_since {
            Some(since) => now.saturating_sub(since) >= self.patience,
            None => waiting.health == Health::Closed,
        }
    }

    /// Why the journal does nothing, if callers are to be told.
    fn refusal(&self, waiting: &Waiting, now: Duration) -> Option<Refusal> {
        if self.is_hopeless(waiting, now) {
            waiting.failure()
        } else {
            None
        }
    }

    fn timed_out(&self) -> JournalError {
        JournalError::FlushTimeout {
            timeout: self.flush_timeout,
        }
    }
}

/// Why callers are not served.
enum Refusal {
    /// The disk refuses for this reason.
    Failing(String),
    Closed,
}

impl Refusal {
    /// For an entry that was appended.
    fn of_wait(self) -> JournalError {
        match self {
            Self::Failing(reason) => JournalError::NotDurable { reason },
            Self::Closed => JournalError::Closed,
        }
    }

    /// For one that was not.
    fn of_admission(self) -> JournalError {
        match self {
            Self::Failing(reason) => JournalError::Unavailable { reason },
            Self::Closed => JournalError::Closed,
        }
    }
}

impl Waiting {
    fn failure(&self) -> Option<Refusal> {
        match &self.health {
            Health::Writable => None,
            Health::Failing { reason, .. } => Some(Refusal::Failing(reason.clone())),
            Health::Closed => Some(Refusal::Closed),
        }
    }

    fn new_slot(&mut self, since: Duration, sequence_number: u64, waker: &Waker) -> Slot {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        Slot {
            ticket,
            sequence_number,
            since,
            waker: Some(waker.clone()),
            is_timed_out: false,
        }
    }
}

/// What a future finds of its own slot.
enum Found {
    /// Still waiting, with a current waker.
    Waiting,
    /// Waited too long; the slot is gone now.
    TimedOut,
    /// Woken and taken out, or never registered.
    Gone,
}

fn find_slot(slots: &mut VecDeque<Slot>, ticket: Option<u64>, waker: &Waker) -> Found {
    let Some(ticket) = ticket else {
        return Found::Gone;
    };
    let Ok(index) = slots.binary_search_by_key(&ticket, |slot| slot.ticket) else {
        return Found::Gone;
    };
    let slot = &mut slots[index];
    if slot.is_timed_out {
        drop(slots.remove(index));
        return Found::TimedOut;
    }
    match &mut slot.waker {
        Some(current) => current.clone_from(waker),
        none @ None => *none = Some(waker.clone()),
    }
    Found::Waiting
}

fn remove_slot(slots: &mut VecDeque<Slot>, ticket: Option<u64>) {
    if let Some(ticket) = ticket
        && let Ok(index) = slots.binary_search_by_key(&ticket, |slot| slot.ticket)
    {
        drop(slots.remove(index));
    }
}

fn take_all(slots: &mut VecDeque<Slot>, woken: &mut Vec<Waker>) {
    woken.extend(slots.drain(..).filter_map(|slot| slot.waker));
}

fn take_durable(slots: &mut VecDeque<Slot>, end: u64, woken: &mut Vec<Waker>) {
    // Slots stand nearly in the order of their entries, so most of this is a prefix; the rest are
    // few, and moving them is cheap.
    slots.retain_mut(|slot| {
        if slot.sequence_number < end {
            woken.extend(slot.waker.take());
            return false;
        }
        true
    });
}

fn wake_all(wakers: Vec<Waker>) {
    for waker in wakers {
        waker.wake();
    }
}

/// Resolves when an entry is durable; see [`Journal::wait_durable`](crate::Journal::wait_durable).
#[must_use = "an entry is durable only when this resolves"]
#[derive(Debug)]
pub struct WaitDurable<'a> {
    progress: &'a Progress,
    sequence_number: u64,
    ticket: Option<u64>,
}

impl Future for WaitDurable<'_> {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let progress = self.progress;
        if progress.is_durable(self.sequence_number) {
            self.ticket = None;
            return Poll::Ready(Ok(()));
        }
        if self.ticket.is_none() {
            progress.bell.ring_for(self.sequence_number);
        }
        let since = progress.clock.monotonic();
        let mut waiting = progress.waiting.lock();
        if progress.is_durable(self.sequence_number) {
            remove_slot(&mut waiting.durable, self.ticket.take());
            return Poll::Ready(Ok(()));
        }
        if let Some(refusal) = progress.refusal(&waiting, since) {
            remove_slot(&mut waiting.durable, self.ticket.take());
            return Poll::Ready(Err(refusal.of_wait()));
        }
        match find_slot(&mut waiting.durable, self.ticket, context.waker()) {
            Found::Waiting => Poll::Pending,
            Found::TimedOut => {
                self.ticket = None;
                Poll::Ready(Err(match waiting.failure() {
                    Some(failure) => failure.of_wait(),
                    None => progress.timed_out(),
                }))
            }
            Found::Gone => {
                let slot = waiting.new_slot(since, self.sequence_number, context.waker());
                self.ticket = Some(slot.ticket);
                waiting.durable.push_back(slot);
                Poll::Pending
            }
        }
    }
}

impl Drop for WaitDurable<'_> {
    fn drop(&mut self) {
        if self.ticket.is_some() && !self.progress.is_durable(self.sequence_number) {
            remove_slot(&mut self.progress.waiting.lock().durable, self.ticket);
        }
    }
}

/// Resolves when there is room in the queue; see [`Journal::admit`](crate::Journal::admit).
#[must_use = "there is room only when this resolves"]
#[derive(Debug)]
pub struct Admit<'a> {
    progress: &'a Progress,
    ticket: Option<u64>,
}

impl Future for Admit<'_> {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let progress = self.progress;
        let is_first = self.ticket.is_none();
        if is_first && progress.is_writable.load(Ordering::Acquire) && progress.has_room() {
            return Poll::Ready(Ok(()));
        }
        let since = progress.clock.monotonic();
        let mut waiting = progress.waiting.lock();
        if let Some(refusal) = progress.refusal(&waiting, since) {
            remove_slot(&mut waiting.admission, self.ticket.take());
            return Poll::Ready(Err(refusal.of_admission()));
        }
        if waiting.health == Health::Writable && progress.has_room() {
            remove_slot(&mut waiting.admission, self.ticket.take());
            return Poll::Ready(Ok(()));
        }
        match find_slot(&mut waiting.admission, self.ticket, context.waker()) {
            Found::Waiting => {}
            Found::TimedOut => {
                self.ticket = None;
                return Poll::Ready(Err(match waiting.failure() {
                    Some(failure) => failure.of_admission(),
                    None => progress.timed_out(),
                }));
            }
            Found::Gone => {
                let slot = waiting.new_slot(since, 0, context.waker());
                self.ticket = Some(slot.ticket);
                waiting.admission.push_back(slot);
            }
        }
        drop(waiting);
        progress.bell.ring();
        Poll::Pending
    }
}

impl Drop for Admit<'_> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            remove_slot(&mut self.progress.waiting.lock().admission, self.ticket);
        }
    }
}

/// Wakes one thread, at the price of one atomic read while that thread is busy.
#[derive(Debug)]
pub(crate) struct Bell {
    /// The first entry that wakes the thread; [`BUSY`] while none does.
    rings_from: AtomicU64,
    lock: Mutex<()>,
    rung: Condvar,
}

/// The thread does not wait.
const BUSY: u64 = u64::MAX;

/// What concerns the thread whatever it waits for.
const ANYTHING: u64 = BUSY - 1;

impl Default for Bell {
    fn default() -> Self {
        Self {
            rings_from: AtomicU64::new(BUSY),
            lock: Mutex::default(),
            rung: Condvar::new(),
        }
    }
}

impl Bell {
    /// There may be work.
    pub(crate) fn ring(&self) {
        self.ring_for(ANYTHING);
    }

    /// Somebody waits for this entry.
    fn ring_for(&self, sequence_number: u64) {
        if sequence_number >= self.rings_from.load(Ordering::SeqCst) {
            // With the lock held the thread is either in its wait, or will look for work again.
            let _held = self.lock.lock();
            // Once is enough: who comes before the thread has woken up need not ring again.
            self.rings_from.store(BUSY, Ordering::SeqCst);
            self.rung.notify_one();
        }
    }

    /// Called by that thread: sleeps until it is rung or the time is over, unless there is work.
    pub(crate) fn wait(&self, at_most: Duration, has_work: impl FnOnce() -> bool) {
        self.wait_for(0, at_most, has_work);
    }

    /// As [`Self::wait`], and the entries before this one do not ring.
    pub(crate) fn wait_for(
        &self,
        sequence_number: u64,
        at_most: Duration,
        has_work: impl FnOnce() -> bool,
    ) {
        let mut held = self.lock.lock();
        // The order matters: first idle, then the look. Who adds work after the look sees idle.
        self.rings_from.store(sequence_number, Ordering::SeqCst);
        if !has_work() {
            self.rung.wait_for(&mut held, at_most);
        }
        self.rings_from.store(BUSY, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use alluxio_common::SystemClock;

    use super::*;

    /// Far longer than anything here takes.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_thread_that_waits_for_an_entry_is_not_woken_by_those_before_it() {
        let bell = Arc::new(Bell::default());
        let (asleep, is_asleep) = mpsc::channel();
        let waiting = {
            let bell = Arc::clone(&bell);
            std::thread::spawn(move || {
                let clock = SystemClock::new();
                bell.wait_for(10, LONG, || {
                    asleep.send(()).expect("the test waits");
                    false
                });
                clock.monotonic()
            })
        };
        is_asleep.recv().expect("the thread runs");
        bell.ring_for(9);
        assert_eq!(bell.rings_from.load(Ordering::SeqCst), 10, "it sleeps on");
        bell.ring_for(10);
        assert!(waiting.join().expect("it does not panic") < LONG);
        assert_eq!(bell.rings_from.load(Ordering::SeqCst), BUSY);
    }
}
