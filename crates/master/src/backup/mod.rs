//! Backups: the whole namespace in one file of a store, and a journal that begins with one.
//!
//! **Owns** the file of a backup, from `fsadmin backup` to the first start of another journal.
//! **Must never know** what an inode looks like: the sections are those of a checkpoint.
//! **Start reading** at [`Backups`], then `restore.rs`. The file is drawn in `docs/formats/backup.md`.

mod archive;
mod backups;
mod error;
mod record;
mod restore;
#[cfg(test)]
mod tests;

pub use backups::{BackupConf, BackupStatus, Backups, Place, Progress};
pub use error::BackupError;
pub use restore::restore;
