//! What nobody needs any more, in the folders of the servers and the data of the store.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use alluxio_common::{AlluxioPath, BlockId};
use anyhow::Result;

use crate::check::Copies;
use crate::cluster::CrashCluster;
use crate::model::Difference;

/// The blocks of all files: of which file, and whether a worker must have it.
pub(crate) type Blocks = HashMap<BlockId, (AlluxioPath, bool)>;

/// Everything that is left behind, and blocks that are missing.
pub(crate) fn leftovers(cluster: &CrashCluster, blocks: &Blocks) -> Result<Vec<Difference>> {
    let home = cluster.home();
    let mut wrong = Vec::new();
    let mut say = |path: &AlluxioPath, what: String| {
        wrong.push(Difference {
            path: path.clone(),
            what,
        });
    };
    let root = AlluxioPath::root();
    let mut missing: HashMap<BlockId, &AlluxioPath> = blocks
        .iter()
        .filter(|(_, (_, must_be))| *must_be)
        .map(|(id, (path, _))| (*id, path))
        .collect();
    let tier = home.join("tier/alluxioworker");
    for file in files_below(&tier)? {
        let name = file.file_name().and_then(|name| name.to_str());
        let id = name.and_then(|name| name.parse().ok().map(BlockId::from_raw));
        match id.filter(|_| file.parent() == Some(&tier)) {
            Some(id) => {
                missing.remove(&id);
                if !blocks.contains_key(&id) {
                    say(&root, format!("a block of no file: {}", file.display()));
                }
            }
            None if name.is_some_and(|name| name.starts_with('.')) => {}
            None => say(&root, format!("an unfinished block: {}", file.display())),
        }
    }
    for (id, path) in missing {
        let what = format!("its block {id} is gone, and the store does not have it");
        say(path, what);
    }
    // The next segment is made there; a checkpoint is renamed when it is whole.
    for file in files_below(&home.join("journal/FileSystemMaster/.tmp"))? {
        say(
            &root,
            format!("an unfinished journal file: {}", file.display()),
        );
    }
    Ok(wrong)
}

/// Uploads that nobody has ended, and the notes of them.
pub(crate) fn uploads_left(cluster: &CrashCluster, copies: Copies) -> Result<Vec<Difference>> {
    let mut left = Vec::new();
    for note in files_below(&cluster.home().join("uploads"))? {
        if copies == Copies::Gone || has_upload_id(&note) {
            left.push(format!("a note of an upload: {}", note.display()));
        }
    }
    let minio = cluster.site().minio.iter();
    for upload in minio.flat_map(|minio| minio.uploads()) {
        if copies == Copies::Gone || files_below(&upload)?.iter().any(|file| is_part(file)) {
            left.push(format!("a stale upload: {}", upload.display()));
        }
    }
    let at_root = |what| Difference {
        path: AlluxioPath::root(),
        what,
    };
    Ok(left.into_iter().map(at_root).collect())
}

/// Whether the beginning of the upload was heard of: then it can be ended without asking which one
/// it is. A note that has gone meanwhile says nothing.
fn has_upload_id(note: &Path) -> bool {
    fs::read_to_string(note).is_ok_and(|text| text.lines().count() > 2)
}

/// Whether it has bytes of an upload in the data of MinIO.
fn is_part(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("part."))
}

/// All files below a folder that may not be there.
fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let entries = match fs::read_dir(next) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    Ok(found)
}
