//! Who is calling: the SASL handshake, the channels that it authenticates, and impersonation.
//!
//! **Owns** the registry from channel id to user, and the rule that a channel lives exactly as long
//! as its handshake stream. Identity hangs on the `channel-id` header and never on a connection,
//! because many channels share one.
//! **Must never know** what a user may do: permissions belong to the services.
//! **Start reading** at [`AuthenticatedUser`], then `channels.rs`, then `sasl.rs`.

mod channels;
mod impersonation;
mod plain;
mod sasl;
mod user;

pub use channels::{Channels, ChannelsConf};
pub use impersonation::{Impersonation, ImpersonationRule, UserGroups};
pub use plain::{PlainError, PlainMessage};
pub use sasl::SimpleAuthentication;
pub use user::AuthenticatedUser;

pub(crate) use sasl::SaslService;
pub(crate) use user::Identity;

/// The header that names the logical channel of a call.
pub(crate) const CHANNEL_ID_HEADER: &str = "channel-id";

/// What a client without credentials sends as its password.
pub(crate) const NO_PASSWORD: &str = "noPassword";

#[cfg(test)]
mod tests;
