//! From a journal folder to a namespace that can go on.

use std::sync::Arc;

use alluxio_common::Clock;
use alluxio_journal::disk::RealDisk;
use alluxio_journal::{Journal, JournalError, LocalJournalConf, NoopJournal, Recovery};
use parking_lot::RwLock;

use super::conf::JournalConf;
use crate::file_system::Namespace;

/// The state, and the log that goes on behind it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) namespace: Arc<RwLock<Namespace>>,
    pub(super) journal: Arc<dyn Journal>,
}

/// Takes the folder for this process and replays what is in it.
///
/// # Errors
/// When another master has the folder, or what is in it cannot be read.
pub(super) async fn open(
    conf: JournalConf,
    retry_cache_capacity: usize,
    clock: Arc<dyn Clock>,
) -> Result<Opened, JournalError> {
    let namespace = Namespace::new(retry_cache_capacity);
    match conf {
        JournalConf::Nowhere => Ok(Opened {
            namespace: Arc::new(RwLock::new(namespace)),
            journal: Arc::new(NoopJournal::new(clock)),
        }),
        JournalConf::Folder(conf) => {
            let opening = tokio::task::spawn_blocking(|| replay(conf, namespace, clock)).await;
            match opening {
                Ok(opened) => opened,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime stops, and will not poll this again.
                    Err(_cancelled) => std::future::pending().await,
                },
            }
        }
    }
}

fn replay(
    conf: LocalJournalConf,
    mut namespace: Namespace,
    clock: Arc<dyn Clock>,
) -> Result<Opened, JournalError> {
    let recovery = Recovery::begin(conf, Arc::new(RealDisk), clock)?;
    let journal = recovery.replay(&mut namespace)?.start()?;
    Ok(Opened {
        namespace: Arc::new(RwLock::new(namespace)),
        journal: Arc::new(journal),
    })
}
