//! [`Checkpoint`]: a checkpoint file, opened for reading.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::format::{
    CHUNK_HEADER, ChunkAt, MAX_CHUNK, TRAILER_LENGTH, chunk_checksum, decode_footer,
    decode_trailer, is_footer_whole,
};
use super::source::CheckpointInfo;
use crate::disk::{Disk, DiskFile};
use crate::error::{DamageKind, JournalError};
use crate::file_header::{FileHeader, FileKind, FormatId, HEADER_LENGTH, read_u32};
use crate::segment::name::FileName;

/// A checkpoint, open for reading. Shared by threads: every chunk can be read by whoever likes.
#[derive(Debug)]
pub struct Checkpoint {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    header: FileHeader,
    seed: u32,
    length: u64,
    sections: Vec<Section>,
}

/// One named part of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) chunks: Vec<ChunkAt>,
}

impl Section {
    /// As the source called it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many chunks it has.
    pub fn chunk_count(&self) -> u32 {
        u32::try_from(self.chunks.len()).expect("the footer counts in 32 bits")
    }

    /// How many bytes its chunks have together.
    pub fn length_bytes(&self) -> u64 {
        self.chunks
            .iter()
            .map(|chunk| u64::from(chunk.length))
            .sum()
    }
}

impl Checkpoint {
    /// Opens a file and reads its header and footer, which fit one another; the chunks between them
    /// are looked at by [`Self::verify`] and [`Self::read_chunk`].
    pub(crate) fn open(
        disk: &dyn Disk,
        path: &Path,
        format_id: FormatId,
    ) -> Result<Self, JournalError> {
        let file = disk.open(path).map_err(JournalError::io("open", path))?;
        let length = file.length().map_err(JournalError::io("read", path))?;
        let mut start = [0; HEADER_LENGTH];
        let read = file
            .read_full_at(0, &mut start)
            .map_err(JournalError::io("read", path))?;
        let header = FileHeader::decode(FileKind::Checkpoint, &start[..read], path)?;
        header.check_format(format_id, path)?;
        let seed = header.seed();
        let sections = read_footer(file.as_ref(), path, seed, length)?;
        Ok(Self {
            file,
            path: path.to_owned(),
            header,
            seed,
            length,
            sections,
        })
    }

    /// What is known of it from outside.
    pub fn info(&self) -> CheckpointInfo {
        CheckpointInfo {
            end: self.header.sequence_number,
            written_at: self.header.written_at,
            length_bytes: self.length,
            file: Some(self.path.clone()),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that the header calls for.
    pub(crate) fn name(&self) -> FileName {
        FileName::checkpoint(self.header.epoch, self.header.sequence_number.raw())
    }

    /// The sections, in the order in which they were written.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The first section of this name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Reads one chunk of one of this checkpoint's sections and checks it.
    ///
    /// # Errors
    /// `Damaged` when it is not what was written; `Io`.
    ///
    /// # Panics
    /// When the section has no such chunk.
    pub fn read_chunk(&self, section: &Section, index: u32) -> Result<Vec<u8>, JournalError> {
        let mut chunk = Vec::new();
        self.read_chunk_into(section, index, &mut chunk)?;
        // The chunk's header stood in front, so that one read brought both.
        chunk.drain(..CHUNK_HEADER);
        Ok(chunk)
    }

    /// As [`Self::read_chunk`], into a buffer that is used again; the chunk starts behind its header.
    fn read_chunk_into(
        &self,
        section: &Section,
        index: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<(), JournalError> {
        let at = section.chunks[index as usize];
        buffer.resize(CHUNK_HEADER + at.length as usize, 0);
        let read = self
            .file
            .read_full_at(at.offset, buffer)
            .map_err(JournalError::io("read", &self.path))?;
        let checksum = chunk_checksum(self.seed, section.index, index, &buffer[CHUNK_HEADER..]);
        let is_whole = read == buffer.len()
            && read_u32(buffer, 0) == at.length
            && read_u32(buffer, 4) == checksum;
        if is_whole {
            return Ok(());
        }
        let kind = DamageKind::Chunk {
            section: section.name.clone(),
            index,
        };
        Err(JournalError::damaged(&self.path, at.offset, kind))
    }

    /// Reads every byte on `threads` threads and checks it.
    ///
    /// # Errors
    /// The first damage that was met.
    pub fn verify(&self, threads: usize) -> Result<(), JournalError> {
        let places: Vec<(&Section, u32)> = self
            .sections
            .iter()
            .flat_map(|section| (0..section.chunk_count()).map(move |index| (section, index)))
            .collect();
        let next = AtomicUsize::new(0);
        let first_error = Mutex::new(None);
        let work = || {
            let mut buffer = Vec::new();
            while let Some((section, index)) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = self.read_chunk_into(section, *index, &mut buffer) {
                    next.store(places.len(), Ordering::Relaxed);
                    first_error.lock().get_or_insert(error);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        first_error.into_inner().map_or(Ok(()), Err)
    }
}

fn read_footer(
    file: &dyn DiskFile,
    path: &Path,
    seed: u32,
    length: u64,
) -> Result<Vec<Section>, JournalError> {
    let trailer_offset = length.saturating_sub(TRAILER_LENGTH as u64);
    let damaged = || JournalError::damaged(path, trailer_offset, DamageKind::Footer);
    let mut trailer = [0; TRAILER_LENGTH];
    let read = file
        .read_full_at(trailer_offset, &mut trailer)
        .map_err(JournalError::io("read", path))?;
    if read < TRAILER_LENGTH {
        return Err(damaged());
    }
    let (offset, footer_length) = decode_trailer(&trailer, length).ok_or_else(damaged)?;
    // It fits the file, and a file that was written by us fits the memory: a footer is about one
    // hundred-thousandth of its checkpoint.
    let mut footer = vec![0; usize::try_from(footer_length).map_err(|_too_large| damaged())?];
    let read = file
        .read_full_at(offset, &mut footer)
        .map_err(JournalError::io("read", path))?;
    if read < footer.len() || !is_footer_whole(seed, &footer, &trailer) {
        return Err(damaged());
    }
    let sections = decode_footer(&footer).ok_or_else(damaged)?;
    if cover_exactly(&sections, offset) {
        return Ok(sections);
    }
    Err(damaged())
}

/// Whether the chunks stand one after the other between the header and the footer, so that no byte
/// of the file is outside of every checksum.
fn cover_exactly(sections: &[Section], footer_offset: u64) -> bool {
    let mut expected = HEADER_LENGTH as u64;
    for chunk in sections.iter().flat_map(|section| &section.chunks) {
        if chunk.offset != expected || chunk.length as usize > MAX_CHUNK {
            return false;
        }
        expected += CHUNK_HEADER as u64 + u64::from(chunk.length);
    }
    expected == footer_offset
}
