//! Reading the numbers and options of requests.

use alluxio_common::{BlockId, Describe, ErrorCode, Fact, MountId, UfsPath};
use alluxio_proto::grpc::block::{OpenLocalBlockRequest, ReadRequest};
use alluxio_proto::proto::dataserver::OpenUfsBlockOptions;

use crate::block::{BlockStore, Target};
use crate::read_block::{Keep, Promote, ReadBlock};
use crate::read_error::ReadBlockError;
use crate::ufs_read::UfsBlock;

/// A request that makes no sense.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadRequest {
    /// A stream ended before its first message.
    #[error("The stream of {call} ended before its first message.")]
    NoFirstMessage {
        /// The call.
        call: &'static str,
    },
    /// A message came where another kind was due.
    #[error("{call} expects {expected} here.")]
    Unexpected {
        /// The call.
        call: &'static str,
        /// What was due.
        expected: &'static str,
    },
    /// A number is negative.
    #[error("{field} is {value}, which is negative.")]
    Negative {
        /// Which number.
        field: &'static str,
        /// What it is.
        value: i64,
    },
    /// A writer has lost track of its position.
    #[error("The client says that it has written {claimed} bytes, but {received} were received.")]
    WrongOffset {
        /// What the client says.
        claimed: i64,
        /// What came.
        received: u64,
    },
    /// Something that this worker does not offer.
    #[error("{what} is not supported by this worker.")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
}

impl Describe for BadRequest {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoFirstMessage { .. }
            | Self::Unexpected { .. }
            | Self::Negative { .. }
            | Self::WrongOffset { .. } => ErrorCode::InvalidArgument,
            Self::Unsupported { .. } => ErrorCode::Unsupported,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        Vec::new()
    }
}

/// The id of a block; ids are not negative.
pub(super) fn block_id(raw: i64) -> Result<BlockId, BadRequest> {
    if raw < 0 {
        return Err(BadRequest::Negative {
            field: "The id of the block",
            value: raw,
        });
    }
    Ok(BlockId::from_raw(raw))
}

/// An amount of bytes; absent is zero.
pub(super) fn amount(field: &'static str, raw: Option<i64>) -> Result<u64, BadRequest> {
    let value = raw.unwrap_or(0);
    u64::try_from(value).map_err(|_negative| BadRequest::Negative { field, value })
}

/// Where a new block should go. Negative tiers count from the slowest one, and numbers beyond the
/// last tier mean the last.
pub(super) fn target(store: &BlockStore, tier: Option<i32>, medium: Option<&str>) -> Target {
    if let Some(medium) = medium.filter(|medium| !medium.is_empty()) {
        return Target::Medium(medium.to_owned());
    }
    let tiers = i32::try_from(store.tiers().len()).unwrap_or(i32::MAX);
    let wanted = tier.unwrap_or(0);
    let level = if wanted < 0 { tiers + wanted } else { wanted };
    let level = level.clamp(0, tiers - 1);
    Target::Level(usize::try_from(level).unwrap_or(0))
}

/// The first message of a read.
pub(super) fn read_block(request: &ReadRequest) -> Result<ReadBlock, ReadBlockError> {
    let (id, offset, length) = (request.block_id(), request.offset(), request.length());
    let block_id = BlockId::from_raw(id);
    let invalid = || ReadBlockError::InvalidRange {
        block_id,
        offset,
        length,
    };
    if id < 0 || length <= 0 {
        return Err(invalid());
    }
    let options = request.open_ufs_block_options.as_ref();
    let keep = match options.map(OpenUfsBlockOptions::no_cache) {
        Some(true) => Keep::No,
        Some(false) | None => Keep::Yes,
    };
    Ok(ReadBlock {
        block_id,
        offset: u64::try_from(offset).map_err(|_negative| invalid())?,
        length: u64::try_from(length).map_err(|_negative| invalid())?,
        ufs: options
            .map(|options| ufs_block(block_id, options))
            .transpose()?
            .flatten(),
        keep,
        promote: if request.promote() {
            Promote::Yes
        } else {
            Promote::No
        },
    })
}

/// Where the store has a block that a client of this machine wants to read from its file; nowhere,
/// when it does not want the block to be kept.
pub(super) fn open_local_block(
    request: &OpenLocalBlockRequest,
) -> Result<Option<UfsBlock>, ReadBlockError> {
    let block_id = BlockId::from_raw(request.block_id());
    match &request.open_ufs_block_options {
        Some(options) if !options.no_cache() => ufs_block(block_id, options),
        Some(_) | None => Ok(None),
    }
}

/// Where the store has a block, if the options say so: by a path, or as a block of its own.
pub(super) fn ufs_block(
    block_id: BlockId,
    options: &OpenUfsBlockOptions,
) -> Result<Option<UfsBlock>, ReadBlockError> {
    let path = match &options.ufs_path {
        Some(path) => Some(
            UfsPath::parse(path)
                .map_err(|source| ReadBlockError::InvalidUfsPath { block_id, source })?,
        ),
        None if options.block_in_ufs_tier() => None,
        None => return Ok(None),
    };
    let invalid = |offset, length| ReadBlockError::InvalidRange {
        block_id,
        offset,
        length,
    };
    let (offset, length) = (options.offset_in_file(), options.block_size());
    let offset_in_file = u64::try_from(offset).map_err(|_negative| invalid(offset, length))?;
    let length = u64::try_from(length).map_err(|_negative| invalid(offset, length))?;
    Ok(Some(UfsBlock {
        block_id,
        mount: MountId::from_raw(options.mount_id()),
        path,
        offset_in_file,
        length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: i64, offset: i64, length: i64) -> ReadRequest {
        ReadRequest {
            block_id: Some(id),
            offset: Some(offset),
            length: Some(length),
            ..ReadRequest::default()
        }
    }

    #[test]
    fn ranges_that_are_none_are_invalid_arguments() {
        for bad in [request(-1, 0, 1), request(1, -1, 1), request(1, 0, 0)] {
            let error = read_block(&bad).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
        assert!(read_block(&request(1, 0, 1)).unwrap().ufs.is_none());
    }

    #[test]
    fn options_without_path_and_tier_name_no_place_in_the_store() {
        let id = BlockId::from_raw(1);
        assert_eq!(
            ufs_block(id, &OpenUfsBlockOptions::default()).unwrap(),
            None
        );
        let in_tier = OpenUfsBlockOptions {
            block_in_ufs_tier: Some(true),
            mount_id: Some(1),
            block_size: Some(5),
            ..OpenUfsBlockOptions::default()
        };
        let found = ufs_block(id, &in_tier).unwrap().unwrap();
        assert_eq!((found.path, found.length), (None, 5));
    }
}
