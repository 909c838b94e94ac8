//! Measures a journal on the disk that holds the given folder (by default the temporary one):
//! durable appends per second with 1, 64 and 1024 waiters, processor time per append, replay of the
//! log, checkpoint writing and verification.
//!
//! `cargo run --release -p alluxio-journal --example speed [folder]`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{BoxedError, Clock, SequenceNumber, SystemClock, Tasks, Timestamp};
use alluxio_journal::checkpoint::{Checkpoint, CheckpointSink, CheckpointSource};
use alluxio_journal::disk::RealDisk;
use alluxio_journal::local::{FormatRequest, format};
use alluxio_journal::{
    FormatId, Journal, JournalError, Journaled, LocalJournal, LocalJournalConf, Recovery,
};
use nix::sys::resource::{UsageWho, getrusage};

/// About what a file's creation takes.
const PAYLOAD: [u8; 150] = [0x61; 150];

const CHUNK: usize = 1 << 20;
const CHECKPOINT_CHUNKS: usize = 1024;

#[derive(Debug, Default)]
struct Count {
    entries: u64,
    bytes: u64,
}

impl Journaled for Count {
    fn load_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), BoxedError> {
        self.entries = checkpoint.info().end.raw();
        Ok(())
    }

    fn apply(&mut self, _number: SequenceNumber, payload: &[u8]) -> Result<(), BoxedError> {
        self.entries += 1;
        self.bytes += payload.len() as u64;
        Ok(())
    }
}

struct Zeros(SequenceNumber);

impl CheckpointSource for Zeros {
    fn end(&self) -> SequenceNumber {
        self.0
    }

    fn write_sections(&mut self, sink: &mut dyn CheckpointSink) -> Result<(), JournalError> {
        sink.begin_section("zeros")?;
        let chunk = vec![0; CHUNK];
        for _ in 0..CHECKPOINT_CHUNKS {
            sink.write_chunk(&chunk)?;
        }
        Ok(())
    }
}

fn cpu_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts its processes' time");
    let time = |value: nix::sys::time::TimeVal| {
        let micros = value.tv_sec() * 1_000_000 + value.tv_usec();
        Duration::from_micros(micros.unsigned_abs())
    };
    time(usage.user_time()) + time(usage.system_time())
}

fn open(folder: &Path, clock: &Arc<dyn Clock>) -> (LocalJournal, Count, Duration) {
    let conf = LocalJournalConf::new(folder.to_owned(), "the measurement".to_owned());
    let mut state = Count::default();
    let replayed = Recovery::begin(conf, Arc::new(RealDisk), Arc::clone(clock))
        .and_then(|recovery| recovery.replay(&mut state))
        .expect("the disk works");
    let elapsed = replayed.report().elapsed;
    let journal = replayed.start().expect("the disk works");
    (journal, state, elapsed)
}

async fn append(journal: &Arc<LocalJournal>, clock: &Arc<dyn Clock>, waiters: u64, total: u64) {
    let mut out = std::io::stdout();
    let before = journal.status();
    let (cpu, began) = (cpu_time(), clock.monotonic());
    let tasks = Tasks::new();
    let mut appenders = Vec::new();
    for _ in 0..waiters {
        let journal = Arc::clone(journal);
        appenders.push(tasks.spawn("appender", async move {
            for _ in 0..total / waiters {
                journal.admit().await.expect("the disk works");
                let number = journal.append(&PAYLOAD).expect("the entry is short");
                journal.wait_durable(number).await.expect("the disk works");
            }
        }));
    }
    for appender in appenders {
        appender.await.expect("appenders do not panic");
    }
    let (cpu, elapsed) = (cpu_time() - cpu, clock.monotonic() - began);
    let after = journal.status();
    let flushes = after.flushes - before.flushes;
    writeln!(
        out,
        "{waiters:5} waiters: {:8.0} durable appends/s, {:6.2} us CPU each, {:6.1} per flush, {:6.0} us per flush",
        total as f64 / elapsed.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / total as f64,
        total as f64 / flushes as f64,
        (after.flush_time - before.flush_time).as_secs_f64() * 1e6 / flushes as f64,
    )
    .expect("standard output is there");
}

#[tokio::main]
async fn main() {
    let root = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = root.join(format!("journal-speed-{}", std::process::id()));
    let clock = SystemClock::shared();
    let request = FormatRequest {
        format_id: FormatId::from_bytes([1; 16]),
        formatted_at: Timestamp::from_millis(0),
        owner: "the measurement".to_owned(),
    };
    format(&RealDisk, &folder, &request).expect("the folder is writable");
    let (journal, _, _) = open(&folder, &clock);
    let journal = Arc::new(journal);
    append(&journal, &clock, 1, 4_000).await;
    append(&journal, &clock, 8, 40_000).await;
    append(&journal, &clock, 64, 300_000).await;
    append(&journal, &clock, 1024, 1_000_000).await;
    journal.close().await.expect("the disk works");

    let (journal, state, elapsed) = open(&folder, &clock);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "replay of the log: {} entries, {:.0} entries/s",
        state.entries,
        state.entries as f64 / elapsed.as_secs_f64()
    )
    .expect("standard output is there");

    let began = clock.monotonic();
    let source = Zeros(journal.status().durable_end);
    journal
        .write_checkpoint(Box::new(source))
        .await
        .expect("the disk works");
    let written = clock.monotonic() - began;
    journal.close().await.expect("the disk works");
    let (journal, _, verified) = open(&folder, &clock);
    let gib = (CHUNK * CHECKPOINT_CHUNKS) as f64 / f64::from(1 << 30);
    writeln!(
        out,
        "checkpoint: written at {:.2} GiB/s, verified at {:.2} GiB/s",
        gib / written.as_secs_f64(),
        gib / verified.as_secs_f64()
    )
    .expect("standard output is there");
    journal.close().await.expect("the disk works");
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}
