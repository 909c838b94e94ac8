//! What the stores should hold, and how that is compared with what another program sees in them.

use std::collections::BTreeMap;

use alluxio_common::AlluxioPath;
use bytes::Bytes;

use super::compare::Difference;
use super::namespace::{File, InStore, Model, Node, Persisted};
use crate::pattern::Content;

/// What should be at a path of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// A file with this content.
    File(Content),
    /// A file that may be there or not, whole or in part, because its writer has not ended.
    PerhapsFile,
    /// A directory.
    Directory(InStore),
}

/// What another program sees at a path of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file, with all of its bytes.
    File(Bytes),
    /// A directory.
    Directory,
}

/// All that another program sees in a store, by paths without a slash in front.
pub type StoreView = BTreeMap<String, Found>;

/// What should be in a store, by paths without a slash in front: the one around the root of the
/// model, or the one with this number.
pub fn stored(model: &Model, store: Option<usize>) -> BTreeMap<String, Stored> {
    let inside = match store {
        None => Some(AlluxioPath::root()),
        Some(number) => {
            let mut mounts = model.mounts().iter();
            let found = mounts.find(|(_, mounted)| **mounted == number);
            found.map(|(path, _)| path.clone())
        }
    };
    let Some(inside) = inside else {
        let kept = store.and_then(|number| model.unmounted().get(&number));
        let kept = kept.into_iter().flatten();
        return kept
            .filter_map(|(path, node)| Some((path.clone(), expected(node)?)))
            .collect();
    };
    let serving = |path: &AlluxioPath| match store {
        None => model.mount_of(path).is_none(),
        Some(_) => model.mount_of(path) == Some(&inside),
    };
    model
        .nodes()
        .filter(|(path, _)| serving(path))
        .filter_map(|(path, node)| {
            let relative = inside.relative(path).filter(|text| !text.is_empty())?;
            Some((relative.to_owned(), expected(node)?))
        })
        .collect()
}

fn expected(node: &Node) -> Option<Stored> {
    match node {
        Node::Directory(directory) => Some(Stored::Directory(directory.in_store)),
        Node::File(File {
            persisted, content, ..
        }) => match persisted {
            Persisted::Yes => Some(Stored::File(*content)),
            Persisted::No => None,
            Persisted::Soon | Persisted::Either => Some(Stored::PerhapsFile),
        },
    }
}

/// Compares a store with what it should hold. `store` names it in what is said.
pub fn differences_in_store(
    store: &str,
    expected: &BTreeMap<String, Stored>,
    found: &StoreView,
) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut say = |path: &str, what: String| {
        let path = AlluxioPath::root().join(path);
        let path = path.unwrap_or_else(|_odd| AlluxioPath::root());
        let what = format!("in the store {store}: {what}");
        all.push(Difference { path, what });
    };
    for (path, expected) in expected {
        match (expected, found.get(path)) {
            (Stored::File(content), Some(Found::File(bytes))) => {
                if bytes.len() as u64 != content.length {
                    say(
                        path,
                        format!("has {} bytes, not {}", bytes.len(), content.length),
                    );
                } else if let Some(at) = content.difference(0, bytes) {
                    say(path, format!("has a wrong byte at {at}"));
                }
            }
            (Stored::File(content), Some(Found::Directory)) => {
                say(path, format!("is a directory, not {content:?}"));
            }
            (Stored::File(content), None) => say(path, format!("is missing: {content:?}")),
            (Stored::Directory(InStore::Yes), None) => {
                say(path, "is missing: a directory".to_owned());
            }
            (Stored::Directory(InStore::No), Some(_)) => {
                say(path, "is there: nothing in it is persisted".to_owned());
            }
            (Stored::Directory(_), Some(Found::File(_))) => {
                say(path, "is a file, not a directory".to_owned());
            }
            (Stored::Directory(_), Some(Found::Directory) | None) | (Stored::PerhapsFile, _) => {}
        }
    }
    for (path, found) in found {
        if !expected.contains_key(path) {
            let kind = match found {
                Found::File(bytes) => format!("a file of {} bytes", bytes.len()),
                Found::Directory => "a directory".to_owned(),
            };
            say(path, format!("is left behind: {kind}"));
        }
    }
    all
}
