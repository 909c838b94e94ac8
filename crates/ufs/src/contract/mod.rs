//! The contract as a program: what every connector must do, case by case.
//!
//! **Owns** the list [`CASES`] and the way to run one; it is `pub`, so that connectors outside this
//! crate and the command line can run it against a real store.
//! **Must never know** which connector it runs on: it skips by declared capability alone.
//! **Start reading** at [`CASES`], then any of its functions; [`Subject`] is what they are given.

mod case;
mod cases;
mod create;
mod delete;
mod list;
mod mkdir;
mod name;
mod read;
mod rename;
mod set_attribute;
mod status;
mod subject;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use case::broken_promises;
pub use case::{Case, Outcome, run};
pub use cases::CASES;
pub use subject::{Broken, Subject};
