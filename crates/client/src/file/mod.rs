//! Files: reading and writing them, block by block.
//!
//! **Owns** the position in a file, the choice of a source for each block, and what happens when a
//! source fails.
//! **Must never know** how bytes travel to or from a worker.
//! **Start reading** at [`FileReader`] and [`FileWriter`].

mod ahead;
mod attempts;
mod reader;
pub(crate) mod source;
mod writer;

pub use reader::FileReader;
pub use writer::FileWriter;
