//! [`TempBlock`]: a block that one session is writing. Nobody else can read it.

use std::fs::{self, File};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alluxio_common::{BlockId, SessionId};
use nix::errno::Errno;
use nix::sys::uio::pwritev;
use tracing::warn;

use super::checksum::Known;
use super::dir::{SharedDir, Writer, is_no_space};
use super::error::BlockError;
use super::store::BlockStore;

/// How far a reservation grows at a time when the writer goes beyond it, so that not every chunk
/// asks for space.
const RESERVATION_STEP: u64 = 8 << 20;

/// How many pieces one call of the kernel writes at most; it takes up to 1,024.
const WRITTEN_AT_ONCE: usize = 64;

/// A block being written: a file below the temporary folder, and a reservation in its directory.
///
/// Dropping it without [`BlockStore::commit`] removes the file and gives the space back; so a
/// session that ends in whatever way leaves nothing behind.
#[derive(Debug)]
pub struct TempBlock {
    store: Arc<BlockStore>,
    /// `None` once the block is finished.
    slot: Option<TempSlot>,
    block_id: BlockId,
    dir: SharedDir,
    path: PathBuf,
    file: Arc<File>,
    length: u64,
    reserved: u64,
    contents: Contents,
    /// Whether the bytes come from the store, so that they may be evicted later.
    origin: Origin,
}

/// The right to write one block: nobody else may start it while this exists. See [`super::claim`].
#[derive(Debug)]
pub(super) struct TempSlot {
    store: Arc<BlockStore>,
    block_id: BlockId,
}

/// Who writes the bytes.
#[derive(Debug, Clone, Copy)]
enum Contents {
    /// We do; this is the checksum so far.
    Ours(u32),
    /// A process of this machine does, directly into the file.
    External,
}

/// Where the bytes of a new block come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client writes them: this may be the only copy.
    Client,
    /// The under store has them too.
    UnderStore,
}

/// A request for a new block.
#[derive(Debug, Clone)]
pub struct CreateBlock {
    /// The block.
    pub block_id: BlockId,
    /// Who writes it.
    pub session_id: SessionId,
    /// Where it should go.
    pub target: super::Target,
    /// How many bytes to reserve at once. The block may become longer or shorter.
    pub reserve: u64,
    /// Where its bytes come from.
    pub origin: Origin,
}

impl TempSlot {
    /// Takes the right to write the block.
    pub(super) fn take(store: &Arc<BlockStore>, block_id: BlockId) -> Result<Self, BlockError> {
        if !store.claims.take(block_id) {
            // A block that is being moved is here.
            return Err(if store.contains(block_id) {
                BlockError::AlreadyExists { block_id }
            } else {
                BlockError::BeingWritten { block_id }
            });
        }
        let slot = Self {
            store: Arc::clone(store),
            block_id,
        };
        // Looked at with the slot in hand: a commit gives its slot back after the block is in the
        // map, so that one of the two is always seen.
        if store.contains(block_id) {
            return Err(BlockError::AlreadyExists { block_id });
        }
        Ok(slot)
    }
}

impl Drop for TempSlot {
    fn drop(&mut self) {
        self.store.claims.give_back(self.block_id);
    }
}

impl TempBlock {
    /// Takes over `request.reserve` bytes that are reserved in `dir`, and creates the file.
    pub(super) fn create(
        slot: TempSlot,
        request: &CreateBlock,
        dir: SharedDir,
    ) -> Result<Self, BlockError> {
        let store = Arc::clone(&slot.store);
        let path = dir.temp_path(request.session_id, request.block_id);
        let writer = match request.origin {
            Origin::Client => Writer::Anybody,
            Origin::UnderStore => Writer::ThisWorker,
        };
        match dir.create_temp(&path, writer) {
            Ok(file) => Ok(Self {
                store,
                slot: Some(slot),
                block_id: request.block_id,
                dir,
                path,
                file: Arc::new(file),
                length: 0,
                reserved: request.reserve,
                contents: Contents::Ours(0),
                origin: request.origin,
            }),
            Err(source) => {
                dir.release(request.reserve);
                if is_no_space(&source) {
                    dir.note_full();
                    return Err(store.no_space(request.block_id));
                }
                let error = BlockError::io("create", path, source);
                store.note_failure(&dir, &error);
                Err(error)
            }
        }
    }

    /// The block.
    pub fn block_id(&self) -> BlockId {
        self.block_id
    }

    /// How many bytes were written by [`TempBlock::append`].
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The open file, through which bytes can be read that were appended already. It stays valid
    /// when the block is committed or dropped.
    pub fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// How many bytes are reserved for it.
    pub fn reserved(&self) -> u64 {
        self.reserved
    }

    /// The file, for a client of this machine that writes it itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether writing never waits for a device.
    pub fn is_in_memory(&self) -> bool {
        self.dir.is_in_memory()
    }

    /// Where its bytes come from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Appends bytes, as [`TempBlock::append_all`] does.
    ///
    /// # Errors
    /// As that.
    pub fn append(&mut self, data: &[u8]) -> Result<(), BlockError> {
        self.append_all(&[data])
    }

    /// Appends pieces; the reservation grows as needed.
    ///
    /// # Errors
    /// `NoSpace` when there is no room, `Io` when the directory fails. The block is then to be
    /// dropped.
    pub fn append_all<T: AsRef<[u8]>>(&mut self, pieces: &[T]) -> Result<(), BlockError> {
        let bytes = pieces.iter().map(|piece| piece.as_ref().len() as u64).sum();
        self.ensure_reserved(self.length.saturating_add(bytes))?;
        if let Err(source) = write_all_at(&self.file, pieces, self.length) {
            return Err(self.failed("write", source));
        }
        if let Contents::Ours(crc) = &mut self.contents {
            for piece in pieces {
                *crc = crc32c::crc32c_append(*crc, piece.as_ref());
            }
        }
        self.length += bytes;
        Ok(())
    }

    /// Makes sure that the block may become `total` bytes long.
    ///
    /// # Errors
    /// `NoSpace` when there is no room; what was reserved before stays reserved.
    pub fn ensure_reserved(&mut self, total: u64) -> Result<(), BlockError> {
        self.reserve_to(total, RESERVATION_STEP)
    }

    /// Reserves up to `total` bytes, and `step` bytes at least if there are so many.
    fn reserve_to(&mut self, total: u64, step: u64) -> Result<(), BlockError> {
        if total <= self.reserved {
            return Ok(());
        }
        if total > self.dir.quota() {
            return Err(self.store.too_large(self.block_id));
        }
        let missing = total - self.reserved;
        let generous = missing.max(step);
        let got = if self.dir.try_reserve(generous) {
            generous
        } else if self.store.make_room(&self.dir, missing) {
            missing
        } else {
            return Err(self.store.no_space(self.block_id));
        };
        self.reserved += got;
        Ok(())
    }

    /// Reserves `more` bytes on top of what is reserved, for a client that writes the file itself. It
    /// is these and no others: the client counts them, and asks for what it does not know that it has.
    ///
    /// # Errors
    /// `NoSpace` when there is no room.
    pub fn reserve_more(&mut self, more: u64) -> Result<(), BlockError> {
        self.reserve_to(self.reserved.saturating_add(more), 0)
    }

    /// Takes over what another process has written into the file: its length counts, and its
    /// checksum is not known.
    ///
    /// # Errors
    /// `NoSpace` when the file is longer than what may be reserved for it. When it is empty: nobody
    /// asks for a block without writing into it, so the bytes are somewhere else.
    pub fn adopt_external(&mut self) -> Result<(), BlockError> {
        let metadata = fs::metadata(&self.path)
            .map_err(|source| BlockError::io("look at", &self.path, source))?;
        if metadata.len() == 0 {
            let reason = "the client has written nothing into it; does it see the same folder?";
            let source = io::Error::other(reason);
            return Err(BlockError::io("take over", &self.path, source));
        }
        self.ensure_reserved(metadata.len())?;
        self.length = metadata.len();
        self.contents = Contents::External;
        Ok(())
    }

    /// Moves the file to its final name and hands the space over: the caller makes the block.
    pub(super) fn finish(mut self) -> Result<Finished, BlockError> {
        if let Err(source) = self.dir.seal(&self.path, self.block_id) {
            return Err(self.failed("rename", source));
        }
        self.dir.release(self.reserved - self.length);
        Ok(Finished {
            slot: self.slot.take(),
            dir: Arc::clone(&self.dir),
            length: self.length,
            known: match self.contents {
                Contents::Ours(crc) => Known::Verified(crc),
                Contents::External => Known::Nothing,
            },
            in_store: self.origin == Origin::UnderStore,
        })
    }

    fn failed(&self, action: &'static str, source: io::Error) -> BlockError {
        if is_no_space(&source) {
            self.dir.note_full();
            return self.store.no_space(self.block_id);
        }
        let error = BlockError::io(action, &self.path, source);
        self.store.note_failure(&self.dir, &error);
        error
    }
}

/// Writes pieces one behind the other, with one call of the kernel for many.
fn write_all_at<T: AsRef<[u8]>>(file: &File, pieces: &[T], mut offset: u64) -> io::Result<()> {
    for pieces in pieces.chunks(WRITTEN_AT_ONCE) {
        let slices = pieces.iter().map(|piece| IoSlice::new(piece.as_ref()));
        let mut slices: Vec<IoSlice<'_>> = slices.collect();
        let mut left = &mut slices[..];
        // Drops what is empty in front.
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            let at = i64::try_from(offset).map_err(io::Error::other)?;
            match pwritev(file, left, at) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    IoSlice::advance_slices(&mut left, written);
                    offset += written as u64;
                }
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
    Ok(())
}

/// What is left of a block being written once its file has its final name.
#[derive(Debug)]
pub(super) struct Finished {
    /// To be dropped when the block is in the map.
    pub(super) slot: Option<TempSlot>,
    pub(super) dir: SharedDir,
    pub(super) length: u64,
    pub(super) known: Known,
    pub(super) in_store: bool,
}

impl Drop for TempBlock {
    fn drop(&mut self) {
        if self.slot.is_none() {
            return;
        }
        // A file that cannot be removed now is removed by the scan at the next start.
        if let Err(error) = fs::remove_file(&self.path) {
            warn!(file = %self.path.display(), %error, "cannot remove an abandoned block");
        }
        self.dir.release(self.reserved);
        self.store.counters.cancelled.increment();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_size_and_number_are_written_one_behind_the_other() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"before").unwrap();
        let pieces: Vec<Vec<u8>> = (0..3 * WRITTEN_AT_ONCE + 1)
            .map(|number| vec![u8::try_from(number).unwrap(); number % 5])
            .collect();
        let open = File::options().write(true).open(file.path()).unwrap();
        write_all_at(&open, &pieces, 6).unwrap();
        write_all_at(&open, &[b""], 3).unwrap();
        let expected = [b"before".to_vec(), pieces.concat()].concat();
        assert_eq!(fs::read(file.path()).unwrap(), expected);
    }
}
