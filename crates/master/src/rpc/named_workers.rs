//! The workers that an administrator names, by their hosts or by the addresses of these.

use std::time::Duration;

use crate::block::{BlockMaster, BlockMasterError, WorkerFilter, WorkerReport};

/// How long the name of a host may take to be looked up; its addresses are then not known.
const LOOK_UP: Duration = Duration::from_secs(2);

/// The workers with these names.
///
/// # Errors
/// When a name is nobody's.
pub(super) async fn named_workers(
    blocks: &BlockMaster,
    wanted: &[String],
) -> Result<Vec<WorkerReport>, BlockMasterError> {
    let (mut found, mut known) = (Vec::new(), Vec::new());
    for worker in blocks.workers(&WorkerFilter::All) {
        let mut names = vec![worker.address.host.clone()];
        names.extend(addresses(&worker.address.host).await);
        if wanted.iter().any(|name| names.contains(name)) {
            found.push(worker);
        }
        known.extend(names);
    }
    let mut unknown = wanted.to_vec();
    unknown.retain(|name| !known.contains(name));
    if unknown.is_empty() {
        return Ok(found);
    }
    Err(BlockMasterError::UnknownNames {
        unknown: unknown.join(", "),
        known: known.join(", "),
    })
}

async fn addresses(host: &str) -> Vec<String> {
    let looked_up = tokio::time::timeout(LOOK_UP, tokio::net::lookup_host((host, 0))).await;
    let Ok(Ok(found)) = looked_up else {
        return Vec::new();
    };
    let mut addresses: Vec<String> = found.map(|address| address.ip().to_string()).collect();
    addresses.dedup();
    // As Java prefers them; the others are the same host.
    addresses.retain(|address| !address.contains(':'));
    addresses
}
