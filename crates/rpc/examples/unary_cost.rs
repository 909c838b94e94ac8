//! What one unary call costs the server: processor time of a server process under the load of many
//! callers, with authentication on.
//!
//! `cargo run --release -p alluxio-rpc --example unary_cost [callers] [connections] [seconds] [path]
//! [generated]`
//!
//! A call for the path `/wait` waits for a tick that wakes all waiting calls together, as a group
//! commit does; any other is answered at once.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a measuring tool that people run by hand"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use alluxio_common::{SystemClock, Tasks};
use alluxio_proto::grpc::file::file_system_master_client_service_client::FileSystemMasterClientServiceClient;
use alluxio_proto::grpc::file::file_system_master_client_service_server::{
    FileSystemMasterClientService, FileSystemMasterClientServiceServer,
};
use alluxio_proto::grpc::file::{FileInfo, GetStatusPRequest, GetStatusPResponse};
use alluxio_rpc::{
    AuthenticatedUser, Authentication, ChannelsConf, ClientConf, Connections,
    DEFAULT_MAX_MESSAGE_BYTES, Impersonation, Lane, Login, RpcServer, ServerConf, Serving,
    SimpleAuthentication, UserGroups,
};
use tonic::{Request, Response, Status};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The time from one group commit to the next.
const TICK: Duration = Duration::from_micros(500);

#[derive(Debug)]
struct Files {
    ticks: tokio::sync::watch::Receiver<u64>,
}

#[tonic::async_trait]
impl FileSystemMasterClientService for Files {
    async fn get_status(
        &self,
        request: Request<GetStatusPRequest>,
    ) -> Result<Response<GetStatusPResponse>, Status> {
        let user = AuthenticatedUser::of(&request)?;
        if request.get_ref().path() == "/wait" {
            self.ticks.clone().changed().await.unwrap();
        }
        let info = FileInfo {
            file_id: Some(1_325_400_063),
            path: request.into_inner().path,
            owner: Some(user.name().to_owned()),
            length: Some(64 << 20),
            ..FileInfo::default()
        };
        Ok(Response::new(GetStatusPResponse {
            file_info: Some(info),
        }))
    }
}

#[derive(Debug)]
struct NoGroups;

#[tonic::async_trait]
impl UserGroups for NoGroups {
    async fn groups_of(&self, _user: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What stands between the transport and the handler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Glue {
    Direct,
    Generated,
}

/// Serves until the standard input closes.
async fn serve(glue: Glue) {
    let tasks = Tasks::new();
    let (tick, ticks) = tokio::sync::watch::channel(0);
    std::thread::spawn(move || {
        while !tick.is_closed() {
            std::thread::sleep(TICK);
            tick.send_modify(|count| *count += 1);
        }
    });
    let serving = Serving::standby();
    serving.start();
    let conf = ServerConf {
        authentication: Authentication::Simple(SimpleAuthentication {
            impersonation: Impersonation::default(),
            groups: Arc::new(NoGroups),
            channels: ChannelsConf::default(),
        }),
        max_message_bytes: DEFAULT_MAX_MESSAGE_BYTES,
        serving,
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let files = Arc::new(Files { ticks });
    let mut builder = RpcServer::builder(conf, SystemClock::shared()).service(
        FileSystemMasterClientServiceServer::from_arc(Arc::clone(&files)),
    );
    if glue == Glue::Direct {
        builder = builder.unary(
            "/alluxio.grpc.file.FileSystemMasterClientService/GetStatus",
            move |request| {
                let files = Arc::clone(&files);
                async move { files.get_status(request).await }
            },
        );
    }
    let server = builder.serve(listener, &tasks).unwrap();
    println!("{}", server.address());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .unwrap()
        .unwrap();
    server.shutdown(Duration::from_secs(1)).await;
}

struct Load {
    callers: usize,
    connections: u16,
    duration: Duration,
    path: String,
}

/// Calls made per second, by callers that each wait for their answer.
async fn load(address: SocketAddr, load: &Load, server: &Child) -> (u64, Duration, Duration) {
    let tasks = Tasks::new();
    let connections = Connections::new(ClientConf::default(), tasks.clone());
    let (count, stop) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    for caller in 0..load.callers {
        let slot = u16::try_from(caller).unwrap() % load.connections;
        let lane = Lane::Streaming(slot);
        let channel = connections.channel(address.into(), lane, Login::simple("alice"));
        channel.open().await.unwrap();
        let (count, stop) = (Arc::clone(&count), Arc::clone(&stop));
        let mut client = FileSystemMasterClientServiceClient::new(channel);
        let path = load.path.clone();
        tasks.spawn("caller", async move {
            while !stop.load(Ordering::Relaxed) {
                let request = GetStatusPRequest {
                    path: Some(path.clone()),
                    options: None,
                };
                if let Err(status) = client.get_status(request).await {
                    assert!(stop.load(Ordering::Relaxed), "{status}");
                    return;
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (calls, cpu, started) = (
        count.load(Ordering::Relaxed),
        cpu_of(server),
        Instant::now(),
    );
    tokio::time::sleep(load.duration).await;
    let calls = count.load(Ordering::Relaxed) - calls;
    let (cpu, elapsed) = (cpu_of(server) - cpu, started.elapsed());
    stop.store(true, Ordering::Relaxed);
    tasks.shutdown().await;
    (calls, cpu, elapsed)
}

/// User and system time of a process; the kernel counts in hundredths of a second.
fn cpu_of(process: &Child) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.first().is_some_and(|mode| mode == "serve") {
        let direct = arguments.len() == 1;
        return runtime.block_on(serve(if direct {
            Glue::Direct
        } else {
            Glue::Generated
        }));
    }
    let number = |index: usize, usual: u64| {
        arguments
            .get(index)
            .map_or(usual, |text| text.parse().unwrap())
    };
    let conf = Load {
        callers: usize::try_from(number(0, 64)).unwrap(),
        connections: u16::try_from(number(1, 4)).unwrap(),
        duration: Duration::from_secs(number(2, 5)),
        path: arguments
            .get(3)
            .map_or("/directory/of/some/depth/file000123", String::as_str)
            .to_owned(),
    };
    let generated = arguments.get(4).is_some_and(|word| word == "generated");
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(if generated {
            &["serve", "generated"][..]
        } else {
            &["serve"]
        })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    let (calls, cpu, elapsed) =
        runtime.block_on(load(address.trim().parse().unwrap(), &conf, &server));
    drop(server.stdin.take());
    server.wait().unwrap();
    let per_second = calls as f64 / elapsed.as_secs_f64();
    let microseconds = cpu.as_secs_f64() * 1e6 / calls as f64;
    println!(
        "{} callers on {} connections: {per_second:.0} calls/s, server {microseconds:.2} us of processor time per call",
        conf.callers, conf.connections
    );
}
