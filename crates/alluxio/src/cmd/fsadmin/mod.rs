//! `alluxio fsadmin`: what administrators ask of the cluster.
//!
//! **Owns** the reports, as people and scripts read them.
//! **Must never know** how the master comes to its numbers.
//! **Start reading** at [`GROUP`].

mod backup;
mod decommission_worker;
mod doctor;
mod enable_worker;
mod get_block_info;
mod journal;
mod metrics;
mod path_conf;
mod report;
mod statelock;
mod ufs;
mod update_conf;
mod worker_addresses;

use crate::shell::CommandGroup;

/// All of `alluxio fsadmin`, sorted.
pub(crate) const GROUP: CommandGroup = CommandGroup {
    name: "fsadmin",
    commands: &[
        &backup::COMMAND,
        &decommission_worker::COMMAND,
        &doctor::COMMAND,
        &enable_worker::COMMAND,
        &get_block_info::COMMAND,
        &journal::COMMAND,
        &metrics::COMMAND,
        &report::COMMAND,
        &statelock::COMMAND,
        &ufs::COMMAND,
        &update_conf::COMMAND,
    ],
    families: &[&path_conf::FAMILY],
};
