//! [`Channels`]: which channel ids are authenticated, and for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, Describe, ErrorCode};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Identity;

/// The time of last use is written at most this often, so that calls on many cores do not fight
/// over one cache line.
const USE_GRANULARITY: Duration = Duration::from_secs(1);

/// What the registry keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelsConf {
    /// A channel that made no call for so long is revoked.
    pub stale_after: Duration,
    /// More channels than this are refused. Each one holds an open stream: about 4 KiB.
    pub max_channels: usize,
}

impl Default for ChannelsConf {
    fn default() -> Self {
        Self {
            stale_after: Duration::from_hours(3 * 24),
            // Two hundred busy JVMs with their full pools of 500 clients.
            max_channels: 100_000,
        }
    }
}

/// A channel that cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RegisterError {
    /// Somebody holds the id. It may be an attack, so the first one keeps it.
    #[error("Plain authentication failed: channel {id} is authenticated already")]
    Taken { id: Uuid },
    /// See [`ChannelsConf::max_channels`].
    #[error("this server holds {limit} authenticated channels, and takes no more")]
    Full { limit: usize },
    /// No channel would live long enough.
    #[error("this server is stopping")]
    Stopping,
}

impl Describe for RegisterError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Taken { .. } => ErrorCode::Unauthenticated,
            Self::Full { .. } => ErrorCode::Busy,
            Self::Stopping => ErrorCode::Unavailable,
        }
    }
}

#[derive(Debug)]
struct Channel {
    identity: Arc<Identity>,
    last_use_ms: AtomicU64,
    /// Cancelled to end the handshake stream; the stream's end removes the channel.
    revoked: CancellationToken,
}

/// The authenticated channels of one server.
#[derive(Debug)]
pub struct Channels {
    conf: ChannelsConf,
    clock: Arc<dyn Clock>,
    by_id: DashMap<Uuid, Arc<Channel>, foldhash::fast::RandomState>,
    /// The parent of every channel's own token.
    all: CancellationToken,
}

impl Channels {
    /// A registry without channels.
    pub fn new(conf: ChannelsConf, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            conf,
            clock,
            by_id: DashMap::default(),
            all: CancellationToken::new(),
        })
    }

    /// See [`ChannelsConf::stale_after`].
    pub(crate) fn stale_after(&self) -> Duration {
        self.conf.stale_after
    }

    /// How many channels there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The user of a channel, and a note that it was used. This stands before every call.
    pub(crate) fn identify(&self, id: &Uuid) -> Option<Arc<Identity>> {
        let channel = self.by_id.get(id)?;
        let now = self.now_ms();
        if now.saturating_sub(channel.last_use_ms.load(Ordering::Relaxed)) >= USE_GRANULARITY_MS {
            channel.last_use_ms.store(now, Ordering::Relaxed);
        }
        Some(Arc::clone(&channel.identity))
    }

    /// Authenticates a channel until the registration is dropped.
    pub(crate) fn register(
        self: &Arc<Self>,
        id: Uuid,
        identity: Identity,
    ) -> Result<Registration, RegisterError> {
        if self.all.is_cancelled() {
            return Err(RegisterError::Stopping);
        }
        if self.by_id.len() >= self.conf.max_channels {
            return Err(RegisterError::Full {
                limit: self.conf.max_channels,
            });
        }
        let revoked = self.all.child_token();
        match self.by_id.entry(id) {
            Entry::Occupied(_) => return Err(RegisterError::Taken { id }),
            Entry::Vacant(vacant) => vacant.insert(Arc::new(Channel {
                identity: Arc::new(identity),
                last_use_ms: AtomicU64::new(self.now_ms()),
                revoked: revoked.clone(),
            })),
        };
        Ok(Registration {
            channels: Arc::clone(self),
            id,
            revoked,
        })
    }

    /// Revokes the channels that made no call for too long, and says how many.
    ///
    /// The stream ends first and takes the id with it: an id must not be forgotten while its stream
    /// is open, because pooled clients notice only the end of the stream.
    pub fn revoke_stale(&self) -> usize {
        let limit = u64::try_from(self.conf.stale_after.as_millis()).unwrap_or(u64::MAX);
        let now = self.now_ms();
        let stale: Vec<CancellationToken> = self
            .by_id
            .iter()
            .filter(|channel| {
                now.saturating_sub(channel.last_use_ms.load(Ordering::Relaxed)) > limit
            })
            .map(|channel| channel.revoked.clone())
            .collect();
        for revoked in &stale {
            revoked.cancel();
        }
        stale.len()
    }

    /// Ends the stream of every channel, and refuses new ones.
    pub fn revoke_all(&self) {
        self.all.cancel();
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX)
    }
}

const USE_GRANULARITY_MS: u64 = USE_GRANULARITY.as_millis() as u64;

/// Keeps a channel authenticated. Dropping it forgets the id.
#[derive(Debug)]
pub(crate) struct Registration {
    channels: Arc<Channels>,
    id: Uuid,
    revoked: CancellationToken,
}

impl Registration {
    /// Cancelled when the channel must end.
    pub(crate) fn revoked(&self) -> &CancellationToken {
        &self.revoked
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Only a registration puts an id in, and an id that is in cannot be registered again: what
        // is removed is ours.
        self.channels.by_id.remove(&self.id);
    }
}
