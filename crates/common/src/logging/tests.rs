//! Events through the layer, as a file would get them.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::*;
use crate::{ManualClock, Timestamp};

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Memory {
    /// The lines without their times, which depend on the time zone.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().clone()).unwrap();
        text.lines().map(|line| line[24..].to_owned()).collect()
    }
}

fn with_log(work: impl FnOnce(&LogLevels)) -> Memory {
    let memory = Memory::default();
    let levels = LogLevels::new(LevelFilter::INFO);
    let clock = ManualClock::starting_at(Timestamp::from_millis(1_583_710_844_374));
    let layer = LogLayer::new(levels.clone(), clock, memory.clone());
    tracing::subscriber::with_default(Registry::default().with(layer), || work(&levels));
    memory
}

#[test]
fn a_line_has_the_known_layout_with_fields_at_the_end() {
    let memory = with_log(|_| {
        tracing::warn!(
            target: "alluxio_worker::block_master_client",
            worker_id = 5, path = %"/a b", "worker lost"
        );
        tracing::info!(target: "alluxio_master::process", name = "x y", "started");
    });
    assert_eq!(
        memory.lines(),
        [
            "WARN  BlockMasterClient - worker lost worker_id=5 path=/a b",
            "INFO  Process - started name=\"x y\"",
        ]
    );
    let text = String::from_utf8(memory.0.lock().clone()).unwrap();
    let time = &text[..23];
    assert!(
        time.ends_with(",374") && time.as_bytes()[10] == b' ',
        "{time}"
    );
}

#[test]
fn secrets_are_stars_and_line_breaks_do_not_forge_lines() {
    let memory = with_log(|_| {
        tracing::info!(secret_key = "abc", path = %"/x\n2020-01-01 forged", "mounted");
    });
    assert_eq!(
        memory.lines(),
        ["INFO  Tests - mounted secret_key=****** path=/x\\n2020-01-01 forged"]
    );
}

#[test]
fn levels_change_while_the_process_runs() {
    let memory = with_log(|levels| {
        let step = |text: &str| {
            tracing::debug!(target: "alluxio_master::inode", "{text}");
            tracing::debug!(target: "alluxio_worker::block", "{text}");
        };
        step("one");
        levels.set("alluxio.master", "DEBUG").unwrap();
        step("two");
        levels.set("alluxio.master", "ERROR").unwrap();
        step("three");
    });
    assert_eq!(memory.lines(), ["DEBUG Inode - two"]);
}

#[test]
fn a_long_line_is_cut() {
    let memory = with_log(|_| tracing::info!("{}", "é".repeat(20_000)));
    let line = &memory.lines()[0];
    assert!(line.len() < 17_000 && line.ends_with(" ..."));
}
