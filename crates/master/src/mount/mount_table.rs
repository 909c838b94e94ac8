//! [`MountTable`]: all mounts, found by path.

use std::collections::HashMap;
use std::sync::Arc;

use alluxio_common::{AlluxioPath, MountId, UfsPath};

use super::{MountPoint, Resolution};

/// All mounts. A value is never changed; a change of the mounts makes a new one, so readers need
/// no lock. The root is always mounted.
#[derive(Debug, Clone)]
pub struct MountTable {
    root: Arc<MountPoint>,
    /// By path; the root is not in it, so that the common case of a single mount looks nothing up.
    nested: HashMap<String, Arc<MountPoint>>,
}

impl MountTable {
    /// Only the root.
    ///
    /// # Panics
    /// When the mount is not at `/`.
    pub fn new(root: MountPoint) -> Self {
        assert!(root.path.is_root(), "the first mount is the root");
        Self {
            root: Arc::new(root),
            nested: HashMap::new(),
        }
    }

    /// The same with one more mount, or with another one at its path.
    #[must_use]
    pub fn with(&self, mount: MountPoint) -> Self {
        let mut table = self.clone();
        if mount.path.is_root() {
            table.root = Arc::new(mount);
        } else {
            let path = mount.path.as_str().to_owned();
            table.nested.insert(path, Arc::new(mount));
        }
        table
    }

    /// The same without the mount at this path. The root stays.
    #[must_use]
    pub fn without(&self, path: &AlluxioPath) -> Self {
        let mut table = self.clone();
        table.nested.remove(path.as_str());
        table
    }

    /// The mount at `/`.
    pub fn root(&self) -> &Arc<MountPoint> {
        &self.root
    }

    /// The mount that serves a path: the nearest one at or above it.
    pub fn mount_of(&self, path: &AlluxioPath) -> &Arc<MountPoint> {
        if self.nested.is_empty() {
            return &self.root;
        }
        let mut prefix = path.as_str();
        while prefix.len() > 1 {
            if let Some(mount) = self.nested.get(prefix) {
                return mount;
            }
            prefix = &prefix[..prefix.rfind('/').unwrap_or(0)];
        }
        &self.root
    }

    /// The mount that serves a path, and where in its store the path lies.
    pub fn resolve(&self, path: &AlluxioPath) -> Resolution {
        let mount = self.mount_of(path);
        Resolution {
            mount: Arc::clone(mount),
            ufs_path: mount.ufs_path(path),
        }
    }

    /// The mount exactly at this path.
    pub fn at(&self, path: &AlluxioPath) -> Option<&Arc<MountPoint>> {
        if path.is_root() {
            return Some(&self.root);
        }
        self.nested.get(path.as_str())
    }

    /// The mount with this id.
    pub fn by_id(&self, id: MountId) -> Option<&Arc<MountPoint>> {
        self.iter().find(|mount| mount.id == id)
    }

    /// A mount at this path or below it, other than the root's own.
    pub fn any_at_or_below(&self, path: &AlluxioPath) -> Option<&Arc<MountPoint>> {
        let mut found: Vec<_> = self
            .nested
            .values()
            .filter(|mount| path.is_ancestor_or_self_of(&mount.path))
            .collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found.into_iter().next()
    }

    /// Every mount at this path or below it, other than the root's own, the deepest first.
    pub fn all_at_or_below(&self, path: &AlluxioPath) -> Vec<Arc<MountPoint>> {
        let mut found: Vec<_> = self
            .nested
            .values()
            .filter(|mount| path.is_ancestor_or_self_of(&mount.path))
            .cloned()
            .collect();
        found.sort_by(|a, b| b.path.cmp(&a.path));
        found
    }

    /// Mounts whose stores hold this place or lie inside it: such a store cannot be mounted again.
    pub fn overlapping(&self, ufs: &UfsPath) -> impl Iterator<Item = &Arc<MountPoint>> {
        self.iter()
            .filter(|mount| mount.ufs.relative(ufs).is_some() || ufs.relative(&mount.ufs).is_some())
    }

    /// What the namespace calls a place in a store: the longest mount wins.
    pub fn reverse_resolve(&self, ufs_path: &UfsPath) -> Option<AlluxioPath> {
        self.iter()
            .filter(|mount| mount.ufs.relative(ufs_path).is_some())
            .max_by_key(|mount| mount.ufs.path().len())
            .and_then(|mount| mount.alluxio_path(ufs_path))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<MountPoint>> {
        std::iter::once(&self.root).chain(self.nested.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    fn ufs(text: &str) -> UfsPath {
        UfsPath::parse(text).unwrap()
    }

    fn mount(id: i64, at: &str, store: &str) -> MountPoint {
        MountPoint {
            id: MountId::from_raw(id),
            path: path(at),
            ufs: ufs(store),
            read_only: false,
            shared: false,
            properties: BTreeMap::new(),
        }
    }

    fn table() -> MountTable {
        MountTable::new(mount(1, "/", "/ufs"))
            .with(mount(2, "/a", "s3://bucket/x"))
            .with(mount(3, "/a/b", "/other"))
    }

    #[test]
    fn the_nearest_mount_above_a_path_serves_it() {
        let table = table();
        for (text, expected) in [
            ("/", "/ufs"),
            ("/ab", "/ufs/ab"),
            ("/a", "s3://bucket/x"),
            ("/a/bc", "s3://bucket/x/bc"),
            ("/a/b", "/other"),
            ("/a/b/c/d", "/other/c/d"),
        ] {
            assert_eq!(table.resolve(&path(text)).ufs_path, ufs(expected), "{text}");
        }
    }

    #[test]
    fn a_place_in_a_store_is_found_in_the_namespace() {
        let table = table();
        assert_eq!(
            table.reverse_resolve(&ufs("s3://bucket/x/y")),
            Some(path("/a/y"))
        );
        assert_eq!(table.reverse_resolve(&ufs("/ufs/q")), Some(path("/q")));
        assert_eq!(table.reverse_resolve(&ufs("/elsewhere")), None);
    }

    #[test]
    fn a_store_overlaps_its_parents_and_its_parts() {
        let table = table();
        for overlapping in ["/ufs", "/", "/ufs/x/y", "s3://bucket", "s3://bucket/x"] {
            assert!(
                table.overlapping(&ufs(overlapping)).next().is_some(),
                "{overlapping}"
            );
        }
        for free in ["/ufs2", "s3://bucket/xy", "s3://other/x"] {
            assert_eq!(table.overlapping(&ufs(free)).count(), 0, "{free}");
        }
    }

    #[test]
    fn nested_mounts_are_listed_from_the_deepest() {
        let table = table();
        let paths: Vec<_> = table
            .all_at_or_below(&path("/a"))
            .iter()
            .map(|mount| mount.path.to_string())
            .collect();
        assert_eq!(paths, ["/a/b", "/a"]);
        let without = table.without(&path("/a/b"));
        assert_eq!(without.mount_of(&path("/a/b/c")).id, MountId::from_raw(2));
    }
}
