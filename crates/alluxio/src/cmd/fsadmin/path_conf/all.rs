//! What `pathConf list` and its siblings look at.

use alluxio_proto::grpc::meta::GetConfigurationPOptions;

use crate::connect;
use crate::path_defaults::ByPath;
use crate::shell::{CommandError, Session};

/// All properties of all paths.
pub(super) async fn all(session: &Session) -> Result<ByPath, CommandError> {
    let options = GetConfigurationPOptions {
        ignore_cluster_conf: Some(true),
        ..GetConfigurationPOptions::default()
    };
    let master = session.file_system().await?.meta_master();
    let answer = master.configuration(options).await?;
    Ok(connect::by_path(answer.path_configs))
}
