//! Read-through: serving a block that is not here from the store, and keeping it.
//!
//! **Owns** the fetches. A block that is missing is fetched as a whole, once, however many ask for it: one
//! task reads the store from the block's first byte to its last and appends to a block being written;
//! readers follow it through the same file, or take the last few pieces from memory when they keep up. So
//! the memory that a fetch needs is a few pieces, whatever the number and the pace of its readers. A
//! client of this machine may open that file itself, and is told how far it has grown. A reader that
//! wants to begin far ahead of the fetch, or does not want anything cached, reads its range from the
//! store itself.
//! **Must never know** messages, or which way the bytes take to a client.
//! **Start reading** at [`UfsReads`], then [`SharedRead`].

mod direct_read;
mod shared_read;
mod ufs_reads;

pub use direct_read::DirectRead;
pub use shared_read::{GrowingFile, Growth, SharedPiece, SharedRead};
pub use ufs_reads::{FetchParts, UfsBlock, UfsReads};
