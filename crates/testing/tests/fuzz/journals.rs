//! Files of a journal: whatever has become of them, what is read of them was written.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{ByteSize, SystemClock, Timestamp};
use alluxio_journal::checkpoint::Checkpoint;
use alluxio_journal::contract::Recorder;
use alluxio_journal::disk::SimulatedDisk;
use alluxio_journal::local::{FormatRequest, LocalJournal, LocalJournalConf, Recovery, format};
use alluxio_journal::{FormatId, InspectedEntry, Inspector, Journal, JournalError, inspect};

use crate::decoders::Verdict;

const FOLDER: &str = "/journal";

/// How many entries the journals of the corpus have.
const ENTRIES: usize = 12;

fn run<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(what)
}

fn entry(number: usize) -> Vec<u8> {
    vec![number as u8; number * 7]
}

fn conf() -> LocalJournalConf {
    LocalJournalConf {
        segment_size: ByteSize::from_bytes(64 << 10),
        patience: Duration::ZERO,
        ..LocalJournalConf::new(FOLDER.into(), "the test".to_owned())
    }
}

fn formatted() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let request = FormatRequest {
        format_id: FormatId::from_bytes([7; 16]),
        formatted_at: Timestamp::from_millis(0),
        owner: "the test".to_owned(),
    };
    format(&disk, Path::new(FOLDER), &request).unwrap();
    disk
}

fn replay(disk: &SimulatedDisk, state: &mut Recorder) -> Result<LocalJournal, JournalError> {
    let recovery = Recovery::begin(conf(), Arc::new(disk.clone()), SystemClock::shared())?;
    recovery.replay(state)?.start()
}

/// A disk with a journal that is open, and what it holds.
fn written() -> (SimulatedDisk, LocalJournal, Recorder) {
    let disk = formatted();
    let mut state = Recorder::default();
    let journal = replay(&disk, &mut state).unwrap();
    for number in 0..ENTRIES {
        let at = journal.append(&entry(number)).unwrap();
        run(journal.wait_durable(at)).unwrap();
        state.entries.push(entry(number));
    }
    (disk, journal, state)
}

/// The files of a disk below this folder of the journal.
fn files(disk: &SimulatedDisk, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(FOLDER).join(folder);
    let paths = disk.paths().into_iter();
    let paths = paths.filter(|path| path.parent() == Some(&folder));
    let files = paths.filter_map(|path| disk.content(&path).map(|bytes| (path, bytes)));
    files.filter(|(_, bytes)| !bytes.is_empty()).collect()
}

/// Room that a segment was given before it was needed.
fn without_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

/// Segments of a journal that was killed, and of one that was closed.
pub(crate) fn segments(_name: &str) -> Vec<Vec<u8>> {
    let (disk, journal, _state) = written();
    let killed = disk.copy();
    run(journal.close()).unwrap();
    let all = [files(&killed, "logs"), files(&disk, "logs")].concat();
    all.into_iter()
        .map(|(_, bytes)| without_zeros(bytes))
        .collect()
}

/// A checkpoint of all entries.
pub(crate) fn checkpoints(_name: &str) -> Vec<Vec<u8>> {
    let (disk, journal, state) = written();
    let source = state.source(journal.progress().durable_end());
    run(journal.write_checkpoint(Box::new(source))).unwrap();
    let all = files(&disk, "checkpoints").into_iter();
    all.map(|(_, bytes)| bytes).collect()
}

/// Counts what is found; nothing here may fail.
#[derive(Default)]
struct Found(usize);

impl Inspector for Found {
    fn checkpoint(&mut self, _checkpoint: &Checkpoint) {}

    fn entry(&mut self, found: InspectedEntry<'_>) {
        assert_eq!(found.payload, entry(found.sequence_number.raw() as usize));
        self.0 += 1;
    }

    fn damage(&mut self, _damage: &JournalError) {}

    fn torn_tail(&mut self, _file: &Path, _offset: u64, _length_bytes: u64) {}
}

fn open(folder: &str, name: &str, bytes: &[u8]) -> Verdict {
    let disk = formatted();
    disk.put(&Path::new(FOLDER).join(folder).join(name), bytes);
    inspect(&disk, Path::new(FOLDER), &mut Found::default()).unwrap();
    let mut state = Recorder::default();
    let recovery = Recovery::begin(conf(), Arc::new(disk), SystemClock::shared()).unwrap();
    let is_read = recovery.replay(&mut state).is_ok();
    for (number, read) in state.entries.iter().enumerate() {
        assert_eq!(*read, entry(number), "what is read was written");
    }
    match is_read && !state.entries.is_empty() {
        true => Verdict::Accepted,
        false => Verdict::Refused,
    }
}

/// The newest segment of a journal, with which it begins, too.
pub(crate) fn segment(bytes: &[u8]) -> Verdict {
    open("logs", "0x0-0x7fffffffffffffff-e1", bytes)
}

/// The newest checkpoint, with no log behind it.
pub(crate) fn checkpoint(bytes: &[u8]) -> Verdict {
    open("checkpoints", "0x0-0xc-e1", bytes)
}
