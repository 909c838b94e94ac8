//! `alluxio fs`: what users do with files.
//!
//! **Owns** one file per command: its options, its output, and the calls that it makes.
//! **Must never know** how a call reaches the cluster; that is the client's.
//! **Start reading** at [`GROUP`], then `mkdir.rs`, the shortest command.

mod cat;
mod check_consistency;
mod checksum;
mod chgrp;
mod chmod;
mod chown;
mod copy;
mod copy_from_local;
mod copy_to_local;
mod count;
mod cp;
mod du;
mod failed_copies;
mod free;
mod free_worker;
mod get_capacity_bytes;
mod get_sync_path_list;
mod get_used_bytes;
mod getfacl;
mod head;
mod help;
mod leader;
mod load;
mod load_metadata;
mod location;
mod ls;
mod master_info;
mod mkdir;
mod mount;
mod mv;
mod needs_sync;
mod persist;
mod pin;
mod reading;
mod rm;
mod set_replication;
mod set_ttl;
mod setfacl;
mod start_sync;
mod stat;
mod stop_sync;
mod sync_dir_next_time;
mod tail;
mod test;
mod touch;
mod unmount;
mod unpin;
mod unset_ttl;
mod update_mount;

pub(crate) use mount::print_mounts;

use crate::shell::CommandGroup;

/// All of `alluxio fs`, sorted by name as bytes sort.
pub(crate) const GROUP: CommandGroup = CommandGroup {
    name: "fs",
    commands: &[
        &cat::COMMAND,
        &check_consistency::COMMAND,
        &checksum::COMMAND,
        &chgrp::COMMAND,
        &chmod::COMMAND,
        &chown::COMMAND,
        &copy_from_local::COMMAND,
        &copy_to_local::COMMAND,
        &count::COMMAND,
        &cp::COMMAND,
        &du::COMMAND,
        &free::COMMAND,
        &free_worker::COMMAND,
        &get_capacity_bytes::COMMAND,
        &get_sync_path_list::COMMAND,
        &get_used_bytes::COMMAND,
        &getfacl::COMMAND,
        &head::COMMAND,
        &help::COMMAND,
        &leader::COMMAND,
        &load::COMMAND,
        &load_metadata::COMMAND,
        &location::COMMAND,
        &ls::COMMAND,
        &master_info::COMMAND,
        &mkdir::COMMAND,
        &mount::COMMAND,
        &mv::COMMAND,
        &needs_sync::COMMAND,
        &persist::COMMAND,
        &pin::COMMAND,
        &rm::COMMAND,
        &set_replication::COMMAND,
        &set_ttl::COMMAND,
        &setfacl::COMMAND,
        &start_sync::COMMAND,
        &stat::COMMAND,
        &stop_sync::COMMAND,
        &sync_dir_next_time::COMMAND,
        &tail::COMMAND,
        &test::COMMAND,
        &touch::COMMAND,
        &unmount::COMMAND,
        &unpin::COMMAND,
        &unset_ttl::COMMAND,
        &update_mount::COMMAND,
    ],
    families: &[],
};
