//! `readJournal`: the entries of the journal as text.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alluxio_common::conf::{Role, key};
use alluxio_common::{BoxedError, Describe, ErrorCode, SequenceNumber};
use alluxio_journal::disk::RealDisk;
use alluxio_journal::{Checkpoint, Journaled, LocalJournalConf, Recovery};
use alluxio_master::journal_entry::{DecodeError, Transaction};

use super::environment::Call;
use super::process::{journal_folder, process_name};
use crate::output::Output;
use crate::shell::{OptionSpec, Value, option_table, parse};

/// The exit code when the arguments are not understood.
const MISUNDERSTOOD: u8 = 255;

const WIDTH: usize = 74;

const RULE: &str =
    "--------------------------------------------------------------------------------";

const USAGE: &str = "\
usage: readJournal [-end <arg>] [-help] [-inputDir <arg>] [-outputDir
       <arg>] [-start <arg>]
Writes what the journal of a master that does not run holds, as text.";

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::short("end", "The entries before this number; all by default.")
        .taking(Value::One("arg")),
    OptionSpec::short("help", "Prints this."),
    OptionSpec::short(
        "inputDir",
        "The folder of the journal; the configured one by default.",
    )
    .taking(Value::One("arg")),
    OptionSpec::short(
        "master",
        "Which journal: FileSystemMaster, the default, is the only one that there is.",
    )
    .taking(Value::One("arg")),
    OptionSpec::short(
        "outputDir",
        "The folder to write to; journal_dump-<time> by default.",
    )
    .taking(Value::One("arg")),
    OptionSpec::short("start", "The entries from this number on; 0 by default.")
        .taking(Value::One("arg")),
];

/// Writes the journal to `edits.txt`.
pub(super) fn run(call: Call) -> u8 {
    let output = &call.output;
    let parsed = match parse(OPTIONS, &call.arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            output.line(format_args!("Failed to parse input args: {error}"));
            return MISUNDERSTOOD;
        }
    };
    if parsed.has("help") {
        output.line(USAGE);
        output.line(option_table(OPTIONS, WIDTH, 1));
        return 0;
    }
    let number = |key: &str, default: u64| match parsed.value(key) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_not_a_number| format!("For input string: \"{text}\"")),
    };
    let (start, end) = match (number("start", 0), number("end", u64::MAX)) {
        (Ok(start), Ok(end)) => (start, end),
        (Err(error), _) | (_, Err(error)) => {
            output.line(format_args!("Failed to parse input args: {error}"));
            return MISUNDERSTOOD;
        }
    };
    let conf = match call.load_valid(Role::Master) {
        Ok(loaded) => loaded.conf,
        Err(code) => return code,
    };
    let folder = parsed
        .value("inputDir")
        .map_or_else(|| journal_folder(&conf), PathBuf::from);
    let target = match parsed.value("outputDir") {
        Some(target) => PathBuf::from(target),
        None => PathBuf::from(format!("journal_dump-{}", call.clock.now().millis())),
    };
    let kind = conf.choice(key::MASTER_JOURNAL_TYPE);
    output.line(format_args!(
        "Dumping journal of type {kind} to {}",
        target.display()
    ));
    let owner = process_name(&conf, "readJournal");
    let begun = Recovery::begin(
        LocalJournalConf::new(folder, owner),
        Arc::new(RealDisk),
        Arc::clone(&call.clock),
    );
    match begun {
        Ok(recovery) => write_dump(recovery, &target, start..end, output),
        Err(error) => {
            output.error_line(error);
            1
        }
    }
}

/// Only now the folder is made: a journal that is refused leaves nothing behind.
fn write_dump(recovery: Recovery, target: &Path, range: Range<u64>, output: &Output) -> u8 {
    let unwritable = |error: &io::Error| {
        output.error_line(format_args!("{}: {error}", target.display()));
        1
    };
    let mut dump = match Dump::create(target, range) {
        Ok(dump) => dump,
        Err(error) => return unwritable(&error),
    };
    if let Err(error) = recovery.replay(&mut dump) {
        output.error_line(error);
        return 1;
    }
    match dump.out.flush() {
        Ok(()) => 0,
        Err(error) => unwritable(&error),
    }
}

/// A state that only writes down what it is given.
struct Dump {
    out: BufWriter<File>,
    range: Range<u64>,
}

/// Why an entry is not in the dump.
#[derive(Debug, thiserror::Error)]
enum DumpError {
    /// There is no room for it, or no right.
    #[error("the dump cannot be written: {0}")]
    Write(#[from] io::Error),
    /// It makes no sense.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Describe for DumpError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Write(_) => ErrorCode::Internal,
            Self::Decode(_) => ErrorCode::DataCorrupt,
        }
    }
}

impl Dump {
    fn create(folder: &Path, range: Range<u64>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // Every name in the namespace stands in it.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let out = BufWriter::new(options.open(folder.join("edits.txt"))?);
        Ok(Self { out, range })
    }

    fn write(&mut self, text: &str) -> Result<(), DumpError> {
        Ok(writeln!(self.out, "{RULE}\n{text}")?)
    }
}

impl Journaled for Dump {
    fn load_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), BoxedError> {
        let mut text = format!("checkpoint: {}", checkpoint.path().display());
        for section in checkpoint.sections() {
            let (name, bytes) = (section.name(), section.length_bytes());
            text.push_str(&format!("\n  section {name}: {bytes} bytes"));
        }
        Ok(self.write(&text)?)
    }

    fn apply(&mut self, number: SequenceNumber, payload: &[u8]) -> Result<(), BoxedError> {
        if !self.range.contains(&number.raw()) {
            return Ok(());
        }
        let transaction = Transaction::decode(payload).map_err(DumpError::from)?;
        Ok(self.write(&format!("sequence_number: {number}\n{transaction:#?}"))?)
    }
}
