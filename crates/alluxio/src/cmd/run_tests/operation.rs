//! The two ways of writing and reading a file that are tested.

use alluxio_client::{ClientError, CreateFileOptions, FileSystem};
use alluxio_common::{AlluxioPath, ReadType, WriteType};
use bytes::Bytes;

/// How many numbers a file holds.
const NUMBERS: i32 = 20;

/// What is written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Twenty numbers from one buffer, in the machine's own order of bytes.
    Basic,
    /// How many numbers there are, and the numbers, one after the other, high bytes first.
    BasicNonByteBuffer,
}

/// Why a test failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Client(#[from] ClientError),
    #[error("{path} holds {read} bytes that were not written")]
    Different { path: AlluxioPath, read: usize },
}

impl Operation {
    pub(super) const ALL: [Self; 2] = [Self::Basic, Self::BasicNonByteBuffer];

    /// The name on the command line.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::BasicNonByteBuffer => "BASIC_NON_BYTE_BUFFER",
        }
    }

    /// What the names of its files begin with.
    pub(super) const fn file_prefix(self) -> &'static str {
        match self {
            Self::Basic => "BasicFile",
            Self::BasicNonByteBuffer => "BasicNonByteBufferFile",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.name() == name)
    }

    /// What is written, piece by piece.
    fn pieces(self) -> Vec<Bytes> {
        match self {
            Self::Basic => {
                let numbers: Vec<u8> = (0..NUMBERS).flat_map(i32::to_ne_bytes).collect();
                vec![Bytes::from(numbers)]
            }
            Self::BasicNonByteBuffer => {
                let numbers = std::iter::once(NUMBERS).chain(0..NUMBERS);
                let piece = |number: i32| Bytes::copy_from_slice(&number.to_be_bytes());
                numbers.map(piece).collect()
            }
        }
    }

    /// Writes a file, reads it, and compares.
    pub(super) async fn run(
        self,
        file_system: &FileSystem,
        path: &AlluxioPath,
        write_type: WriteType,
        read_type: ReadType,
    ) -> Result<(), Failure> {
        let options = CreateFileOptions {
            write_type: Some(write_type),
            ..CreateFileOptions::default()
        };
        let mut writer = file_system.create_file(path, options).await?;
        let mut written = Vec::new();
        for piece in self.pieces() {
            written.extend_from_slice(&piece);
            writer.write(piece).await?;
        }
        writer.close().await?;
        let mut reader = file_system.open_file(path, Some(read_type)).await?;
        let mut read = Vec::new();
        loop {
            let bytes = reader.read(written.len() + 1).await?;
            if bytes.is_empty() {
                break;
            }
            read.extend_from_slice(&bytes);
        }
        if read == written {
            return Ok(());
        }
        Err(Failure::Different {
            path: path.clone(),
            read: read.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_have_the_lengths_that_people_know() {
        let length =
            |operation: Operation| operation.pieces().iter().map(Bytes::len).sum::<usize>();
        assert_eq!(length(Operation::Basic), 80);
        assert_eq!(length(Operation::BasicNonByteBuffer), 84);
    }
}
