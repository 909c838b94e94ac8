//! `remove_path_configuration`: takes default properties of clients back.

use alluxio_common::AlluxioPath;
use alluxio_common::conf::Registry;

use super::{FileSystemMaster, Scope};
use crate::error::FileSystemError;
use crate::journal_entry::{JournalEntry, PathPropertiesEntry, RemovePathPropertiesEntry};

impl FileSystemMaster {
    /// Removes these properties of a path, or all of them when none is named. What is not there is
    /// no error.
    ///
    /// # Errors
    /// When the change cannot be made durable.
    pub async fn remove_path_configuration(
        &self,
        path: &AlluxioPath,
        names: &[String],
    ) -> Result<(), FileSystemError> {
        let registry = Registry::new();
        let canonical = |name: &String| match registry.by_name(name) {
            Some(_) => name.clone(),
            None => registry
                .by_alias(name)
                .map_or_else(|| name.clone(), |property| property.name.to_owned()),
        };
        let names: Vec<String> = names.iter().map(canonical).collect();
        self.change(&self.own_request(), Scope::Paths(&[]), |draft| {
            let all = &draft.tree.settings().path_properties;
            let Some(old) = all.get(path.as_str()) else {
                return Ok(());
            };
            let mut properties = old.clone();
            properties.retain(|name, _value| !names.is_empty() && !names.contains(name));
            let path = path.as_str().to_owned();
            if properties.is_empty() {
                let entry = RemovePathPropertiesEntry { path };
                draft.push(JournalEntry::RemovePathProperties(entry));
            } else if properties != *old {
                let entry = PathPropertiesEntry { path, properties };
                draft.push(JournalEntry::PathProperties(entry));
            }
            Ok(())
        })
        .await
    }

    /// The default properties of clients, by the path at and below which they hold.
    pub fn path_configuration(&self) -> crate::meta::PathConfiguration {
        self.read(|tree| tree.settings().path_properties.clone())
    }
}
