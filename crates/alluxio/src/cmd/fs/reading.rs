//! Opening files for the commands that read them.

use alluxio_client::{ClientError, FileReader};
use alluxio_common::{AlluxioPath, ByteSize, ReadType};

use crate::shell::{CommandError, Session};

/// How much is read at once: what a stream carries in one message.
pub(super) const CHUNK: usize = 1 << 20;

/// What `head` and `tail` show when they are not told.
const DEFAULT_PART: u64 = 1 << 10;

/// Opens a file; a directory is refused with the sentence that Alluxio prints.
pub(super) async fn open(
    session: &Session,
    path: &AlluxioPath,
    read_type: Option<ReadType>,
) -> Result<FileReader, CommandError> {
    match session
        .file_system()
        .await?
        .open_file(path, read_type)
        .await
    {
        Ok(reader) => Ok(reader),
        Err(ClientError::IsDirectory { path }) => Err(CommandError::refused(format!(
            "Path \"{path}\" must be a file."
        ))),
        Err(error) => Err(error.into()),
    }
}

/// Prints up to `limit` bytes from where the reader stands.
pub(super) async fn print(
    session: &Session,
    reader: &mut FileReader,
    limit: u64,
) -> Result<(), CommandError> {
    let mut left = limit;
    while left > 0 && !session.output.is_closed() {
        let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let bytes = reader.read(wanted).await?;
        if bytes.is_empty() {
            break;
        }
        left = left.saturating_sub(bytes.len() as u64);
        session.output.bytes(&bytes);
    }
    Ok(())
}

/// The value of `-c`.
pub(super) fn part(text: Option<&str>) -> Result<u64, CommandError> {
    let Some(text) = text else {
        return Ok(DEFAULT_PART);
    };
    let is_negative = text.parse::<i64>().is_ok_and(|number| number <= 0);
    let size = ByteSize::parse(text).map(ByteSize::bytes);
    match size {
        Ok(0) => Err(CommandError::refused("specified bytes must be > 0")),
        Ok(bytes) => Ok(bytes),
        Err(_) if is_negative => Err(CommandError::refused("specified bytes must be > 0")),
        Err(_not_a_size) => Err(CommandError::refused(format!(
            "Fail to parse {text} to bytes"
        ))),
    }
}
