//! What `getConf`, the web pages and `GetConfiguration` show of a configuration.

use md5::{Digest, Md5};

use super::property::Scope;
use super::secrecy::{STARS, shown};
use super::snapshot::Conf;
use super::source::ConfSource;
use crate::{ByteSize, duration};

/// One line of a listing. Values of secrets are stars already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name that the user set it by, where that is another name of the root mount; otherwise
    /// the canonical one.
    pub name: String,
    /// References replaced; empty if there is no value.
    pub value: String,
    /// Where it comes from.
    pub source: ConfSource,
}

/// One property on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfProperty {
    /// The canonical name.
    pub name: String,
    /// The value; `None` if there is none.
    pub value: Option<String>,
    /// Where it comes from, as `getConf --source` prints it.
    pub source: String,
}

/// Whether references in values are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum References {
    /// By the values of this process.
    Replaced,
    /// Not: the receiver does it.
    AsWritten,
}

impl Conf {
    /// Every property and everything else that is set, sorted by name.
    pub fn entries(&self) -> Vec<Entry> {
        let mut names = self.all_names();
        names.sort_unstable();
        names.into_iter().map(|name| self.entry(&name)).collect()
    }

    /// What somebody set, sorted by name.
    pub fn written_entries(&self) -> Vec<Entry> {
        self.all_written()
            .map(|(name, _)| self.entry(name))
            .collect()
    }

    /// One property by any of its names; `None` if no property has that name.
    pub fn entry_of(&self, name: &str) -> Option<Entry> {
        let is_known = self.property(name).is_some() || self.is_set(name);
        is_known.then(|| self.entry(name))
    }

    fn entry(&self, name: &str) -> Entry {
        let value = self.find(name).unwrap_or_default();
        Entry {
            name: self.display_name(name).to_owned(),
            value: shown(value, self.secrecy(name)).to_owned(),
            source: self.source(name),
        }
    }

    /// The store of the root has had three names over the years; people look for the one they set.
    fn display_name<'a>(&'a self, name: &'a str) -> &'a str {
        const ROOT: &str = super::key::MASTER_MOUNT_TABLE_ROOT_UFS;
        let canonical = self.canonical(name);
        match self.written(canonical) {
            Some(assignment) if canonical == ROOT => &assignment.name,
            Some(_) | None => canonical,
        }
    }

    fn all_names(&self) -> Vec<String> {
        let known = self.registry().properties().into_iter();
        let others = self
            .all_written()
            .map(|(name, _)| name)
            .filter(|name| self.registry().by_name(name).is_none());
        known
            .map(|property| property.name)
            .chain(others)
            .map(str::to_owned)
            .collect()
    }

    /// Every property for a client, a worker or `getConf --master`, sorted by name. Secrets are
    /// stars.
    pub fn wire_properties(&self, references: References) -> Vec<ConfProperty> {
        let mut properties: Vec<ConfProperty> = self
            .all_names()
            .into_iter()
            .map(|name| self.wire_property(name, references))
            .collect();
        properties.sort_unstable();
        properties
    }

    fn wire_property(&self, name: String, references: References) -> ConfProperty {
        let value = match references {
            References::Replaced => self.find(&name).map(str::to_owned),
            References::AsWritten => self.raw(&name),
        };
        ConfProperty {
            value: value.map(|value| shown(&value, self.secrecy(&name)).to_owned()),
            source: self.source(&name).to_string(),
            name,
        }
    }

    /// This configuration above values from the primary master. A process takes the properties
    /// that it knows, whose scope includes it, and that somebody set there.
    pub fn with_cluster_defaults(&self, properties: &[ConfProperty], reader: Scope) -> Self {
        let taken = properties.iter().filter_map(|property| {
            let known = self.registry().by_name(&property.name)?;
            let value = property.value.as_deref().filter(|value| *value != STARS)?;
            let is_set = property.source != ConfSource::Default.to_string();
            (is_set && known.scope.includes(reader)).then_some((property.name.as_str(), value))
        });
        // A value that does not parse reads as the default, as everywhere.
        self.overlaid(&ConfSource::ClusterDefault, taken).0
    }

    /// This configuration above values that the primary master has for a path. A process takes the
    /// properties that it knows and whose scope includes it, when it can read their values.
    pub fn with_path_defaults(&self, properties: &[ConfProperty], reader: Scope) -> Self {
        let taken = properties.iter().filter_map(|property| {
            let known = self.registry().find(&property.name)?;
            let value = property.value.as_deref()?;
            let is_read = value.contains("${") || known.check(value).is_ok();
            (is_read && known.scope.includes(reader)).then_some((property.name.as_str(), value))
        });
        self.overlaid(&ConfSource::PathDefault, taken).0
    }
}

/// A string that changes when the properties do: lower-case hexadecimal MD5 of the sorted
/// `name:value:source`.
pub fn hash(properties: &[ConfProperty]) -> String {
    let mut sorted: Vec<&ConfProperty> = properties.iter().collect();
    sorted.sort_unstable();
    let mut digest = Md5::new();
    for property in sorted {
        let value = property.value.as_deref().unwrap_or_default();
        digest.update(format!("{}:{value}:{}", property.name, property.source));
    }
    let bytes = digest.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A unit of `getConf --unit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// This many bytes.
    Bytes(u64),
    /// This many milliseconds.
    Millis(i64),
}

impl Unit {
    /// Reads `B`, `KB`, `MB`, `GB`, `TB`, `PB`, `MS`, `S`, `M`, `H` or `D`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let unit = match text.to_ascii_uppercase().as_str() {
            "B" => Self::Bytes(1),
            "KB" => Self::Bytes(1 << 10),
            "MB" => Self::Bytes(1 << 20),
            "GB" => Self::Bytes(1 << 30),
            "TB" => Self::Bytes(1 << 40),
            "PB" => Self::Bytes(1 << 50),
            "MS" => Self::Millis(1),
            "S" => Self::Millis(1_000),
            "M" => Self::Millis(60_000),
            "H" => Self::Millis(3_600_000),
            "D" => Self::Millis(86_400_000),
            _ => return None,
        };
        Some(unit)
    }

    /// The value as a whole number of this unit, rounded towards zero; `None` if it is no such
    /// amount.
    pub fn convert(self, value: &str) -> Option<String> {
        match self {
            Self::Bytes(factor) => {
                let size = ByteSize::parse(value).ok()?;
                Some((size.bytes() / factor).to_string())
            }
            Self::Millis(factor) => {
                let millis = duration::parse_millis(value).ok()?;
                Some((millis / factor).to_string())
            }
        }
    }
}
