//! [`Proxy`]: passes real traffic on to the store, and breaks it on purpose.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::Tasks;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// It is reset after so many bytes of the answers.
    CutAnswer(usize),
    /// It is reset after so many bytes of the requests.
    CutRequest(usize),
    /// Its first request is answered with this status, and it ends.
    Answer(u16),
    /// Nothing is ever answered.
    Silence,
    /// After so many bytes of the answers nothing comes any more.
    StallAnswer(usize),
}

/// What happens to a request that holds certain bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// It is carried out, and the answer is lost.
    Answer,
    /// It does not arrive.
    Request,
    /// It is carried out, and this is answered with success.
    Becomes(&'static str),
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    sign: &'static str,
    loss: Loss,
    times: usize,
}

#[derive(Debug, Default)]
struct Shared {
    rules: Mutex<Vec<Rule>>,
    /// Of the next connections, one each; then all is well.
    faults: Mutex<VecDeque<Fault>>,
    /// Every answer comes so much later.
    delay: Duration,
    requests: AtomicUsize,
    open: AtomicUsize,
    peak: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) port: u16,
    shared: Arc<Shared>,
    _tasks: Tasks,
}

impl Proxy {
    pub(super) async fn start(to_port: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            delay,
            ..Shared::default()
        });
        let tasks = Tasks::new();
        let (state, connections) = (Arc::clone(&shared), tasks.clone());
        tasks.spawn("proxy", async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                connections.spawn("proxied connection", async move {
                    let open = state.open.fetch_add(1, Ordering::SeqCst) + 1;
                    state.peak.fetch_max(open, Ordering::SeqCst);
                    state.pass(client, to_port).await;
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            port,
            shared,
            _tasks: tasks,
        }
    }

    /// Breaks the next connections, one each.
    pub(super) fn add(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().extend(faults);
    }

    /// Loses the next requests whose beginning holds `sign`, so many times.
    pub(super) fn lose(&self, sign: &'static str, loss: Loss, times: usize) {
        let rule = Rule { sign, loss, times };
        self.shared.rules.lock().push(rule);
    }

    /// All is well from now on.
    pub(super) fn lose_nothing(&self) {
        self.shared.rules.lock().clear();
    }

    /// Whether there are requests to lose yet.
    pub(super) fn loses_more(&self) -> bool {
        !self.shared.rules.lock().is_empty()
    }

    /// Whether every fault has happened.
    pub(super) fn is_played(&self) -> bool {
        self.shared.faults.lock().is_empty()
    }

    /// How many requests there were since the last time.
    pub(super) fn take_requests(&self) -> usize {
        self.shared.requests.swap(0, Ordering::SeqCst)
    }

    /// The most connections that were open at once.
    pub(super) fn peak(&self) -> usize {
        self.shared.peak.load(Ordering::SeqCst)
    }
}

impl Shared {
    async fn pass(&self, client: TcpStream, to_port: u16) {
        let fault = self.faults.lock().pop_front();
        let stalls = matches!(fault, Some(Fault::StallAnswer(_)));
        let (cut_answer, cut_request) = match fault {
            Some(Fault::CutAnswer(bytes) | Fault::StallAnswer(bytes)) => (bytes, usize::MAX),
            Some(Fault::CutRequest(bytes)) => (usize::MAX, bytes),
            Some(Fault::Answer(status)) => return self.answer(client, status).await,
            Some(Fault::Silence) => return std::future::pending().await,
            None => (usize::MAX, usize::MAX),
        };
        let store = TcpStream::connect(("127.0.0.1", to_port)).await.unwrap();
        // Closing it then sends a reset.
        client.set_zero_linger().unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_store, to_store) = store.into_split();
        let lost = Mutex::new(None);
        tokio::select! {
            () = self.requests(from_client, to_store, (cut_request, &lost)) => {}
            _to_client = self.answers(from_store, to_client, (cut_answer, &lost)) => {
                if stalls {
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// What a rule says about these bytes.
    fn loss_of(&self, bytes: &[u8]) -> Option<Loss> {
        let mut rules = self.rules.lock();
        let holds = |sign: &str| bytes.windows(sign.len()).any(|at| at == sign.as_bytes());
        let at = rules.iter().position(|rule| holds(rule.sign))?;
        let rule = &mut rules[at];
        rule.times -= 1;
        let loss = rule.loss;
        if rule.times == 0 {
            rules.remove(at);
        }
        Some(loss)
    }

    async fn requests(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        (mut left, lost): (usize, &Mutex<Option<Loss>>),
    ) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let heads = buffer[..count]
                .windows(11)
                .filter(|at| at == b" HTTP/1.1\r\n");
            self.requests.fetch_add(heads.count(), Ordering::SeqCst);
            match self.loss_of(&buffer[..count]) {
                Some(Loss::Request) => return,
                Some(loss) => *lost.lock() = Some(loss),
                None => {}
            }
            let count = count.min(left);
            left -= count;
            if to.write_all(&buffer[..count]).await.is_err() || left == 0 {
                return;
            }
        }
    }

    /// Gives the connection back, which ends when it is dropped.
    async fn answers(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        (mut left, lost): (usize, &Mutex<Option<Loss>>),
    ) -> OwnedWriteHalf {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let loss = lost.lock().take();
            if let Some(loss) = loss {
                if let Loss::Becomes(text) = loss {
                    let length = text.len();
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                    to.write_all(head.as_bytes()).await.unwrap();
                    to.write_all(text.as_bytes()).await.unwrap();
                }
                return to;
            }
            if !self.delay.is_zero() {
                tokio::time::sleep(self.delay).await;
            }
            let count = count.min(left);
            left -= count;
            if to.write_all(&buffer[..count]).await.is_err() || left == 0 {
                return to;
            }
        }
        to
    }

    async fn answer(&self, mut client: TcpStream, status: u16) {
        let mut head = Vec::new();
        while !head.windows(4).any(|at| at == b"\r\n\r\n") {
            if client.read_buf(&mut head).await.unwrap_or(0) == 0 {
                return;
            }
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let answer =
            format!("HTTP/1.1 {status} Trouble\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        // The client may have given up.
        let _sent = client.write_all(answer.as_bytes()).await;
    }
}
