//! [`LogLayer`]: takes events, makes lines.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::levels::LogLevels;
use super::line;
use crate::Clock;

/// Writes every event that its logger's level lets through.
pub struct LogLayer<W> {
    levels: LogLevels,
    clock: Arc<dyn Clock>,
    writer: Mutex<W>,
}

impl<W: Write + Send + 'static> LogLayer<W> {
    /// A layer over a writer that does not block for long: it is called under a lock.
    pub fn new(levels: LogLevels, clock: Arc<dyn Clock>, writer: W) -> Self {
        Self {
            levels,
            clock,
            writer: Mutex::new(writer),
        }
    }

    fn is_on(&self, meta: &Metadata<'_>) -> bool {
        *meta.level() <= self.levels.level_of_target(meta.target())
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber,
    W: Write + Send + 'static,
{
    fn register_callsite(&self, meta: &'static Metadata<'static>) -> Interest {
        // Levels change rarely, and then the interest of every call site is asked for again; so an
        // event below its level costs one comparison.
        if meta.is_event() && self.is_on(meta) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, meta: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        meta.is_event() && self.is_on(meta)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.levels.most())
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut text = String::with_capacity(160);
        line::push_line(&mut text, self.clock.now(), event);
        // There is no place left to report a log that cannot be written.
        drop(self.writer.lock().write_all(text.as_bytes()));
    }
}

impl<W> fmt::Debug for LogLayer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLayer")
            .field("levels", &self.levels)
            .finish_non_exhaustive()
    }
}
