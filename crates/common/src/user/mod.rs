//! Users and their groups.
//!
//! **Owns** who a process is, and which groups a user is in.
//! **Must never know** what a user may do; permissions belong to the namespace.
//! **Start reading** at [`GroupMapping`].

mod cached_groups;
mod group_mapping;
mod login;

pub use cached_groups::CachedGroups;
pub use group_mapping::{
    GroupMapping, Groups, IdentityGroups, UnixGroups, UnknownGroupMapping, group_mapping,
};
pub use login::login_user;
