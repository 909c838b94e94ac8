//! What every journal promises, as functions to be called from the tests of each implementation.
//!
//! **Owns** one function per promise, and [`Recorder`], a state that remembers what it was given.
//! **Must never know** how a journal keeps its entries; it sees the [`Journal`] trait alone.
//! **Start reading** at [`check_all`].

mod appending;
mod check_all;
mod checkpointing;
mod recorder;

pub use check_all::{Memory, Opened, Place, check_all};
pub use recorder::{Recorder, RecorderSource};
