//! Who may do what.
//!
//! **Owns** the [`Caller`] of a request, the groups of users, and the checks of POSIX permissions
//! and access control lists with their exact refusals.
//! **Must never know** the journal, a store, or gRPC; it reads inodes and changes nothing.
//! **Start reading** at [`check_access`].

mod caller;
mod check;

pub use caller::{Authorization, Caller, Callers};
pub use check::{
    check_access, check_owner, check_parent, check_superuser, check_traverse, is_granted,
};
