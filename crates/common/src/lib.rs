//! The vocabulary of the whole system: ids, paths, errors, configuration, time, tasks.
//!
//! **Owns** the types that every other crate speaks in, each parsed once at the edge so that
//! holding one is a proof.
//! **Must never know** gRPC, a store, an inode, or a block file; it does no I/O except reading
//! configuration files and writing log files.
//! **Start reading** at [`AlluxioPath`] and [`ErrorCode`], then [`conf`].

pub mod byte_size;
pub mod clock;
pub mod conf;
mod data_policy;
pub mod date;
pub mod duration;
pub mod error;
pub mod logging;
pub mod metrics;
pub mod user;

mod abort_on_panic;
mod descriptors;
mod heartbeat;
mod id;
mod mode;
mod path;
mod tasks;
mod worker_address;

pub use abort_on_panic::AbortOnPanic;
pub use byte_size::ByteSize;
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use data_policy::{PersistenceState, ReadType, TtlAction, UnknownName, WriteType};
pub use descriptors::share_of_descriptors;
pub use error::{BoxedError, Describe, ErrorCode, Fact, Hint, Retry, SideEffects};
pub use heartbeat::Heartbeat;
pub use id::{
    BlockId, ContainerId, InodeId, JobId, MountId, OperationId, SequenceNumber, SessionId, WorkerId,
};
pub use mode::{Access, Mode, ParseModeError};
pub use path::{AlluxioPath, InvalidPath, InvalidUfsPath, UfsPath};
pub use tasks::{Tasks, ToTheEnd};
pub use worker_address::{LocalityTier, WorkerAddress};
