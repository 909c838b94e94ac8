//! What every file-system request carries: the common options.

use alluxio_common::{OperationId, TtlAction};
use alluxio_proto::grpc::file as pb;
use alluxio_rpc::convert;

/// How old the master's knowledge of a path may be before it looks into the store again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncInterval {
    /// It never looks again.
    Never,
    /// It looks every time.
    Always,
    /// It looks when the last look is at least this many milliseconds old.
    Millis(i64),
}

impl SyncInterval {
    /// From the number of milliseconds of `alluxio.user.file.metadata.sync.interval`.
    pub fn from_millis(millis: i64) -> Self {
        match millis {
            0 => Self::Always,
            millis if millis < 0 => Self::Never,
            millis => Self::Millis(millis),
        }
    }

    fn millis(self) -> i64 {
        match self {
            Self::Never => -1,
            Self::Always => 0,
            Self::Millis(millis) => millis,
        }
    }
}

/// Whether the master looks into the store for what it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMetadata {
    /// Never.
    Never,
    /// When it has not looked before.
    Once,
    /// Every time.
    Always,
}

impl LoadMetadata {
    pub(crate) fn to_proto(self) -> i32 {
        match self {
            Self::Never => pb::LoadMetadataPType::Never.into(),
            Self::Once => pb::LoadMetadataPType::Once.into(),
            Self::Always => pb::LoadMetadataPType::Always.into(),
        }
    }
}

/// How far down an operation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descend {
    /// Only the path itself (for a listing: its direct children).
    No,
    /// Everything below.
    All,
}

impl Descend {
    pub(crate) fn to_proto(self) -> Option<bool> {
        Some(self == Self::All)
    }
}

/// The common options of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommonOptions {
    pub(crate) sync: SyncInterval,
    pub(crate) ttl_ms: i64,
    pub(crate) ttl_action: TtlAction,
    pub(crate) operation_id: Option<OperationId>,
}

impl CommonOptions {
    pub(crate) fn to_proto(self) -> Option<pb::FileSystemMasterCommonPOptions> {
        Some(pb::FileSystemMasterCommonPOptions {
            sync_interval_ms: Some(self.sync.millis()),
            ttl: Some(self.ttl_ms),
            ttl_action: Some(convert::ttl_action_to_proto(self.ttl_action).into()),
            operation_id: self.operation_id.map(convert::operation_id_to_proto),
        })
    }
}
