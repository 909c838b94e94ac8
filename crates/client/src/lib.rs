//! The client: files of the namespace, as streams, from any program.
//!
//! **Owns** the choice of workers, short-circuit access, retries of reads, and the calls to the
//! master.
//! **Must never know** how the master or a worker does its part; it meets them in the messages of
//! `proto` only.
//! **Start reading** at [`FileSystem`], then [`FileReader`] and [`FileWriter`].

mod acl;
mod block;
mod block_master;
mod conf;
mod connect;
mod context;
mod domain_socket;
mod error;
mod file;
mod file_system;
mod job_master;
mod meta_master;
mod path_defaults;
mod status;
mod worker_choice;

pub use acl::{Acl, AclEntry, AclScope, AclSubject, ParseAclError, SetAclAction};
pub use block_master::BlockMasterClient;
pub use conf::{
    AccessTimes, BlockReadRetry, ClientConf, DomainSocketNames, PassiveCache, Replication,
    ShortCircuit,
};
pub use connect::{ClientNetwork, Connector};
pub use error::ClientError;
pub use file::{FileReader, FileWriter};
pub use file_system::{
    CreateDirectoryOptions, CreateFileOptions, DeleteOptions, Descend, FileSystem, FreePinned,
    IfExists, ListStatusOptions, LoadMetadata, MountAccess, MountOptions, MountPointStatus,
    MountPoints, Overwrite, Parents, SetAttributeOptions, Sharing, StatusPurpose, SyncInterval,
    UfsDelete, UfsMode,
};
pub use job_master::JobMasterClient;
pub use meta_master::MetaMasterClient;
pub use path_defaults::PathDefaults;
pub use status::{BlockInfo, BlockLocation, FileBlock, FileStatus, Kind, MountPoint, Pinned, Ttl};
pub use worker_choice::{BlockNeeds, Worker, WorkerChoice, WorkerChooser};
