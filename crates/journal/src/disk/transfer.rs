//! Whole reads and writes, and percentages: what every disk can do with its few calls.

use std::io;

use super::{DiskFile, DiskSpace};

impl DiskSpace {
    /// The free part in percent, rounded down; 100 when the size is not known.
    pub fn free_percent(&self) -> u64 {
        match self.total_bytes {
            0 => 100,
            total => {
                u64::try_from(u128::from(self.free_bytes) * 100 / u128::from(total)).unwrap_or(100)
            }
        }
    }
}

impl dyn DiskFile + '_ {
    /// Writes all of `bytes`, as many calls as it takes.
    pub(crate) fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write_at(offset + written as u64, &bytes[written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Fills `buffer` as far as the file goes; says how far.
    pub(crate) fn read_full_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(offset + filled as u64, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}
