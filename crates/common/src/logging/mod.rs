//! Log files in the layout that operators of Alluxio know.
//!
//! **Owns** the form of a line, the files and their rotation, the levels of loggers, and how often a
//! repeated warning is written.
//! **Must never know** what is logged; values of fields that sound like secrets become stars.
//! **Start reading** at [`Logging`].

pub mod folder;

mod change;
mod install;
mod layer;
mod levels;
mod line;
mod rate_limit;
mod rolling_file;
mod settings;

#[cfg(test)]
mod tests;

pub use change::LogLevelAnswer;
pub use install::{LogTarget, Logging};
pub use layer::LogLayer;
pub use levels::{BadLevel, LogLevels};
pub use line::logger_name;
pub use rate_limit::RateLimit;
pub use rolling_file::{RollingFile, RollingLimits};
pub use settings::{LOG_SETTINGS_FILE, LogSettings, LogSettingsError};
