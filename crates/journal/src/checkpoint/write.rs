//! Writing a checkpoint file.

use std::path::{Path, PathBuf};

use super::format::{
    CHUNK_HEADER, ChunkAt, MAX_CHUNK, chunk_checksum, encode_footer, encode_trailer,
};
use super::read::Section;
use super::source::{CheckpointSink, CheckpointSource};
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::file_header::{FileHeader, HEADER_LENGTH};

/// Small chunks are gathered up to this size before they are written.
const BUFFER: usize = 1 << 20;

/// After so many bytes the file is synced. One sync of everything at the end would hold up the syncs
/// of the log, which share the disk.
const SYNC_EVERY: u64 = 16 << 20;

/// The longest name of a section.
const MAX_NAME: usize = 255;

/// A checkpoint that is complete and synced, under its temporary name.
#[derive(Debug)]
pub(crate) struct CheckpointFile {
    pub(crate) path: PathBuf,
    pub(crate) length_bytes: u64,
}

/// Writes what the source gives to `path`. When this returns, the file is durable, but its name is
/// not; on an error the file is left to be removed.
pub(crate) fn write_checkpoint_file(
    disk: &dyn Disk,
    path: &Path,
    header: &FileHeader,
    source: &mut dyn CheckpointSource,
) -> Result<CheckpointFile, JournalError> {
    let file = disk
        .create(path)
        .map_err(JournalError::io("create", path))?;
    let mut writer = Writer {
        file,
        path,
        seed: header.seed(),
        buffer: Vec::with_capacity(BUFFER + CHUNK_HEADER),
        written: 0,
        synced: 0,
        sections: Vec::new(),
    };
    writer.buffer.extend_from_slice(&header.encode());
    source.write_sections(&mut writer)?;
    let length_bytes = writer.finish()?;
    Ok(CheckpointFile {
        path: path.to_owned(),
        length_bytes,
    })
}

struct Writer<'a> {
    file: Box<dyn DiskFile>,
    path: &'a Path,
    seed: u32,
    /// Not yet written; stands at `written`.
    buffer: Vec<u8>,
    written: u64,
    synced: u64,
    sections: Vec<Section>,
}

impl CheckpointSink for Writer<'_> {
    fn begin_section(&mut self, name: &str) -> Result<(), JournalError> {
        if name.len() > MAX_NAME {
            return Err(JournalError::EntryTooLarge {
                length: name.len(),
                limit: MAX_NAME,
            });
        }
        let index = u32::try_from(self.sections.len()).expect("fewer than 2^32 sections");
        self.sections.push(Section {
            index,
            name: name.to_owned(),
            chunks: Vec::new(),
        });
        Ok(())
    }

    fn write_chunk(&mut self, chunk: &[u8]) -> Result<(), JournalError> {
        if chunk.len() > MAX_CHUNK {
            return Err(JournalError::EntryTooLarge {
                length: chunk.len(),
                limit: MAX_CHUNK,
            });
        }
        if self.sections.is_empty() {
            self.begin_section("")?;
        }
        let offset = self.end();
        let section = self.sections.last_mut().expect("there is one, see above");
        let length = u32::try_from(chunk.len()).expect("it is at most MAX_CHUNK");
        let index = section.chunk_count();
        section.chunks.push(ChunkAt { offset, length });
        let checksum = chunk_checksum(self.seed, section.index, index, chunk);
        self.buffer.extend_from_slice(&length.to_le_bytes());
        self.buffer.extend_from_slice(&checksum.to_le_bytes());
        self.buffer.extend_from_slice(chunk);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        if self.written - self.synced >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }
}

impl Writer<'_> {
    fn end(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        self.file
            .write_all_at(self.written, &self.buffer)
            .map_err(JournalError::io("write", self.path))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        self.file
            .sync_data()
            .map_err(JournalError::io("sync", self.path))?;
        self.synced = self.written;
        Ok(())
    }

    fn finish(mut self) -> Result<u64, JournalError> {
        let footer = encode_footer(&self.sections);
        let footer_offset = self.end();
        debug_assert!(footer_offset >= HEADER_LENGTH as u64);
        self.buffer.extend_from_slice(&footer);
        let trailer = encode_trailer(self.seed, footer_offset, &footer);
        self.buffer.extend_from_slice(&trailer);
        self.flush()?;
        self.sync()?;
        Ok(self.written)
    }
}
