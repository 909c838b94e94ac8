//! [`Form`] and [`Part`]: how much is run, and what.

use std::str::FromStr;

use anyhow::{Error, bail};

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One round of everything, in two or three minutes: whether it works, not how fast it is.
    Short,
    /// Three rounds and a million files, in less than twenty minutes.
    Middle,
    /// Five longer rounds.
    Long,
}

/// What can be run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The benchmark of the master.
    Namespace,
    /// The benchmarks that move bytes.
    Data,
    /// Many files, and restarts.
    Restart,
}

impl Part {
    /// Everything.
    pub const ALL: [Self; 3] = [Self::Namespace, Self::Data, Self::Restart];
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "namespace" => Ok(Self::Namespace),
            "data" => Ok(Self::Data),
            "restart" => Ok(Self::Restart),
            _ => bail!("no part is called {name:?}: namespace, data or restart"),
        }
    }
}

/// The numbers of a form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// How often everything is measured.
    pub(crate) rounds: u32,
    /// How many files or directories are created, renamed, deleted at a time.
    pub(crate) paths: u32,
    /// How many files are created before anything is measured. A JVM needs some ten thousand calls until
    /// it has compiled what they run, and some ten thousand more until it has compiled that again, better:
    /// after 60,000 creates Alluxio's own master still took less for the next 10,000, and again less for
    /// those after them.
    pub(crate) warm_paths: u32,
    /// How long reading goes on, in seconds.
    pub(crate) seconds: u32,
    /// The same before anything is measured.
    pub(crate) warm_seconds: u32,
    /// The size of each file that is written and read, in the words of the benchmark.
    pub(crate) file_size: &'static str,
    /// How many files there are when the masters are restarted.
    pub(crate) files: u32,
    /// How often they are restarted.
    pub(crate) restarts: u32,
}

impl Form {
    pub(crate) fn scale(self) -> Scale {
        match self {
            Self::Short => Scale {
                rounds: 1,
                paths: 2_000,
                warm_paths: 5_000,
                seconds: 1,
                warm_seconds: 2,
                file_size: "64m",
                files: 20_000,
                restarts: 1,
            },
            Self::Middle => Scale {
                rounds: 3,
                paths: 10_000,
                warm_paths: 80_000,
                seconds: 2,
                warm_seconds: 8,
                file_size: "128m",
                files: 1_000_000,
                restarts: 3,
            },
            Self::Long => Scale {
                rounds: 5,
                paths: 40_000,
                warm_paths: 150_000,
                seconds: 8,
                warm_seconds: 20,
                file_size: "256m",
                files: 1_000_000,
                restarts: 5,
            },
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Middle => "middle",
            Self::Long => "long",
        }
    }
}

impl FromStr for Form {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let forms = [Self::Short, Self::Middle, Self::Long];
        match forms.into_iter().find(|form| form.name() == name) {
            Some(form) => Ok(form),
            None => bail!("no form is called {name:?}: short, middle or long"),
        }
    }
}
