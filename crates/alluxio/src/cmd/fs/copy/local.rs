//! The local side of a copy: paths as people type them, wildcards, trees, and what errors are called.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use crate::shell::{CommandError, wildcard};

const SCHEME: &str = "file://";

/// The local path in `text`, which may have `file://` in front; made absolute.
///
/// # Errors
/// When the working directory is gone.
pub(in super::super) fn local_path(text: &str) -> Result<PathBuf, CommandError> {
    let text = text.strip_prefix(SCHEME).unwrap_or(text);
    let path = Path::new(if text.is_empty() { "/" } else { text });
    let absolute = std::path::absolute(path).map_err(|error| failed(path, &error))?;
    // Without the slash at the end, which would show up in everything that is printed.
    Ok(absolute.components().collect())
}

/// `file:///mnt/a`
pub(super) fn uri(path: &Path) -> String {
    format!("{SCHEME}{}", path.display())
}

/// `/mnt/a (No such file or directory)`
pub(super) fn failed(path: &Path, error: &io::Error) -> CommandError {
    let reason = match error.raw_os_error() {
        Some(code) => Errno::from_raw(code).desc().to_owned(),
        None => error.to_string(),
    };
    CommandError::refused(format!("{} ({reason})", path.display()))
}

/// What stands at a path; links are followed, as everybody expects of a copy.
pub(super) fn metadata(path: &Path) -> Result<Metadata, CommandError> {
    fs::metadata(path).map_err(|error| failed(path, &error))
}

/// The paths that a pattern stands for, sorted; `*` and `[abc]` match inside one component.
///
/// # Errors
/// When a directory on the way cannot be read.
pub(super) fn expand(pattern: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let mut level = vec![PathBuf::new()];
    for part in pattern.components() {
        let text = part.as_os_str().to_string_lossy();
        let mut next = Vec::new();
        for directory in &level {
            if !wildcard::has_wildcard(&text) {
                next.push(directory.join(part));
                continue;
            }
            for name in names(directory)? {
                if fits(&text, &name.to_string_lossy()) {
                    next.push(directory.join(name));
                }
            }
        }
        level = next;
    }
    if wildcard::has_wildcard(&pattern.to_string_lossy()) {
        level.retain(|path| fs::symlink_metadata(path).is_ok());
    }
    Ok(level)
}

/// Those that are no text, too: they cannot be copied, but must not be passed over.
fn names(directory: &Path) -> Result<Vec<OsString>, CommandError> {
    match fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) | Err(_) => return Ok(Vec::new()),
    }
    let entries = fs::read_dir(directory).map_err(|error| failed(directory, &error))?;
    let names = entries.map(|entry| Ok(entry?.file_name()));
    let mut names = names
        .collect::<io::Result<Vec<_>>>()
        .map_err(|error| failed(directory, &error))?;
    names.sort_unstable();
    Ok(names)
}

/// `*` through [`wildcard::matches`]; a pattern with sets is tried with each of their members.
fn fits(pattern: &str, name: &str) -> bool {
    let set = pattern.split_once('[').and_then(|(before, rest)| {
        let (members, after) = rest.split_once(']')?;
        Some((before, members, after))
    });
    match set {
        None => wildcard::matches(pattern, name),
        Some((before, members, after)) => members
            .chars()
            .any(|member| fits(&format!("{before}{member}{after}"), name)),
    }
}

/// One step of a walk.
#[derive(Debug)]
pub(super) enum Entry {
    /// A directory; its entries follow unless [`Walk::skip_last_directory`] is called.
    Directory(Place),
    /// A regular file.
    File(Place),
    /// Something that cannot be copied.
    Failed(PathBuf, CommandError),
}

/// A path, and the same relative to where the walk began.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its names below the start, as text.
    pub(super) relative: String,
}

/// Walks a tree, directories before what is in them, in the order of names. Links are followed; a
/// link that leads back to a directory above it is an error, not an endless tree.
#[derive(Debug)]
pub(super) struct Walk {
    todo: Vec<Todo>,
    /// The directories that the walk is inside of, by device and inode.
    open: HashSet<(u64, u64)>,
}

#[derive(Debug)]
enum Todo {
    Visit(Place),
    Report(PathBuf, CommandError),
    Leave((u64, u64)),
}

impl Walk {
    /// A walk through what is in `root`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn below(root: &Path) -> Result<Self, CommandError> {
        let mut walk = Self {
            todo: Vec::new(),
            open: HashSet::new(),
        };
        let metadata = metadata(root)?;
        walk.open.insert((metadata.dev(), metadata.ino()));
        walk.push_children(root, "")?;
        Ok(walk)
    }

    /// Does not go into the directory that [`Walk::step`] gave last.
    pub(super) fn skip_last_directory(&mut self) {
        while let Some(todo) = self.todo.pop() {
            if let Todo::Leave(id) = todo {
                self.open.remove(&id);
                return;
            }
        }
    }

    /// The next entry; blocks on the disk.
    pub(super) fn step(&mut self) -> Option<Entry> {
        loop {
            match self.todo.pop()? {
                Todo::Leave(id) => {
                    self.open.remove(&id);
                }
                Todo::Report(path, error) => return Some(Entry::Failed(path, error)),
                Todo::Visit(place) => return Some(self.visit(place)),
            }
        }
    }

    fn visit(&mut self, place: Place) -> Entry {
        let metadata = match metadata(&place.path) {
            Ok(metadata) => metadata,
            Err(error) => return Entry::Failed(place.path, error),
        };
        if metadata.is_file() {
            return Entry::File(place);
        }
        if !metadata.is_dir() {
            return self.refuse(place, "Not a regular file");
        }
        let id = (metadata.dev(), metadata.ino());
        if !self.open.insert(id) {
            return self.refuse(place, "A link that leads back to a directory above it");
        }
        self.todo.push(Todo::Leave(id));
        match self.push_children(&place.path, &place.relative) {
            Ok(()) => Entry::Directory(place),
            Err(error) => Entry::Failed(place.path, error),
        }
    }

    fn refuse(&self, place: Place, reason: &str) -> Entry {
        let error = CommandError::refused(format!("{} ({reason})", place.path.display()));
        Entry::Failed(place.path, error)
    }

    /// Pushes the entries of a directory so that the first name comes out first.
    fn push_children(&mut self, directory: &Path, relative: &str) -> Result<(), CommandError> {
        let entries = fs::read_dir(directory).map_err(|error| failed(directory, &error))?;
        let mut names = Vec::new();
        for entry in entries {
            names.push(
                entry
                    .map_err(|error| failed(directory, &error))?
                    .file_name(),
            );
        }
        names.sort_unstable_by(|left, right| right.cmp(left));
        for name in names {
            let path = directory.join(&name);
            let Some(name) = name.to_str() else {
                let reason = "The name is not UTF-8, as all names in Alluxio are";
                let error = CommandError::refused(format!("{} ({reason})", path.display()));
                self.todo.push(Todo::Report(path, error));
                continue;
            };
            let relative = match relative {
                "" => name.to_owned(),
                above => format!("{above}/{name}"),
            };
            self.todo.push(Todo::Visit(Place { path, relative }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn walk(root: &Path) -> Vec<String> {
        let mut walk = Walk::below(root).unwrap();
        let mut seen = Vec::new();
        while let Some(entry) = walk.step() {
            seen.push(match entry {
                Entry::Directory(place) => format!("{}/", place.relative),
                Entry::File(place) => place.relative,
                Entry::Failed(path, error) => {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    format!("{name}: {}", error.to_string().rsplit_once(" (").unwrap().1)
                }
            });
        }
        seen
    }

    #[test]
    fn a_tree_is_walked_in_the_order_of_names_and_links_are_followed() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("b/sub")).unwrap();
        fs::write(root.path().join("a"), "1").unwrap();
        fs::write(root.path().join("b/sub/c"), "123").unwrap();
        fs::write(root.path().join("d"), "").unwrap();
        symlink("b/sub/c", root.path().join("e")).unwrap();
        assert_eq!(
            walk(root.path()),
            ["a", "b/", "b/sub/", "b/sub/c", "d", "e"]
        );
    }

    #[test]
    fn a_link_to_a_directory_above_and_a_dangling_link_are_errors() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("x")).unwrap();
        symlink("..", root.path().join("x/up")).unwrap();
        symlink("nowhere", root.path().join("y")).unwrap();
        assert_eq!(
            walk(root.path()),
            [
                "x/",
                "up: A link that leads back to a directory above it)",
                "y: No such file or directory)"
            ]
        );
    }

    #[test]
    fn a_directory_that_is_skipped_is_not_entered() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/deep")).unwrap();
        fs::write(root.path().join("z"), "").unwrap();
        let mut walk = Walk::below(root.path()).unwrap();
        assert!(matches!(walk.step(), Some(Entry::Directory(_))));
        walk.skip_last_directory();
        assert!(matches!(walk.step(), Some(Entry::File(place)) if place.relative == "z"));
        assert!(walk.step().is_none());
    }

    #[test]
    fn stars_and_sets_match_names() {
        let root = tempfile::tempdir().unwrap();
        for name in ["f80", "f5k", "f20k", "g5"] {
            fs::write(root.path().join(name), "").unwrap();
        }
        let found = |pattern: &str| {
            let paths = expand(&root.path().join(pattern)).unwrap();
            let names = paths
                .iter()
                .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(found("f[58]*"), ["f5k", "f80"]);
        assert_eq!(found("*5*"), ["f5k", "g5"]);
        assert!(found("zz*").is_empty());
    }
}
