//! `alluxio fsadmin`: what administrators ask of the cluster.
//!
//! **Owns** the reports, as people and scripts read them.
//! **Must never know** how the master comes to its numbers.
//! **Start reading** at [`GROUP`].

mod doctor;
mod get_block_info;
mod journal;
mod metrics;
mod report;

use crate::shell::CommandGroup;

/// All of `alluxio fsadmin`, sorted.
pub(crate) const GROUP: CommandGroup = CommandGroup {
    name: "fsadmin",
    commands: &[
        &doctor::COMMAND,
        &get_block_info::COMMAND,
        &journal::COMMAND,
        &metrics::COMMAND,
        &report::COMMAND,
    ],
};
