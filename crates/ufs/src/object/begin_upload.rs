//! `begin_upload`: begins an object in parts, and notes it in the ledger before and after.

use std::io;
use std::sync::Arc;

use super::ObjectError;
use super::connector::Objects;
use super::ledger::LedgerEntry;

impl Objects {
    /// Begins an upload of `key`. The note is there before the store is asked: a process that ends
    /// in between, or never hears the answer, leaves an upload whose id nobody knows.
    pub(super) async fn begin_upload(
        &self,
        key: &str,
    ) -> Result<(String, Option<LedgerEntry>), ObjectError> {
        let entry = self.note_intent(key).await;
        match (self.store.begin_upload(key).await, entry) {
            (Ok(id), None) => Ok((id, None)),
            (Ok(id), Some(entry)) => {
                let entry = note_id(entry, id.clone()).await;
                Ok((id, Some(entry)))
            }
            (Err(error), Some(entry)) if error.kind.is_without_effect() => {
                entry.forget();
                Err(error)
            }
            // The note stays, and whoever asks next looks for the upload.
            (Err(error), _) => Err(error),
        }
    }

    async fn note_intent(&self, key: &str) -> Option<LedgerEntry> {
        let ledger = Arc::clone(self.ledger.as_ref()?);
        let (store, of) = (self.store.name().to_owned(), key.to_owned());
        let noted = tokio::task::spawn_blocking(move || ledger.note(&store, &of)).await;
        match noted.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
            Ok(entry) => Some(entry),
            Err(error) => {
                tracing::warn!(key, %error, "an upload is not noted, a crash may leave it behind");
                None
            }
        }
    }
}

async fn note_id(mut entry: LedgerEntry, id: String) -> LedgerEntry {
    entry.begun(id);
    // Without the id on disk the successor finds the upload by its key.
    let append = entry.append_id();
    let appended = tokio::task::spawn_blocking(append).await;
    if let Err(error) = appended.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
        tracing::debug!(%error, "the id of an upload is not noted");
    }
    entry
}
