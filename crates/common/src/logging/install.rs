//! [`Logging`]: sets up the log of a process, once.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use super::layer::LogLayer;
use super::levels::LogLevels;
use super::rolling_file::RollingFile;
use super::settings::LogSettings;
use crate::Clock;

/// Lines that wait for the disk. When it is slower than that, lines are dropped rather than
/// requests held up: at 150 bytes each this is a few megabytes.
const QUEUE_LINES: usize = 16 * 1024;

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// To this file and its backups.
    File(PathBuf),
    /// To standard error: for containers.
    Console,
    /// Nowhere: for commands whose log folder cannot be written.
    Nowhere,
}

/// The log of this process. Dropping it writes out what is queued.
#[derive(Debug)]
pub struct Logging {
    levels: LogLevels,
    _queue: Option<WorkerGuard>,
}

impl Logging {
    /// As [`Logging::start_with`], with the usual files and everything at `root`.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn start(target: &LogTarget, root: LevelFilter, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let settings = LogSettings {
            root,
            ..LogSettings::default()
        };
        Self::start_with(target, &settings, clock)
    }

    /// Sends everything that this process logs to `target` from now on. Panics are logged as well.
    /// To be called once, by the program; a second call changes nothing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn start_with(
        target: &LogTarget,
        settings: &LogSettings,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let levels = LogLevels::with_loggers(settings.root, settings.loggers.clone());
        let queue =
            |builder: NonBlockingBuilder| builder.buffered_lines_limit(QUEUE_LINES).lossy(true);
        let (writer, guard) = match target {
            LogTarget::File(path) => {
                let file = RollingFile::open(path, settings.limits)?;
                queue(NonBlockingBuilder::default()).finish(file)
            }
            LogTarget::Console => queue(NonBlockingBuilder::default()).finish(io::stderr()),
            LogTarget::Nowhere => {
                return Ok(Self {
                    levels,
                    _queue: None,
                });
            }
        };
        let layer = LogLayer::new(levels.clone(), clock, writer);
        let subscriber = Registry::default().with(layer);
        if tracing::subscriber::set_global_default(subscriber).is_ok() {
            log_panics();
        }
        Ok(Self {
            levels,
            _queue: Some(guard),
        })
    }

    /// The levels of its loggers, for `logLevel`.
    pub fn levels(&self) -> LogLevels {
        self.levels.clone()
    }
}

/// A panic goes to the log as well as to standard error.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        let message = panic
            .payload()
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str));
        tracing::error!(place, message = message.unwrap_or_default(), "panic");
        before(panic);
    }));
}
