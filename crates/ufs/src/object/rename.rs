//! `rename_file` and `rename_directory`: copy, then delete. A crash in between leaves the source
//! whole and a part of the target.

use alluxio_common::UfsPath;

use super::ObjectError;
use super::connector::{Objects, directory_key, file_key};
use crate::{UfsError, UfsErrorKind, UfsOperation};

impl Objects {
    /// See [`crate::UnderFileSystem::rename_file`].
    pub(super) async fn rename_file(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameFile;
        self.check_file(source, operation).await?;
        self.check_absent(target, operation).await?;
        let failed = |error: ObjectError| error.on(operation, source);
        let (from, to) = (file_key(source), file_key(target));
        self.store.copy(from, to).await.map_err(failed)?;
        self.delete_keys(&[from.to_owned()], operation, source)
            .await
    }

    /// See [`crate::UnderFileSystem::rename_directory`].
    pub(super) async fn rename_directory(
        &self,
        source: &UfsPath,
        target: &UfsPath,
    ) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        self.check_directory(source, operation).await?;
        if source
            .relative(target)
            .is_some_and(|below| !below.is_empty())
        {
            let error = UfsError::new(UfsErrorKind::InvalidPath, operation, target);
            return Err(error.with_reason("The target lies inside the source"));
        }
        self.check_absent(target, operation).await?;
        self.copy_all(source, target).await?;
        loop {
            let keys = self.keys_below(source, None, operation).await?;
            if keys.is_empty() {
                return Ok(());
            }
            self.delete_keys(&keys, operation, source).await?;
        }
    }

    async fn copy_all(&self, source: &UfsPath, target: &UfsPath) -> Result<(), UfsError> {
        let operation = UfsOperation::RenameDirectory;
        let failed = |error: ObjectError| error.on(operation, source);
        let (from, to) = (directory_key(source), directory_key(target));
        let mut last_key = None;
        loop {
            let keys = self.keys_below(source, last_key.take(), operation).await?;
            let Some(last) = keys.last() else {
                return Ok(());
            };
            last_key = Some(last.clone());
            for key in &keys {
                // Every key of the page begins with the prefix that was listed.
                let relative = key.strip_prefix(&from).unwrap_or(key);
                let target_key = format!("{to}{relative}");
                self.store.copy(key, &target_key).await.map_err(failed)?;
            }
        }
    }
}
