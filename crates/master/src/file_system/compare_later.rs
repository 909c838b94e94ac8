//! Comparing with its store what work has left there that nobody could follow to its end.
//!
//! A store that hangs does not say what it has done, and nobody waits for it for ever: the work is
//! given up, and the journal says which inode it was about. As soon as the store answers, that is
//! compared, twice, across restarts. Until then the namespace shows what it had.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Heartbeat, InodeId, MountId, Tasks};
use futures::{StreamExt, stream};
use parking_lot::Mutex;

use super::namespace::Draft;
use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, StoreComparedEntry, StoreUnknownEntry};
use crate::reservation::ReservedPath;

/// How often stores are asked whether they answer again.
const ROUND: Duration = Duration::from_secs(10);

/// How many stores are asked at once: one that hangs keeps the others of its round waiting.
const MOUNTS_AT_ONCE: usize = 32;

/// What was compared once: a store that answers again may still be about to do what it was asked for
/// while it hung. In memory only: a new primary compares twice more.
#[derive(Debug, Default)]
pub(super) struct ComparedOnce(Mutex<BTreeSet<InodeId>>);

impl ComparedOnce {
    /// Notes a comparison that went well; whether it was the second one.
    fn is_enough(&self, id: InodeId) -> bool {
        let mut once = self.0.lock();
        if once.remove(&id) {
            return true;
        }
        once.insert(id);
        false
    }

    fn forget(&self, id: InodeId) {
        self.0.lock().remove(&id);
    }
}

/// Notes that nobody knows what the store has of an inode, if that is still there.
pub(super) fn note_unknown(draft: &mut Draft<'_>, id: InodeId) {
    if draft.tree.inode(id).is_some() {
        draft.push(JournalEntry::StoreUnknown(StoreUnknownEntry { id }));
    }
}

impl FileSystemMaster {
    /// Compares, from now on, whatever has to be.
    pub(super) fn start_comparing(self: &Arc<Self>, tasks: &Tasks) {
        let master = Arc::clone(self);
        Heartbeat::new("namespace-store-comparisons", ROUND).start(tasks, move || {
            let master = Arc::clone(&master);
            async move { master.compare_unknown().await }
        });
    }

    /// Tries once to compare what has to be, each mount by itself.
    pub(super) async fn compare_unknown(&self) {
        let mut of_mounts: BTreeMap<MountId, Vec<InodeId>> = BTreeMap::new();
        let mounts = self.mounts.load_full();
        self.read(|tree| {
            for id in &tree.settings().store_unknown {
                // What is gone is of no mount, and is done without asking.
                let mount = tree.path_of(*id).map(|path| mounts.mount_of(&path).id);
                let of_mount = of_mounts.entry(mount.unwrap_or(MountId::ROOT));
                of_mount.or_default().push(*id);
            }
        });
        stream::iter(of_mounts.into_values())
            .for_each_concurrent(MOUNTS_AT_ONCE, async |ids| {
                for id in ids {
                    let Err(error) = self.compare_by_id(id).await else {
                        continue;
                    };
                    // That it has to be compared was told, and what is wrong with the store is told
                    // to those who use it.
                    tracing::debug!(%id, %error, "a comparison with the store waits");
                    if matches!(error, FileSystemError::Ufs(_)) {
                        // The others of this store would wait for it as long, one after the other.
                        break;
                    }
                }
            })
            .await;
    }

    async fn compare_by_id(&self, id: InodeId) -> Result<(), FileSystemError> {
        let Some(path) = self.path_of(id) else {
            self.compared_once.forget(id);
            return self.end_comparison(id, Scope::Paths(&[])).await;
        };
        let (store, resolution) = self.resolve_store(&path)?;
        // Before the reservation, behind which others wait: the store may still hang.
        store.find_status(&resolution.ufs_path).await?;
        let reserved = [ReservedPath::subtree(&path)];
        let reservation = self.reservations.reserve(reserved).await;
        if self.path_of(id).as_ref() != Some(&path) {
            // The next round finds it.
            return Ok(());
        }
        let request = self.own_request();
        self.compare_reserved(&request, &path, &reservation).await?;
        if !self.compared_once.is_enough(id) {
            return Ok(());
        }
        tracing::info!(%path, "compared with its store, which answers again");
        self.end_comparison(id, Scope::Reserved(&reservation)).await
    }

    async fn end_comparison(&self, id: InodeId, scope: Scope<'_>) -> Result<(), FileSystemError> {
        self.change(&self.own_request(), scope, |draft| {
            if draft.tree.settings().store_unknown.contains(&id) {
                draft.push(JournalEntry::StoreCompared(StoreComparedEntry { id }));
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use alluxio_ufs::layer::{Fault, FaultRule};
    use alluxio_ufs::{UfsErrorKind, UfsOperation};

    use super::*;
    use crate::file_system::testing::{Fixture, path};
    use crate::file_system::{DeleteOptions, RenameOptions};

    fn recursive() -> DeleteOptions {
        DeleteOptions {
            recursive: true,
            unchecked: true,
            ..DeleteOptions::default()
        }
    }

    /// A delete of `/d` with `f` and `g` was given up because the store hangs; it has deleted `f`.
    async fn given_up() -> Fixture {
        let fixture = Fixture::new().await;
        for file in ["/d/f", "/d/g"] {
            fixture.write_through(file, b"content").await;
        }
        fixture.advance(Duration::from_secs(1));
        for operation in [
            UfsOperation::Status,
            UfsOperation::List,
            UfsOperation::DeleteDirectory,
        ] {
            let silence = Fault::Fail(UfsErrorKind::TimedOut);
            let rule = FaultRule::on(operation, silence).always();
            fixture.stores.faults.add(rule);
        }
        let refused = fixture.delete("/d", recursive()).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, FileSystemError::UfsDelete { .. }),
            "{refused}"
        );
        std::fs::remove_file(fixture.ufs_file("/d/f")).unwrap();
        fixture
    }

    fn has(fixture: &Fixture, text: &str) -> bool {
        fixture.master.read(|tree| tree.find(&path(text)).is_some())
    }

    fn has_work(fixture: &Fixture) -> bool {
        let master = &fixture.master;
        master.read(|tree| !tree.settings().store_unknown.is_empty())
    }

    #[tokio::test]
    async fn what_a_store_deleted_before_it_hung_goes_when_it_answers_also_after_a_restart() {
        let mut fixture = given_up().await;
        fixture.restart();
        fixture.master.compare_unknown().await;
        assert!(has(&fixture, "/d/f") && has_work(&fixture));
        assert!(fixture.master.reservations.is_empty());
        fixture.stores.faults.clear();
        fixture.master.compare_unknown().await;
        assert!(!has(&fixture, "/d/f") && has_work(&fixture));
        // The store does what it was asked for while it hung.
        std::fs::remove_file(fixture.ufs_file("/d/g")).unwrap();
        fixture.master.compare_unknown().await;
        assert!(has(&fixture, "/d") && !has(&fixture, "/d/g"));
        assert!(!has_work(&fixture));
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }

    #[tokio::test]
    async fn what_is_to_be_compared_is_found_where_it_has_moved() {
        let fixture = given_up().await;
        fixture.stores.faults.clear();
        let (request, from, to) = (fixture.root(), path("/d"), path("/e"));
        let moved = fixture
            .master
            .rename(&request, &from, &to, RenameOptions::default());
        moved.await.unwrap();
        for _twice in 0..2 {
            assert!(has_work(&fixture));
            fixture.master.compare_unknown().await;
            assert!(!has(&fixture, "/e/f") && has(&fixture, "/e/g"));
        }
        assert!(!has_work(&fixture));
    }

    #[tokio::test]
    async fn what_is_gone_is_not_compared() {
        let fixture = given_up().await;
        fixture.stores.faults.clear();
        fixture.delete("/d", recursive()).await.unwrap();
        assert!(has_work(&fixture));
        fixture.master.compare_unknown().await;
        assert!(!has_work(&fixture));
        assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
    }
}
