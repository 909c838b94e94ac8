//! Bytes to write, and what came back.

use alluxio_client::{ClientError, CreateFileOptions, FileReader, FileSystem};
use alluxio_common::{AlluxioPath, ReadType};
use bytes::{Bytes, BytesMut};
use rand::rngs::SmallRng;
use rand::{RngCore, SeedableRng};

/// How much one write or read asks for.
const PIECE: usize = 1 << 20;

/// Bytes without a pattern; the same for the same seed.
pub fn content(seed: u64, length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SmallRng::seed_from_u64(seed).fill_bytes(&mut bytes);
    Bytes::from(bytes)
}

/// Writes a whole file.
///
/// # Errors
/// Those of the client.
pub async fn write_file(
    files: &FileSystem,
    path: &AlluxioPath,
    content: &Bytes,
    options: CreateFileOptions,
) -> Result<(), ClientError> {
    let mut writer = files.create_file(path, options).await?;
    for start in (0..content.len()).step_by(PIECE) {
        let end = content.len().min(start + PIECE);
        writer.write(content.slice(start..end)).await?;
    }
    writer.close().await
}

/// Reads a whole file.
///
/// # Errors
/// Those of the client.
pub async fn read_file(
    files: &FileSystem,
    path: &AlluxioPath,
    read_type: ReadType,
) -> Result<Bytes, ClientError> {
    let mut reader = files.open_file(path, Some(read_type)).await?;
    read_all(&mut reader).await
}

/// Reads from where the reader stands to the end.
///
/// # Errors
/// Those of the client.
pub async fn read_all(reader: &mut FileReader) -> Result<Bytes, ClientError> {
    let mut read = BytesMut::new();
    loop {
        let piece = reader.read(PIECE).await?;
        if piece.is_empty() {
            return Ok(read.freeze());
        }
        read.extend_from_slice(&piece);
    }
}
