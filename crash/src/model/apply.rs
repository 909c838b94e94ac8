//! What an operation does to the model, and whether it should succeed.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, WriteType};

use super::namespace::{Attributes, Directory, Expected, File, InStore, Model, Node, Persisted};
use super::operation::Operation;

/// What new files and directories get from the clients of the tests, whose umask is 022.
const FILE_MODE: u16 = 0o644;
const DIRECTORY_MODE: u16 = 0o755;

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "they are the options of one operation, taken apart for one private function"
)]
impl Model {
    /// Does the operation. When it should not succeed, nothing changes.
    pub fn apply(&mut self, operation: &Operation) -> Expected {
        if operation
            .paths()
            .iter()
            .any(|path| !self.root.is_ancestor_or_self_of(path))
        {
            return Expected::Refused;
        }
        match operation {
            Operation::CreateFile { .. } => self.create_file(operation),
            Operation::CreateDirectory {
                path,
                write_type,
                recursive,
            } => self.create_directory(path, *write_type, *recursive),
            Operation::Rename { source, target } => self.rename(source, target),
            Operation::Delete { path, recursive } => self.delete(path, *recursive),
            Operation::SetMode { path, mode } => {
                self.set(path, |attributes| attributes.mode = Some(*mode))
            }
            Operation::SetTtl { path, millis } => {
                self.set(path, |attributes| attributes.ttl_millis = Some(*millis))
            }
            Operation::SetOwner { path, owner } => {
                self.set(path, |attributes| attributes.owner = Some(owner))
            }
            Operation::SetAcl { path, user, access } => {
                self.set(path, |attributes| match (access, &mut attributes.named) {
                    (Some(access), Some(named)) => named[*user] = Some(*access),
                    (Some(_), None) => {}
                    (None, named) => *named = Some(Default::default()),
                })
            }
            // What is above a mount cannot go, so it stays as one that has expired.
            Operation::Expire { path } if self.has_mount_in(path) => Expected::Either,
            Operation::Expire { path } => self.delete(path, true),
            Operation::SetPinned { path, pinned } => self.set_pinned(path, *pinned),
            Operation::Free { path } => self.free(path),
            Operation::Persist { path } => self.persist(path),
            Operation::Read { path, .. } => self.read(path),
            Operation::Mount { path, store } => self.mount(path, *store),
            Operation::Unmount { path } => self.unmount(path),
        }
    }

    fn create_file(&mut self, operation: &Operation) -> Expected {
        let Operation::CreateFile {
            path,
            write_type,
            content,
            overwrite,
            ..
        } = operation
        else {
            return Expected::Refused;
        };
        match self.nodes.get(path) {
            Some(Node::Directory(_)) => return Expected::Refused,
            Some(Node::File(_)) if !overwrite => return Expected::Refused,
            Some(Node::File(_)) | None => {}
        }
        let Some(missing) = self.missing_parents(path) else {
            return Expected::Refused;
        };
        let in_store = in_store(*write_type);
        self.add_directories(&missing, in_store);
        let file = File {
            content: *content,
            complete: true,
            persisted: match write_type {
                WriteType::CacheThrough | WriteType::Through => Persisted::Yes,
                WriteType::AsyncThrough => Persisted::Soon,
                WriteType::MustCache | WriteType::TryCache | WriteType::None => Persisted::No,
            },
            attributes: self.inherited(path, FILE_MODE),
        };
        self.nodes.insert(path.clone(), Node::File(file));
        self.bring_ancestors_into_store(path, traces(file.persisted));
        Expected::Done
    }

    fn create_directory(
        &mut self,
        path: &AlluxioPath,
        write_type: WriteType,
        recursive: bool,
    ) -> Expected {
        if self.nodes.contains_key(path) {
            return Expected::Refused;
        }
        let Some(missing) = self.missing_parents(path) else {
            return Expected::Refused;
        };
        if !missing.is_empty() && !recursive {
            return Expected::Refused;
        }
        let in_store = in_store(write_type);
        self.add_directories(&missing, in_store);
        self.add_directories(std::slice::from_ref(path), in_store);
        if in_store == InStore::Yes {
            self.bring_ancestors_into_store(path, InStore::Yes);
        }
        Expected::Done
    }

    fn rename(&mut self, source: &AlluxioPath, target: &AlluxioPath) -> Expected {
        let fits = self.nodes.contains_key(source)
            && !source.is_ancestor_or_self_of(target)
            && !self.nodes.contains_key(target)
            && *source != self.root
            && !self.has_mount_in(source)
            && target
                .parent()
                .is_some_and(|above| self.is_directory(&above))
            && self.mount_of(source) == self.mount_of(target);
        if !fits {
            return Expected::Refused;
        }
        let mut moved = InStore::No;
        for old in self.subtree(source) {
            let (Some(node), Some(relative)) = (self.nodes.remove(&old), source.relative(&old))
            else {
                continue;
            };
            let own = match &node {
                Node::File(file) => traces(file.persisted),
                Node::Directory(directory) => directory.in_store,
            };
            moved = match (moved, own) {
                (InStore::Yes, _) | (_, InStore::Yes) => InStore::Yes,
                (InStore::Either, _) | (_, InStore::Either) => InStore::Either,
                (InStore::No, InStore::No) => InStore::No,
            };
            self.nodes.insert(below(target, relative), node);
        }
        self.bring_ancestors_into_store(target, moved);
        Expected::Done
    }

    fn delete(&mut self, path: &AlluxioPath, recursive: bool) -> Expected {
        let inside = self.subtree(path);
        let fits = self.nodes.contains_key(path)
            && *path != self.root
            && (recursive || inside.len() == 1)
            && !self.has_mount_in(path);
        if !fits {
            return Expected::Refused;
        }
        for path in inside {
            self.nodes.remove(&path);
        }
        Expected::Done
    }

    fn set(&mut self, path: &AlluxioPath, change: impl FnOnce(&mut Attributes)) -> Expected {
        match self.nodes.get_mut(path) {
            Some(node) => {
                change(node.attributes_mut());
                Expected::Done
            }
            None => Expected::Refused,
        }
    }

    fn set_pinned(&mut self, path: &AlluxioPath, pinned: bool) -> Expected {
        let inside = self.subtree(path);
        if !self.nodes.contains_key(path) {
            return Expected::Refused;
        }
        for path in inside {
            self.set(&path, |attributes| attributes.pinned = Some(pinned));
        }
        Expected::Done
    }

    fn free(&self, path: &AlluxioPath) -> Expected {
        if !self.nodes.contains_key(path) {
            return Expected::Refused;
        }
        let mut expected = Expected::Done;
        for (inside, file) in self.files() {
            if !path.is_ancestor_or_self_of(inside) {
                continue;
            }
            match (file.persisted, file.attributes.pinned) {
                _ if !file.complete => expected = Expected::Either,
                (Persisted::No, _) | (_, Some(true)) => return Expected::Refused,
                (Persisted::Soon | Persisted::Either, _) | (_, None) => {
                    expected = Expected::Either;
                }
                (Persisted::Yes, Some(false)) => {}
            }
        }
        expected
    }

    fn persist(&mut self, path: &AlluxioPath) -> Expected {
        let Some(Node::File(file)) = self.nodes.get_mut(path) else {
            return Expected::Refused;
        };
        if !file.complete {
            return Expected::Refused;
        }
        if file.persisted == Persisted::No {
            file.persisted = Persisted::Soon;
            self.bring_ancestors_into_store(path, InStore::Either);
        }
        Expected::Done
    }

    fn read(&self, path: &AlluxioPath) -> Expected {
        match self.nodes.get(path) {
            Some(Node::File(file)) if file.complete => Expected::Done,
            Some(_) | None => Expected::Refused,
        }
    }

    fn mount(&mut self, path: &AlluxioPath, store: usize) -> Expected {
        let fits = !self.nodes.contains_key(path)
            && path.parent().is_some_and(|above| self.is_directory(&above))
            && self.unmounted.contains_key(&store);
        if !fits {
            return Expected::Refused;
        }
        let attributes = Attributes {
            pinned: self.inherited(path, DIRECTORY_MODE).pinned,
            ..Attributes::default()
        };
        let top = Directory {
            in_store: InStore::Yes,
            attributes,
        };
        self.nodes.insert(path.clone(), Node::Directory(top));
        for (relative, node) in self.unmounted.remove(&store).unwrap_or_default() {
            self.nodes.insert(below(path, &relative), node);
        }
        self.mounts.insert(path.clone(), store);
        Expected::Done
    }

    /// What is on its way to the store must have arrived before.
    fn unmount(&mut self, path: &AlluxioPath) -> Expected {
        let Some(store) = self.mounts.remove(path) else {
            return Expected::Refused;
        };
        let mut kept = BTreeMap::new();
        for inside in self.subtree(path) {
            let (Some(mut node), Some(relative)) =
                (self.nodes.remove(&inside), path.relative(&inside))
            else {
                continue;
            };
            let stays = match &node {
                Node::File(file) => file.complete && file.persisted != Persisted::No,
                Node::Directory(directory) => directory.in_store != InStore::No,
            };
            if stays && !relative.is_empty() {
                // Stores keep less than the namespace does, each its own part of it.
                *node.attributes_mut() = Attributes::default();
                if let Node::File(file) = &mut node {
                    file.persisted = Persisted::Yes;
                }
                kept.insert(relative.to_owned(), node);
            }
        }
        self.unmounted.insert(store, kept);
        Expected::Done
    }

    /// The directories that are missing above a path, from the top down; `None` when a file is in
    /// the way.
    pub(super) fn missing_parents(&self, path: &AlluxioPath) -> Option<Vec<AlluxioPath>> {
        let mut missing = Vec::new();
        let mut next = path.parent()?;
        loop {
            match self.nodes.get(&next) {
                Some(Node::Directory(_)) => break,
                Some(Node::File(_)) => return None,
                None => {}
            }
            let above = next.parent()?;
            missing.push(next);
            next = above;
        }
        missing.reverse();
        Some(missing)
    }

    pub(super) fn add_directories(&mut self, paths: &[AlluxioPath], in_store: InStore) {
        for path in paths {
            let directory = Directory {
                in_store,
                attributes: self.inherited(path, DIRECTORY_MODE),
            };
            self.nodes.insert(path.clone(), Node::Directory(directory));
        }
    }

    /// What something new gets: its own mode, and the pin of its directory.
    pub(super) fn inherited(&self, path: &AlluxioPath, mode: u16) -> Attributes {
        let above = path.parent().and_then(|above| self.nodes.get(&above));
        Attributes {
            mode: Some(mode),
            pinned: above.and_then(|above| above.attributes().pinned),
            ttl_millis: Some(-1),
            owner: None,
            named: Some(Default::default()),
        }
    }
}

fn in_store(write_type: WriteType) -> InStore {
    if write_type.writes_through() {
        InStore::Yes
    } else {
        InStore::No
    }
}

/// What a file means for the directories above it: while it is on its way, nobody knows whether they
/// are made already.
pub(super) fn traces(persisted: Persisted) -> InStore {
    match persisted {
        Persisted::Yes => InStore::Yes,
        Persisted::Soon | Persisted::Either => InStore::Either,
        Persisted::No => InStore::No,
    }
}

/// `relative` is what stands behind a path in another, and may be empty.
fn below(path: &AlluxioPath, relative: &str) -> AlluxioPath {
    let names = path.components().chain(relative.split('/'));
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    AlluxioPath::of_components(names.into_iter())
}
