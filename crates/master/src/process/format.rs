//! `formatMasters`: the master forgets everything.

use alluxio_common::Clock;
use alluxio_common::conf::Conf;
use alluxio_journal::disk::RealDisk;
use alluxio_journal::local::{FormatRequest, format};
use alluxio_journal::{FormatId, JournalError};
use rand::Rng;

use super::conf::{InvalidMasterConf, journal_folder, owner};
use alluxio_common::{Describe, ErrorCode, Fact, Hint};

/// Why a master was not formatted.
#[derive(Debug, thiserror::Error)]
pub enum FormatMasterError {
    /// The configuration names no folder that a journal can be in.
    #[error(transparent)]
    Conf(#[from] InvalidMasterConf),
    /// The folder cannot be emptied, or a master uses it.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Describe for FormatMasterError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Conf(error) => error.code(),
            Self::Journal(error) => error.code(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Conf(error) => error.facts(),
            Self::Journal(error) => error.facts(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Conf(error) => error.hint(),
            Self::Journal(error) => error.hint(),
        }
    }
}

/// Empties the journal that `conf` describes, or creates it. The root and the name of the cluster
/// come with the first start. Blocking.
///
/// # Errors
/// When a master uses the folder, or it cannot be written.
pub fn format_master(
    conf: &Conf,
    clock: &dyn Clock,
    rng: &mut impl Rng,
) -> Result<(), FormatMasterError> {
    let folder = journal_folder(conf)?;
    let request = FormatRequest {
        format_id: FormatId::from_bytes(rng.random()),
        formatted_at: clock.now(),
        owner: owner(conf, "format"),
    };
    format(&RealDisk, &folder, &request)?;
    tracing::info!(folder = %folder.display(), "journal formatted");
    Ok(())
}
