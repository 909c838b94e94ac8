//! Where a value came from, and which of two places wins.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from. `Display` is what `getConf --source` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfSource {
    /// Nobody set it.
    Default,
    /// The primary master's own configuration, fetched when a client or worker connects.
    ClusterDefault,
    /// `fsadmin pathConf`.
    PathDefault,
    /// The site file.
    SiteProperty(PathBuf),
    /// One of the `ALLUXIO_*` variables that stand for a property. It prints as a system property,
    /// because the launcher of the original turns such variables into `-D` options.
    Environment(&'static str),
    /// A `-D` option, on the command line or in a `*_JAVA_OPTS` variable.
    SystemProperty,
    /// Set while the process runs.
    Runtime,
    /// An option of a mount, for the store of that mount only.
    MountOption,
}

impl ConfSource {
    /// The higher rank wins.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::ClusterDefault => 1,
            Self::PathDefault => 2,
            Self::SiteProperty(_) => 3,
            Self::Environment(_) => 4,
            Self::SystemProperty => 5,
            Self::Runtime => 6,
            Self::MountOption => 7,
        }
    }
}

impl fmt::Display for ConfSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("DEFAULT"),
            Self::ClusterDefault => f.write_str("CLUSTER_DEFAULT"),
            Self::PathDefault => f.write_str("PATH_DEFAULT"),
            Self::SiteProperty(path) => write!(f, "SITE_PROPERTY ({})", path.display()),
            Self::Environment(_) | Self::SystemProperty => f.write_str("SYSTEM_PROPERTY"),
            Self::Runtime => f.write_str("RUNTIME"),
            Self::MountOption => f.write_str("MOUNT_OPTION"),
        }
    }
}

/// One `name=value` as somebody wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    /// As written: a canonical name, an alias, a templated name, or a foreign one.
    pub name: String,
    /// As written: references are not replaced.
    pub value: String,
    /// Where it stands.
    pub source: ConfSource,
    /// The line, when it stands in a file.
    pub line: Option<u32>,
}

impl Assignment {
    /// A `-D` option.
    pub fn system(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            source: ConfSource::SystemProperty,
            line: None,
        }
    }

    /// The place for messages: `/opt/alluxio/conf/alluxio-site.properties, line 12`.
    pub fn place(&self) -> String {
        match (&self.source, self.line) {
            (ConfSource::SiteProperty(path), Some(line)) => {
                format!("{}, line {line}", path.display())
            }
            (ConfSource::SiteProperty(path), None) => path.display().to_string(),
            (ConfSource::SystemProperty, _) => format!("-D{}", self.name),
            (ConfSource::Environment(variable), _) => format!("environment variable {variable}"),
            (
                ConfSource::Default
                | ConfSource::ClusterDefault
                | ConfSource::PathDefault
                | ConfSource::Runtime
                | ConfSource::MountOption,
                _,
            ) => self.source.to_string(),
        }
    }
}

impl fmt::Debug for Assignment {
    /// The value is left out: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("name", &self.name)
            .field("source", &self.source)
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}
