//! `runUfsIOTest`: how fast an under store is written and read, as JSON.
//!
//! Every thread writes a file of its own and then reads it. The store is used directly, as workers
//! use it; neither master nor worker are needed. The names in the result are those that Alluxio's
//! own bench prints.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::conf::{Conf, Role};
use alluxio_common::{ByteSize, Clock, Mode, UfsPath};
use alluxio_ufs::{CreateOptions, MkdirOptions, Recursion, UfsError, UnderFileSystem};
use bytes::Bytes;
use futures::future::join_all;
use rand::RngCore;
use serde_json::{Value as Json, json};

use super::environment::Call;
use super::runtime::runtime;
use super::store_directory;
use crate::output::Output;
use crate::shell::{HeldSignals, Interruption, OptionSpec, Progress, Value, option_table, parse};

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::long("help", "print this"),
    OptionSpec::long(
        "path",
        "a directory of the store; what is written there is removed",
    )
    .taking(Value::One("ufs")),
    OptionSpec::long(
        "io-size",
        "what each thread writes and reads; 4G by default",
    )
    .taking(Value::One("size")),
    OptionSpec::long(
        "threads",
        "how many files are under way at once; 4 by default",
    )
    .taking(Value::One("n")),
    OptionSpec::long("java-opt", "has no meaning here, and is accepted")
        .taking(Value::One("option")),
    OptionSpec::long("cluster", "is refused: the test runs on this machine"),
    OptionSpec::long("cluster-limit", "goes with --cluster").taking(Value::One("n")),
];

const DEFAULT_SIZE: u64 = 4 << 30;
const DEFAULT_THREADS: u64 = 4;

/// More would measure this machine's memory instead of the store.
const MOST_THREADS: u64 = 1024;

/// What is written at once, again and again: making more would cost time.
const CHUNK: usize = 1 << 20;

/// The most that is read at once.
const READ_MAX: usize = 8 << 20;

const MIB: f64 = 1024.0 * 1024.0;

/// What the command line says.
struct Plan {
    root: UfsPath,
    size: u64,
    threads: usize,
}

/// What one thread has done in one direction.
struct Point {
    mode: &'static str,
    bytes: u64,
    took: Duration,
}

/// Writes and reads as fast as the store allows; the exit code is 1 when anything failed.
pub(super) fn run(call: Call) -> u8 {
    let output = &call.output;
    let parsed = match parse(OPTIONS, &call.arguments) {
        Ok(parsed) => parsed,
        Err(error) => return misunderstood(output, &error.to_string()),
    };
    if parsed.has("help") {
        output.line(usage());
        return 0;
    }
    if parsed.has("cluster") || parsed.has("cluster-limit") {
        let sentence = "--cluster is not supported: run the test on each machine";
        return misunderstood(output, sentence);
    }
    let value = |name| parsed.values(name).last().copied();
    let plan = match Plan::of(value("path"), value("io-size"), value("threads")) {
        Ok(plan) => plan,
        Err(sentence) => return misunderstood(output, &sentence),
    };
    let conf = match call.load_valid(Role::User) {
        Ok(loaded) => loaded.conf,
        Err(code) => return code,
    };
    // Before there are other threads, which take over what this one holds.
    let interruption = Interruption::default();
    let signals = HeldSignals::hold(interruption.clone());
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return misunderstood(output, &error.to_string()),
    };
    let command = run_in_folder(&call, &conf, &plan, &interruption);
    let Some(mut signals) = signals else {
        return runtime.block_on(command);
    };
    match runtime.block_on(signals.during(command)) {
        Ok(code) => code,
        Err(signal) => signals.die(signal),
    }
}

impl Plan {
    fn of(path: Option<&str>, size: Option<&str>, threads: Option<&str>) -> Result<Self, String> {
        let path = path.ok_or("The path of the store is missing")?;
        let root = UfsPath::parse(path).map_err(|error| error.to_string())?;
        let size = match size {
            None => DEFAULT_SIZE,
            Some(text) => match ByteSize::parse(text) {
                Ok(size) if size.bytes() > 0 => size.bytes(),
                Ok(_) | Err(_) => return Err(format!("--io-size cannot be {text}: try 512MB")),
            },
        };
        let threads = match threads.map(str::parse) {
            None => DEFAULT_THREADS,
            Some(Ok(threads)) if (1..=MOST_THREADS).contains(&threads) => threads,
            Some(_) => return Err(format!("--threads is a number from 1 to {MOST_THREADS}")),
        };
        let threads = usize::try_from(threads).map_err(|error| error.to_string())?;
        Ok(Self {
            root,
            size,
            threads,
        })
    }
}

/// Makes a folder that nobody else has, and removes it whatever happens.
async fn run_in_folder(call: &Call, conf: &Conf, plan: &Plan, interruption: &Interruption) -> u8 {
    let ufs = match store_directory::connect(call, conf, &plan.root).await {
        Ok(ufs) => ufs,
        Err(code) => return code,
    };
    let _cleans_up = interruption.listen();
    let name = format!("io-benchmark-{:016x}", rand::rng().next_u64());
    let folder = plan.root.join(&name);
    let mode = Mode::from_bits(0o755);
    if let Err(error) = ufs.mkdir(&folder, MkdirOptions::new(mode)).await {
        return store_directory::print_failure(call, conf, error);
    }
    let measured = interruption
        .or(async { Ok(measure(call, Arc::clone(&ufs), plan, &folder).await) })
        .await;
    if let Err(error) = ufs.delete_directory(&folder, Recursion::All).await {
        call.output
            .error_line(format_args!("{folder} is left behind: {error}"));
    }
    // Whoever is interrupted ends by the signal, whatever this says.
    measured.unwrap_or(1)
}

async fn measure(call: &Call, ufs: Arc<dyn UnderFileSystem>, plan: &Plan, folder: &UfsPath) -> u8 {
    let bench = Bench {
        ufs,
        clock: Arc::clone(&call.clock),
        progress: Progress::bytes(&call.output),
        size: plan.size,
        chunk: random_chunk(),
    };
    let total = plan.size.saturating_mul(plan.threads as u64);
    bench.progress.bar().set_length(total.saturating_mul(2));
    let files: Vec<UfsPath> = (0..plan.threads)
        .map(|index| folder.join(&format!("io-benchmark-{index}")))
        .collect();
    let (mut points, mut errors) = (Vec::new(), Vec::new());
    let mut keep = |results: Vec<Result<Point, String>>| {
        for result in results {
            match result {
                Ok(point) => points.push(point),
                Err(error) => errors.push(error),
            }
        }
    };
    keep(join_all(files.iter().map(|file| bench.write(file))).await);
    keep(join_all(files.iter().map(|file| bench.read(file))).await);
    drop(bench);
    let code = u8::from(!errors.is_empty());
    call.output.line(summary(plan, &points, &errors));
    code
}

struct Bench {
    ufs: Arc<dyn UnderFileSystem>,
    clock: Arc<dyn Clock>,
    progress: Progress,
    size: u64,
    chunk: Bytes,
}

impl Bench {
    async fn write(&self, file: &UfsPath) -> Result<Point, String> {
        let told = |error: UfsError| error.to_string();
        let begin = self.clock.monotonic();
        let mut writer = self
            .ufs
            .create(file, CreateOptions::default())
            .await
            .map_err(told)?;
        let mut left = self.size;
        while left > 0 {
            let length = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            let piece = self.chunk.slice(..length);
            if let Err(error) = writer.write(piece).await {
                // The folder is removed as a whole; what is under way must not come later.
                drop(writer.abort().await);
                return Err(told(error));
            }
            left -= length as u64;
            self.progress.bar().inc(length as u64);
        }
        writer.close().await.map_err(told)?;
        Ok(Point {
            mode: "WRITE",
            bytes: self.size,
            took: self.clock.monotonic().saturating_sub(begin),
        })
    }

    async fn read(&self, file: &UfsPath) -> Result<Point, String> {
        let told = |error: UfsError| error.to_string();
        let begin = self.clock.monotonic();
        let mut reader = self.ufs.open(file, 0).await.map_err(told)?;
        reader.expect(self.size);
        let mut bytes = 0;
        loop {
            let piece = reader.read(READ_MAX).await.map_err(told)?;
            if piece.is_empty() {
                break;
            }
            bytes += piece.len() as u64;
            self.progress.bar().inc(piece.len() as u64);
        }
        if bytes != self.size {
            let size = self.size;
            return Err(format!(
                "{file} has {bytes} bytes, not the {size} that were written"
            ));
        }
        Ok(Point {
            mode: "READ",
            bytes,
            took: self.clock.monotonic().saturating_sub(begin),
        })
    }
}

/// No store compresses it.
fn random_chunk() -> Bytes {
    let mut chunk = vec![0; CHUNK];
    rand::rng().fill_bytes(&mut chunk);
    chunk.into()
}

impl Point {
    /// MiB per second; the original calls them Mbps.
    fn speed(&self) -> f64 {
        self.bytes as f64 / MIB / self.took.as_secs_f64().max(1e-9)
    }
}

fn summary(plan: &Plan, points: &[Point], errors: &[String]) -> String {
    let of =
        |mode: &str| -> Vec<&Point> { points.iter().filter(|point| point.mode == mode).collect() };
    let shown: Vec<Json> = points.iter().map(point_json).collect();
    let summary = json!({
        "readSpeedStat": stat_json(&of("READ")),
        "writeSpeedStat": stat_json(&of("WRITE")),
        "errors": errors,
        "parameters": {
            "mPath": plan.root.to_string(),
            "mDataSize": plan.size.to_string(),
            "mThreads": plan.threads,
        },
        "points": shown,
    });
    serde_json::to_string_pretty(&summary).unwrap_or_default()
}

fn point_json(point: &Point) -> Json {
    json!({
        "mMode": point.mode,
        "mDurationSeconds": rounded(point.took.as_secs_f64()),
        "mDataSizeBytes": point.bytes,
        "mSpeedMbps": rounded(point.speed()),
    })
}

fn stat_json(points: &[&Point]) -> Json {
    let speeds: Vec<f64> = points.iter().map(|point| point.speed()).collect();
    let count = speeds.len().max(1) as f64;
    let mean = speeds.iter().sum::<f64>() / count;
    let variance = speeds
        .iter()
        .map(|speed| (speed - mean).powi(2))
        .sum::<f64>()
        / count;
    let smallest = speeds.iter().copied().reduce(f64::min).unwrap_or_default();
    let largest = speeds.iter().copied().reduce(f64::max).unwrap_or_default();
    let seconds: f64 = points.iter().map(|point| point.took.as_secs_f64()).sum();
    let bytes: u64 = points.iter().map(|point| point.bytes).sum();
    json!({
        "mTotalDurationSeconds": rounded(seconds),
        "mTotalSizeBytes": bytes,
        "mMaxSpeedMbps": rounded(largest),
        "mMinSpeedMbps": rounded(smallest),
        "mAvgSpeedMbps": rounded(mean),
        "mStdDev": rounded(variance.sqrt()),
    })
}

/// More digits say nothing.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn usage() -> String {
    let table = option_table(OPTIONS, crate::shell::DEFAULT_WIDTH, 1);
    format!("Usage: runUfsIOTest --path <ufs> [--io-size <size>] [--threads <n>]\n{table}")
}

fn misunderstood(output: &Output, sentence: &str) -> u8 {
    output.error_line(sentence);
    output.line(usage());
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_threads_have_defaults_and_limits() {
        let plan = Plan::of(Some("/mnt/store"), None, None).unwrap();
        assert_eq!((plan.size, plan.threads), (4 << 30, 4));
        let plan = Plan::of(Some("s3://b/d"), Some("512m"), Some("1024")).unwrap();
        assert_eq!((plan.size, plan.threads), (512 << 20, 1024));
        for wrong in [
            Plan::of(None, None, None),
            Plan::of(Some("/d"), Some("0"), None),
            Plan::of(Some("/d"), Some("lots"), None),
            Plan::of(Some("/d"), None, Some("0")),
            Plan::of(Some("/d"), None, Some("1025")),
        ] {
            assert!(wrong.is_err());
        }
    }

    #[test]
    fn the_summary_has_mean_extremes_and_deviation() {
        let point = |seconds| Point {
            mode: "READ",
            bytes: 12 << 20,
            took: Duration::from_secs(seconds),
        };
        let points = [point(2), point(6)];
        let stat = stat_json(&points.iter().collect::<Vec<_>>());
        assert_eq!(stat["mMaxSpeedMbps"], 6.0);
        assert_eq!(stat["mMinSpeedMbps"], 2.0);
        assert_eq!(stat["mAvgSpeedMbps"], 4.0);
        assert_eq!(stat["mStdDev"], 2.0);
        assert_eq!(stat["mTotalSizeBytes"], 24 << 20);
    }
}
