//! Handing out the next block of a file that is being written.

use alluxio_common::{AlluxioPath, BlockId, InodeId};

use super::complete_file::check_writer;
use super::{FileSystemMaster, Request, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, NewBlockEntry};

/// A block's index has 24 bits, and the highest value marks the file itself.
const BLOCKS_PER_FILE: u32 = (1 << 24) - 1;

impl FileSystemMaster {
    /// The id of the file's next block. A retry with the same operation id gets the same block. One
    /// without gets another; the first is then never committed, and completing the file sorts that
    /// out. Writers that say which file is theirs get no block of another one.
    ///
    /// # Errors
    /// When the path is no file or another one, the file is complete, or the caller may not write it.
    pub async fn new_block_id(
        &self,
        request: &Request,
        path: &AlluxioPath,
        file: Option<InodeId>,
    ) -> Result<BlockId, FileSystemError> {
        let _in_flight = self.enter(request).await;
        let is_retry = self.is_done(request).await?;
        self.change(request, Scope::Paths(&[path]), |draft| {
            let inode = check_writer(draft, request, path, file)?;
            let index = inode.block_count();
            // A file has one writer, which asks for the next block when it has this one.
            if let Some(last) = index.checked_sub(1).filter(|_| is_retry) {
                return Ok(inode.id().container().block_id(last));
            }
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
                .new_block_id(&request, &path("/f"), None)
                .await
                .unwrap();
            assert_eq!(block, info.file_id.container().block_id(index));
        }
    }

    #[tokio::test]
    async fn a_retry_gets_the_block_of_the_first_try() {
        let mut fixture = Fixture::new().await;
        fixture.create("/f").await.unwrap();
        let request = fixture.with_operation_id(3);
        let file = path("/f");
        let first = fixture
            .master
            .new_block_id(&request, &file, None)
            .await
            .unwrap();
        let again = fixture
            .master
            .new_block_id(&request, &file, None)
            .await
            .unwrap();
        assert_eq!(again, first);
        // The master died before it could answer.
        fixture.restart();
        let again = fixture
            .master
            .new_block_id(&request, &file, None)
            .await
            .unwrap();
        assert_eq!(again, first);
        let other = fixture.with_operation_id(4);
        let second = fixture
            .master
            .new_block_id(&other, &file, None)
            .await
            .unwrap();
        assert_eq!(second.index(), 1);
    }

    #[tokio::test]
    async fn a_directory_has_no_blocks() {
        let fixture = Fixture::new().await;
        fixture.mkdir("/d").await.unwrap();
        let request = fixture.root();
        let error = fixture
            .master
            .new_block_id(&request, &path("/d"), None)
            .await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "Path \"/d\" must be a file."
        );
    }
}
