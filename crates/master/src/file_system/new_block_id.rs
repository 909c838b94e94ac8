//! Handing out the next block of a file that is being written.

use alluxio_common::{AlluxioPath, BlockId};

use super::complete_file::check_writer;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, NewBlockEntry};

/// A block's index has 24 bits, and the highest value marks the file itself.
const BLOCKS_PER_FILE: u32 = (1 << 24) - 1;

impl FileSystemMaster {
    /// The id of the file's next block. A retry gets another one; the first is then never
    /// committed, and the file cannot be completed with it.
    ///
    /// # Errors
    /// When the path is no file or the file is complete, or the caller may not write it.
    pub async fn new_block_id(
        &self,
        request: &Request,
        path: &AlluxioPath,
    ) -> Result<BlockId, FileSystemError> {
        self.change(request, Scope::Paths(&[path]), |draft| {
            let inode = check_writer(draft, request, path)?;
            let index = inode.block_count();
            if index >= BLOCKS_PER_FILE {
                return Err(FileSystemError::TooManyBlocks { path: path.clone() });
            }
            draft.push(JournalEntry::NewBlock(NewBlockEntry { id: inode.id() }));
            Ok(inode.id().container().block_id(index))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use crate::file_system::testing::{Fixture, path};

    #[tokio::test]
    async fn blocks_are_numbered_from_zero_in_the_container_of_the_file() {
        let fixture = Fixture::new().await;
        let info = fixture.create("/f").await.unwrap();
        for index in 0..3 {
            let request = fixture.root();
            let block = fixture
                .master
                .new_block_id(&request, &path("/f"))
                .await
                .unwrap();
            assert_eq!(block, info.file_id.container().block_id(index));
        }
    }

    #[tokio::test]
    async fn a_directory_has_no_blocks() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/d").await.unwrap();
        let request = fixture.root();
        let error = fixture.master.new_block_id(&request, &path("/d")).await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "Path \"/d\" must be a file."
        );
    }
}
