//! Copying between the local file system and Alluxio, and inside Alluxio.
//!
//! **Owns** walking both kinds of trees, copying many files at once with bounded memory, and what is
//! said about each. One failure does not stop the others; what could not be copied whole is removed.
//! **Must never know** how bytes reach workers.
//! **Start reading** at `upload.rs`.

mod client;
mod download;
mod jobs;
mod local;
mod settings;
mod target;
mod upload;
mod within;

pub(super) use download::download;
pub(super) use settings::{Settings, THREAD_OPTION};
pub(super) use upload::upload;
pub(super) use within::{Directories, How, Keep, within};
