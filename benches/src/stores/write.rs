//! Files that are written through the worker into the store.

use alluxio_client::{CreateFileOptions, FileSystem};
use alluxio_common::AlluxioPath;
use anyhow::{Result, ensure};
use bytes::Bytes;

use super::cluster::{Cluster, Room};
use super::turns::Turns;
use super::{MIB, Site};
use crate::data::PIECE;
use crate::report::Target;

/// The length of a file.
const LENGTH: u64 = 256 * MIB;

/// What a plain upload sends at once: what the connector's parts begin with.
const PART: u64 = 8 * MIB;

/// Writes files with THROUGH, in turns with plain uploads.
pub(super) async fn run(site: &Site) -> Result<()> {
    let cluster = Cluster::start(site, site.store.port(), Room::ForAll)?;
    let client = cluster.client()?;
    let mut turns = Turns::new(site, &cluster.worker, LENGTH);
    for round in 0..site.rounds {
        let plain = write_plain(site, round);
        let ours = Box::pin(write_through(&client, round));
        turns.round(ours, plain).await?;
        let key = format!("through-{round}");
        let found = site.store.plain().list(&key).await?;
        ensure!(
            found.iter().any(|found| found.length == LENGTH),
            "the store has all of it"
        );
    }
    turns.show("THROUGH write, of a plain upload", Target::AtLeast(0.8));
    cluster.stop()
}

async fn write_plain(site: &Site, round: u64) -> Result<()> {
    let part = Bytes::from(vec![7; usize::try_from(PART)?]);
    let parts = usize::try_from(LENGTH / PART)?;
    let key = format!("plain-{round}");
    site.store.plain().upload(&key, &part, parts).await
}

async fn write_through(client: &FileSystem, round: u64) -> Result<()> {
    let path = AlluxioPath::parse(&format!("/through-{round}"))?;
    let piece = Bytes::from(vec![7; PIECE]);
    let options = CreateFileOptions::default();
    let mut writer = client.create_file(&path, options).await?;
    for _ in 0..LENGTH / PIECE as u64 {
        writer.write(piece.clone()).await?;
    }
    writer.close().await?;
    Ok(())
}
