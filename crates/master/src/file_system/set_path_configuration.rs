//! `set_path_configuration`: default properties of clients at and below a path.
//!
//! Clients ask for them before they log in, and 2.9 clients set them without a login, too. So
//! nobody is asked who they are here: what can be done to others is bounded instead.

use std::collections::BTreeMap;

use alluxio_common::AlluxioPath;
use alluxio_common::conf::Registry;

use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, PathPropertiesEntry};

/// The most paths with properties of their own: every client prepares settings for each of them
/// when it connects.
const PATHS_LIMIT: usize = 1_000;

/// The most bytes of names and values at one path: a thousand paths stay well below the 100 MB that
/// a client takes in one message.
const PROPERTIES_LIMIT: usize = 16 << 10;

impl FileSystemMaster {
    /// Sets default properties of clients at and below a path; those that the path has already and
    /// that are not named stay.
    ///
    /// # Errors
    /// When a property is unknown or its value does not parse: clients that are told of it would
    /// not start. When there are too many.
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
            let lengths = properties
                .iter()
                .map(|(name, value)| name.len() + value.len());
            if lengths.sum::<usize>() > PROPERTIES_LIMIT {
                return Err(too_much(format!(
                    "the properties of {path} would be longer than {PROPERTIES_LIMIT} bytes"
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

fn too_much(what: String) -> FileSystemError {
    FileSystemError::InvalidArgument { what }
}
