//! `set_path_configuration`: default properties of clients at and below a path.
//!
//! Clients ask for them before they log in, and 2.9 clients set them without a login, too. So
//! nobody is asked who they are here: what can be done to others is bounded instead.

use std::collections::BTreeMap;

use alluxio_common::AlluxioPath;
use alluxio_common::conf::property::Scope as PropertyScope;
use alluxio_common::conf::{Registry, Secrecy, secrecy_of_option};

use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, PathPropertiesEntry};

/// The most paths with properties of their own: every client prepares settings for each of them
/// when it connects.
const PATHS_LIMIT: usize = 1_000;

/// The most bytes of all paths, names and values: every client fetches them when it connects, and
/// they are hashed whenever one asks whether they have changed.
const BYTES_LIMIT: usize = 256 << 10;

impl FileSystemMaster {
    /// Sets default properties of clients at and below a path; those that the path has already and
    /// that are not named stay.
    ///
    /// # Errors
    /// When a property is unknown or its value does not parse: clients that are told of it would
    /// not start. When clients are not the only ones to read it, or it is a secret. When there are
    /// too many.
    pub async fn set_path_configuration(
        &self,
        path: &AlluxioPath,
        properties: &BTreeMap<String, String>,
    ) -> Result<(), FileSystemError> {
        let given = checked(properties)?;
        self.change(&self.own_request(), Scope::Paths(&[]), |draft| {
            let all = &draft.tree.settings().path_properties;
            let old = all.get(path.as_str());
            let mut properties = old.cloned().unwrap_or_default();
            properties.extend(given.clone());
            if properties.is_empty() || old == Some(&properties) {
                return Ok(());
            }
            if old.is_none() && all.len() >= PATHS_LIMIT {
                return Err(too_much(format!(
                    "{PATHS_LIMIT} paths have properties already"
                )));
            }
            let others = all
                .iter()
                .filter(|(other, _)| other.as_str() != path.as_str());
            let others: usize = others
                .map(|(path, properties)| bytes(path, properties))
                .sum();
            if others + bytes(path.as_str(), &properties) > BYTES_LIMIT {
                return Err(too_much(format!(
                    "the properties of all paths would be longer than {BYTES_LIMIT} bytes"
                )));
            }
            draft.push(JournalEntry::PathProperties(PathPropertiesEntry {
                path: path.as_str().to_owned(),
                properties,
            }));
            Ok(())
        })
        .await
    }
}

/// The properties by their canonical names.
fn checked(
    properties: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, FileSystemError> {
    let registry = Registry::new();
    let mut canonical = BTreeMap::new();
    for (name, value) in properties {
        let Some(property) = registry.find(name) else {
            return Err(FileSystemError::UnknownProperty { name: name.clone() });
        };
        // Everybody is told, whether they have a name or not.
        let is_secret =
            property.secrecy == Secrecy::Secret || secrecy_of_option(name) == Secrecy::Secret;
        if property.scope != PropertyScope::Client || is_secret {
            return Err(FileSystemError::NotForPaths { name: name.clone() });
        }
        // A reference is replaced by each client, and checked there.
        if !value.contains("${") {
            property
                .check(value)
                .map_err(|expected| FileSystemError::PropertyValue {
                    name: name.clone(),
                    value: value.clone(),
                    expected,
                })?;
        }
        let is_template = property.name.contains('{');
        let name = if is_template { name } else { property.name };
        canonical.insert(name.to_owned(), value.clone());
    }
    Ok(canonical)
}

fn bytes(path: &str, properties: &BTreeMap<String, String>) -> usize {
    let properties = properties.iter();
    let properties: usize = properties
        .map(|(name, value)| name.len() + value.len())
        .sum();
    path.len() + properties
}

fn too_much(what: String) -> FileSystemError {
    FileSystemError::InvalidArgument { what }
}
