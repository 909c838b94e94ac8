//! [`Tree`]: the files of the workspace, read once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// The files that belong to the project: those in the index of git, and new ones that are not
/// ignored.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<SourceFile>,
}

/// One file.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// From the root of the workspace, with slashes.
    pub path: String,
    /// Its content; `None` if it is no text.
    pub text: Option<String>,
}

impl Tree {
    /// The workspace that this program was built in.
    pub(crate) fn of_workspace() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().context("xtask lies in the workspace")?;
        Self::at(root)
    }

    fn at(root: &Path) -> anyhow::Result<Self> {
        let output = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("cannot run git")?;
        ensure!(output.status.success(), "git ls-files failed");
        let mut paths: Vec<&str> = std::str::from_utf8(&output.stdout)?.lines().collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths
            .into_iter()
            .filter(|path| root.join(path).is_file())
            .map(|path| read(root, path))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            root: root.to_path_buf(),
            files,
        })
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a path from the root exists, as a file or a folder.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.root.join(path).try_exists().unwrap_or(false)
    }

    /// The content of a text file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        file.text.as_deref()
    }

    /// All texts: path and content.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
    }

    /// All Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }
}

fn read(root: &Path, path: &str) -> anyhow::Result<SourceFile> {
    let bytes = fs::read(root.join(path)).with_context(|| format!("cannot read {path}"))?;
    Ok(SourceFile {
        path: path.to_owned(),
        text: String::from_utf8(bytes).ok(),
    })
}

/// The part of a Rust file that ships: everything above its test module.
pub(crate) fn production_part(text: &str) -> &str {
    let tests = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\n#[expect("]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    tests.map_or(text, |end| &text[..end])
}

/// Whether a Rust file holds tests only.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("_tests.rs")
}
