//! Random operations on the namespace over a local store, compared with a simple model, and a
//! replay of the journal after every run.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, WriteType};
use proptest::prelude::*;

use crate::file_system::testing::{Fixture, path};
use crate::file_system::{
    CreateDirectoryOptions, CreateFileOptions, DeleteOptions, ListStatusOptions, RenameOptions,
    StatusView,
};

#[derive(Debug, Clone)]
enum Operation {
    Create {
        path: String,
        write_type: WriteType,
    },
    Mkdir {
        path: String,
        write_type: WriteType,
    },
    Delete {
        path: String,
        options: DeleteOptions,
    },
    Rename {
        source: String,
        target: String,
    },
    Write {
        path: String,
    },
    Restart,
    /// A restart without the last entry of the journal, if that was the end of work in a store.
    Crash,
}

fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|names| format!("/{}", names.join("/")))
}

fn write_type() -> impl Strategy<Value = WriteType> {
    prop::sample::select(vec![WriteType::CacheThrough, WriteType::MustCache])
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (any_path(), write_type())
            .prop_map(|(path, write_type)| Operation::Create { path, write_type }),
        3 => (any_path(), write_type())
            .prop_map(|(path, write_type)| Operation::Mkdir { path, write_type }),
        2 => (any_path(), any::<bool>()).prop_map(|(path, recursive)| {
            let options = DeleteOptions { recursive, ..DeleteOptions::default() };
            Operation::Delete { path, options }
        }),
        3 => (any_path(), any_path())
            .prop_map(|(source, target)| Operation::Rename { source, target }),
        2 => any_path().prop_map(|path| Operation::Write { path }),
        1 => Just(Operation::Restart),
        2 => Just(Operation::Crash),
    ]
}

/// What the namespace should hold: every path but the root, and whether it is a directory; for a
/// file, whether it is in the store.
#[derive(Debug, Default)]
struct Model {
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Directory,
    File { stored: bool },
}

impl Model {
    fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || self.nodes.get(path) == Some(&Node::Directory)
    }

    fn parent(path: &str) -> &str {
        &path[..path.rfind('/').unwrap()]
    }

    fn children(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        self.nodes
            .keys()
            .filter(|node| node.starts_with(&prefix))
            .cloned()
            .collect()
    }

    fn can_create(&self, path: &str) -> bool {
        !self.nodes.contains_key(path) && self.is_directory(Self::parent(path))
    }

    fn create(&mut self, path: &str, node: Node) -> bool {
        let can = self.can_create(path);
        if can {
            self.nodes.insert(path.to_owned(), node);
        }
        can
    }

    fn delete(&mut self, path: &str, options: DeleteOptions) -> bool {
        let children = self.children(path);
        if !self.nodes.contains_key(path) || (!children.is_empty() && !options.recursive) {
            return false;
        }
        self.nodes.remove(path);
        for child in children {
            self.nodes.remove(&child);
        }
        true
    }

    fn rename(&mut self, source: &str, target: &str) -> bool {
        if source == target {
            return self.nodes.contains_key(source);
        }
        let below_itself = target.starts_with(&format!("{source}/"));
        if !self.nodes.contains_key(source) || below_itself || !self.can_create(target) {
            return false;
        }
        let mut moved = self.children(source);
        moved.push(source.to_owned());
        for old in moved {
            let node = self.nodes.remove(&old).unwrap();
            self.nodes
                .insert(format!("{target}{}", &old[source.len()..]), node);
        }
        true
    }
}

/// What was asked last, for a retry after a restart.
#[derive(Debug)]
struct Asked {
    operation: Operation,
    id: i64,
    succeeded: bool,
    /// The entries of the journal before and behind it.
    entries: (usize, usize),
}

/// Sends a request with this operation id. Whether it succeeds; `None` for what is no request.
async fn ask(fixture: &Fixture, operation: &Operation, id: i64) -> Option<bool> {
    let (master, request) = (&fixture.master, fixture.with_operation_id(id));
    let succeeded = match operation {
        Operation::Create {
            path: text,
            write_type,
        } => {
            let options = CreateFileOptions {
                write_type: *write_type,
                ..CreateFileOptions::default()
            };
            let created = master.create_file(&request, &path(text), options).await;
            created.is_ok()
        }
        Operation::Mkdir {
            path: text,
            write_type,
        } => {
            let options = CreateDirectoryOptions {
                write_type: *write_type,
                ..CreateDirectoryOptions::default()
            };
            let target = path(text);
            let created = master.create_directory(&request, &target, options);
            created.await.is_ok()
        }
        Operation::Delete {
            path: text,
            options,
        } => master.delete(&request, &path(text), *options).await.is_ok(),
        Operation::Rename { source, target } => {
            let options = RenameOptions::default();
            let (from, to) = (path(source), path(target));
            let renamed = master.rename(&request, &from, &to, options);
            renamed.await.is_ok()
        }
        Operation::Write { .. } | Operation::Restart | Operation::Crash => return None,
    };
    Some(succeeded)
}

/// What the operation does to the model, and whether it should succeed.
fn follow(model: &mut Model, operation: &Operation) -> bool {
    match operation {
        Operation::Create {
            path: text,
            write_type,
        } => {
            let stored = write_type.writes_through();
            model.create(text, Node::File { stored })
        }
        Operation::Mkdir { path: text, .. } => model.create(text, Node::Directory),
        Operation::Write { path: text } => model.create(text, Node::File { stored: false }),
        Operation::Delete {
            path: text,
            options,
        } => model.delete(text, *options),
        Operation::Rename { source, target } => model.rename(source, target),
        Operation::Restart | Operation::Crash => true,
    }
}

/// Starts again, and asks again what was asked last: the answer must be the same.
async fn restart(fixture: &mut Fixture, last: Option<&Asked>) {
    fixture.restart();
    fixture.resume().await;
    if let Some(asked) = last {
        let again = ask(fixture, &asked.operation, asked.id).await;
        assert_eq!(again, Some(asked.succeeded), "{asked:?}");
    }
}

/// Runs one operation on both; they must agree on whether it succeeds.
async fn step(
    fixture: &mut Fixture,
    model: &mut Model,
    (id, operation): (i64, &Operation),
    last: Option<Asked>,
) -> Option<Asked> {
    let before = fixture.journal.entries.lock().len();
    let expected = follow(model, operation);
    let succeeded = match operation {
        Operation::Restart => {
            restart(fixture, last.as_ref()).await;
            return last;
        }
        Operation::Crash => {
            // Between the note of what a store is about to do and its end.
            if let Some(asked) = &last
                && asked.has_note()
                && asked.entries.1 == before
            {
                let mut entries = fixture.journal.entries.lock();
                entries.truncate(asked.entries.1 - 1);
            }
            restart(fixture, last.as_ref()).await;
            return last;
        }
        Operation::Write { path: text } => {
            if expected {
                fixture.write_file(text, &[10, 3]).await;
            }
            return None;
        }
        Operation::Create { .. }
        | Operation::Mkdir { .. }
        | Operation::Delete { .. }
        | Operation::Rename { .. } => ask(fixture, operation, id).await == Some(true),
    };
    assert_eq!(succeeded, expected, "{operation:?}\n{model:?}");
    let after = fixture.journal.entries.lock().len();
    if let Operation::Create {
        path: text,
        write_type,
    } = operation
        && succeeded
        && write_type.writes_through()
    {
        // Its writer finishes at once: a file in the making cannot move in the store.
        fixture.finish_through(text, b"content").await;
    }
    Some(Asked {
        operation: operation.clone(),
        id,
        succeeded,
        entries: (before, after),
    })
}

impl Asked {
    /// Whether its last two entries are the note of what a store is about to do, and its end.
    fn has_note(&self) -> bool {
        let is_such = matches!(
            self.operation,
            Operation::Delete { .. } | Operation::Rename { .. }
        );
        is_such && self.succeeded && self.entries.1 >= self.entries.0 + 2
    }
}

async fn check(fixture: &Fixture, model: &Model) {
    let options = ListStatusOptions {
        recursive: true,
        ..ListStatusOptions::default()
    };
    let (request, root) = (fixture.root(), AlluxioPath::root());
    let listing = fixture.master.list_status(&request, &root, options).await;
    let mut found = BTreeMap::new();
    let visit = |status: &StatusView<'_>| {
        let node = if status.inode.is_directory() {
            Node::Directory
        } else {
            Node::File {
                stored: status.is_persisted(),
            }
        };
        found.insert(status.path.to_string(), node);
    };
    listing.unwrap().next_page(10_000, visit).await.unwrap();
    assert_eq!(found, model.nodes);
    for (text, node) in &model.nodes {
        if let Node::File { stored } = node {
            assert_eq!(
                fixture.ufs_file(text).try_exists().unwrap(),
                *stored,
                "{text}"
            );
        }
    }
    assert_eq!(fixture.replayed_hash(), fixture.master.state_hash());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_namespace_agrees_with_a_model_after_random_operations(
        operations in prop::collection::vec(operation(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut fixture = Fixture::new().await;
            let mut model = Model::default();
            let mut last = None;
            for numbered in (1..).zip(&operations) {
                last = step(&mut fixture, &mut model, numbered, last).await;
            }
            check(&fixture, &model).await;
        });
    }
}
