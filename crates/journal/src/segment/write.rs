//! The segment that is being written.

use std::io;
use std::path::{Path, PathBuf};

use alluxio_common::{SequenceNumber, Timestamp};

use super::name::FileName;
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::file_header::{FileHeader, FileKind, FormatId, HEADER_LENGTH};

/// Where segments are, and whose.
#[derive(Debug, Clone)]
pub(crate) struct SegmentFolder {
    /// Of the finished names.
    pub(crate) logs: PathBuf,
    /// Of files that have no header yet.
    pub(crate) temporary: PathBuf,
    pub(crate) format_id: FormatId,
    pub(crate) epoch: u64,
    /// How long a segment is made.
    pub(crate) segment_size: u64,
}

/// A file with room for a segment, which is none yet: it has no header, and no name of one.
#[derive(Debug)]
pub(crate) struct Blank {
    file: Box<dyn DiskFile>,
    path: PathBuf,
}

/// The name of the file that is made ready while no segment needs it.
const BLANK: &str = "next-segment";

/// How much of a blank file is written and synced at a time while somebody else's syncs must not
/// wait for long.
const BLANK_STEP: u64 = 1 << 20;

/// With room for fewer segments on the disk, none is made ahead.
const SEGMENTS_FREE: u64 = 2;

/// An open segment: complete header, room reserved, known by its name.
#[derive(Debug)]
pub(crate) struct OpenSegment {
    file: Box<dyn DiskFile>,
    pub(crate) name: FileName,
    path: PathBuf,
    /// Where the next frame goes.
    offset: u64,
    /// How long it may become. Room for that is reserved, unless the disk had too little.
    limit: u64,
}

impl SegmentFolder {
    /// The path of a segment.
    pub(crate) fn path(&self, name: &FileName) -> PathBuf {
        self.logs.join(name.to_string())
    }

    /// Makes the segment that starts at `start`, durable with its name. It gets its name only when
    /// its header is on disk, so no reader ever meets half a header; a segment of the same start that
    /// this owner gave up before is replaced.
    pub(crate) fn create(
        &self,
        disk: &dyn Disk,
        start: u64,
        now: Timestamp,
    ) -> Result<OpenSegment, JournalError> {
        let name = FileName::open(self.epoch, start);
        let temporary = self.temporary.join(name.to_string());
        let file = disk
            .create(&temporary)
            .map_err(JournalError::io("create", &temporary))?;
        self.reserve(&*file)
            .map_err(JournalError::io("write", &temporary))?;
        let blank = Blank {
            file,
            path: temporary,
        };
        self.begin(disk, blank, start, now)
    }

    /// Reserves room for a whole segment, if the disk has that much. The last room of a disk is for
    /// entries: a segment without reserved room costs more per sync, and that is all.
    fn reserve(&self, file: &dyn DiskFile) -> io::Result<()> {
        match file.preallocate(self.segment_size) {
            Err(error) if is_full(&error) => file.set_length(0),
            reserved => reserved,
        }
    }

    /// Makes a file ready for a segment that nobody needs yet, in small steps: what others sync
    /// meanwhile must not wait for all of it.
    pub(crate) fn make_blank(&self, disk: &dyn Disk) -> Result<Blank, JournalError> {
        let path = self.temporary.join(BLANK);
        let space = disk
            .space(&self.temporary)
            .map_err(JournalError::io("measure", &self.temporary))?;
        if space.free_bytes < SEGMENTS_FREE * self.segment_size {
            // What is left belongs to the segment that is being written: it may have nothing reserved.
            let full = io::Error::from(io::ErrorKind::StorageFull);
            return Err(JournalError::io("write", &path)(full));
        }
        let file = disk
            .create(&path)
            .map_err(JournalError::io("create", &path))?;
        let mut length = 0;
        while length < self.segment_size {
            length = self.segment_size.min(length + BLANK_STEP);
            let step = file
                .preallocate(length)
                .map_err(JournalError::io("write", &path))
                .and_then(|()| file.sync_data().map_err(JournalError::io("sync", &path)));
            if let Err(error) = step {
                // The space is needed by others more: a checkpoint may let logs go.
                disk.remove(&path).ok();
                return Err(error);
            }
        }
        Ok(Blank { file, path })
    }

    /// As [`Self::create`], in a file that is ready.
    pub(crate) fn begin(
        &self,
        disk: &dyn Disk,
        blank: Blank,
        start: u64,
        now: Timestamp,
    ) -> Result<OpenSegment, JournalError> {
        let Blank {
            file,
            path: temporary,
        } = blank;
        let name = FileName::open(self.epoch, start);
        let header = FileHeader {
            kind: FileKind::Segment,
            format_id: self.format_id,
            epoch: self.epoch,
            sequence_number: SequenceNumber::from_raw(start),
            written_at: now,
        };
        file.write_all_at(0, &header.encode())
            .map_err(JournalError::io("write", &temporary))?;
        file.sync_data()
            .map_err(JournalError::io("sync", &temporary))?;
        let path = self.path(&name);
        disk.rename(&temporary, &path)
            .map_err(JournalError::io("rename", &temporary))?;
        disk.sync_dir(&self.logs)
            .map_err(JournalError::io("sync", &self.logs))?;
        Ok(OpenSegment {
            file,
            name,
            path,
            offset: HEADER_LENGTH as u64,
            limit: self.segment_size.max(HEADER_LENGTH as u64),
        })
    }
}

/// Whether there is no room, whoever sets the limit.
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

impl OpenSegment {
    /// Whether a batch of this length goes into the room that is left. An empty segment takes any
    /// batch, so that one that is larger than a segment has a place.
    pub(crate) fn has_room(&self, length: usize) -> bool {
        self.is_empty() || self.offset + length as u64 <= self.limit
    }

    /// Whether more than half of its room is taken.
    pub(crate) fn is_half_full(&self) -> bool {
        self.offset > self.limit / 2
    }

    /// Whether it has no entry yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.offset == HEADER_LENGTH as u64
    }

    /// Writes frames behind the others and makes them durable. After an error the segment must not
    /// be written again: what is behind the last success is unknown.
    pub(crate) fn append(&mut self, frames: &[u8]) -> Result<(), JournalError> {
        self.file
            .write_all_at(self.offset, frames)
            .map_err(JournalError::io("write", &self.path))?;
        self.file
            .sync_data()
            .map_err(JournalError::io("sync", &self.path))?;
        self.offset += frames.len() as u64;
        Ok(())
    }

    /// Gives back the room that is left.
    pub(crate) fn trim(&self) -> Result<(), JournalError> {
        self.file
            .set_length(self.offset)
            .map_err(JournalError::io("cut", &self.path))
    }

    /// Gives it the name of a complete segment that ends before `end`. The name becomes durable with
    /// the next sync of the folder; until then readers find the end by the next segment's start.
    pub(crate) fn seal(&self, disk: &dyn Disk, logs: &Path, end: u64) -> Result<(), JournalError> {
        let sealed = FileName::sealed(self.name.epoch, self.name.start, end);
        disk.rename(&self.path, &logs.join(sealed.to_string()))
            .map_err(JournalError::io("rename", &self.path))
    }
}
