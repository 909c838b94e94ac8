//! A master over a folder: journal and root store lie below it.

use std::sync::Arc;

use alluxio_common::SystemClock;
use alluxio_common::logging::LogLevels;
use alluxio_common::metrics::Metrics;
use alluxio_common::user::IdentityGroups;
use alluxio_master::process::{
    JournalConf, MasterConf, MasterDeps, MasterProcess, ProgramVersion, format_master,
};
use alluxio_rpc::{
    Authentication, ChannelsConf, Impersonation, ServerAddress, SimpleAuthentication, SingleMaster,
};
use alluxio_ufs::UfsRegistry;
use anyhow::{Context, Result};
use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::{Questions, VERSION, conf, no_groups};
use crate::report;

/// `FOLDER [name=value...]`
pub(super) async fn run(arguments: &[String]) -> Result<()> {
    let (folder, properties) = arguments.split_first().context("a folder")?;
    let (journal, store) = (format!("{folder}/journal"), format!("{folder}/store"));
    let usual = [
        ("alluxio.master.hostname", "127.0.0.1"),
        ("alluxio.master.bind.host", "127.0.0.1"),
        ("alluxio.master.rpc.port", "0"),
        ("alluxio.master.web.port", "0"),
        ("alluxio.master.web.bind.host", "127.0.0.1"),
        ("alluxio.master.journal.type", "UFS"),
        ("alluxio.master.journal.folder", &journal),
        ("alluxio.master.mount.table.root.ufs", &store),
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
    let settings = MasterConf::from_properties(&conf, program, authentication)?;
    let mut rng = SmallRng::seed_from_u64(1);
    if let JournalConf::Folder(local) = &settings.journal
        && !std::fs::exists(&local.folder)?
    {
        format_master(&conf, clock.as_ref(), &mut rng)?;
    }
    let deps = MasterDeps {
        clock: Arc::clone(&clock),
        rng,
        registry: UfsRegistry::standard(Arc::clone(&clock)),
        groups: Arc::new(IdentityGroups),
        // Nobody serves there: nothing is persisted in a measurement.
        job_master: Arc::new(SingleMaster(ServerAddress::new("127.0.0.1", 1))),
        metrics: Metrics::new(Arc::clone(&clock)),
        levels: LogLevels::default(),
        audit: None,
    };
    let started = clock.monotonic();
    let process = MasterProcess::start(settings, deps).await?;
    let start_seconds = (clock.monotonic() - started).as_secs_f64();
    let mut questions = Questions::begin(&process.rpc_address());
    while let Some(question) = questions.next().await {
        report::line(&answer(&process, &question, start_seconds).await?);
    }
    process.shutdown().await;
    Ok(())
}

async fn answer(process: &MasterProcess, question: &str, start_seconds: f64) -> Result<String> {
    Ok(match question {
        "checkpoint" => {
            process.checkpoint().await?;
            "written".to_owned()
        }
        "start" => start_seconds.to_string(),
        "memory" => memory(process),
        other => format!("there is no answer to {other}"),
    })
}

/// `name=bytes` of every part that counts its bytes, separated by semicolons.
fn memory(process: &MasterProcess) -> String {
    let report = process
        .files()
        .read(alluxio_master::inode::InodeTree::memory_report);
    let mut parts: Vec<String> = report
        .parts
        .iter()
        .map(|part| format!("{}={}", part.name, part.bytes))
        .collect();
    let (_blocks, bytes) = process.blocks().memory();
    parts.push(format!("places of blocks={bytes}"));
    parts.join(";")
}
