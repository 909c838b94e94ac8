//! Looking after the storage directories in the background: finding broken ones, comparing blocks
//! with their checksums, and giving memory back.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Heartbeat, Tasks};

use crate::block::BlockStore;
use crate::blocking::run;

/// How often the directories are looked at.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// How many bytes of blocks are compared per second. Slow enough to be lost in the noise, fast
/// enough for a terabyte in a day.
const SCRUB_RATE: u64 = 16 << 20;

/// How long the scrubber rests after it has seen every block.
const SCRUB_REST: Duration = Duration::from_secs(6 * 3600);

/// How long it waits after the start, when everybody is busy.
const SCRUB_DELAY: Duration = Duration::from_secs(60);

/// Starts both.
pub(crate) fn start(store: &Arc<BlockStore>, tasks: &Tasks) {
    let checked = Arc::clone(store);
    Heartbeat::new("check storage", CHECK_INTERVAL).start(tasks, move || {
        let store = Arc::clone(&checked);
        run(move || {
            store.maintain();
            alluxio_rpc::give_back_buffers();
        })
    });
    let scrubbed = Arc::clone(store);
    tasks.spawn("scrub blocks", async move {
        tokio::time::sleep(SCRUB_DELAY).await;
        loop {
            scrub_all(&scrubbed).await;
            tokio::time::sleep(SCRUB_REST).await;
        }
    });
}

async fn scrub_all(store: &Arc<BlockStore>) {
    for block_id in store.scrub_order() {
        let shared = Arc::clone(store);
        let bytes = run(move || shared.scrub(block_id)).await;
        let pause = Duration::from_millis(bytes.saturating_mul(1000) / SCRUB_RATE);
        tokio::time::sleep(pause).await;
    }
}
