//! How fast blocks are read and written over loopback, against the machine's own limits, and what
//! that costs the worker.
//!
//! `cargo run --release -p alluxio-worker --example block_speed`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::{Conf, Machine};
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::{BlockId, Clock, SessionId, SystemClock, Tasks};
use alluxio_proto::grpc::block::block_worker_client::BlockWorkerClient;
use alluxio_proto::grpc::block::write_request::Value;
use alluxio_proto::grpc::block::{
    Chunk, ReadRequest, RequestType, WriteRequest, WriteRequestCommand,
};
use alluxio_rpc::{
    Authentication, Channel, ClientConf, Connections, Lane, Login, ServerAddress, SingleMaster,
};
use alluxio_ufs::UfsRegistry;
use alluxio_worker::block::{BootId, CreateBlock, Origin, Target};
use alluxio_worker::process::ProgramVersion;
use alluxio_worker::{WorkerConf, WorkerDeps, WorkerProcess};
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BLOCK: usize = 256 << 20;
const BLOCKS: i64 = 8;
const ROUNDS: usize = 9;
const SMALL_READS: i64 = 20_000;

#[tokio::main]
async fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve().await,
        Some("sink") => raw_sender(),
        only => measure(only.unwrap_or("all")).await,
    }
}

async fn serve() {
    let folder = tempfile::tempdir_in("/dev/shm").expect("memory");
    let path = folder.path().display().to_string();
    let pairs = [
        ("alluxio.security.authentication.type", "NOSASL"),
        ("alluxio.worker.bind.host", "127.0.0.1"),
        ("alluxio.worker.rpc.port", "0"),
        ("alluxio.worker.web.port", "0"),
        ("alluxio.worker.web.bind.host", "127.0.0.1"),
        ("alluxio.worker.tieredstore.level0.dirs.path", path.as_str()),
        ("alluxio.worker.ramdisk.size", "4GB"),
    ];
    let conf = Conf::of(Machine::detect(), &pairs).expect("good properties");
    let clock = SystemClock::shared();
    let program = ProgramVersion {
        version: "2.9.4",
        revision: "none",
    };
    let authentication = Authentication::NoSasl {
        login_user: "alluxio".to_owned(),
    };
    let conf = WorkerConf::from_properties(&conf, program, authentication).expect("good settings");
    let deps = WorkerDeps {
        clock: Arc::clone(&clock),
        rng: SmallRng::seed_from_u64(1),
        registry: UfsRegistry::standard(Arc::clone(&clock)),
        inquiry: Arc::new(SingleMaster(ServerAddress::new("127.0.0.1", 1))),
        metrics: Metrics::new(clock),
        levels: LogLevels::default(),
        boot: BootId::of_this_machine([0; 16]),
    };
    let process = WorkerProcess::start(conf, deps).await.expect("it starts");
    let store = &process.worker().store;
    let piece = vec![7; 1 << 20];
    for id in 0..BLOCKS {
        let mut temp = store
            .create(&CreateBlock {
                block_id: BlockId::from_raw(id),
                session_id: SessionId::from_raw(1),
                target: Target::AnyTier,
                reserve: BLOCK as u64,
                origin: Origin::UnderStore,
            })
            .expect("room");
        for _ in 0..BLOCK >> 20 {
            temp.append(&piece).expect("room");
        }
        store.commit(temp).expect("committed");
    }
    std::io::stdout()
        .write_all(format!("{}\n", process.rpc_address()).as_bytes())
        .expect("a pipe");
    wait_for_end();
    process.shutdown().await;
}

/// Sends bytes over plain TCP: the limit of the machine.
fn raw_sender() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::io::stdout()
        .write_all(format!("{address}\n").as_bytes())
        .expect("a pipe");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            send_block(stream.expect("a connection"));
        }
    });
    wait_for_end();
}

/// Every process of this program ends when the one that started it closes its input, or is gone.
fn wait_for_end() {
    let mut end = String::new();
    std::io::stdin().read_line(&mut end).expect("a pipe");
}

fn send_block(mut stream: TcpStream) {
    std::thread::spawn(move || {
        let piece = vec![7_u8; 256 << 10];
        let mut sent = 0;
        while sent < BLOCK && stream.write_all(&piece).is_ok() {
            sent += piece.len();
        }
    });
}

/// Another process of this program.
struct Other {
    child: Child,
    address: String,
}

impl Other {
    fn start(mode: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg(mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("piped"))
            .read_line(&mut address)
            .expect("a line");
        Self {
            child,
            address: address.trim().to_owned(),
        }
    }

    /// Processor seconds so far.
    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))
            .expect("a running process");
        let rest = stat.rsplit(')').next().expect("a name in parentheses");
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Lets it end by itself, so that it removes its blocks.
    fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn say(line: &str) {
    std::io::stdout()
        .write_all(format!("{line}\n").as_bytes())
        .expect("a terminal");
}

async fn measure(only: &str) {
    let clock = SystemClock::new();
    let sink = Other::start("sink");
    let worker = Other::start("serve");
    let wanted = |what| only == "all" || only == what;
    for streams in [1, 8].into_iter().filter(|_| wanted("read")) {
        let mut raw = Vec::new();
        let mut hot = Vec::new();
        let mut cost = Vec::new();
        for _ in 0..ROUNDS {
            let started = clock.monotonic();
            raw_read(&sink.address, streams);
            raw.push(rate(streams * BLOCK, clock.monotonic() - started));

            let (before, started) = (worker.cpu(), clock.monotonic());
            read_blocks(&worker.address, streams).await;
            hot.push(rate(streams * BLOCK, clock.monotonic() - started));
            cost.push((worker.cpu() - before) / (streams * BLOCK) as f64 * 1e9);
        }
        let (raw, hot, cost) = (median(raw), median(hot), median(cost));
        say(&format!(
            "read, {streams} streams: {hot:.2} GB/s, plain TCP {raw:.2} GB/s, ratio {:.2}, \
             worker {cost:.2} cores per GB/s",
            hot / raw
        ));
    }
    if wanted("small") {
        small_reads(&worker, &clock).await;
    }
    if wanted("write") {
        writes(&worker, &clock).await;
    }
    worker.stop();
    sink.stop();
}

fn rate(bytes: usize, elapsed: Duration) -> f64 {
    bytes as f64 / elapsed.as_secs_f64() / 1e9
}

fn raw_read(address: &str, streams: usize) {
    let threads: Vec<_> = (0..streams)
        .map(|_| {
            let address = address.to_owned();
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(address).expect("a connection");
                let mut buffer = vec![0; 1 << 20];
                while stream.read(&mut buffer).expect("bytes") > 0 {}
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("it ends");
    }
}

fn client(address: &str, lane: u16, connections: &Connections) -> BlockWorkerClient<Channel> {
    let (host, port) = address.rsplit_once(':').expect("host and port");
    let server = ServerAddress::new(host, port.parse().expect("a port"));
    let channel = connections.channel(server, Lane::Streaming(lane), Login::NoSasl);
    BlockWorkerClient::new(channel).max_decoding_message_size(16 << 20)
}

async fn read_range(client: &mut BlockWorkerClient<Channel>, request: ReadRequest) -> usize {
    let (sender, receiver) = mpsc::channel(2);
    sender.send(request.clone()).await.expect("room");
    let mut answers = client
        .read_block(ReceiverStream::new(receiver))
        .await
        .expect("it opens")
        .into_inner();
    let mut total = 0;
    while let Some(answer) = answers.message().await.expect("bytes") {
        total += answer
            .chunk
            .and_then(|chunk| chunk.data)
            .map_or(0, |data| data.len());
        let received = ReadRequest {
            offset_received: Some(i64::try_from(total).expect("small")),
            ..request.clone()
        };
        sender.try_send(received).ok();
    }
    total
}

fn whole_block(id: i64) -> ReadRequest {
    ReadRequest {
        block_id: Some(id),
        offset: Some(0),
        length: Some(BLOCK as i64),
        chunk_size: Some(1 << 20),
        ..ReadRequest::default()
    }
}

async fn read_blocks(address: &str, streams: usize) {
    let connections = Connections::new(ClientConf::default(), Tasks::new());
    let tasks = (0..streams).map(|stream| {
        let lane = u16::try_from(stream % 4).expect("small");
        let mut client = client(address, lane, &connections);
        let id = i64::try_from(stream).expect("small") % BLOCKS;
        Tasks::new().spawn("read", async move {
            assert_eq!(read_range(&mut client, whole_block(id)).await, BLOCK);
        })
    });
    futures::future::join_all(tasks).await;
}

async fn small_reads(worker: &Other, clock: &SystemClock) {
    let connections = Connections::new(ClientConf::default(), Tasks::new());
    let mut client = client(&worker.address, 0, &connections);
    let (before, started) = (worker.cpu(), clock.monotonic());
    for index in 0..SMALL_READS {
        let request = ReadRequest {
            offset: Some(index * 4096 % (BLOCK as i64 - 4096)),
            length: Some(4096),
            position_short: Some(true),
            ..whole_block(index % BLOCKS)
        };
        assert_eq!(read_range(&mut client, request).await, 4096);
    }
    let elapsed = (clock.monotonic() - started).as_secs_f64();
    let cpu = worker.cpu() - before;
    say(&format!(
        "4 KiB reads, one after the other: {:.0} per second, {:.1} us each, worker {:.1} us each",
        SMALL_READS as f64 / elapsed,
        elapsed * 1e6 / SMALL_READS as f64,
        cpu * 1e6 / SMALL_READS as f64
    ));
}

async fn writes(worker: &Other, clock: &SystemClock) {
    let connections = Connections::new(ClientConf::default(), Tasks::new());
    let folder = tempfile::tempdir_in("/dev/shm").expect("memory");
    let piece = vec![7_u8; 1 << 20];
    let (mut plain, mut over, mut cost) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let path = folder.path().join("plain");
        let started = clock.monotonic();
        let mut file = std::fs::File::create(&path).expect("a file");
        for _ in 0..BLOCK >> 20 {
            file.write_all(&piece).expect("room");
        }
        drop(file);
        plain.push(rate(BLOCK, clock.monotonic() - started));
        std::fs::remove_file(&path).expect("a file");

        let mut client = client(&worker.address, 0, &connections);
        let (before, started) = (worker.cpu(), clock.monotonic());
        write_block(&mut client, 1000 + round as i64).await;
        over.push(rate(BLOCK, clock.monotonic() - started));
        cost.push((worker.cpu() - before) / BLOCK as f64 * 1e9);
    }
    let (plain, over, cost) = (median(plain), median(over), median(cost));
    say(&format!(
        "write to memory: {over:.2} GB/s, plain file {plain:.2} GB/s, ratio {:.2}, worker {cost:.2} \
         cores per GB/s",
        over / plain
    ));
}

/// Writes a block and resets at the end: there is no master to commit it to.
async fn write_block(client: &mut BlockWorkerClient<Channel>, id: i64) {
    let (sender, receiver) = mpsc::channel(4);
    let command = |flush: bool, offset: Option<i64>| WriteRequest {
        value: Some(Value::Command(WriteRequestCommand {
            r#type: Some(RequestType::AlluxioBlock.into()),
            id: Some(id),
            tier: Some(0),
            flush: Some(flush),
            offset,
            space_to_reserve: Some(BLOCK as i64),
            ..WriteRequestCommand::default()
        })),
    };
    sender.send(command(false, None)).await.expect("room");
    let mut request = tonic::Request::new(ReceiverStream::new(receiver));
    let reset = request.cancellation_handle();
    let mut answers = client
        .write_block(request)
        .await
        .expect("it opens")
        .into_inner();
    let piece = Bytes::from(vec![7; 1 << 20]);
    for _ in 0..BLOCK >> 20 {
        let chunk = WriteRequest {
            value: Some(Value::Chunk(Chunk {
                data: Some(piece.clone()),
            })),
        };
        sender.send(chunk).await.expect("room");
    }
    sender
        .send(command(true, Some(BLOCK as i64)))
        .await
        .expect("room");
    let answer = answers
        .message()
        .await
        .expect("an answer")
        .expect("an answer");
    assert_eq!(answer.offset(), BLOCK as i64);
    reset.cancel();
    answers.message().await.ok();
}
