//! [`CountingProxy`]: passes requests on to the store and counts how many are under way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock, Tasks};
use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What is read at once.
const PIECE: usize = 64 << 10;

/// The header of a copy, which no other request has.
const COPY: &[u8] = b"x-amz-copy-source: ";

/// The end of the first line of every request.
const REQUEST: &[u8] = b" HTTP/1.1\r\n";

/// A listener whose connections lead to the store.
#[derive(Debug)]
pub(super) struct CountingProxy {
    port: u16,
    counts: Arc<Counts>,
    _tasks: Tasks,
}

#[derive(Debug)]
struct Counts {
    clock: SystemClock,
    link: Option<Link>,
    state: Mutex<State>,
}

/// A link that carries so much in each direction.
#[derive(Debug)]
struct Link {
    there: Pace,
    back: Pace,
}

/// How fast one direction of a link is.
#[derive(Debug)]
struct Pace {
    bytes_per_second: f64,
    /// When all that was sent so far is through.
    free_at: Mutex<Duration>,
}

impl Pace {
    /// What a link that stood still makes up for: no timer is more exact than a millisecond.
    const SLACK: Duration = Duration::from_millis(5);

    fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second: bytes_per_second as f64,
            free_at: Mutex::default(),
        }
    }

    /// Waits until so many further bytes are through.
    async fn wait(&self, clock: &SystemClock, bytes: usize) {
        let now = clock.monotonic();
        let until = {
            let mut free_at = self.free_at.lock().expect("nobody panics");
            let took = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second);
            *free_at = (*free_at).max(now.saturating_sub(Self::SLACK)) + took;
            *free_at
        };
        if until > now {
            tokio::time::sleep(until - now).await;
        }
    }
}

#[derive(Debug, Default)]
struct State {
    requests: u64,
    copies: u64,
    answered: u64,
    /// Copies that were asked for and not yet answered.
    under_way: usize,
    since: Duration,
    /// How long so many copies were under way.
    spans: Vec<Duration>,
}

/// What went through since the last time.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub(super) requests: u64,
    pub(super) copies: u64,
    /// Bytes that the store has sent.
    pub(super) answered: u64,
    /// How long so many copies were under way; the first stands for none.
    spans: Vec<Duration>,
}

impl Passed {
    /// How many copies were under way on average, while any was.
    pub(super) fn mean(&self) -> f64 {
        let busy = self.spans.iter().enumerate().skip(1);
        let weighted: f64 = busy
            .clone()
            .map(|(count, span)| count as f64 * span.as_secs_f64())
            .sum();
        weighted / busy.map(|(_, span)| span.as_secs_f64()).sum::<f64>()
    }

    /// At least so many were under way during half of that time.
    pub(super) fn median(&self) -> usize {
        let half = self.spans.iter().skip(1).sum::<Duration>() / 2;
        let mut passed = Duration::ZERO;
        for (count, span) in self.spans.iter().enumerate().skip(1).rev() {
            passed += *span;
            if passed >= half {
                return count;
            }
        }
        0
    }

    /// The most.
    pub(super) fn most(&self) -> usize {
        self.spans.len().saturating_sub(1)
    }
}

impl State {
    fn change(&mut self, now: Duration, under_way: usize) {
        let level = self.under_way;
        if self.spans.len() <= level {
            self.spans.resize(level + 1, Duration::ZERO);
        }
        self.spans[level] += now - self.since;
        self.since = now;
        self.under_way = under_way;
    }
}

impl Counts {
    fn begin(&self, head: &[u8]) -> bool {
        let copies = head.windows(COPY.len()).any(|at| at == COPY);
        let mut state = self.state.lock().expect("nobody panics");
        state.requests += 1;
        if copies {
            state.copies += 1;
            let under_way = state.under_way + 1;
            state.change(self.clock.monotonic(), under_way);
        }
        copies
    }

    fn answered(&self, bytes: usize) {
        self.state.lock().expect("nobody panics").answered += bytes as u64;
    }

    fn end(&self) {
        let mut state = self.state.lock().expect("nobody panics");
        let under_way = state.under_way - 1;
        state.change(self.clock.monotonic(), under_way);
    }
}

impl CountingProxy {
    /// Listens, and passes everything on to `store`.
    pub(super) async fn start(store: u16) -> Result<Self> {
        Self::begin(store, None).await
    }

    /// The same; no more comes through in either direction than so many bytes a second, on all
    /// connections together.
    pub(super) async fn start_slow(store: u16, bytes_per_second: u64) -> Result<Self> {
        let link = Link {
            there: Pace::new(bytes_per_second),
            back: Pace::new(bytes_per_second),
        };
        Self::begin(store, Some(link)).await
    }

    async fn begin(store: u16, link: Option<Link>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let counts = Arc::new(Counts {
            clock: SystemClock::new(),
            link,
            state: Mutex::default(),
        });
        let tasks = Tasks::new();
        let (shared, connections) = (Arc::clone(&counts), tasks.clone());
        tasks.spawn("counting proxy", async move {
            while let Ok((client, _)) = listener.accept().await {
                let counts = Arc::clone(&shared);
                connections.spawn("counted connection", async move {
                    // Whoever goes away early has nothing to count.
                    pass(client, store, &counts).await.ok();
                });
            }
        });
        Ok(Self {
            port,
            counts,
            _tasks: tasks,
        })
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// What went through since the last time.
    pub(super) fn take(&self) -> Passed {
        let mut state = self.counts.state.lock().expect("nobody panics");
        let now = self.counts.clock.monotonic();
        let under_way = state.under_way;
        state.change(now, under_way);
        let taken = std::mem::take(&mut *state);
        (state.under_way, state.since) = (under_way, now);
        Passed {
            requests: taken.requests,
            copies: taken.copies,
            answered: taken.answered,
            spans: taken.spans,
        }
    }
}

async fn pass(client: TcpStream, store: u16, counts: &Counts) -> Result<()> {
    let store = TcpStream::connect(("127.0.0.1", store)).await?;
    client.set_nodelay(true)?;
    store.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_store, to_store) = store.into_split();
    // A connection has one request at a time, so one flag is enough.
    let copies = AtomicBool::new(false);
    let passed = tokio::select! {
        passed = ask(from_client, to_store, (counts, &copies)) => passed,
        passed = answer(from_store, to_client, (counts, &copies)) => passed,
    };
    if copies.load(Ordering::Relaxed) {
        counts.end();
    }
    passed
}

async fn ask(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (counts, copies): (&Counts, &AtomicBool),
) -> Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let count = from.read(&mut buffer).await?;
        let piece = &buffer[..count];
        if piece.windows(REQUEST.len()).any(|at| at == REQUEST) {
            copies.store(counts.begin(piece), Ordering::Relaxed);
        }
        if count == 0 {
            return Ok(());
        }
        if let Some(link) = &counts.link {
            link.there.wait(&counts.clock, count).await;
        }
        to.write_all(piece).await?;
    }
}

async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (counts, copies): (&Counts, &AtomicBool),
) -> Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let count = from.read(&mut buffer).await?;
        if copies.swap(false, Ordering::Relaxed) {
            counts.end();
        }
        if count == 0 {
            return Ok(());
        }
        counts.answered(count);
        if let Some(link) = &counts.link {
            link.back.wait(&counts.clock, count).await;
        }
        to.write_all(&buffer[..count]).await?;
    }
}
