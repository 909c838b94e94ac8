//! [`Session`]: what a command may reach.

use std::sync::Arc;

use alluxio_client::{BlockMasterClient, FileSystem};
use alluxio_common::conf::{Conf, ConfError, Loaded, key};
use alluxio_common::{AlluxioPath, Clock, Tasks};
use tokio::sync::OnceCell;

use super::waiting::Waiting;
use super::{CommandError, Interruption};
use crate::connect;
use crate::output::Output;
use crate::text::DateFormat;

/// What a command may reach: configuration, output, clock, and the cluster.
#[derive(Debug)]
pub(crate) struct Session {
    /// The values of this call.
    pub(crate) conf: Conf,
    /// What is wrong with them: nothing that connects may go on.
    pub(crate) problems: Vec<ConfError>,
    /// Where it prints.
    pub(crate) output: Output,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Its background work.
    pub(crate) tasks: Tasks,
    /// Whether the user wants it to end.
    pub(crate) interruption: Interruption,
    /// Tells the user why calls to a master take long.
    pub(crate) waiting: Arc<Waiting>,
    file_system: OnceCell<FileSystem>,
}

impl Session {
    /// A session that connects when a command first needs it.
    pub(crate) fn new(loaded: Loaded, output: Output, clock: Arc<dyn Clock>) -> Self {
        Self {
            conf: loaded.conf,
            problems: loaded.problems,
            waiting: Arc::new(Waiting::new(output.clone())),
            output,
            clock,
            tasks: Tasks::new(),
            interruption: Interruption::default(),
            file_system: OnceCell::new(),
        }
    }

    /// The file system, connected.
    pub(crate) async fn file_system(&self) -> Result<&FileSystem, CommandError> {
        self.file_system
            .get_or_try_init(|| connect::file_system(self))
            .await
    }

    /// Workers and blocks, as the master knows them.
    pub(crate) async fn block_master(&self) -> Result<&BlockMasterClient, CommandError> {
        Ok(self.file_system().await?.block_master())
    }

    /// Whether a worker runs on this host.
    pub(crate) async fn has_local_worker(&self) -> Result<bool, CommandError> {
        let own = self.conf.host(key::USER_HOSTNAME);
        let workers = self.block_master().await?.live_workers().await?;
        Ok(workers.iter().any(|worker| worker.address.host == own))
    }

    /// Whether a master answers now.
    pub(crate) async fn is_master_serving(&self) -> bool {
        match connect::probe(self) {
            Ok(client) => client.meta_master().master_info().await.is_ok(),
            Err(_) => false,
        }
    }

    /// A path as people type it.
    ///
    /// # Errors
    /// When it is none, or names another file system than the configured one.
    pub(crate) fn path(&self, text: &str) -> Result<AlluxioPath, CommandError> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme, Some(rest)),
            None => ("alluxio", text.strip_prefix("//")),
        };
        if scheme != "alluxio" {
            return Err(CommandError::refused(format!(
                "Scheme {scheme}:// in AlluxioURI is invalid. Schemes in filesystem operations \
                 are ignored. \"alluxio://\" or no scheme at all is valid."
            )));
        }
        let path = match rest {
            None => text,
            Some(rest) => {
                let slash = rest.find('/').unwrap_or(rest.len());
                self.check_authority(&rest[..slash])?;
                if slash == rest.len() {
                    "/"
                } else {
                    &rest[slash..]
                }
            }
        };
        AlluxioPath::parse(path)
            .map_err(|_invalid| CommandError::refused(format!("Path \"{text}\" is invalid.")))
    }

    /// With an election behind ZooKeeper, any host in front of a path is ignored.
    fn check_authority(&self, authority: &str) -> Result<(), CommandError> {
        let masters = connect::master_names(&self.conf);
        let separators = [',', ';', '+'];
        let given = authority.split(separators);
        let is_ours = given
            .clone()
            .all(|name| masters.iter().any(|own| own == name));
        if authority.is_empty() || is_ours || self.conf.bool(key::ZOOKEEPER_ENABLED) {
            return Ok(());
        }
        Err(CommandError::refused(format!(
            "The URI authority {authority} does not match the configured value of {}.",
            masters.join(",")
        )))
    }

    /// How times are printed.
    pub(crate) fn date_format(&self) -> DateFormat {
        DateFormat::new(self.conf.string(key::USER_DATE_FORMAT_PATTERN))
    }
}
