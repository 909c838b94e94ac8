//! What has become of the shared files when nobody works on them any more.

use std::collections::BTreeMap;

use alluxio_client::{
    DeleteOptions, Descend, FileStatus, Kind, ListStatusOptions, MountPoints, SyncInterval,
    UfsDelete,
};
use alluxio_common::{AlluxioPath, PersistenceState};

use crate::leftovers::Blocks;
use crate::load::LoadClient;
use crate::model::{Difference, InStore, Stored, read_whole};
use crate::pattern::Content;
use crate::plant::name_in_store;
use crate::shared::State;

/// What the shared files are.
#[derive(Debug, Default)]
pub(crate) struct SharedView {
    /// Those that are there.
    pub(crate) found: BTreeMap<AlluxioPath, State>,
    /// What the store should have of them.
    pub(crate) stored: BTreeMap<String, Stored>,
    /// Their blocks.
    pub(crate) blocks: Blocks,
}

/// Reads them all, as they are or as the store has them. What is wrong may become right, until all has
/// come to rest.
pub(crate) async fn look_at_shared(
    client: &LoadClient,
    sync: Option<SyncInterval>,
) -> Result<SharedView, Vec<Difference>> {
    let mut view = SharedView::default();
    let mut wrong = Vec::new();
    let root = client.shared.root();
    let in_store = Stored::Directory(InStore::Either);
    view.stored.insert(name_in_store(root), in_store);
    let mut may_be = client.shared.all();
    let mut say = |path: &AlluxioPath, what: String| {
        let path = path.clone();
        wrong.push(Difference { path, what });
    };
    let options = ListStatusOptions {
        descend: Descend::All,
        sync,
        ..ListStatusOptions::default()
    };
    let listed = client.files[0].list_status(root, options);
    match listed.await {
        Ok(listed) => {
            for status in &listed {
                if status.kind == Kind::Directory && client.shared.is_directory(&status.path) {
                    view.add_directory(status);
                    continue;
                }
                let expected = may_be.remove(&status.path).unwrap_or_default();
                match content_of(client, status, &expected).await {
                    Ok(content) => view.add(status, content),
                    Err(what) => say(&status.path, what),
                }
            }
        }
        Err(error) => say(root, format!("cannot be listed: {error}")),
    }
    for (path, expected) in may_be {
        if !expected.contains(&None) {
            say(&path, format!("should be there: {expected:?}"));
        }
    }
    if wrong.is_empty() {
        Ok(view)
    } else {
        Err(wrong)
    }
}

/// Which of those that it may have.
async fn content_of(
    client: &LoadClient,
    status: &FileStatus,
    may_be: &[State],
) -> Result<Content, String> {
    let (files, path) = (&client.files[0], &status.path);
    if status.kind == Kind::IncompleteFile {
        // Its writer has failed, and takes it away.
        let options = DeleteOptions {
            descend: Descend::No,
            ufs: UfsDelete::Checked,
            mount_points: MountPoints::Refuse,
        };
        let gone = files.delete(path, options).await;
        return Err(format!("was never closed; its removal: {gone:?}"));
    }
    if status.kind != Kind::File {
        return Err(format!("is {:?}", status.kind));
    }
    let bytes = read_whole(files, path).await;
    let bytes = bytes.map_err(|error| format!("cannot be read: {error}"))?;
    let mut contents = may_be.iter().copied().flatten();
    let content = contents.find(|content| content.is_whole(&bytes));
    let content =
        content.ok_or_else(|| format!("has {} bytes, none of {may_be:?}", bytes.len()))?;
    match status.persistence {
        PersistenceState::Persisted | PersistenceState::NotPersisted => Ok(content),
        PersistenceState::ToBePersisted | PersistenceState::Lost => {
            Err(format!("is {}", status.persistence))
        }
    }
}

impl SharedView {
    /// What is told to be persisted must be in the store. Somebody may have begun to make it there.
    fn add_directory(&mut self, status: &FileStatus) {
        let in_store = match status.persistence {
            PersistenceState::Persisted => InStore::Yes,
            PersistenceState::NotPersisted
            | PersistenceState::ToBePersisted
            | PersistenceState::Lost => InStore::Either,
        };
        let stored = Stored::Directory(in_store);
        self.stored.insert(name_in_store(&status.path), stored);
    }

    fn add(&mut self, status: &FileStatus, content: Content) {
        let path = &status.path;
        self.found.insert(path.clone(), Some(content));
        let is_stored = status.persistence == PersistenceState::Persisted;
        if is_stored {
            let stored = Stored::File(content);
            self.stored.insert(name_in_store(path), stored);
        }
        for id in &status.block_ids {
            self.blocks.insert(*id, (path.clone(), !is_stored));
        }
    }
}
