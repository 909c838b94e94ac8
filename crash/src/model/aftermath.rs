//! What an operation may leave behind whose end nobody has heard of.

use alluxio_common::AlluxioPath;

use super::namespace::{Attributes, Expected, InStore, Model, Node, Persisted};
use super::operation::Operation;

/// Every state that the operation may have left, the likeliest first. It has happened or not; only a
/// file is written in several steps, each of which is one of its own.
pub fn aftermath(before: &Model, operation: &Operation) -> Vec<Model> {
    let mut after = before.clone();
    if after.apply(operation) != Expected::Done {
        return vec![before.clone()];
    }
    let mut states = vec![after.clone()];
    match operation {
        Operation::CreateFile {
            path, write_type, ..
        } => {
            let mut incomplete = after.clone();
            if let Some(Node::File(file)) = incomplete.nodes.get_mut(path) {
                file.complete = false;
                file.persisted = Persisted::Either;
            }
            incomplete.bring_ancestors_into_store(path, InStore::Either);
            states.push(incomplete);
            states.extend(with_some_parents(before, operation));
            if write_type.writes_through() {
                // Its writer gave it up, and the store has all of it: so it is found there again.
                let mut found = after;
                if let Some(node) = found.nodes.get_mut(path) {
                    *node.attributes_mut() = Attributes::default();
                }
                states.push(found);
            }
        }
        Operation::CreateDirectory { .. } => {
            states.extend(with_some_parents(before, operation));
        }
        Operation::Rename { target, .. } => {
            let mut not_moved = before.clone();
            // The directory that it was to move to is brought into the store first.
            not_moved.bring_ancestors_into_store(target, InStore::Either);
            states.push(not_moved);
        }
        Operation::SetPinned { path, .. } => {
            // A change of a whole subtree comes in steps.
            let mut some = before.clone();
            for inside in some.subtree(path) {
                if let Some(node) = some.nodes.get_mut(&inside) {
                    node.attributes_mut().pinned = None;
                }
            }
            states.extend([before.clone(), some]);
        }
        Operation::Delete { .. }
        | Operation::SetMode { .. }
        | Operation::SetTtl { .. }
        | Operation::SetOwner { .. }
        | Operation::SetAcl { .. }
        | Operation::Expire { .. }
        | Operation::Free { .. }
        | Operation::Persist { .. }
        | Operation::Read { .. }
        | Operation::Mount { .. }
        | Operation::Unmount { .. } => states.push(before.clone()),
    }
    states
}

/// What is created in the store first, directories, may be found there afterwards. A file that was
/// to be replaced is there or gone.
fn with_some_parents(before: &Model, operation: &Operation) -> Vec<Model> {
    let (Operation::CreateFile { path, .. } | Operation::CreateDirectory { path, .. }) = operation
    else {
        return Vec::new();
    };
    let mut states = Vec::new();
    let mut base = before.clone();
    base.bring_ancestors_into_store(path, InStore::Either);
    if base.nodes.contains_key(path) {
        states.push(base.clone());
        base.nodes.remove(path);
    }
    let missing = before.missing_parents(path).unwrap_or_default();
    for count in (0..=missing.len()).rev() {
        states.push(found_in_store(&base, &missing[..count]));
    }
    if let Operation::CreateDirectory { path, .. } = operation {
        let mut made = missing;
        made.push(path.clone());
        states.push(found_in_store(&base, &made));
    }
    states
}

/// With directories that nobody has logged: they have the attributes that the store gives them.
fn found_in_store(base: &Model, made: &[AlluxioPath]) -> Model {
    let mut state = base.clone();
    state.add_directories(made, InStore::Either);
    for path in made {
        if let Some(node) = state.nodes.get_mut(path) {
            *node.attributes_mut() = Attributes::default();
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use alluxio_common::WriteType;

    use super::*;
    use crate::pattern::Content;

    fn path(text: &str) -> AlluxioPath {
        AlluxioPath::parse(text).unwrap()
    }

    #[test]
    fn a_file_may_be_there_incomplete_or_missing_with_some_of_its_directories() {
        let before = Model::new(AlluxioPath::root(), InStore::Yes, 0);
        let operation = Operation::CreateFile {
            path: path("/a/b/f"),
            write_type: WriteType::Through,
            content: Content { seed: 1, length: 2 },
            block_size: 1,
            overwrite: false,
        };
        let states = aftermath(&before, &operation);
        let counts: Vec<usize> = states.iter().map(|state| state.nodes().count()).collect();
        assert_eq!(counts, [4, 4, 3, 2, 1, 4]);
        assert!(states[0].files().all(|(_, file)| file.complete));
        assert!(states[1].files().all(|(_, file)| !file.complete));
    }

    #[test]
    fn a_refusal_leaves_what_was() {
        let before = Model::new(AlluxioPath::root(), InStore::Yes, 0);
        let operation = Operation::Delete {
            path: path("/a"),
            recursive: true,
        };
        assert_eq!(aftermath(&before, &operation), [before]);
    }
}
