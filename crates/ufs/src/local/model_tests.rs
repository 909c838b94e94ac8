//! Random operations on the connector and on a model that is a map; both must answer the same.

use std::collections::BTreeMap;

use alluxio_common::{Mode, SystemClock, UfsPath};
use bytes::Bytes;
use proptest::prelude::*;

use super::LocalUfs;
use crate::{
    CreateOptions, Durability, ListOptions, MkdirOptions, Recursion, UfsError, UfsErrorKind,
    UfsProperties, UnderFileSystem,
};

#[derive(Debug, Clone)]
enum Operation {
    Write(String, Vec<u8>),
    Mkdir(String),
    DeleteFile(String),
    DeleteDirectory(String, Recursion),
    RenameFile(String, String),
    RenameDirectory(String, String),
    Read(String),
}

/// Relative paths; a directory has no content.
#[derive(Debug, Default)]
struct Model {
    entries: BTreeMap<String, Option<Vec<u8>>>,
}

type Answer = Result<Option<Vec<u8>>, UfsErrorKind>;

impl Model {
    /// What is at a path: a directory (`None`) or the content of a file.
    fn resolve(&self, path: &str) -> Answer {
        for (slash, _) in path.match_indices('/') {
            match self.entries.get(&path[..slash]) {
                None => return Err(UfsErrorKind::NotFound),
                Some(Some(_file)) => return Err(UfsErrorKind::NotADirectory),
                Some(None) => {}
            }
        }
        self.entries
            .get(path)
            .cloned()
            .ok_or(UfsErrorKind::NotFound)
    }

    fn check_parent(&self, path: &str) -> Result<(), UfsErrorKind> {
        let Some((parent, _)) = path.rsplit_once('/') else {
            return Ok(());
        };
        match self.resolve(parent)? {
            None => Ok(()),
            Some(_file) => Err(UfsErrorKind::NotADirectory),
        }
    }

    fn check_free(&self, path: &str) -> Result<(), UfsErrorKind> {
        self.check_parent(path)?;
        match self.entries.contains_key(path) {
            true => Err(UfsErrorKind::AlreadyExists),
            false => Ok(()),
        }
    }

    fn below(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let keys = self.entries.keys();
        keys.filter(|key| key.starts_with(&prefix))
            .cloned()
            .collect()
    }

    fn resolve_file(&self, path: &str) -> Result<Vec<u8>, UfsErrorKind> {
        self.resolve(path)?.ok_or(UfsErrorKind::IsADirectory)
    }

    fn resolve_directory(&self, path: &str) -> Result<(), UfsErrorKind> {
        match self.resolve(path)? {
            None => Ok(()),
            Some(_file) => Err(UfsErrorKind::NotADirectory),
        }
    }

    fn apply(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Write(path, content) => {
                self.check_parent(path)?;
                if self.entries.get(path) == Some(&None) {
                    return Err(UfsErrorKind::IsADirectory);
                }
                self.entries.insert(path.clone(), Some(content.clone()));
            }
            Operation::Mkdir(path) => {
                self.check_free(path)?;
                self.entries.insert(path.clone(), None);
            }
            Operation::Read(path) => return self.resolve_file(path).map(Some),
            Operation::DeleteFile(path) => {
                self.resolve_file(path)?;
                self.entries.remove(path);
            }
            Operation::DeleteDirectory(path, recursion) => {
                self.resolve_directory(path)?;
                let below = self.below(path);
                if *recursion == Recursion::None && !below.is_empty() {
                    return Err(UfsErrorKind::NotEmpty);
                }
                for key in below {
                    self.entries.remove(&key);
                }
                self.entries.remove(path);
            }
            Operation::RenameFile(source, target) => {
                self.resolve_file(source)?;
                self.check_free(target)?;
                self.shift(source, target);
            }
            Operation::RenameDirectory(source, target) => {
                self.resolve_directory(source)?;
                if target.starts_with(&format!("{source}/")) {
                    return Err(UfsErrorKind::InvalidPath);
                }
                self.check_free(target)?;
                for key in self.below(source) {
                    let moved = format!("{target}{}", &key[source.len()..]);
                    self.shift(&key, &moved);
                }
                self.shift(source, target);
            }
        }
        Ok(None)
    }

    fn shift(&mut self, source: &str, target: &str) {
        if let Some(entry) = self.entries.remove(source) {
            self.entries.insert(target.to_owned(), entry);
        }
    }

    fn keys(&self) -> Vec<String> {
        let key = |(path, entry): (&String, &Option<Vec<u8>>)| match entry {
            None => format!("{path}/"),
            Some(_file) => path.clone(),
        };
        let mut keys: Vec<String> = self.entries.iter().map(key).collect();
        keys.sort();
        keys
    }
}

async fn play(ufs: &LocalUfs, root: &UfsPath, operation: &Operation) -> Answer {
    let kind = |error: UfsError| error.kind();
    let done = match operation {
        Operation::Write(path, content) => write(ufs, &root.join(path), content).await,
        Operation::Mkdir(path) => {
            let options = MkdirOptions::new(Mode::from_bits(0o755));
            ufs.mkdir(&root.join(path), options).await
        }
        Operation::Read(path) => {
            let read = ufs.read_at(&root.join(path), 0, usize::MAX >> 1).await;
            return read.map(|content| Some(content.to_vec())).map_err(kind);
        }
        Operation::DeleteFile(path) => ufs.delete_file(&root.join(path)).await,
        Operation::DeleteDirectory(path, recursion) => {
            ufs.delete_directory(&root.join(path), *recursion).await
        }
        Operation::RenameFile(source, target) => {
            ufs.rename_file(&root.join(source), &root.join(target))
                .await
        }
        Operation::RenameDirectory(source, target) => {
            ufs.rename_directory(&root.join(source), &root.join(target))
                .await
        }
    };
    done.map(|()| None).map_err(kind)
}

async fn write(ufs: &LocalUfs, path: &UfsPath, content: &[u8]) -> Result<(), UfsError> {
    let options = CreateOptions {
        durability: Durability::Deferred,
        ..CreateOptions::default()
    };
    let mut writer = ufs.create(path, options).await?;
    writer.write(Bytes::copy_from_slice(content)).await?;
    writer.close().await.map(|_| ())
}

async fn keys(ufs: &LocalUfs, root: &UfsPath) -> Vec<String> {
    let options = ListOptions {
        page_size: 3,
        ..ListOptions::recursive()
    };
    let mut listing = ufs.list(root, options).await.unwrap();
    let mut keys = Vec::new();
    loop {
        let page = listing.next_page().await.unwrap();
        if page.is_empty() {
            return keys;
        }
        keys.extend(page.iter().map(crate::UfsStatus::list_key));
    }
}

fn paths() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "a.b"]);
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

fn operations() -> impl Strategy<Value = Operation> {
    let content = prop::collection::vec(any::<u8>(), 0..8);
    let recursion = prop::sample::select(vec![Recursion::None, Recursion::All]);
    prop_oneof![
        4 => (paths(), content).prop_map(|(path, content)| Operation::Write(path, content)),
        4 => paths().prop_map(Operation::Mkdir),
        1 => paths().prop_map(Operation::DeleteFile),
        1 => (paths(), recursion).prop_map(|(path, how)| Operation::DeleteDirectory(path, how)),
        2 => (paths(), paths()).prop_map(|(from, to)| Operation::RenameFile(from, to)),
        2 => (paths(), paths()).prop_map(|(from, to)| Operation::RenameDirectory(from, to)),
        2 => paths().prop_map(Operation::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_connector_answers_as_the_model_does(
        operations in prop::collection::vec(operations(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let root = UfsPath::parse(directory.path().to_str().unwrap()).unwrap();
        let ufs = LocalUfs::new(&UfsProperties::new(), SystemClock::shared());
        let mut model = Model::default();
        for operation in &operations {
            let promised = model.apply(operation);
            let seen = runtime.block_on(play(&ufs, &root, operation));
            prop_assert_eq!(&seen, &promised, "{:?}", operation);
            let listed = runtime.block_on(keys(&ufs, &root));
            prop_assert_eq!(listed, model.keys());
        }
    }
}
