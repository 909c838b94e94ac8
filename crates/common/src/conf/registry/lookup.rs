//! [`Registry`]: finds a property by any of its names, and the nearest name to a mistyped one.

use std::collections::HashMap;

use super::removed::{REMOVED, Removed};
use super::templates::TEMPLATES;
use super::{
    every_process, fuse, job, master, master_journal, master_metadata, proxy, security, underfs,
    underfs_s3, underfs_store, user, user_cache, user_network, worker, worker_network, worker_page,
    zookeeper,
};
use crate::conf::property::Property;
use crate::conf::suggest;
use crate::conf::template::Template;

const TABLES: [&[Property]; 18] = [
    every_process::PROPERTIES,
    fuse::PROPERTIES,
    job::PROPERTIES,
    proxy::PROPERTIES,
    security::PROPERTIES,
    zookeeper::PROPERTIES,
    underfs_s3::PROPERTIES,
    underfs_store::PROPERTIES,
    underfs::PROPERTIES,
    master_journal::PROPERTIES,
    master_metadata::PROPERTIES,
    master::PROPERTIES,
    user_cache::PROPERTIES,
    user_network::PROPERTIES,
    user::PROPERTIES,
    worker_page::PROPERTIES,
    worker_network::PROPERTIES,
    worker::PROPERTIES,
];

/// All properties, found by name.
#[derive(Debug, Clone)]
pub struct Registry {
    by_name: HashMap<&'static str, &'static Property>,
    by_alias: HashMap<&'static str, &'static Property>,
}

impl Registry {
    /// Builds the index, which takes tens of microseconds.
    pub fn new() -> Self {
        let mut by_name = HashMap::with_capacity(1024);
        let mut by_alias = HashMap::with_capacity(128);
        for property in TABLES.into_iter().flatten() {
            by_name.insert(property.name, property);
            for alias in property.aliases {
                by_alias.insert(*alias, property);
            }
        }
        Self { by_name, by_alias }
    }

    /// All properties with a fixed name, sorted by it.
    pub fn properties(&self) -> Vec<&'static Property> {
        let mut all: Vec<_> = self.unsorted().collect();
        all.sort_unstable_by_key(|property| property.name);
        all
    }

    /// The same in any order, which is quicker.
    pub fn unsorted(&self) -> impl Iterator<Item = &'static Property> {
        TABLES.into_iter().flatten()
    }

    /// All names with a variable part.
    pub fn templates(&self) -> &'static [Template] {
        TEMPLATES
    }

    /// All names that older releases had, sorted.
    pub fn removed(&self) -> &'static [Removed] {
        REMOVED
    }

    /// The property with exactly this name.
    pub fn by_name(&self, name: &str) -> Option<&'static Property> {
        self.by_name.get(name).copied()
    }

    /// The property that has this alias. A few aliases are also names of properties of their own,
    /// which older clients still send.
    pub fn by_alias(&self, alias: &str) -> Option<&'static Property> {
        self.by_alias.get(alias).copied()
    }

    /// The property that this name means: its own name, an alias, or a template that it fits.
    pub fn find(&self, name: &str) -> Option<&'static Property> {
        self.by_name(name)
            .or_else(|| self.by_alias(name))
            .or_else(|| {
                let template = TEMPLATES.iter().find(|template| template.matches(name))?;
                Some(template.property())
            })
    }

    /// The entry about a name that is gone.
    pub fn find_removed(&self, name: &str) -> Option<&'static Removed> {
        let index = REMOVED.binary_search_by_key(&name, |removed| removed.name);
        index.ok().map(|index| &REMOVED[index])
    }

    /// The known name that a mistyped one is closest to, if any is close.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        let mut names: Vec<&'static str> = self
            .by_name
            .keys()
            .chain(self.by_alias.keys())
            .copied()
            .collect();
        // Sorted, so that of two equally near names the same one is suggested each time.
        names.sort_unstable();
        suggest::nearest(name, &names)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}
