//! A worker over a folder, registered with a master.

use std::sync::Arc;

use alluxio_common::SystemClock;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_rpc::{
    Authentication, ChannelsConf, Impersonation, ServerAddress, SimpleAuthentication, SingleMaster,
};
use alluxio_ufs::UfsRegistry;
use alluxio_worker::block::BootId;
use alluxio_worker::process::ProgramVersion;
use alluxio_worker::{WorkerConf, WorkerDeps, WorkerProcess};
use anyhow::{Context, Result, bail};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::{Questions, VERSION, conf, no_groups};
use crate::report;

/// `FOLDER MASTER_HOST:PORT [name=value...]`
pub(super) async fn run(arguments: &[String]) -> Result<()> {
    let [folder, master, properties @ ..] = arguments else {
        bail!("a folder and a master are needed");
    };
    let (host, port) = master.rsplit_once(':').context("host and port")?;
    let usual = [
        ("alluxio.worker.hostname", "127.0.0.1"),
        ("alluxio.worker.bind.host", "127.0.0.1"),
        ("alluxio.worker.rpc.port", "0"),
        ("alluxio.worker.web.port", "0"),
        ("alluxio.worker.web.bind.host", "127.0.0.1"),
        ("alluxio.worker.tieredstore.level0.alias", "MEM"),
        (
            "alluxio.worker.tieredstore.level0.dirs.path",
            folder.as_str(),
        ),
    ];
    let conf = conf(properties, &usual)?;
    let clock = SystemClock::shared();
    let program = ProgramVersion {
        version: VERSION,
        revision: "",
    };
    let authentication = Authentication::Simple(SimpleAuthentication {
        impersonation: Impersonation::default(),
        groups: no_groups(),
        channels: ChannelsConf::default(),
    });
    let settings = WorkerConf::from_properties(&conf, program, authentication)?;
    let deps = WorkerDeps {
        clock: Arc::clone(&clock),
        rng: SmallRng::seed_from_u64(2),
        registry: UfsRegistry::standard(Arc::clone(&clock)),
        inquiry: Arc::new(SingleMaster(ServerAddress::new(host, port.parse()?))),
        metrics: Metrics::new(clock),
        levels: LogLevels::default(),
        boot: BootId::of_this_machine([0; 16]),
    };
    let process = WorkerProcess::start(settings, deps).await?;
    process.wait_registered().await;
    let mut questions = Questions::begin(&process.rpc_address());
    while let Some(question) = questions.next().await {
        report::line(&format!("there is no answer to {question}"));
    }
    process.shutdown().await;
    Ok(())
}
