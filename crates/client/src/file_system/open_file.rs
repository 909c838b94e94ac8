//! `open_file`: opens a file for reading.

use alluxio_common::{AlluxioPath, ReadType};

use super::FileSystem;
use super::get_status::StatusPurpose;
use crate::error::ClientError;
use crate::file::FileReader;
use crate::status::Kind;

impl FileSystem {
    /// Opens a file for reading, with the client's default read type when `read_type` is `None`.
    ///
    /// # Errors
    /// `PathNotFound`, `PermissionDenied`; a directory and an incomplete file cannot be read.
    pub async fn open_file(
        &self,
        path: &AlluxioPath,
        read_type: Option<ReadType>,
    ) -> Result<FileReader, ClientError> {
        let here = self.at(path);
        let status = self
            .status_for(path, StatusPurpose::Read, here.sync())
            .await?;
        match status.kind {
            Kind::File => {}
            Kind::Directory => return Err(ClientError::IsDirectory { path: status.path }),
            Kind::IncompleteFile => return Err(ClientError::Incomplete { path: status.path }),
        }
        let read_type = read_type.unwrap_or(here.conf().read_type);
        Ok(FileReader::new(here, status, read_type))
    }
}
