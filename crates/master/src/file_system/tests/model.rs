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

async fn create(
    fixture: &Fixture,
    model: &mut Model,
    text: &str,
    write_type: WriteType,
) -> (bool, bool) {
    let expected = model.can_create(text);
    let options = CreateFileOptions {
        write_type,
        ..CreateFileOptions::default()
    };
    let (request, target) = (fixture.root(), path(text));
    let created = fixture.master.create_file(&request, &target, options).await;
    let stored = write_type.writes_through();
    if created.is_ok() && stored {
        // Its writer finishes at once: a file in the making cannot move in the store.
        fixture.finish_through(text, b"content").await;
    }
    if expected {
        model.nodes.insert(text.to_owned(), Node::File { stored });
    }
    (created.is_ok(), expected)
}

/// Runs one operation on both; they must agree on whether it succeeds.
async fn step(fixture: &mut Fixture, model: &mut Model, operation: &Operation) {
    let request = fixture.root();
    let (done, expected) = match operation {
        Operation::Create {
            path: text,
            write_type,
        } => create(fixture, model, text, *write_type).await,
        Operation::Mkdir {
            path: text,
            write_type,
        } => {
            let options = CreateDirectoryOptions {
                write_type: *write_type,
                ..CreateDirectoryOptions::default()
            };
            let target = path(text);
            let done = fixture
                .master
                .create_directory(&request, &target, options)
                .await
                .is_ok();
            let expected = model.can_create(text);
            if expected {
                model.nodes.insert(text.clone(), Node::Directory);
            }
            (done, expected)
        }
        Operation::Delete {
            path: text,
            options,
        } => {
            let done = fixture
                .master
                .delete(&request, &path(text), *options)
                .await
                .is_ok();
            (done, model.delete(text, *options))
        }
        Operation::Rename { source, target } => {
            let options = RenameOptions::default();
            let (from, to) = (path(source), path(target));
            let done = fixture
                .master
                .rename(&request, &from, &to, options)
                .await
                .is_ok();
            (done, model.rename(source, target))
        }
        Operation::Write { path: text } => {
            let expected = model.can_create(text);
            if expected {
                fixture.write_file(text, &[10, 3]).await;
                model
                    .nodes
                    .insert(text.clone(), Node::File { stored: false });
            }
            (expected, expected)
        }
        Operation::Restart => {
            fixture.restart();
            (true, true)
        }
    };
    assert_eq!(done, expected, "{operation:?}\n{model:?}");
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
            for operation in &operations {
                step(&mut fixture, &mut model, operation).await;
            }
            check(&fixture, &model).await;
        });
    }
}
