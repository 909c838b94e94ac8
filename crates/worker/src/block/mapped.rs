//! [`BlockReader::map`]: the bytes of a block in memory, without copying them first.
//!
//! A streaming read of a block in memory costs two copies of every byte when it is read into a
//! buffer (out of the file, into the socket), and one when the socket takes it from the mapped file.
//! The first is a third of what a read costs the worker.

#![expect(
    unsafe_code,
    reason = "mapping a file has no safe form; measured: a third of the cost of a hot read"
)]

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use bytes::Bytes;

use super::reader::BlockReader;

/// Maps begin at multiples of this. Every page size of Linux divides it.
const ALIGNMENT: u64 = 64 << 10;

/// A part of a file, mapped for reading. It stays valid when the file loses its name.
#[derive(Debug)]
struct MappedRange {
    start: NonNull<u8>,
    length: NonZeroUsize,
    /// What stands before the bytes that were asked for, because of the alignment.
    lead: usize,
}

// SAFETY: the mapping is read-only and belongs to this value alone, so it may be used and unmapped
// on any thread.
unsafe impl Send for MappedRange {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for MappedRange {}

impl MappedRange {
    fn new(file: &File, offset: u64, length: usize) -> io::Result<Self> {
        let aligned = offset / ALIGNMENT * ALIGNMENT;
        let too_large = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let lead = usize::try_from(offset - aligned).map_err(too_large)?;
        let length = NonZeroUsize::new(lead + length)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let position = libc::off_t::try_from(aligned).map_err(too_large)?;
        // SAFETY: a new mapping at an address of the kernel's choice; no memory of ours is touched.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length.get(),
                libc::PROT_READ,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                position,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast())
            .ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))?;
        Ok(Self {
            start,
            length,
            lead,
        })
    }
}

impl AsRef<[u8]> for MappedRange {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the mapping has `length` readable bytes until it is unmapped in `drop`, which the
        // lifetime of `self` outlasts. A committed block is never written again by this worker, and
        // the files are only given to clients for reading, so the bytes do not change; where
        // somebody cuts the file short all the same, only the kernel meets the missing page, when
        // it copies into a socket, and fails that call.
        let all = unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length.get()) };
        &all[self.lead..]
    }
}

impl Drop for MappedRange {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` with this length, and nothing refers to it any more.
        let result = unsafe { libc::munmap(self.start.as_ptr().cast(), self.length.get()) };
        debug_assert_eq!(result, 0, "a mapping of ours can be unmapped");
    }
}

impl BlockReader {
    /// The bytes from `offset` on, mapped from the file; `length` of them, at least one, and within
    /// the block. Parts of it may be sent long after the reader is gone.
    ///
    /// Only the kernel should look at them (by a write to a socket): for a file that was cut short
    /// from outside, that is an error, while looking at the missing bytes here ends the process.
    ///
    /// # Errors
    /// When the system refuses, or the file is shorter than the block.
    pub fn map(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        if self.file().metadata()?.len() < self.length() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let range = MappedRange::new(self.file(), offset, length)?;
        Ok(Bytes::from_owner(range))
    }
}

/// Has the kernel find all pages of a part of a mapping at once, instead of one after the other when
/// they are sent.
pub fn populate(part: &Bytes) {
    let page = 4096;
    let start = part.as_ptr().addr();
    let lead = start % page;
    // SAFETY: advice about a range that `part` keeps mapped, widened to the page where it begins,
    // which belongs to the same mapping. It changes no memory, and a kernel that does not know it
    // refuses it without harm.
    unsafe {
        libc::madvise(
            part.as_ptr().wrapping_sub(lead).cast_mut().cast(),
            part.len() + lead,
            libc::MADV_POPULATE_READ,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_has_the_bytes_of_the_file_at_any_offset_and_outlives_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("block");
        let data: Vec<u8> = (0..300_000_u32).map(|i| i.to_le_bytes()[1]).collect();
        std::fs::write(&path, &data).unwrap();
        let file = File::open(&path).unwrap();
        let cases = [(0, 300_000), (1, 5), (65_535, 2), (65_536, 1), (299_999, 1)];
        let maps = cases.map(|(offset, length)| {
            Bytes::from_owner(MappedRange::new(&file, offset, length).unwrap())
        });
        drop(file);
        std::fs::remove_file(&path).unwrap();
        for ((offset, length), map) in cases.into_iter().zip(maps) {
            let offset = usize::try_from(offset).unwrap();
            populate(&map);
            assert!(map == data[offset..offset + length], "{offset} {length}");
        }
    }
}
