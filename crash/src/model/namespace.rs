//! [`Model`]: what the namespace and the stores should hold.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, PersistenceState};

use super::apply::traces;
use super::operation::{NAMED_USERS, Operation};
use crate::pattern::Content;

/// What should come of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It succeeds.
    Done,
    /// It is refused, and nothing changes.
    Refused,
    /// That depends on how far the background has got; nothing that the model knows changes.
    Either,
}

/// What a status shows besides; `None` where the model does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The nine permission bits.
    pub mode: Option<u16>,
    /// Whether it is pinned.
    pub pinned: Option<bool>,
    /// How long it lives; -1 for ever.
    pub ttl_millis: Option<i64>,
    /// To whom it was given.
    pub owner: Option<&'static str>,
    /// What its access control list says of each of [`NAMED_USERS`].
    pub named: Option<[Option<u8>; NAMED_USERS.len()]>,
}

/// Whether a directory is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InStore {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// An operation that did not end may have created it there.
    Either,
}

/// How far a file has got on its way to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persisted {
    /// It is there.
    Yes,
    /// Nobody has asked for it.
    No,
    /// It will be there.
    Soon,
    /// A write whose end nobody has heard of may have left it there.
    Either,
}

/// A file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// What it holds.
    pub content: Content,
    /// Whether its writer has closed it.
    pub complete: bool,
    /// How far it has got on its way to the store.
    pub persisted: Persisted,
    /// What a status shows besides.
    pub attributes: Attributes,
}

/// A directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directory {
    /// Whether the store has it.
    pub in_store: InStore,
    /// What a status shows besides.
    pub attributes: Attributes,
}

/// A file or a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A file.
    File(File),
    /// A directory.
    Directory(Directory),
}

/// What a subtree of the namespace and the stores below it should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub(super) root: AlluxioPath,
    pub(super) nodes: BTreeMap<AlluxioPath, Node>,
    /// Which store is mounted where.
    pub(super) mounts: BTreeMap<AlluxioPath, usize>,
    /// What the stores hold that are not mounted, by paths inside of them.
    pub(super) unmounted: BTreeMap<usize, BTreeMap<String, Node>>,
}

impl Model {
    /// An empty directory, and so many stores that can be mounted in it.
    pub fn new(root: AlluxioPath, in_store: InStore, stores: usize) -> Self {
        let attributes = Attributes {
            pinned: Some(false),
            ..Attributes::default()
        };
        let top = Node::Directory(Directory {
            in_store,
            attributes,
        });
        Self {
            nodes: BTreeMap::from([(root.clone(), top)]),
            root,
            mounts: BTreeMap::new(),
            unmounted: (0..stores).map(|store| (store, BTreeMap::new())).collect(),
        }
    }

    /// The directory that everything lies in.
    pub fn root(&self) -> &AlluxioPath {
        &self.root
    }

    /// What is at a path.
    pub fn node(&self, path: &AlluxioPath) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// Everything, the root included.
    pub fn nodes(&self) -> impl Iterator<Item = (&AlluxioPath, &Node)> {
        self.nodes.iter()
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = (&AlluxioPath, &File)> {
        self.nodes.iter().filter_map(|(path, node)| match node {
            Node::File(file) => Some((path, file)),
            Node::Directory(_) => None,
        })
    }

    /// The mounts, with the numbers of their stores.
    pub fn mounts(&self) -> &BTreeMap<AlluxioPath, usize> {
        &self.mounts
    }

    /// The stores that are not mounted, with what they hold.
    pub fn unmounted(&self) -> &BTreeMap<usize, BTreeMap<String, Node>> {
        &self.unmounted
    }

    /// The mount point that serves a path; `None` for the store around the root of the model.
    pub fn mount_of(&self, path: &AlluxioPath) -> Option<&AlluxioPath> {
        let mut around = self
            .mounts
            .keys()
            .filter(|mount| mount.is_ancestor_or_self_of(path));
        around.next_back()
    }

    /// Whether something in a subtree is still on its way to the store.
    pub fn is_coming(&self, top: &AlluxioPath) -> bool {
        let mut files = self.files();
        files.any(|(path, file)| {
            file.persisted == Persisted::Soon && top.is_ancestor_or_self_of(path)
        })
    }

    /// Notes that a file has arrived in the store.
    pub fn arrived(&mut self, path: &AlluxioPath) {
        if let Some(Node::File(file)) = self.nodes.get_mut(path)
            && file.persisted == Persisted::Soon
        {
            file.persisted = Persisted::Yes;
            self.bring_ancestors_into_store(path, InStore::Yes);
        }
    }

    /// A mount shows which directories its store has, where that was not known.
    pub fn settle(&mut self, operation: &Operation, is_there: impl Fn(&AlluxioPath) -> bool) {
        let Operation::Mount { path: top, .. } = operation else {
            return;
        };
        self.nodes.retain(|path, node| match node {
            Node::Directory(directory) if directory.in_store == InStore::Either => {
                let stays = !top.is_ancestor_or_self_of(path) || is_there(path);
                if stays && top.is_ancestor_or_self_of(path) {
                    directory.in_store = InStore::Yes;
                }
                stays
            }
            Node::Directory(_) | Node::File(_) => true,
        });
    }

    /// A delete that a store broke off, and that said so, has removed some of what it was to remove.
    ///
    /// The namespace tells what is left, and it need not be what was in the store: a bucket may have
    /// lost the marker of a directory whose files nobody has persisted. Then the directory stays for
    /// them, as one that is not persisted: it can be listed, written into, persisted and deleted
    /// again. What is told to be persisted must be in the store.
    pub fn settle_deleted(
        &mut self,
        operation: &Operation,
        state_of: impl Fn(&AlluxioPath) -> Option<PersistenceState>,
    ) {
        let Operation::Delete { path: top, .. } = operation else {
            return;
        };
        self.nodes
            .retain(|path, _| !top.is_ancestor_or_self_of(path) || state_of(path).is_some());
        let left = self.subtree(top);
        for path in &left {
            if let Some(Node::Directory(directory)) = self.nodes.get_mut(path) {
                directory.in_store = match state_of(path) {
                    Some(PersistenceState::Persisted) => InStore::Yes,
                    Some(_) | None => InStore::No,
                };
            }
        }
        for path in &left {
            let own = match self.nodes.get(path) {
                Some(Node::File(file)) => traces(file.persisted),
                Some(Node::Directory(directory)) => directory.in_store,
                None => InStore::No,
            };
            self.bring_ancestors_into_store(path, own);
        }
    }

    /// The directories between a path and the end of its mount are, or may be, in the store now.
    pub(super) fn bring_ancestors_into_store(&mut self, path: &AlluxioPath, now: InStore) {
        if now == InStore::No {
            return;
        }
        let end = self.mount_of(path).unwrap_or(&self.root).clone();
        let mut next = path.parent();
        while let Some(above) = next.filter(|above| end.is_ancestor_or_self_of(above)) {
            if let Some(Node::Directory(directory)) = self.nodes.get_mut(&above)
                && directory.in_store != InStore::Yes
            {
                directory.in_store = now;
            }
            next = above.parent();
        }
    }

    /// A path and everything below it.
    pub(super) fn subtree(&self, top: &AlluxioPath) -> Vec<AlluxioPath> {
        let inside = self.nodes.keys();
        let inside = inside.filter(|path| top.is_ancestor_or_self_of(path));
        inside.cloned().collect()
    }

    pub(super) fn is_directory(&self, path: &AlluxioPath) -> bool {
        matches!(self.nodes.get(path), Some(Node::Directory(_)))
    }

    pub(super) fn has_mount_in(&self, top: &AlluxioPath) -> bool {
        let mut mounts = self.mounts.keys();
        mounts.any(|mount| top.is_ancestor_or_self_of(mount))
    }
}

impl Node {
    /// What a status shows besides.
    pub fn attributes(&self) -> &Attributes {
        match self {
            Self::File(file) => &file.attributes,
            Self::Directory(directory) => &directory.attributes,
        }
    }

    pub(super) fn attributes_mut(&mut self) -> &mut Attributes {
        match self {
            Self::File(file) => &mut file.attributes,
            Self::Directory(directory) => &mut directory.attributes,
        }
    }
}
