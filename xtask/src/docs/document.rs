//! All documents: making them, and writing them.

use std::fs;

use alluxio_common::conf::Registry;
use anyhow::Context;

use super::{errors, metrics, names, properties, site_template};
use crate::tree::Tree;

/// A file that is made from a registry.
#[derive(Debug)]
pub(crate) struct Document {
    /// From the root of the workspace.
    pub path: &'static str,
    /// Its whole content.
    pub text: String,
}

/// Makes all documents.
///
/// # Errors
/// When a source that they are made from is missing.
pub(crate) fn documents(tree: &Tree) -> anyhow::Result<Vec<Document>> {
    let registry = Registry::new();
    let made = [
        (
            "docs/reference/properties.md",
            properties::render(&registry),
        ),
        ("docs/reference/errors.md", errors::render(tree)?),
        ("docs/reference/metrics.md", metrics::render(tree)?),
        (
            "conf/alluxio-site.properties.template",
            site_template::render(&registry)?,
        ),
        ("libexec/property-names.txt", names::render(&registry)),
    ];
    Ok(made
        .into_iter()
        .map(|(path, text)| Document { path, text })
        .collect())
}

/// Writes all documents that have changed.
///
/// # Errors
/// When one cannot be made or written.
pub(crate) fn write(tree: &Tree) -> anyhow::Result<()> {
    for document in documents(tree)? {
        if tree.text(document.path) == Some(document.text.as_str()) {
            continue;
        }
        let path = tree.root().join(document.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &document.text)
            .with_context(|| format!("cannot write {}", document.path))?;
        println!("wrote {}", document.path);
    }
    Ok(())
}
