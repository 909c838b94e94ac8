//! `pathConf`: default properties of clients at and below a path.
//!
//! **Owns** one file per second word.
//! **Must never know** how a client comes to use them.
//! **Start reading** at `add.rs`.

mod add;
mod all;
mod list;
mod remove;
mod show;

use all::all;

use crate::shell::Family;

pub(super) const FAMILY: Family = Family {
    name: "pathConf",
    usage: "pathConf [add] [show] [list] [remove]",
    description: "Looks after the default properties that clients take for a path and everything \
                  below it.",
    commands: &[
        &add::COMMAND,
        &list::COMMAND,
        &remove::COMMAND,
        &show::COMMAND,
    ],
};
