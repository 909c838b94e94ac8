//! `restore`: an empty journal begins with what a backup holds.

use std::sync::Arc;

use alluxio_common::{Clock, UfsPath};
use alluxio_journal::Journal;
use alluxio_ufs::UnderFileSystem;
use bytes::BytesMut;
use parking_lot::RwLock;
use tracing::{info, warn};

use super::archive::Unpacker;
use super::error::BackupError;
use super::record::{MAGIC, Record};
use crate::file_system::{Namespace, NamespaceLoader};

/// How much of the file is read at once.
const PIECE: usize = 4 << 20;

/// Puts the content of a backup into the namespace of an empty journal. Returns whether it was done:
/// a journal that holds something stays as it is. The caller writes a checkpoint before it serves;
/// until that is durable, the next start does the same again.
///
/// # Errors
/// When there is no such file, or it is no whole backup. The namespace is useless then.
pub async fn restore(
    store: &dyn UnderFileSystem,
    file: &UfsPath,
    namespace: &Arc<RwLock<Namespace>>,
    (journal, clock): (&dyn Journal, &dyn Clock),
) -> Result<bool, BackupError> {
    if namespace.read().tree().root().is_some() {
        warn!(%file, "the journal is not empty: it does not begin with the backup");
        return Ok(false);
    }
    let damaged = |reason: String| BackupError::Damaged {
        file: file.to_string(),
        reason,
    };
    let mut loader = Loading::new();
    let mut reader = store.open(file, 0).await?;
    loop {
        let bytes = reader.read(PIECE).await?;
        if bytes.is_empty() {
            break;
        }
        loader.push(&bytes).map_err(damaged)?;
    }
    let loader = loader.finish().map_err(damaged)?;
    let mut namespace = namespace.write();
    loader.finish(&mut namespace, journal, clock.now())?;
    let counts = namespace.tree().counts();
    info!(%file, files = counts.files, directories = counts.directories, "restored from the backup");
    Ok(true)
}

/// A backup that is being read.
struct Loading {
    unpacker: Unpacker,
    content: BytesMut,
    namespace: NamespaceLoader,
    section: String,
    records: u64,
    at: At,
}

#[derive(Debug, PartialEq, Eq)]
enum At {
    Start,
    Records,
    End,
}

impl Loading {
    fn new() -> Self {
        Self {
            unpacker: Unpacker::new(),
            content: BytesMut::new(),
            namespace: NamespaceLoader::new(),
            section: String::new(),
            records: 0,
            at: At::Start,
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.unpacker.push(bytes, &mut self.content)?;
        if self.at == At::Start && self.content.len() >= MAGIC.len() {
            let magic = self.content.split_to(MAGIC.len());
            if magic[..] != MAGIC[..] {
                return Err("it holds something else".to_owned());
            }
            self.at = At::Records;
        }
        while self.at == At::Records
            && let Some(record) = Record::take(&mut self.content)?
        {
            match record {
                Record::Section(name) => self.section = name,
                Record::Chunk(chunk) => {
                    let added = self.namespace.add_chunk(&self.section, &chunk);
                    added.map_err(|error| error.to_string())?;
                }
                Record::End(records) if records == self.records => self.at = At::End,
                Record::End(_other) => return Err("records are missing".to_owned()),
            }
            self.records += 1;
        }
        Ok(())
    }

    fn finish(self) -> Result<NamespaceLoader, String> {
        if self.at != At::End || !self.content.is_empty() || !self.unpacker.is_whole() {
            return Err("it is not whole".to_owned());
        }
        Ok(self.namespace)
    }
}
