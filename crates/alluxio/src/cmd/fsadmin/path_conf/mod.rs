//! `pathConf`: default properties of clients at and below a path.
//!
//! **Owns** one file per second word.
//! **Must never know** how a client comes to use them.
//! **Start reading** at `add.rs`.

mod add;
mod list;
mod remove;
mod show;

use alluxio_proto::grpc::meta::GetConfigurationPOptions;

use crate::connect;
use crate::path_defaults::ByPath;
use crate::shell::{CommandError, Family, Session};

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

/// All properties of all paths.
async fn all(session: &Session) -> Result<ByPath, CommandError> {
    let options = GetConfigurationPOptions {
        ignore_cluster_conf: Some(true),
        ..GetConfigurationPOptions::default()
    };
    let master = session.file_system().await?.meta_master();
    let answer = master.configuration(options).await?;
    Ok(connect::by_path(answer.path_configs))
}
