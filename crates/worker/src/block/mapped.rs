//! [`MappedBlock`]: the bytes of a block in memory, without copying them first.
//!
//! A streaming read of a block in memory costs two copies of every byte when it is read into a
//! buffer (out of the file, into the socket), and one when the socket takes it from the mapped file.
//! Finding the pages of a new mapping costs almost as much as a copy, so a mapping is kept for those
//! who read the block next: see [`super::mappings`].

#![expect(
    unsafe_code,
    reason = "mapping a file has no safe form; measured: half of the cost of a hot read"
)]

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::writers;

/// The kernel is asked to find the pages of so many bytes at once: what one message carries.
const POPULATED_AT_ONCE: usize = 1 << 20;

/// A whole file, mapped for reading. It stays valid when the file loses its name.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    length: NonZeroUsize,
    /// Which parts of [`POPULATED_AT_ONCE`] bytes have their pages in the tables of the process.
    populated: Box<[AtomicBool]>,
}

// SAFETY: the mapping is read-only and belongs to this value alone, so it may be used and unmapped
// on any thread.
unsafe impl Send for Mapping {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `length` bytes of a file, at least one, which it must have, and which nobody
    /// may be able to change.
    pub(super) fn new(file: &File, length: u64) -> io::Result<Self> {
        if file.metadata()?.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let length = usize::try_from(length).ok().and_then(NonZeroUsize::new);
        let length = length.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        writers::shut_out(file)?;
        // SAFETY: a new mapping at an address of the kernel's choice; no memory of ours is touched.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length.get(),
                libc::PROT_READ,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast())
            .ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))?;
        let parts = length.get().div_ceil(POPULATED_AT_ONCE);
        Ok(Self {
            start,
            length,
            populated: (0..parts).map(|_| AtomicBool::new(false)).collect(),
        })
    }

    pub(super) fn length(&self) -> usize {
        self.length.get()
    }

    /// Has the kernel find all pages of a range at once, instead of one after the other when they
    /// are sent. What was found once stays found as long as the mapping does.
    fn populate(&self, range: &Range<usize>) {
        let parts = range.start / POPULATED_AT_ONCE..range.end.div_ceil(POPULATED_AT_ONCE);
        for part in parts {
            if self.populated[part].swap(true, Ordering::Relaxed) {
                continue;
            }
            let start = part * POPULATED_AT_ONCE;
            let length = POPULATED_AT_ONCE.min(self.length.get() - start);
            // SAFETY: advice about a range within the mapping, which begins at a page. It changes no
            // memory, and a kernel that does not know it refuses it without harm.
            unsafe {
                let address = self.start.as_ptr().wrapping_add(start);
                libc::madvise(address.cast(), length, libc::MADV_POPULATE_READ);
            }
        }
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the mapping has `length` readable bytes until it is unmapped in `drop`, which the
        // lifetime of `self` outlasts. A committed block is never written again by this worker, and
        // when it was mapped nobody had it open for writing or could open it, but its owner: this
        // user, who can do worse than cutting a block short.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length.get()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` with this length, and nothing refers to it any more.
        let result = unsafe { libc::munmap(self.start.as_ptr().cast(), self.length.get()) };
        debug_assert_eq!(result, 0, "a mapping of ours can be unmapped");
    }
}

/// The bytes of a block, mapped from its file. Parts of it may be sent long after this is gone.
///
/// Only the kernel should look at many of them (by a write to a socket): should the file have been cut
/// short after all, that is an error, while looking at the missing bytes here ends the process.
#[derive(Debug)]
pub struct MappedBlock {
    mapping: Arc<Mapping>,
    bytes: Bytes,
}

/// What keeps the mapping while its bytes are on their way.
struct Sent(Arc<Mapping>);

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl MappedBlock {
    pub(super) fn new(mapping: Arc<Mapping>) -> Self {
        let bytes = Bytes::from_owner(Sent(Arc::clone(&mapping)));
        Self { mapping, bytes }
    }

    /// A part of the bytes, which must lie within the block.
    pub fn part(&self, range: Range<usize>) -> Bytes {
        self.mapping.populate(&range);
        self.bytes.slice(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_has_the_bytes_of_the_file_at_any_offset_and_outlives_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("block");
        let data: Vec<u8> = (0..3_000_000_u32).map(|i| i.to_le_bytes()[1]).collect();
        std::fs::write(&path, &data).unwrap();
        let file = File::open(&path).unwrap();
        let mapping = Arc::new(Mapping::new(&file, 3_000_000).unwrap());
        drop(file);
        std::fs::remove_file(&path).unwrap();
        let ranges = [
            0..3_000_000,
            1..6,
            65_535..65_537,
            1_048_570..2_100_000,
            2_999_999..3_000_000,
        ];
        for range in ranges {
            let part = MappedBlock::new(Arc::clone(&mapping)).part(range.clone());
            assert!(part == data[range.clone()], "{range:?}");
        }
    }

    #[test]
    fn a_file_that_is_shorter_than_its_block_is_not_mapped() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(10).unwrap();
        let error = Mapping::new(&file, 11).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
