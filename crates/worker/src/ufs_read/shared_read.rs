//! [`SharedRead`]: how far the fetch of a block has come, as its readers see it.
//!
//! Some readers take the bytes from here, the last pieces from memory and older ones from the file;
//! others read the file on their own and want to hear how far it has grown. The pieces are kept, and each
//! of them is told, only for the former.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::watch;
use tracing::warn;

use crate::block::{Block, TempBlock};
use crate::blocking::run;
use crate::read_error::ReadBlockError;

/// How many of the last pieces stay in memory for readers that keep up: they need not read them back
/// from the file.
const RECENT_PIECES: usize = 4;

/// Clients that read the file themselves are told of its growth in such steps: a message costs as much
/// as copying a tenth of this, and what was written last is still in the processor's cache when it is
/// read.
const TOLD_STEP: u64 = 1 << 20;

/// How far a fetch has come.
#[derive(Debug, Clone)]
pub(crate) enum Progress {
    /// Looking for room, or for the store.
    Starting,
    /// This many bytes can be read from the file.
    Growing {
        file: Arc<GrowingFile>,
        written: u64,
        recent: Recent,
    },
    /// The block is here.
    Complete(Arc<Block>),
    /// The store's file ends within the block: there is no more, and nothing is kept.
    Short {
        file: Arc<GrowingFile>,
        written: u64,
    },
    /// The bytes cannot be kept; who wants them reads the store without keeping them.
    NotKept,
    /// The store does not give them.
    Failed(ReadBlockError),
}

/// The file of a block that is being fetched. It stays readable when it gets the name of the block,
/// or loses its own.
#[derive(Debug)]
pub struct GrowingFile {
    file: Arc<File>,
    path: PathBuf,
    in_memory: bool,
}

impl GrowingFile {
    pub(crate) fn of(temp: &TempBlock) -> Self {
        Self {
            file: temp.file(),
            path: temp.path().to_owned(),
            in_memory: temp.is_in_memory(),
        }
    }

    /// The file of a block that is complete.
    async fn of_block(block: &Arc<Block>) -> io::Result<Self> {
        let (path, in_memory) = (block.path(), block.is_in_memory());
        let file = if in_memory {
            block.handle()?
        } else {
            let block = Arc::clone(block);
            run(move || block.handle()).await?
        };
        Ok(Self {
            file,
            path,
            in_memory,
        })
    }

    /// Reads what there is from `offset` on, at most what the buffer holds, of `written` bytes.
    async fn read_back(&self, buffer: &mut [u8], offset: u64, written: u64) -> SharedPiece {
        let available = usize::try_from(written - offset).unwrap_or(usize::MAX);
        let length = available.min(buffer.len());
        let read = if self.in_memory {
            let read = self.file.read_exact_at(&mut buffer[..length], offset);
            read.map(|()| SharedPiece::Filled(length))
        } else {
            let file = Arc::clone(&self.file);
            run(move || {
                let mut bytes = vec![0; length];
                let read = file.read_exact_at(&mut bytes, offset);
                read.map(|()| SharedPiece::Bytes(bytes.into()))
            })
            .await
        };
        read.unwrap_or_else(|error| unreadable(&error))
    }

    /// Where it lies as long as it grows.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether reading it never waits for a device.
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }
}

/// The pieces that were written last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recent(VecDeque<Bytes>);

impl Recent {
    fn push(&mut self, piece: Bytes) {
        self.0.truncate(RECENT_PIECES - 1);
        self.0.push_front(piece);
    }

    /// What there is from `offset` on in the piece that has it; the last one ends at `written`.
    fn find(&self, offset: u64, written: u64) -> Option<Bytes> {
        let mut end = written;
        for piece in &self.0 {
            let start = end - piece.len() as u64;
            if (start..end).contains(&offset) {
                let skipped = usize::try_from(offset - start).unwrap_or(usize::MAX);
                return Some(piece.slice(skipped..));
            }
            end = start;
        }
        None
    }
}

/// A block that is being fetched, as one reader sees it.
#[derive(Debug)]
pub struct SharedRead {
    progress: watch::Receiver<Progress>,
    /// How many take the bytes from here, and not from the file on their own.
    streams: Arc<AtomicUsize>,
    takes: Takes,
    /// The file of the block, for a reader that is not done when it is complete.
    kept: Option<Arc<GrowingFile>>,
}

/// What a reader of a fetch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Bytes,
    News,
}

/// How far a fetch has come, for a client that reads the file itself.
#[derive(Debug)]
pub enum Growth {
    /// There is no file yet.
    Starting,
    /// So many bytes are in this file.
    Growing(Arc<GrowingFile>, u64),
    /// The block is here.
    Complete(Arc<Block>),
    /// Nothing more can be had this way.
    Over,
}

/// What a reader of a fetch gets when it asks for the next bytes.
#[derive(Debug)]
pub enum SharedPiece {
    /// So many bytes were put into the buffer.
    Filled(usize),
    /// These, which are still in memory.
    Bytes(Bytes),
    /// The store's file has no more.
    End,
    /// Nothing can be read this way any more; the store still has the bytes.
    ReadYourself,
}

/// Where a fetch tells how far it has come.
#[derive(Debug)]
pub(crate) struct Report {
    progress: watch::Sender<Progress>,
    streams: Arc<AtomicUsize>,
}

impl Report {
    /// A fetch that begins, and its first reader.
    pub(crate) fn begin() -> (Self, SharedRead) {
        let (sender, progress) = watch::channel(Progress::Starting);
        let streams = Arc::new(AtomicUsize::new(0));
        let report = Self {
            progress: sender,
            streams: Arc::clone(&streams),
        };
        let reader = SharedRead {
            progress,
            streams,
            takes: Takes::News,
            kept: None,
        };
        (report, reader)
    }

    /// What has become of it.
    pub(crate) fn end(&self, outcome: Progress) {
        self.progress.send_replace(outcome);
    }

    /// A file to be filled.
    pub(crate) fn growing(&self, file: &Arc<GrowingFile>) {
        self.progress.send_replace(Progress::Growing {
            file: Arc::clone(file),
            written: 0,
            recent: Recent::default(),
        });
    }

    /// One more piece is in the file. It is kept in memory only for those who take it from there, and
    /// without them nobody is woken up for each piece.
    pub(crate) fn add(&self, piece: Bytes, written: u64, length: u64) {
        let is_taken = self.streams.load(Ordering::Relaxed) > 0;
        self.progress.send_if_modified(|progress| {
            let Progress::Growing {
                written: reached,
                recent,
                ..
            } = progress
            else {
                return false;
            };
            let before = std::mem::replace(reached, written);
            if is_taken {
                recent.push(piece);
            } else {
                recent.0.clear();
            }
            let is_step = before == 0 || before / TOLD_STEP != written / TOLD_STEP;
            is_taken || is_step || written == length
        });
    }
}

impl Drop for SharedRead {
    fn drop(&mut self) {
        if self.takes == Takes::Bytes {
            self.streams.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl SharedRead {
    /// For another reader.
    pub(crate) fn another(&self) -> Self {
        Self {
            progress: self.progress.clone(),
            streams: Arc::clone(&self.streams),
            takes: Takes::News,
            kept: None,
        }
    }

    /// Where the fetch stands.
    pub(crate) fn now(&mut self) -> Progress {
        self.progress.borrow_and_update().clone()
    }

    /// How many bytes it has; when it is over, all that there will be.
    pub(crate) fn reached(&self) -> u64 {
        match &*self.progress.borrow() {
            Progress::Growing { written, .. } => *written,
            Progress::Starting => 0,
            Progress::Complete(_)
            | Progress::Short { .. }
            | Progress::NotKept
            | Progress::Failed(_) => u64::MAX,
        }
    }

    /// How far the fetch has come.
    ///
    /// # Errors
    /// When the store does not give the bytes.
    pub fn growth(&mut self) -> Result<Growth, ReadBlockError> {
        Ok(match &*self.progress.borrow_and_update() {
            Progress::Starting => Growth::Starting,
            Progress::Growing { file, written, .. } => Growth::Growing(Arc::clone(file), *written),
            Progress::Complete(block) => Growth::Complete(Arc::clone(block)),
            Progress::Short { .. } | Progress::NotKept => Growth::Over,
            Progress::Failed(error) => return Err(error.clone()),
        })
    }

    /// Waits until the fetch has come further than [`SharedRead::growth`] has last said, and by a
    /// step that is worth it. False when there is nothing to wait for, because the process ends. It
    /// can be dropped while it waits.
    pub async fn grown(&mut self) -> bool {
        self.progress.changed().await.is_ok()
    }

    /// Waits for bytes at `offset`: puts as many as there are into the buffer, or hands out at most
    /// `max` that are still in memory.
    ///
    /// # Errors
    /// When the store does not give them.
    pub async fn read_at(
        &mut self,
        buffer: &mut [u8],
        offset: u64,
        max: usize,
    ) -> Result<SharedPiece, ReadBlockError> {
        self.take_bytes();
        loop {
            let progress = self.progress.borrow_and_update().clone();
            match progress {
                Progress::Starting => {}
                Progress::Growing {
                    file,
                    written,
                    recent,
                } if written > offset => {
                    return Ok(match recent.find(offset, written) {
                        Some(mut bytes) => SharedPiece::Bytes(bytes.split_to(max.min(bytes.len()))),
                        None => file.read_back(buffer, offset, written).await,
                    });
                }
                Progress::Growing { .. } => {}
                Progress::Complete(block) => {
                    return Ok(self.read_kept(block, buffer, offset).await);
                }
                Progress::Short { written, .. } if written <= offset => {
                    return Ok(SharedPiece::End);
                }
                Progress::Short { file, written } => {
                    return Ok(file.read_back(buffer, offset, written).await);
                }
                Progress::NotKept => return Ok(SharedPiece::ReadYourself),
                Progress::Failed(error) => return Err(error),
            }
            if self.progress.changed().await.is_err() {
                // The task is gone, and with it the process.
                return Ok(SharedPiece::ReadYourself);
            }
        }
    }

    fn take_bytes(&mut self) {
        if self.takes == Takes::News {
            self.takes = Takes::Bytes;
            self.streams.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads from the block, which is here by now.
    async fn read_kept(
        &mut self,
        block: Arc<Block>,
        buffer: &mut [u8],
        offset: u64,
    ) -> SharedPiece {
        let length = block.length();
        if offset >= length {
            return SharedPiece::End;
        }
        let kept = match &self.kept {
            Some(kept) => Arc::clone(kept),
            None => match GrowingFile::of_block(&block).await {
                Ok(kept) => Arc::clone(self.kept.insert(Arc::new(kept))),
                Err(error) => return unreadable(&error),
            },
        };
        kept.read_back(buffer, offset, length).await
    }
}

fn unreadable(error: &io::Error) -> SharedPiece {
    warn!(%error, "cannot read back a block that was just fetched");
    SharedPiece::ReadYourself
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pieces_are_found_by_the_place_of_their_bytes() {
        let mut recent = Recent::default();
        let mut written = 0;
        for number in 0..6_u8 {
            recent.push(vec![number; 10].into());
            written += 10;
        }
        let found = |offset| {
            recent
                .find(offset, written)
                .map(|bytes| (bytes[0], bytes.len()))
        };
        assert_eq!(found(59), Some((5, 1)));
        assert_eq!(found(50), Some((5, 10)));
        assert_eq!(found(42), Some((4, 8)));
        assert_eq!(found(20), Some((2, 10)));
        assert_eq!(found(19), None, "it is only in the file");
        assert_eq!(found(60), None, "it is yet to come");
    }

    #[test]
    fn who_reads_the_file_is_told_of_steps_and_who_takes_the_bytes_of_each_piece() {
        let file = Arc::new(GrowingFile {
            file: Arc::new(tempfile::tempfile().unwrap()),
            path: PathBuf::new(),
            in_memory: true,
        });
        let (report, mut reader) = Report::begin();
        let length = 2 * TOLD_STEP + 20;
        let told = |reader: &mut SharedRead, written: u64| {
            report.add(Bytes::from_static(&[0; 10]), written, length);
            let told = reader.progress.has_changed().unwrap();
            let reached = matches!(reader.growth(), Ok(Growth::Growing(_, at)) if at == written);
            assert!(reached, "it is known to whoever looks");
            told
        };
        report.growing(&file);
        assert!(told(&mut reader, 10), "the first bytes");
        assert!(!told(&mut reader, 20));
        assert!(told(&mut reader, TOLD_STEP), "a step");
        assert!(!told(&mut reader, TOLD_STEP + 10));
        assert!(told(&mut reader, length), "the last byte");
        report.growing(&file);
        let mut stream = reader.another();
        stream.take_bytes();
        assert!(told(&mut reader, 10) && told(&mut reader, 20));
        drop(stream);
        assert!(!told(&mut reader, 30));
    }
}
