//! `logLevel`: shows or changes what the running process logs.

use super::levels::LogLevels;

/// The answer to a question for the level of a logger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevelAnswer {
    /// The level of the logger now.
    pub level: &'static str,
    /// What was done; empty when nothing was asked for.
    pub message: String,
}

impl LogLevels {
    /// Changes the level of a logger, if one is given, and says what it is then.
    pub fn answer(&self, logger: &str, level: Option<&str>) -> LogLevelAnswer {
        let message = match level {
            None => String::new(),
            Some(level) => match self.set(logger, level) {
                Ok(filter) => format!("Setting Level to {}", Self::name_of(filter)),
                Err(bad) => format!("Bad level : {}", bad.text),
            },
        };
        LogLevelAnswer {
            level: Self::name_of(self.level_of(logger)),
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;

    use super::*;

    #[test]
    fn a_level_is_told_changed_and_refused_in_the_words_of_alluxio() {
        let levels = LogLevels::new(LevelFilter::INFO);
        let answer = |level| {
            let answer = levels.answer("alluxio.master.file", level);
            (answer.level, answer.message)
        };
        assert_eq!(answer(None), ("INFO", String::new()));
        assert_eq!(
            answer(Some("debug")),
            ("DEBUG", "Setting Level to DEBUG".to_owned())
        );
        assert_eq!(
            answer(Some("BOGUS")),
            ("DEBUG", "Bad level : BOGUS".to_owned())
        );
        assert_eq!(levels.answer("alluxio", None).level, "INFO");
    }
}
