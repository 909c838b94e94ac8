//! How a listing is compared with the model.

use std::collections::BTreeMap;
use std::fmt;

use alluxio_client::{AclScope, AclSubject, FileStatus, Kind, Pinned};
use alluxio_common::{AlluxioPath, PersistenceState};

use super::namespace::{Attributes, Model, Node, Persisted};
use super::operation::NAMED_USERS;

/// Where a cluster is not what the model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub path: AlluxioPath,
    /// What is wrong, as a sentence without the path.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// What counts as a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Workers may be away, and copies on their way.
    Busy,
    /// Everybody is there, and everything has arrived.
    Quiet,
}

/// Compares everything below the root of the model with a recursive listing of it.
pub fn differences(
    model: &Model,
    listed: &[FileStatus],
    strictness: Strictness,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let listed: BTreeMap<&AlluxioPath, &FileStatus> =
        listed.iter().map(|status| (&status.path, status)).collect();
    for (path, node) in model.nodes().filter(|(path, _)| *path != model.root()) {
        let what = match listed.get(path) {
            Some(status) => difference(node, status, strictness),
            None => Some(format!("should be there: {node:?}")),
        };
        found.extend(what.map(|what| Difference {
            path: path.clone(),
            what,
        }));
    }
    for (path, status) in listed {
        if model.node(path).is_none() {
            found.push(Difference {
                path: path.clone(),
                what: format!(
                    "should not be there: {:?} of {} bytes",
                    status.kind, status.length
                ),
            });
        }
    }
    found
}

fn difference(node: &Node, status: &FileStatus, strictness: Strictness) -> Option<String> {
    let file = match (node, status.kind) {
        (Node::Directory(_), Kind::Directory) => None,
        (Node::File(file), Kind::File) if file.complete => Some(file),
        // Of a file in the making nothing is promised.
        (Node::File(file), Kind::IncompleteFile) if !file.complete => return None,
        (_, kind) => return Some(format!("is {kind:?}, not {node:?}")),
    };
    if let Some(file) = file {
        if status.length_bytes() != file.content.length {
            return Some(format!(
                "has {} bytes, not {}",
                status.length, file.content.length
            ));
        }
        if !fits(file.persisted, status.persistence, strictness) {
            return Some(format!(
                "is {}, not persisted: {:?}",
                status.persistence, file.persisted
            ));
        }
    }
    let Attributes {
        mode,
        pinned,
        ttl_millis,
        owner,
        named,
    } = *node.attributes();
    let is_pinned = status.pinned == Pinned::Yes;
    if let Some(mode) = mode.filter(|mode| *mode != status.mode.bits()) {
        return Some(format!("has mode {:o}, not {mode:o}", status.mode.bits()));
    }
    if pinned.is_some_and(|pinned| pinned != is_pinned) {
        return Some(format!("pinned is {is_pinned}, not {pinned:?}"));
    }
    if ttl_millis.is_some_and(|millis| millis != status.ttl.millis) {
        return Some(format!("has TTL {}, not {ttl_millis:?}", status.ttl.millis));
    }
    if let Some(owner) = owner.filter(|owner| *owner != status.owner) {
        return Some(format!("belongs to {}, not to {owner}", status.owner));
    }
    let found = NAMED_USERS.map(|user| access_of(status, user));
    if named.is_some_and(|named| named != found) {
        return Some(format!("lets {NAMED_USERS:?} do {found:?}, not {named:?}"));
    }
    None
}

/// What the access control list says of a user.
fn access_of(status: &FileStatus, user: &str) -> Option<u8> {
    let entries = status.acl.iter().flat_map(|acl| &acl.entries);
    let mut about = entries.filter(|entry| {
        let subject = &entry.subject;
        entry.scope == AclScope::Access && matches!(subject, AclSubject::User(name) if name == user)
    });
    about.next().map(|entry| entry.access.bits())
}

fn fits(expected: Persisted, found: PersistenceState, strictness: Strictness) -> bool {
    match expected {
        Persisted::Yes => found == PersistenceState::Persisted,
        Persisted::No => {
            found == PersistenceState::NotPersisted
                // Until its worker is back.
                || (strictness == Strictness::Busy && found == PersistenceState::Lost)
        }
        Persisted::Soon => {
            found == PersistenceState::Persisted
                || (strictness == Strictness::Busy && found != PersistenceState::NotPersisted)
        }
        Persisted::Either => true,
    }
}
