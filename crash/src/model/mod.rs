//! A simple model of the whole file system, to compare a cluster with.
//!
//! **Owns** what is asked ([`Operation`]), what should come of it ([`Model`]), what an operation may
//! leave behind whose end nobody has heard of ([`aftermath`]), and how a listing is compared.
//! **Must never know** how a cluster does it, nor what goes wrong meanwhile.
//! **Start reading** at [`Model`], then at [`Model::apply`].

mod aftermath;
mod apply;
mod compare;
mod execute;
mod generate;
mod namespace;
mod operation;
mod stored;

pub use aftermath::aftermath;
pub use compare::{Difference, Strictness, differences};
pub(crate) use execute::read_whole;
pub use execute::{Outcome, StoreTarget, Stores, execute, is_refusal};
pub use generate::{Sizes, next_operation};
pub use namespace::{Attributes, Directory, Expected, File, InStore, Model, Node, Persisted};
pub use operation::{NAMED_USERS, Operation};
pub use stored::{Found, StoreView, Stored, differences_in_store, stored};
