//! [`Role`]: which server a process is.

use alluxio_common::conf;

/// Which server a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Role {
    Master,
    JobMaster,
    Worker,
    JobWorker,
}

impl Role {
    /// All, in the order in which they are started.
    pub(in super::super) const ALL: [Self; 4] =
        [Self::Master, Self::JobMaster, Self::Worker, Self::JobWorker];

    /// What stands in the process list: what people grep for since the first release.
    pub(in super::super) const fn title(self) -> &'static str {
        match self {
            Self::Master => "AlluxioMaster",
            Self::JobMaster => "AlluxioJobMaster",
            Self::Worker => "AlluxioWorker",
            Self::JobWorker => "AlluxioJobWorker",
        }
    }

    /// The name of the action that starts it, and of its files in the log folder.
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::JobMaster => "job_master",
            Self::Worker => "worker",
            Self::JobWorker => "job_worker",
        }
    }

    /// The same in a sentence.
    pub(in super::super) const fn words(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::JobMaster => "job master",
            Self::Worker => "worker",
            Self::JobWorker => "job worker",
        }
    }

    /// The role with this title.
    pub(in super::super) fn from_title(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.title() == title)
    }

    /// The role with this name; the original also accepts hyphens here.
    pub(in super::super) fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it can serve only when another process does.
    pub(in super::super) const fn waits_for_a_master(self) -> bool {
        match self {
            Self::Worker | Self::JobWorker => true,
            Self::Master | Self::JobMaster => false,
        }
    }

    /// Whose options in the environment count.
    pub(in super::super) const fn conf_role(self) -> conf::Role {
        match self {
            Self::Master => conf::Role::Master,
            Self::JobMaster => conf::Role::JobMaster,
            Self::Worker => conf::Role::Worker,
            Self::JobWorker => conf::Role::JobWorker,
        }
    }
}
