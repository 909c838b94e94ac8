//! Addresses that nobody would look at: they are answered, and everybody else is served.
//!
//! Each run looks at the same ones; `make fuzz` looks at others for minutes.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{StreamExt, stream};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::cluster;

/// How many addresses a run of the tests looks at.
const SHORT: usize = 2_000;

/// And when somebody asks for it.
const LONG: usize = 200_000;

/// So many are looked at at the same time.
const TOGETHER: usize = 64;

/// No answer takes longer.
const SOON: Duration = Duration::from_secs(60);

/// What stands in the addresses of pages.
const PARTS: [&str; 32] = [
    "/",
    "/overview",
    "/browse",
    "/logs",
    "/config",
    "/workers",
    "/mounttable",
    "/blockInfo",
    "/metrics/json",
    "/api/v1/master/info",
    "/api/v1/worker/webui_logs",
    "/api/v1/worker/webui_blockinfo",
    "/api/v1/master/logLevel",
    "?",
    "?path=",
    "&path=",
    "?fileId=",
    "&after=",
    "&offset=",
    "&limit=",
    "&end=",
    "?logName=",
    "=",
    "%",
    "%2e%2e%2f",
    "%00",
    "%ff",
    "-1",
    "18446744073709551615",
    "18446744073709551616",
    "/file",
    "\u{e4}",
];

fn pick<T: Copy>(all: &[T], rng: &mut SmallRng) -> T {
    all[rng.random_range(0..all.len())]
}

/// An address with a piece that is no letter, or not.
fn address(rng: &mut SmallRng) -> Vec<u8> {
    let mut address = Vec::new();
    for _ in 0..rng.random_range(1..8) {
        address.extend_from_slice(pick(&PARTS, rng).as_bytes());
    }
    if rng.random_range(0..10) == 0 {
        address.insert(rng.random_range(0..=address.len()), rng.random());
    }
    address
}

async fn look_at(server: SocketAddr, address: Vec<u8>) {
    let told = address.escape_ascii().to_string();
    let head = b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let request = [b"GET ", address.as_slice(), head].concat();
    let asked = async {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_all(&request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let answer = timeout(SOON, asked).await;
    let answer = answer.unwrap_or_else(|_late| panic!("no answer: {told}"));
    let status = answer.get(9..12).unwrap_or_default();
    let is_fine = matches!(status, [b'2'..=b'4', _, _]);
    assert!(is_fine, "{told}: {}", answer.escape_ascii());
}

async fn look_everywhere(count: usize, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let cluster = cluster().await;
    let servers = [
        cluster.master().web_address(),
        cluster.worker(0).web_address(),
    ];
    let looks: Vec<_> = (0..count)
        .map(|_| look_at(pick(&servers, &mut rng), address(&mut rng)))
        .collect();
    let mut answered = stream::iter(looks).buffer_unordered(TOGETHER);
    while answered.next().await.is_some() {}
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_make_no_sense_are_answered() {
    look_everywhere(SHORT, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make fuzz"]
async fn addresses_that_make_no_sense_are_answered_for_minutes() {
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    look_everywhere(LONG, seed).await;
}
