//! placeholder
pub mod inode;
pub mod journal_entry;
