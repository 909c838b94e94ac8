//! [`UfsRegistry`]: from the scheme of a URI to the connector that serves it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use alluxio_common::conf::{Registry, shown_option};
use alluxio_common::{Clock, Tasks, UfsPath};

use crate::layer::{Layered, TimeoutLayer, Timeouts};
use crate::local::LocalUfs;
use crate::object::UploadLedger;
use crate::object::memory::MemoryStores;
use crate::{UfsError, UfsErrorKind, UfsOperation, UfsProperties, UnderFileSystem};
use crate::{oss, s3};

/// Builds the connector of one mount. It does no I/O: whether the store answers is found by the
/// first call.
pub type UfsConstructor = Arc<
    dyn Fn(&UfsPath, &UfsProperties) -> Result<Arc<dyn UnderFileSystem>, UfsError> + Send + Sync,
>;

/// The connectors that this process has, by scheme.
#[derive(Clone, Default)]
pub struct UfsRegistry {
    constructors: BTreeMap<String, UfsConstructor>,
    ledger: Option<Arc<UploadLedger>>,
}

impl UfsRegistry {
    /// No connectors.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The connectors of a shipped process: the local file system, by bare paths and
    /// `file://`, S3 and OSS. None of their calls waits for ever: S3 and OSS have deadlines of their
    /// own, which know of their requests; the local file system gets those of [`TimeoutLayer`], as a server of NFS
    /// that has gone answers nothing at all.
    pub fn standard(clock: Arc<dyn Clock>) -> Self {
        Self::with_ledger(clock, None)
    }

    /// The same for a process that writes, with the ledger of its uploads.
    pub fn with_ledger(clock: Arc<dyn Clock>, ledger: Option<Arc<UploadLedger>>) -> Self {
        let mut registry = Self::empty();
        registry.ledger.clone_from(&ledger);
        let s3_clock = Arc::clone(&clock);
        let s3_ledger = ledger.clone();
        let s3: UfsConstructor = Arc::new(move |uri, properties| {
            let clock = Arc::clone(&s3_clock);
            s3::connect(uri, properties, clock, Tasks::new(), s3_ledger.clone())
        });
        let oss_clock = Arc::clone(&clock);
        let oss: UfsConstructor = Arc::new(move |uri, properties| {
            let clock = Arc::clone(&oss_clock);
            oss::connect(uri, properties, clock, Tasks::new(), ledger.clone())
        });
        registry.register("oss", oss);
        registry.register("s3", Arc::clone(&s3));
        registry.register("s3a", s3);
        let local: UfsConstructor = Arc::new(move |_, properties| {
            let local = Arc::new(LocalUfs::new(properties, Arc::clone(&clock)));
            let timeouts = TimeoutLayer::new(Timeouts::default());
            Ok(Arc::new(Layered::new(timeouts, local)))
        });
        registry.register("", Arc::clone(&local));
        registry.register("file", local);
        registry
    }

    /// Adds `memory://bucket/..`: stores that live in `stores` and end with it. For tests.
    #[must_use]
    pub fn with_memory(mut self, stores: &MemoryStores) -> Self {
        let stores = stores.clone();
        let memory: UfsConstructor = Arc::new(move |uri, _| Ok(stores.connect(uri.authority())));
        self.register("memory", memory);
        self
    }

    /// Adds a connector for a scheme, in place of an earlier one. The empty scheme is that of bare
    /// paths.
    pub fn register(&mut self, scheme: &str, constructor: UfsConstructor) {
        let scheme = scheme.to_ascii_lowercase();
        self.constructors.insert(scheme, constructor);
    }

    /// The schemes that have a connector, in order.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.constructors.keys().map(String::as_str)
    }

    /// Whether an earlier process has left uploads that are to be ended. Connecting their stores
    /// ends them.
    pub fn has_stale_uploads(&self) -> bool {
        let mut ledger = self.ledger.iter();
        ledger.any(|ledger| ledger.has_stale())
    }

    /// Builds the connector that serves `uri`.
    ///
    /// # Errors
    /// `Misconfigured` when no connector knows the scheme, or a property is missing or wrong.
    pub fn connect(
        &self,
        uri: &UfsPath,
        properties: &UfsProperties,
    ) -> Result<Arc<dyn UnderFileSystem>, UfsError> {
        let Some(constructor) = self.constructors.get(uri.scheme()) else {
            let error = UfsError::new(UfsErrorKind::Misconfigured, UfsOperation::Connect, uri);
            return Err(error.with_reason(format!("No Under File System Factory found for: {uri}")));
        };
        check_values(uri, properties)?;
        constructor(uri, properties)
    }
}

/// Refuses a value that cannot be read as what its property holds. Those of the site were checked
/// when they were read; those of a mount come from anywhere.
fn check_values(uri: &UfsPath, properties: &UfsProperties) -> Result<(), UfsError> {
    let known = Registry::new();
    for (name, value) in properties.iter() {
        let Some(property) = known.find(name) else {
            continue;
        };
        // An empty value hides that of the site.
        if value.trim().is_empty() {
            continue;
        }
        if let Err(expected) = property.check(value) {
            let value = shown_option(name, value);
            let reason = format!("{name} cannot be {value}: it is {expected}");
            let error = UfsError::new(UfsErrorKind::Misconfigured, UfsOperation::Connect, uri);
            return Err(error.with_reason(reason).with_property(property.name));
        }
    }
    Ok(())
}

impl fmt::Debug for UfsRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.constructors.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_common::SystemClock;

    fn connect(uri: &str) -> Result<Arc<dyn UnderFileSystem>, UfsError> {
        let registry = UfsRegistry::standard(SystemClock::shared());
        registry.connect(&UfsPath::parse(uri).unwrap(), &UfsProperties::new())
    }

    #[test]
    fn an_unknown_scheme_is_refused_with_alluxios_sentence() {
        let error = connect("bogus://h/p").unwrap_err();
        assert_eq!(
            error.to_string(),
            "No Under File System Factory found for: bogus://h/p"
        );
        assert_eq!(error.kind(), UfsErrorKind::Misconfigured);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_refused_with_what_it_should_be() {
        let registry = UfsRegistry::standard(SystemClock::shared());
        let name = "alluxio.underfs.s3.list.objects.v1";
        let wrong = UfsProperties::from_iter([(name, "maybe")]);
        let uri = UfsPath::parse("s3://bucket/").unwrap();
        let error = registry.connect(&uri, &wrong).unwrap_err();
        let sentence = format!("{name} cannot be maybe: it is true or false");
        assert_eq!(error.to_string(), sentence);
        assert_eq!(error.kind(), UfsErrorKind::Misconfigured);
    }

    #[test]
    fn bare_paths_and_file_uris_are_local() {
        for uri in ["/mnt/a", "file:///mnt/a"] {
            assert_eq!(connect(uri).unwrap().kind(), "local");
        }
    }
}
