//! Under stores: one trait for all of them, the connectors, what is common, and the proof.
//!
//! **Owns** [`UnderFileSystem`] and the rules of its methods, the connectors ([`local`], [`s3`],
//! [`oss`], with [`object`] for what all object stores share), the layers that go around any of them
//! ([`layer`]), and the suite that every connector passes ([`contract`]).
//! **Must never know** a gRPC service, an inode, a block, a mount table or the configuration; it is
//! handed a URI, properties and a clock.
//! **Start reading** at [`UnderFileSystem`], then [`UfsCapability`] for where stores differ, then
//! [`local`] for the plainest connector.

#![warn(missing_docs)]

pub mod contract;
pub mod layer;
pub mod local;
pub mod object;
pub mod oss;
pub mod s3;

mod capabilities;
mod error;
mod fingerprint;
mod operation;
mod options;
mod properties;
mod registry;
mod status;
mod under_file_system;

pub use capabilities::{UfsCapabilities, UfsCapability};
pub use error::{UfsError, UfsErrorKind};
pub use fingerprint::{Fingerprint, FingerprintChange};
pub use operation::UfsOperation;
pub use options::{CreateOptions, Durability, ListOptions, MkdirOptions, Parents, Recursion};
pub use properties::UfsProperties;
pub use registry::{UfsConstructor, UfsRegistry};
pub use status::{UfsDirectory, UfsFile, UfsSpace, UfsStatus};
pub use under_file_system::{RenameSide, UfsListing, UfsReader, UfsWriter, UnderFileSystem};
