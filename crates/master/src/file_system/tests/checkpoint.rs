//! `docs/semantics.md`, "Checkpoints": what is written is what was there at one moment.

use alluxio_common::{OperationId, SequenceNumber};
use alluxio_journal::{CheckpointSink, CheckpointSource, JournalError};

use crate::file_system::Namespace;
use crate::file_system::testing::{Fixture, path};
use crate::inode::{InodeTree, SECTIONS, TreeLoader};

/// Keeps the sections in memory.
#[derive(Debug, Default)]
pub(super) struct MemorySink(Vec<(String, Vec<Vec<u8>>)>);

impl MemorySink {
    /// What a start would make of the sections.
    pub(super) fn load_tree(&self) -> InodeTree {
        let mut loader = TreeLoader::new();
        for (name, chunks) in &self.0 {
            for chunk in chunks.iter().filter(|_| SECTIONS.contains(&name.as_str())) {
                loader.add_chunk(name, chunk).unwrap();
            }
        }
        loader.finish().unwrap()
    }
}

impl CheckpointSink for MemorySink {
    fn begin_section(&mut self, name: &str) -> Result<(), JournalError> {
        self.0.push((name.to_owned(), Vec::new()));
        Ok(())
    }

    fn write_chunk(&mut self, chunk: &[u8]) -> Result<(), JournalError> {
        let (_, chunks) = self.0.last_mut().expect("a section was begun");
        chunks.push(chunk.to_vec());
        Ok(())
    }
}

#[tokio::test]
async fn a_checkpoint_holds_the_moment_at_which_it_was_begun() {
    let fixture = Fixture::new().await;
    fixture.write_through("/d/p", b"p").await;
    let hash = fixture.master.state_hash();
    let mut checkpoint = fixture.master.begin_checkpoint().unwrap();
    assert_eq!(
        checkpoint.end(),
        SequenceNumber::from_raw(fixture.journal.entries.lock().len() as u64)
    );
    fixture.create("/later").await.unwrap();
    let mut sink = MemorySink::default();
    checkpoint.write_sections(&mut sink).unwrap();
    assert_eq!(sink.load_tree().state_hash(), hash);
    assert_ne!(fixture.master.state_hash(), hash);
}

#[tokio::test]
async fn requests_that_were_done_are_remembered_over_a_checkpoint() {
    let fixture = Fixture::new().await;
    let request = fixture.with_operation_id(77);
    let options = Default::default();
    fixture
        .master
        .create_directory(&request, &path("/d"), options)
        .await
        .unwrap();
    let mut sink = MemorySink::default();
    fixture
        .master
        .begin_checkpoint()
        .unwrap()
        .write_sections(&mut sink)
        .unwrap();
    let (_, chunks) = sink.0.last().unwrap();
    let mut namespace = Namespace::new(10);
    namespace.load_retries(&chunks[0]);
    let id = OperationId {
        most_significant: 0,
        least_significant: 77,
    };
    assert!(namespace.retries.find(id).is_some());
}
