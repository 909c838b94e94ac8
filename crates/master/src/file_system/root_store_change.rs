//! Whether `/` is over another store than the last time.

use alluxio_common::AlluxioPath;

use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, RootStoreEntry};

impl FileSystemMaster {
    /// Notes over which store the namespace is, and returns over which it was if that was another
    /// one. It is said once: there are reasons to name a store in another way.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn note_root_store(&self) -> Result<Option<String>, FileSystemError> {
        let request = self.own_request();
        let root = AlluxioPath::root();
        let scope = Scope::Paths(&[&root]);
        let now = self.conf.root_ufs.to_string();
        self.change(&request, scope, |draft| {
            let before = draft.tree.settings().root_store.clone();
            if before == now {
                return Ok(None);
            }
            draft.push(JournalEntry::RootStore(RootStoreEntry {
                ufs_uri: now.clone(),
            }));
            Ok((!before.is_empty()).then_some(before))
        })
        .await
    }
}
