//! How much a copy may use.

use alluxio_common::ByteSize;

use crate::shell::{CommandError, Invocation, OptionSpec, Value};

/// The option that all parallel copies take.
pub(in super::super) const THREAD_OPTION: OptionSpec = OptionSpec::long(
    "thread",
    "how many files are copied at the same time; by default 16, or twice the number of CPU cores \
     if that is more",
)
.taking(Value::One("threads"));

/// What is read at once. One piece is read while the one before is sent, so a copy of 16 files holds
/// 64 MB at the most.
const DEFAULT_BUFFER: usize = 2 << 20;

/// Larger pieces do not make a copy faster.
const LARGEST_BUFFER: usize = 8 << 20;

/// Small files wait for disks, not for processors: with this many the journal and the store write
/// for several of them at once.
const LEAST_FILES: usize = 16;

/// More files at the same time only wait for each other.
const MOST_FILES: usize = 1024;

/// How much a copy may use.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Settings {
    /// How many files are copied at the same time.
    pub(super) files: usize,
    /// How many bytes are read at once.
    pub(super) buffer: usize,
}

impl Settings {
    /// Reads `--thread` and `--buffersize`.
    ///
    /// # Errors
    /// When one of them is no positive number.
    pub(in super::super) fn of(call: &Invocation) -> Result<Self, CommandError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let files = match call.value("thread") {
            None => LEAST_FILES.max(cores * 2),
            Some(text) => match text.parse::<i64>() {
                Ok(number) => usize::try_from(number).unwrap_or(0),
                Err(_not_a_number) => {
                    return Err(CommandError::refused(format!(
                        "For input string: \"{text}\""
                    )));
                }
            },
        };
        if files == 0 {
            return Err(CommandError::usage("thread must be > 0"));
        }
        let buffer = match call.value("buffersize").map(ByteSize::parse) {
            None => DEFAULT_BUFFER,
            Some(Ok(size)) if size.bytes() > 0 => usize::try_from(size.bytes())
                .unwrap_or(LARGEST_BUFFER)
                .min(LARGEST_BUFFER),
            Some(Ok(_) | Err(_)) => {
                return Err(CommandError::usage("buffersize must be > 0"));
            }
        };
        Ok(Self {
            files: files.min(MOST_FILES),
            buffer,
        })
    }
}
