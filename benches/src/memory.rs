//! What a file takes: resident bytes of the master, and what its parts say they take.

use std::ops::Range;

use alluxio_common::ContainerId;
use alluxio_proto::grpc::BlockStoreLocationProto;
use alluxio_proto::grpc::block::block_master_worker_service_client::BlockMasterWorkerServiceClient;
use alluxio_proto::grpc::block::{
    BlockIdList, LocationBlockIdListEntry, RegisterWorkerPOptions, RegisterWorkerPRequest,
};
use anyhow::Result;

use crate::arguments::Arguments;
use crate::child::Child;
use crate::fill;
use crate::load::{Load, USER};
use crate::metadata::{calls, start_master};
use crate::report::{self, Target, figure};

pub(crate) const ABOUT: &str =
    "resident bytes per file, with one registered block each (--memory-files)";

/// Blocks in one message of a registration, as a worker sends them.
const BATCH: usize = 10_000;

/// What the worker claims to hold of each block.
const BLOCK_LENGTH: i64 = 1_000_000;

/// A master with so many files, and what it takes.
struct Sample {
    files: u64,
    resident: u64,
    parts: Vec<(String, u64)>,
}

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let files = arguments.number("memory-files", 1_000_000);
    report::heading("memory");
    report::line(&format!(
        "{files} files with names of 20 bytes, 1,000 in a directory, one block each at one worker"
    ));
    let runtime = tokio::runtime::Runtime::new()?;
    let empty = runtime.block_on(sample(0))?;
    let half = runtime.block_on(sample(files / 2))?;
    let full = runtime.block_on(sample(files))?;
    for (name, bytes) in &full.parts {
        if *bytes > 0 {
            let per_file = *bytes as f64 / files as f64;
            figure(
                &format!("  {name}"),
                per_file,
                "bytes per file",
                Target::None,
                "",
            );
        }
    }
    let counted: u64 = full.parts.iter().map(|(_, bytes)| bytes).sum();
    let per_file = |bytes: u64| bytes as f64 / files as f64;
    figure(
        "sum of the parts",
        per_file(counted),
        "bytes per file",
        Target::None,
        "",
    );
    let grown = full.resident.saturating_sub(empty.resident);
    let more = format!(
        "{} MiB with them, {} MiB empty",
        full.resident >> 20,
        empty.resident >> 20
    );
    figure(
        "resident",
        per_file(grown),
        "bytes per file",
        Target::AtMost(128.0),
        &more,
    );
    let slope = (full.resident as f64 - half.resident as f64) / (full.files - half.files) as f64;
    let more = "from half of the files to all of them";
    figure(
        "resident, slope",
        slope,
        "bytes per file",
        Target::None,
        more,
    );
    Ok(())
}

async fn sample(files: u64) -> Result<Sample> {
    let folder = tempfile::tempdir()?;
    start_master(folder.path())?.stop()?;
    let containers = fill::journal(folder.path(), files)?;
    let mut master = start_master(folder.path())?;
    let load = Load::new(master.address()?, USER, 1);
    let worker = calls::worker_id(&load).await?;
    register(&load, worker, containers).await?;
    settle(&master).await?;
    Ok(Sample {
        files,
        resident: master.resident()?,
        parts: parts(&mut master)?,
    })
}

/// Waits until the master has given back what the registration took for a moment.
async fn settle(master: &Child) -> Result<()> {
    let mut last = u64::MAX;
    for _ in 0..10 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let now = master.resident()?;
        if now >= last {
            break;
        }
        last = now;
    }
    Ok(())
}

fn parts(master: &mut Child) -> Result<Vec<(String, u64)>> {
    let answer = master.ask("memory")?;
    let parts = answer.split(';').filter_map(|part| {
        let (name, bytes) = part.split_once('=')?;
        Some((name.to_owned(), bytes.parse().ok()?))
    });
    Ok(parts.collect())
}

/// Registers a worker that holds the first block of the file of each container.
pub(crate) async fn register(load: &Load, worker_id: i64, containers: Range<i64>) -> Result<()> {
    let held = (containers.end - containers.start) * BLOCK_LENGTH;
    let blocks: Vec<i64> = containers
        .map(|container| ContainerId::from_raw(container).block_id(0).raw())
        .collect();
    let mut batches: Vec<Vec<i64>> = blocks.chunks(BATCH).map(<[i64]>::to_vec).collect();
    if batches.is_empty() {
        batches.push(Vec::new());
    }
    let tier = || "MEM".to_owned();
    let messages: Vec<_> = batches
        .into_iter()
        .map(|block_id| RegisterWorkerPRequest {
            worker_id: Some(worker_id),
            storage_tiers: vec![tier()],
            total_bytes_on_tiers: [(tier(), held.max(1 << 40))].into(),
            used_bytes_on_tiers: [(tier(), held)].into(),
            current_blocks: vec![LocationBlockIdListEntry {
                key: Some(BlockStoreLocationProto {
                    tier_alias: Some(tier()),
                    medium_type: Some(tier()),
                }),
                value: Some(BlockIdList { block_id }),
            }],
            options: Some(RegisterWorkerPOptions::default()),
            ..RegisterWorkerPRequest::default()
        })
        .collect();
    let mut answers = BlockMasterWorkerServiceClient::new(load.channel())
        .register_worker_stream(futures::stream::iter(messages))
        .await?
        .into_inner();
    while answers.message().await?.is_some() {}
    Ok(())
}
