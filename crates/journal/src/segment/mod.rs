//! Log segments: files of frames.
//!
//! **Owns** the bytes of a frame, the names of segment files, which part of which file is valid when
//! several owners have written, and how one file is checked and written.
//! **Must never know** checkpoints, waiters, or who owns the folder.
//! **Start reading** at [`frame`], then [`plan`](mod@plan), which holds the rule that fences an old owner.

pub(crate) mod check;
pub(crate) mod frame;
pub(crate) mod name;
pub(crate) mod plan;
pub(crate) mod write;
