//! A state that remembers what a journal gives it.

use alluxio_common::{BoxedError, SequenceNumber};

use crate::checkpoint::{Checkpoint, CheckpointSink, CheckpointSource};
use crate::error::JournalError;
use crate::journaled::Journaled;

/// The longest chunk that a [`RecorderSource`] writes; short, so that there are several.
const CHUNK: usize = 64;

/// Remembers every entry: those from a checkpoint and those from the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorder {
    /// All entries, from number 0 on.
    pub entries: Vec<Vec<u8>>,
    /// How many of them came from a checkpoint.
    pub from_checkpoint: usize,
}

impl Recorder {
    /// A checkpoint of the first `end` entries.
    pub fn source(&self, end: SequenceNumber) -> RecorderSource {
        let count = usize::try_from(end.raw()).expect("a test has few entries");
        RecorderSource {
            entries: self.entries[..count].to_vec(),
        }
    }
}

impl Journaled for Recorder {
    fn load_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), BoxedError> {
        assert!(self.entries.is_empty(), "a checkpoint is loaded first");
        let (Some(lengths), Some(bytes)) =
            (checkpoint.section("lengths"), checkpoint.section("bytes"))
        else {
            panic!("a section is missing");
        };
        let (mut all_lengths, mut all_bytes) = (Vec::new(), Vec::new());
        for index in 0..lengths.chunk_count() {
            all_lengths.extend(checkpoint.read_chunk(lengths, index)?);
        }
        for index in 0..bytes.chunk_count() {
            all_bytes.extend(checkpoint.read_chunk(bytes, index)?);
        }
        let mut rest = all_bytes.as_slice();
        for length in all_lengths.chunks_exact(4) {
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
            let (entry, left) = rest.split_at(length as usize);
            self.entries.push(entry.to_vec());
            rest = left;
        }
        assert!(rest.is_empty(), "the sections belong together");
        assert_eq!(self.entries.len() as u64, checkpoint.info().end.raw());
        self.from_checkpoint = self.entries.len();
        Ok(())
    }

    fn apply(&mut self, sequence_number: SequenceNumber, payload: &[u8]) -> Result<(), BoxedError> {
        assert_eq!(
            sequence_number.raw(),
            self.entries.len() as u64,
            "entries come in order and without gaps"
        );
        self.entries.push(payload.to_vec());
        Ok(())
    }
}

/// Writes a [`Recorder`]'s entries.
#[derive(Debug)]
pub struct RecorderSource {
    entries: Vec<Vec<u8>>,
}

impl CheckpointSource for RecorderSource {
    fn end(&self) -> SequenceNumber {
        SequenceNumber::from_raw(self.entries.len() as u64)
    }

    fn write_sections(&mut self, sink: &mut dyn CheckpointSink) -> Result<(), JournalError> {
        sink.begin_section("lengths")?;
        for entry in &self.entries {
            let length = u32::try_from(entry.len()).expect("a test's entry is short");
            sink.write_chunk(&length.to_le_bytes())?;
        }
        sink.begin_section("nothing")?;
        sink.begin_section("bytes")?;
        for chunk in self.entries.concat().chunks(CHUNK) {
            sink.write_chunk(chunk)?;
        }
        Ok(())
    }
}
