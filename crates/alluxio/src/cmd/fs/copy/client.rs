//! The client of a copy.

use alluxio_client::FileSystem;
use alluxio_common::ByteSize;

use crate::shell::{CommandError, Session};

/// What a file takes of a worker's room in advance. The default, a whole block, is meant for one
/// writer; a few dozen small files at once would push out everything that is cached.
const RESERVE: ByteSize = ByteSize::from_bytes(4 << 20);

/// A client that takes room on workers little by little.
pub(super) async fn frugal(session: &Session) -> Result<FileSystem, CommandError> {
    let file_system = session.file_system().await?;
    let mut conf = file_system.conf().clone();
    conf.reserved_bytes = conf.reserved_bytes.min(RESERVE);
    Ok(file_system.with_conf(conf))
}
