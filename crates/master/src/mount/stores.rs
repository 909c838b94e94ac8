//! [`Stores`]: the connectors of the mounts, made when they are first needed.

use std::collections::HashMap;
use std::future;
use std::sync::Arc;

use alluxio_common::{MountId, UfsPath};
use alluxio_ufs::layer::Layered;
use alluxio_ufs::{UfsError, UfsProperties, UfsRegistry, UnderFileSystem};
use parking_lot::Mutex;

use super::MountPoint;
use super::silence::Silence;

#[derive(Debug)]
struct Connected {
    /// What the connector was made for; when the mount changes, another is made.
    mount: MountPoint,
    store: Arc<dyn UnderFileSystem>,
    silence: Silence,
}

/// The connectors of the mounts, made when they are first needed and kept while the mount stays as
/// it is.
#[derive(Debug)]
pub struct Stores {
    registry: UfsRegistry,
    site: UfsProperties,
    connected: Mutex<HashMap<MountId, Connected>>,
}

impl Stores {
    /// No connectors yet. `site` are the `alluxio.underfs.*` of the configuration: the options of
    /// a mount hide them.
    pub fn new(registry: UfsRegistry, site: UfsProperties) -> Self {
        Self {
            registry,
            site,
            connected: Mutex::default(),
        }
    }

    /// The connector of a mount.
    ///
    /// # Errors
    /// When no connector knows the scheme, or a property is missing or wrong.
    pub fn of(&self, mount: &MountPoint) -> Result<Arc<dyn UnderFileSystem>, UfsError> {
        let mut connected = self.connected.lock();
        if let Some(found) = connected.get(&mount.id)
            && found.mount.ufs == mount.ufs
            && found.mount.properties == mount.properties
        {
            return Ok(Arc::clone(&found.store));
        }
        // Making a connector does no I/O, so this is short enough for the lock.
        let store = self.connect(&mount.ufs, &mount.properties)?;
        let silence = Silence::new();
        let store: Arc<dyn UnderFileSystem> = Arc::new(Layered::new(silence.clone(), store));
        let fresh = Connected {
            mount: mount.clone(),
            store: Arc::clone(&store),
            silence,
        };
        connected.insert(mount.id, fresh);
        Ok(store)
    }

    /// A connector that nobody remembers: for looking at a store before it is mounted.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn connect<'a, P>(
        &self,
        ufs: &UfsPath,
        properties: P,
    ) -> Result<Arc<dyn UnderFileSystem>, UfsError>
    where
        P: IntoIterator<Item = (&'a String, &'a String)>,
    {
        let own: UfsProperties = properties
            .into_iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        self.registry.connect(ufs, &own.over(&self.site))
    }

    /// Ends when the store of a mount does not answer somebody who asks it, from this call on; never
    /// when nobody asks.
    pub fn next_silence(&self, id: MountId) -> impl Future<Output = UfsError> + Send + use<> {
        let connected = self.connected.lock();
        let next = connected.get(&id).map(|found| found.silence.next());
        async move {
            match next {
                Some(next) => next.await,
                None => future::pending().await,
            }
        }
    }

    /// Drops the connector of a mount that is gone.
    pub fn forget(&self, id: MountId) {
        self.connected.lock().remove(&id);
    }
}
