//! [`LogLevels`]: which logger writes what, changed while the process runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tracing::level_filters::LevelFilter;

use super::line::logger_name;

/// Loggers with a level of their own at once.
const LOGGER_LIMIT: usize = 1_000;

/// A text that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Bad level : {text}")]
pub struct BadLevel {
    /// What was given.
    pub text: String,
}

/// The levels of all loggers. Clones share them.
#[derive(Debug, Clone)]
pub struct LogLevels {
    levels: Arc<ArcSwap<Levels>>,
}

#[derive(Debug, Clone)]
struct Levels {
    root: LevelFilter,
    loggers: BTreeMap<String, LevelFilter>,
}

/// Everything at `INFO`.
impl Default for LogLevels {
    fn default() -> Self {
        Self::new(LevelFilter::INFO)
    }
}

impl LogLevels {
    /// Everything at `root`.
    pub fn new(root: LevelFilter) -> Self {
        Self::with_loggers(root, BTreeMap::new())
    }

    /// Everything at `root`, but these loggers.
    pub fn with_loggers(root: LevelFilter, loggers: BTreeMap<String, LevelFilter>) -> Self {
        Self {
            levels: Arc::new(ArcSwap::from_pointee(Levels { root, loggers })),
        }
    }

    /// The level of a logger: its own, or that of the nearest one above it. Names are those of
    /// [`logger_name`]; `root` and the empty name mean all.
    pub fn level_of(&self, logger: &str) -> LevelFilter {
        self.levels.load().level_of(logger)
    }

    /// Sets the level of a logger and of everything below it that has none of its own, by the name
    /// of a log4j level in any case.
    ///
    /// # Errors
    /// When no level has that name.
    pub fn set(&self, logger: &str, level: &str) -> Result<LevelFilter, BadLevel> {
        let filter = parse_level(level).ok_or_else(|| BadLevel {
            text: level.to_owned(),
        })?;
        self.levels.rcu(|levels| {
            let mut levels = Levels::clone(levels);
            if is_root(logger) {
                levels.root = filter;
            } else if levels.loggers.len() < LOGGER_LIMIT || levels.loggers.contains_key(logger) {
                levels.loggers.insert(logger.to_owned(), filter);
            }
            levels
        });
        // Call sites remember whether somebody listens to them.
        tracing::callsite::rebuild_interest_cache();
        Ok(filter)
    }

    /// The log4j name of a level.
    pub fn name_of(filter: LevelFilter) -> &'static str {
        match filter.into_level() {
            None => "OFF",
            Some(tracing::Level::ERROR) => "ERROR",
            Some(tracing::Level::WARN) => "WARN",
            Some(tracing::Level::INFO) => "INFO",
            Some(tracing::Level::DEBUG) => "DEBUG",
            Some(tracing::Level::TRACE) => "TRACE",
        }
    }

    pub(super) fn level_of_target(&self, target: &str) -> LevelFilter {
        self.level_of(&logger_name(target))
    }

    /// The most that any logger writes.
    pub(super) fn most(&self) -> LevelFilter {
        let levels = self.levels.load();
        let loggers = levels.loggers.values().copied().max();
        loggers.map_or(levels.root, |most| most.max(levels.root))
    }
}

impl Levels {
    fn level_of(&self, logger: &str) -> LevelFilter {
        let mut name = logger;
        loop {
            if let Some(level) = self.loggers.get(name) {
                return *level;
            }
            match name.rsplit_once('.') {
                Some((above, _)) => name = above,
                None => return self.root,
            }
        }
    }
}

fn is_root(logger: &str) -> bool {
    logger.is_empty() || logger.eq_ignore_ascii_case("root")
}

pub(super) fn parse_level(text: &str) -> Option<LevelFilter> {
    let level = match text.to_ascii_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "FATAL" | "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        "TRACE" | "ALL" => LevelFilter::TRACE,
        _ => return None,
    };
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logger_has_the_level_of_the_nearest_one_above() {
        let levels = LogLevels::new(LevelFilter::INFO);
        assert_eq!(
            levels.set("alluxio.master", "debug"),
            Ok(LevelFilter::DEBUG)
        );
        assert_eq!(
            levels.set("alluxio.master.inode", "WARN"),
            Ok(LevelFilter::WARN)
        );
        for (logger, level) in [
            ("alluxio", LevelFilter::INFO),
            ("alluxio.master", LevelFilter::DEBUG),
            ("alluxio.master.file_system", LevelFilter::DEBUG),
            ("alluxio.master.inode.tree", LevelFilter::WARN),
            ("alluxio.masters", LevelFilter::INFO),
        ] {
            assert_eq!(levels.level_of(logger), level, "{logger}");
        }
        assert_eq!(
            levels.level_of_target("alluxio_master::inode::tree"),
            LevelFilter::WARN
        );
        assert_eq!(levels.most(), LevelFilter::DEBUG);
    }

    #[test]
    fn what_is_no_level_is_refused_and_changes_nothing() {
        let levels = LogLevels::new(LevelFilter::INFO);
        let error = levels.set("alluxio", "BOGUS").unwrap_err();
        assert_eq!(error.to_string(), "Bad level : BOGUS");
        assert_eq!(LogLevels::name_of(levels.level_of("alluxio")), "INFO");
        assert_eq!(levels.set("root", "error"), Ok(LevelFilter::ERROR));
        assert_eq!(LogLevels::name_of(levels.level_of("h2")), "ERROR");
    }
}
