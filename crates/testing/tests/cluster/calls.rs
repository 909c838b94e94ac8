//! Calls that no client would make: they are answered, nothing breaks, and everybody else is served.
//!
//! Each run makes the same ones; `make fuzz` makes others for minutes.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use alluxio_common::{ReadType, Tasks, WriteType};
use alluxio_rpc::{Channel, ClientConf, Connections, Lane, Login};
use alluxio_testing::{content, read_file, write_file};
use bytes::{Buf, BufMut, Bytes};
use futures::{StreamExt, stream};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::time::timeout;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};

use crate::support::{cluster, path, write_as};

/// How many a run of the tests makes.
const SHORT: usize = 2_000;

/// And when somebody asks for it.
const LONG: usize = 200_000;

/// So many are under way at the same time: some wait for a while before they are refused.
const TOGETHER: usize = 64;

/// No answer takes longer.
const SOON: Duration = Duration::from_secs(60);

const MASTER: &str = "/alluxio.grpc.file.FileSystemMasterClientService/";
const WORKER: &str = "/alluxio.grpc.block.BlockWorker/";

/// What may be asked of a master without harm to the machine: mounting would lead to other folders of it.
const OF_MASTER: [&str; 19] = [
    "CheckAccess",
    "CheckConsistency",
    "CompleteFile",
    "CreateDirectory",
    "CreateFile",
    "Exists",
    "Free",
    "GetFilePath",
    "GetNewBlockIdForFile",
    "GetStatus",
    "ListStatus",
    "ListStatusPartial",
    "NeedsSync",
    "Remove",
    "Rename",
    "ReverseResolve",
    "ScheduleAsyncPersistence",
    "SetAcl",
    "SetAttribute",
];

const OF_WORKER: [&str; 8] = [
    "AsyncCache",
    "Cache",
    "CreateLocalBlock",
    "Load",
    "OpenLocalBlock",
    "ReadBlock",
    "RemoveBlock",
    "WriteBlock",
];

const NUMBERS: [u64; 14] = [
    0,
    1,
    2,
    3,
    4,
    7,
    127,
    1 << 24,
    1 << 31,
    (1 << 31) - 1,
    1 << 62,
    i64::MAX as u64,
    i64::MIN as u64,
    u64::MAX,
];

const TEXTS: [&str; 16] = [
    "/",
    "/file",
    "/file",
    "/directory",
    "/directory/child",
    "/nowhere/at/all",
    "",
    "//",
    "/../file",
    "/a\0b",
    "/\u{1f600}\u{301}",
    "alluxio://host:1/file",
    "MEM",
    "user:bob:rwx",
    "-1",
    "owner",
];

/// Requests and answers as bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

fn varint(mut value: u64, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

fn pick<T: Copy>(all: &[T], rng: &mut SmallRng) -> T {
    all[rng.random_range(0..all.len())]
}

/// A field: a number, a text, a message or something that nobody knows.
fn field(number: u64, depth: u32, rng: &mut SmallRng, into: &mut Vec<u8>) {
    let bytes = match rng.random_range(0..8) {
        0..3 => {
            varint(number << 3, into);
            varint(pick(&NUMBERS, rng), into);
            return;
        }
        3 => {
            varint(number << 3 | 1, into);
            into.extend_from_slice(&pick(&NUMBERS, rng).to_le_bytes());
            return;
        }
        4 | 5 if depth > 0 => message(depth - 1, rng),
        6 => (0..rng.random_range(0..9)).map(|_| rng.random()).collect(),
        _ => pick(&TEXTS, rng).as_bytes().to_vec(),
    };
    varint(number << 3 | 2, into);
    varint(bytes.len() as u64, into);
    into.extend_from_slice(&bytes);
}

fn message(depth: u32, rng: &mut SmallRng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..rng.random_range(0..6) {
        let number = match rng.random_range(0..20) {
            0 => 1_001,
            _ => rng.random_range(1..17),
        };
        field(number, depth, rng, &mut bytes);
    }
    bytes
}

/// A message for the master: most begin with a path, as otherwise nobody would look any further.
fn for_master(rng: &mut SmallRng) -> Bytes {
    let mut bytes = Vec::new();
    if rng.random_range(0..10) > 0 {
        let path = pick(&TEXTS, rng);
        bytes.extend_from_slice(&[0x0a, path.len() as u8]);
        bytes.extend_from_slice(path.as_bytes());
    }
    bytes.extend_from_slice(&message(3, rng));
    if rng.random_range(0..20) == 0 {
        bytes.truncate(rng.random_range(0..=bytes.len()));
    }
    bytes.into()
}

/// A message for a worker, mostly about a block that is there. What is written goes into blocks alone:
/// the field that would name a file of a store has a number that is left out.
fn for_worker(method: &str, block: i64, rng: &mut SmallRng) -> Bytes {
    let mut bytes = Vec::new();
    if method == "WriteBlock" {
        let mut command = Vec::new();
        for number in [1, 2, 3, 4, 5, 8, 9, 10] {
            if rng.random() {
                field(number, 1, rng, &mut command);
            }
        }
        let tag = pick(&[0x0a, 0x0a, 0x12], rng);
        varint(tag, &mut bytes);
        varint(command.len() as u64, &mut bytes);
        bytes.extend_from_slice(&command);
        return bytes.into();
    }
    if rng.random_range(0..10) > 0 {
        bytes.push(0x08);
        varint(block.cast_unsigned(), &mut bytes);
    }
    bytes.extend_from_slice(&message(2, rng));
    bytes.into()
}

/// Reads all that is answered. Panics where the answer tells of a defect.
async fn call(channel: Channel, service: &str, method: &str, messages: Vec<Bytes>) {
    let told = format!("{method} {messages:?}");
    let mut client = Grpc::new(channel);
    let path = format!("{service}{method}").parse().unwrap();
    let asked = async {
        let request = Request::new(stream::iter(messages));
        let mut answers = client.streaming(request, path, Raw).await?.into_inner();
        while answers.message().await?.is_some() {}
        Ok(())
    };
    let answered: Result<(), Status> = timeout(SOON, asked).await.unwrap_or_else(|_late| {
        panic!("no answer: {told}");
    });
    if let Err(status) = answered {
        // A call that panics resets its stream.
        assert!(status.source().is_none(), "{status:?}: {told}");
        // 2.9, too, tells those who want a default ACL of a file that something is wrong inside.
        let is_damaged = [
            "decode",
            "damaged",
            "more than data",
            "within a message",
            "default ACL for a file",
        ];
        let is_damaged = is_damaged
            .iter()
            .any(|word| status.message().contains(word));
        assert!(
            status.code() != Code::Internal || is_damaged,
            "{status:?}: {told}"
        );
    }
}

fn channel(address: SocketAddr, lane: Lane) -> Channel {
    let connections = Connections::new(ClientConf::default(), Tasks::new());
    connections.channel(address.into(), lane, Login::simple("root"))
}

async fn make_calls(count: usize, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let cluster = cluster().await;
    let files = cluster.client();
    let bytes = content(1, 1_000_000);
    let write = |name: &str| {
        let (files, path, bytes) = (&files, path(name), &bytes);
        async move {
            let options = write_as(WriteType::CacheThrough);
            write_file(files, &path, bytes, options).await.unwrap();
            read_file(files, &path, ReadType::Cache).await.unwrap() == *bytes
        }
    };
    assert!(write("/file").await);
    let block = files.get_status(&path("/file")).await.unwrap().block_ids[0].raw();
    let master = channel(cluster.master().rpc_address(), Lane::Rpc);
    let worker = channel(cluster.worker(0).rpc_address(), Lane::Rpc);
    let calls = (0..count).map(|index| {
        if index % 2 == 0 {
            let method = pick(&OF_MASTER, &mut rng);
            call(master.clone(), MASTER, method, vec![for_master(&mut rng)])
        } else {
            let method = pick(&OF_WORKER, &mut rng);
            let is_stream = method.ends_with("Block") && method != "RemoveBlock";
            let count = if is_stream { rng.random_range(0..4) } else { 1 };
            let messages = (0..count).map(|_| for_worker(method, block, &mut rng));
            call(worker.clone(), WORKER, method, messages.collect())
        }
    });
    let calls: Vec<_> = calls.collect();
    let mut answered = stream::iter(calls).buffer_unordered(TOGETHER);
    while answered.next().await.is_some() {}
    assert!(write("/after").await);
    cluster.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_make_no_sense_are_refused_and_break_nothing() {
    make_calls(SHORT, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: make fuzz"]
async fn calls_that_make_no_sense_are_refused_for_minutes() {
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    make_calls(LONG, seed).await;
}
