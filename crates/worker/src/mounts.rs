//! [`Mounts`]: the connectors to the stores, by mount.

use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{Clock, Describe, ErrorCode, Fact, MountId, Tasks, UfsPath};
use alluxio_ufs::{UfsError, UfsProperties, UfsRegistry, UnderFileSystem};
use dashmap::DashMap;
use parking_lot::Mutex;

use crate::master_client::{MasterClient, MasterError, UfsInfo};

/// How long the options of a mount are used before the master is asked again: an update of a mount
/// reaches every worker within this time.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// A connector that nobody has asked for so long is given up. An update of a mount gives it another
/// id, so the old one is never asked for again.
const UNUSED_FOR: Duration = Duration::from_hours(1);

/// How long the connection of all mounts waits for a master that does not answer.
const MASTER_PAUSE: Duration = Duration::from_secs(1);

/// A mount whose store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The master does not tell where the store is.
    #[error("cannot learn where mount {mount} lies: {source}")]
    Unknown {
        /// The mount.
        mount: MountId,
        /// What the master said.
        source: MasterError,
    },
    /// There is no connector, or it is not configured right.
    #[error(transparent)]
    Connect(#[from] UfsError),
    /// The path is none of this mount.
    #[error("{path} does not lie below {uri}, where the mount is.")]
    Outside {
        /// The path that was asked for.
        path: UfsPath,
        /// The root of the mount in the store.
        uri: Box<UfsPath>,
    },
    /// Nobody may write there.
    #[error("{path} cannot be written: its mount is read-only.")]
    ReadOnly {
        /// The path that was to be written.
        path: UfsPath,
    },
}

impl Describe for MountError {
    fn code(&self) -> ErrorCode {
        match self {
            // Whoever asked must not take a missing mount for a missing block.
            Self::Unknown { source, .. } if source.code() == ErrorCode::PathNotFound => {
                ErrorCode::Unavailable
            }
            Self::Unknown { source, .. } => source.code(),
            Self::Connect(source) => source.code(),
            Self::Outside { .. } => ErrorCode::PermissionDenied,
            Self::ReadOnly { .. } => ErrorCode::MountReadOnly,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Unknown { mount, .. } => vec![("mount_id", mount.to_string())],
            Self::Connect(source) => source.facts(),
            Self::Outside { path, .. } | Self::ReadOnly { path } => {
                vec![("ufs_path", path.to_string())]
            }
        }
    }
}

/// A mount that is known.
#[derive(Debug, Clone)]
pub struct Mount {
    /// The root of the mount in the store.
    pub uri: UfsPath,
    /// The connector.
    pub ufs: Arc<dyn UnderFileSystem>,
    properties: UfsProperties,
    read_only: bool,
    asked_at: Duration,
}

impl Mount {
    /// Allows a client to read a path of the store: it must lie in the mount. The worker's rights in
    /// the store go further than those of its clients.
    ///
    /// # Errors
    /// When it lies elsewhere.
    pub fn check_read(&self, path: &UfsPath) -> Result<(), MountError> {
        if self.uri.relative(path).is_some() {
            return Ok(());
        }
        Err(MountError::Outside {
            path: path.clone(),
            uri: Box::new(self.uri.clone()),
        })
    }

    /// Allows a client to write a path of the store.
    ///
    /// # Errors
    /// When it does not lie in the mount, or the mount is read-only.
    pub fn check_write(&self, path: &UfsPath) -> Result<(), MountError> {
        self.check_read(path)?;
        if self.read_only {
            return Err(MountError::ReadOnly { path: path.clone() });
        }
        Ok(())
    }
}

/// The mounts that were used since the start. While there is no master, what is known goes on being
/// used.
#[derive(Debug)]
pub struct Mounts {
    known: DashMap<MountId, Mount>,
    /// Held to connect: two connectors of one store would share neither their connections nor the
    /// notes of uploads.
    connecting: Mutex<()>,
    registry: UfsRegistry,
    site: UfsProperties,
    master: Arc<MasterClient>,
    clock: Arc<dyn Clock>,
}

impl Mounts {
    /// No mounts yet. `site` are the properties that hold for every mount.
    pub fn new(
        registry: UfsRegistry,
        site: UfsProperties,
        master: Arc<MasterClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            known: DashMap::new(),
            connecting: Mutex::new(()),
            registry,
            site,
            master,
            clock,
        }
    }

    /// Ends, in the background, the uploads that an earlier process has left in stores. Whoever
    /// connects a store does so; but a mount is connected when somebody asks for it, and stores keep
    /// and charge for parts while nobody does.
    pub fn end_stale_uploads(self: &Arc<Self>, tasks: &Tasks) {
        if !self.registry.has_stale_uploads() {
            return;
        }
        let mounts = Arc::clone(self);
        tasks.spawn("connect mounts", async move {
            while let Err(error) = mounts.connect_all().await {
                tracing::debug!(%error, "stale uploads wait for the master");
                tokio::time::sleep(MASTER_PAUSE).await;
            }
        });
    }

    /// Connects all mounts that there are. One that cannot be connected is left out.
    async fn connect_all(&self) -> Result<(), MasterError> {
        for mount in self.master.fetch_mounts().await? {
            if let Err(error) = self.resolve(mount).await {
                tracing::debug!(%mount, %error, "a mount was not connected");
            }
        }
        Ok(())
    }

    /// The mount, connected.
    ///
    /// # Errors
    /// When the master does not tell, or there is no connector.
    pub async fn resolve(&self, mount: MountId) -> Result<Mount, MountError> {
        let now = self.clock.monotonic();
        let known = self.known.get(&mount).map(|found| found.clone());
        if let Some(found) = &known
            && now.saturating_sub(found.asked_at) < FRESH_FOR
        {
            return Ok(found.clone());
        }
        let info = match (self.master.fetch_ufs_info(mount).await, known.as_ref()) {
            (Ok(info), _) => info,
            (Err(source), Some(found)) if is_silence(&source) => {
                tracing::debug!(%mount, error = %source, "using a mount as it was");
                return Ok(found.clone());
            }
            (Err(source), _) => {
                // What the master no longer knows is not used again.
                self.known.remove(&mount);
                return Err(MountError::Unknown { mount, source });
            }
        };
        Ok(self.connect(mount, info, now)?)
    }

    /// Takes note of a mount as the master tells it, with the connector that it has, or a new one.
    fn connect(&self, mount: MountId, info: UfsInfo, now: Duration) -> Result<Mount, UfsError> {
        let _turn = self.connecting.lock();
        let known = self.known.get(&mount).map(|found| found.clone());
        let ufs = match known {
            Some(found) if found.uri == info.uri && found.properties == info.properties => {
                found.ufs
            }
            Some(_) | None => {
                let properties = info.properties.clone().over(&self.site);
                self.registry.connect(&info.uri, &properties)?
            }
        };
        let resolved = Mount {
            uri: info.uri,
            ufs,
            properties: info.properties,
            read_only: info.read_only,
            asked_at: now,
        };
        // Connectors that go end their connections and tasks, which takes no time.
        self.known
            .retain(|_mount, other| now.saturating_sub(other.asked_at) < UNUSED_FOR);
        self.known.insert(mount, resolved.clone());
        Ok(resolved)
    }
}

/// Whether nobody answered, as opposed to a refusal.
fn is_silence(error: &MasterError) -> bool {
    matches!(
        error.code(),
        ErrorCode::Unavailable | ErrorCode::TimedOut | ErrorCode::NotPrimary | ErrorCode::SafeMode
    )
}
