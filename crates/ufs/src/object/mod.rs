//! What all object stores share: directories where there are only keys, renames by copying, uploads
//! in parts, deletions in batches.
//!
//! **Owns** [`ObjectUfs`], which makes an [`crate::UnderFileSystem`] of any [`ObjectStore`], and
//! [`memory`], the store that tests use.
//! **Must never know** a particular store, its requests or its credentials.
//! **Start reading** at [`ObjectStore`] for what a store must offer, then [`ObjectUfs`]. Each
//! operation has a file of its name.

pub mod memory;

mod begin_upload;
mod begun;
mod connector;
mod copy;
mod create;
mod delete;
#[cfg(test)]
mod hooked;
mod ledger;
#[cfg(test)]
mod ledger_tests;
mod list;
mod mkdir;
mod open;
mod pages;
mod payload;
mod rename;
mod status;
mod store;
mod stream;
#[cfg(test)]
mod tests;

pub use connector::{ImmediatelyVisible, ObjectOptions, ObjectUfs};
pub use ledger::UploadLedger;
pub use payload::Payload;
pub(crate) use store::is_at_or_below;
pub use store::{
    CopiedPiece, ListedObject, ObjectError, ObjectList, ObjectPage, ObjectPart, ObjectPermissions,
    ObjectStatus, ObjectStore, ObjectVersion, UnfinishedUpload,
};
pub use stream::ObjectSink;
#[cfg(test)]
pub(crate) use stream::read_whole;
