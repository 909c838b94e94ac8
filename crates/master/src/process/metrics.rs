//! What the master shows of itself, under the names that Alluxio publishes.

use std::sync::Arc;

use alluxio_common::metrics::{Metrics, name};
use alluxio_journal::Journal;

use crate::block::BlockMaster;
use crate::file_system::FileSystemMaster;

/// Puts gauges over the state into the registry. Each is read when somebody looks.
pub(super) fn show(metrics: &Metrics, files: &Arc<FileSystemMaster>, blocks: &Arc<BlockMaster>) {
    metrics.gauge("Master.Role", || "PRIMARY".to_owned());
    show_namespace(metrics, files);
    show_blocks(metrics, blocks);
    show_journal(metrics, files.journal());
}

fn show_namespace(metrics: &Metrics, files: &Arc<FileSystemMaster>) {
    let of = Arc::clone(files);
    metrics.gauge(name::MASTER_TOTAL_PATHS, move || {
        let counts = of.read(|tree| tree.counts());
        counts.files + counts.directories
    });
    let of = Arc::clone(files);
    metrics.gauge(name::MASTER_FILES_PINNED, move || {
        of.read(|tree| tree.pinned().count() as u64)
    });
    let of = Arc::clone(files);
    metrics.gauge(name::MASTER_FILES_TO_BE_PERSISTED, move || {
        of.read(|tree| tree.to_be_persisted().count() as u64)
    });
}

fn show_blocks(metrics: &Metrics, blocks: &Arc<BlockMaster>) {
    let of = Arc::clone(blocks);
    metrics.gauge(name::CLUSTER_CAPACITY_TOTAL, move || of.total_bytes().0);
    let of = Arc::clone(blocks);
    metrics.gauge(name::CLUSTER_CAPACITY_USED, move || of.total_bytes().1);
    let of = Arc::clone(blocks);
    metrics.gauge(name::CLUSTER_CAPACITY_FREE, move || {
        let (capacity, used) = of.total_bytes();
        capacity.saturating_sub(used)
    });
    let of = Arc::clone(blocks);
    metrics.gauge(name::CLUSTER_WORKERS, move || of.capacity().live as u64);
    let of = Arc::clone(blocks);
    metrics.gauge(name::CLUSTER_LOST_WORKERS, move || {
        of.capacity().lost as u64
    });
    let of = Arc::clone(blocks);
    metrics.gauge(name::MASTER_UNIQUE_BLOCKS, move || of.memory().0 as u64);
}

fn show_journal(metrics: &Metrics, journal: &Arc<dyn Journal>) {
    let of = Arc::clone(journal);
    metrics.gauge(name::MASTER_JOURNAL_SEQUENCE_NUMBER, move || {
        of.status().next.raw()
    });
    let of = Arc::clone(journal);
    metrics.gauge(name::MASTER_JOURNAL_ENTRIES_SINCE_CHECK_POINT, move || {
        of.status().entries_since_checkpoint
    });
    let of = Arc::clone(journal);
    metrics.gauge(name::MASTER_JOURNAL_LAST_CHECK_POINT_TIME, move || {
        let written = of.status().last_checkpoint.map(|last| last.written_at);
        written.map_or(0, |time| time.millis().max(0).unsigned_abs())
    });
}
