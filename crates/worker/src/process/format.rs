//! `formatWorker`: a worker forgets all its blocks.

use alluxio_common::conf::Conf;
use alluxio_common::{Describe, ErrorCode, Fact, Hint};

use super::conf::{InvalidWorkerConf, store_conf};
use crate::block::{BlockError, format_dirs};

/// Why a worker was not formatted.
#[derive(Debug, thiserror::Error)]
pub enum FormatWorkerError {
    /// The configuration does not say what its directories are.
    #[error(transparent)]
    Conf(#[from] InvalidWorkerConf),
    /// A directory cannot be emptied or created.
    #[error(transparent)]
    Dir(#[from] BlockError),
}

impl Describe for FormatWorkerError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Conf(error) => error.code(),
            Self::Dir(error) => error.code(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Conf(error) => error.facts(),
            Self::Dir(error) => error.facts(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Conf(error) => error.hint(),
            Self::Dir(error) => error.hint(),
        }
    }
}

/// Empties the storage directories of the worker that `conf` describes. The worker must not be
/// running. Blocking.
///
/// # Errors
/// When the configuration makes no sense, or a directory cannot be emptied.
pub fn format(conf: &Conf) -> Result<(), FormatWorkerError> {
    for folder in format_dirs(&store_conf(conf)?)? {
        tracing::info!(folder = %folder.display(), "storage directory formatted");
    }
    Ok(())
}
