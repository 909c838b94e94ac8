//! The one-line forms of statuses and blocks, in the spelling of the Java client's `toString`:
//! scripts cut fields out of them.

use alluxio_client::{
    Acl, BlockInfo, BlockLocation, FileBlock, FileStatus, Kind, MountPoint, Pinned,
};
use alluxio_common::{LocalityTier, WorkerAddress};
use bytes::Bytes;

/// `URIStatus{info=FileInfo{fileId=…}, cacheContext=null}`
pub(crate) fn uri_status(status: &FileStatus) -> String {
    let mut fields = identity(status);
    fields.extend(state(status));
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let fields = fields.join(", ");
    format!("URIStatus{{info=FileInfo{{{fields}}}, cacheContext=null}}")
}

type Field = (&'static str, String);

/// What it is, where it is, and its bytes.
fn identity(status: &FileStatus) -> Vec<Field> {
    let ids = status.block_ids.iter().map(|id| id.raw().to_string());
    vec![
        ("fileId", status.id.to_string()),
        ("name", status.name.clone()),
        ("path", status.path.to_string()),
        ("ufsPath", status.ufs_path.clone()),
        ("length", status.length.to_string()),
        ("blockSizeBytes", status.block_size.bytes().to_string()),
        ("creationTimeMs", status.creation_time.millis().to_string()),
        (
            "completed",
            (status.kind != Kind::IncompleteFile).to_string(),
        ),
        ("folder", status.is_directory().to_string()),
        ("pinned", (status.pinned == Pinned::Yes).to_string()),
        ("pinnedlocation", list(status.media.iter().cloned())),
        ("cacheable", status.cacheable.to_string()),
        ("persisted", status.persisted.to_string()),
        ("blockIds", list(ids)),
        (
            "inMemoryPercentage",
            status.in_memory_percentage.to_string(),
        ),
        (
            "lastModificationTimesMs",
            status.last_modification_time.millis().to_string(),
        ),
        ("ttl", status.ttl.millis.to_string()),
        (
            "lastAccessTimesMs",
            status.last_access_time.millis().to_string(),
        ),
        ("ttlAction", status.ttl.action.to_string()),
    ]
}

/// Whose it is, and how it is kept.
fn state(status: &FileStatus) -> Vec<Field> {
    let default_acl = status.default_acl.as_ref().map(texts).unwrap_or_default();
    let attribute =
        |(name, value): (&String, &Bytes)| format!("{name}:{}", String::from_utf8_lossy(value));
    vec![
        ("owner", status.owner.clone()),
        ("group", status.group.clone()),
        ("mode", status.mode.bits().to_string()),
        ("persistenceState", status.persistence.to_string()),
        (
            "mountPoint",
            (status.mount_point == MountPoint::Yes).to_string(),
        ),
        ("replicationMax", status.replication_max.to_string()),
        ("replicationMin", status.replication_min.to_string()),
        ("fileBlockInfos", list(status.blocks.iter().map(file_block))),
        ("mountId", status.mount_id.to_string()),
        (
            "inAlluxioPercentage",
            status.in_alluxio_percentage.to_string(),
        ),
        ("ufsFingerprint", status.ufs_fingerprint.clone()),
        ("acl", acl_entries(status).join(",")),
        ("defaultAcl", default_acl.join(",")),
        ("xattr", list(status.xattr.iter().map(attribute))),
    ]
}

/// `[a, b]`
fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// `BlockInfo{id=…, length=…, locations=[…]}`
pub(crate) fn block_info(block: &BlockInfo) -> String {
    let locations: Vec<String> = block.locations.iter().map(block_location).collect();
    format!(
        "BlockInfo{{id={}, length={}, locations=[{}]}}",
        block.id.raw(),
        block.length,
        locations.join(", ")
    )
}

fn file_block(block: &FileBlock) -> String {
    format!(
        "FileBlockInfo{{blockInfo={}, offset={}, ufsLocations=[{}]}}",
        block_info(&block.info),
        block.offset,
        block.ufs_locations.join(", ")
    )
}

fn block_location(location: &BlockLocation) -> String {
    format!(
        "BlockLocation{{workerId={}, address={}, tierAlias={}, mediumType={}}}",
        location.worker_id.raw(),
        worker_address(&location.address),
        location.tier,
        location.medium
    )
}

fn worker_address(address: &WorkerAddress) -> String {
    let tiers: Vec<String> = address.locality.iter().map(locality_tier).collect();
    format!(
        "WorkerNetAddress{{host={}, containerHost={}, rpcPort={}, dataPort={}, webPort={}, \
         domainSocketPath={}, tieredIdentity=TieredIdentity({})}}",
        address.host,
        address.container_host,
        address.rpc_port,
        address.data_port,
        address.web_port,
        address.domain_socket_path,
        tiers.join(", ")
    )
}

fn locality_tier(tier: &LocalityTier) -> String {
    format!("{}={}", tier.name, tier.value.as_deref().unwrap_or("null"))
}

/// The access control list, one entry each; made from the mode when the master sent none.
pub(crate) fn acl_entries(status: &FileStatus) -> Vec<String> {
    match &status.acl {
        Some(acl) if !acl.entries.is_empty() => texts(acl),
        Some(_) | None => vec![
            format!("user::{}", status.mode.owner()),
            format!("group::{}", status.mode.group()),
            format!("other::{}", status.mode.other()),
        ],
    }
}

/// Whether the access control lists say more than the mode: then `ls` prints a plus.
pub(crate) fn has_extended_acl(status: &FileStatus) -> bool {
    let has_default = status
        .default_acl
        .as_ref()
        .is_some_and(|acl| !acl.entries.is_empty());
    has_default || status.acl.as_ref().is_some_and(Acl::is_extended)
}

fn texts(acl: &Acl) -> Vec<String> {
    acl.entries.iter().map(ToString::to_string).collect()
}
