//! The journal's folder: where things are, the format marker, and the lock.
//!
//! ```text
//! <folder>/in_use.lock          held by the owner; says who it is
//! <folder>/_format_<ms>         the journal was formatted then; holds its identity
//! <folder>/logs/0x0-0x64-e1     segments
//! <folder>/checkpoints/0x0-0x64-e1
//! <folder>/.tmp/                files that are not complete
//! ```

use std::io;
use std::path::{Path, PathBuf};

use alluxio_common::Timestamp;

use crate::disk::{Disk, DiskLock, LockAttempt};
use crate::error::{DamageKind, JournalError};
use crate::file_header::{FormatId, HEADER_LENGTH};
use crate::segment::name::FileName;
use crate::segment::write::SegmentFolder;

/// `alluxio.master.format.file.prefix`: the marker's name up to the time.
const MARKER_PREFIX: &str = "_format_";

/// The marker's first line.
const MARKER_TITLE: &str = "alluxio journal, format 1";

/// The first owner comes behind it.
const FORMAT_EPOCH: u64 = 0;

/// No marker of ours is longer.
const MARKER_LIMIT: usize = 256;

/// What a new journal gets.
#[derive(Debug, Clone)]
pub struct FormatRequest {
    /// The new identity.
    pub format_id: FormatId,
    /// Now; it becomes part of the marker's name.
    pub formatted_at: Timestamp,
    /// Who does it, for others who come meanwhile.
    pub owner: String,
}

/// Empties the journal in `folder`, or creates it. Everything that it held is gone.
///
/// # Errors
/// `InUse` when a process owns it, and `Io`. A format that did not finish leaves a folder that counts
/// as not formatted.
pub fn format(disk: &dyn Disk, folder: &Path, request: &FormatRequest) -> Result<(), JournalError> {
    let folder = Folder::new(folder);
    folder.create_folders(disk)?;
    let _lock = folder.lock(disk, &request.owner)?;
    // The marker goes first and comes last, so that half a format is none.
    for marker in folder.markers(disk)? {
        folder.remove(disk, &folder.root.join(marker))?;
    }
    folder.sync(disk, &folder.root)?;
    for part in [&folder.logs, &folder.checkpoints, &folder.temporary] {
        for name in folder.list(disk, part)? {
            folder.remove(disk, &part.join(name))?;
        }
        folder.sync(disk, part)?;
    }
    folder.begin_log(disk, request)?;
    let name = format!("{MARKER_PREFIX}{}", request.formatted_at.millis());
    let temporary = folder.temporary.join(&name);
    let text = format!("{MARKER_TITLE}\nformat_id={}\n", request.format_id);
    let marker = disk
        .create(&temporary)
        .map_err(JournalError::io("create", &temporary))?;
    marker
        .write_all_at(0, text.as_bytes())
        .map_err(JournalError::io("write", &temporary))?;
    marker
        .sync_data()
        .map_err(JournalError::io("sync", &temporary))?;
    disk.rename(&temporary, &folder.root.join(&name))
        .map_err(JournalError::io("rename", &temporary))?;
    folder.sync(disk, &folder.root)
}

/// Whether there is a journal in `folder`.
///
/// # Errors
/// `Io` when the folder is there and cannot be read.
pub fn is_formatted(disk: &dyn Disk, folder: &Path) -> Result<bool, JournalError> {
    Ok(!Folder::new(folder).markers(disk)?.is_empty())
}

/// The paths inside a journal's folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    pub(crate) logs: PathBuf,
    pub(crate) checkpoints: PathBuf,
    pub(crate) temporary: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            logs: root.join("logs"),
            checkpoints: root.join("checkpoints"),
            temporary: root.join(".tmp"),
        }
    }

    fn create_folders(&self, disk: &dyn Disk) -> Result<(), JournalError> {
        for folder in [&self.root, &self.logs, &self.checkpoints, &self.temporary] {
            disk.create_dir_all(folder)
                .map_err(JournalError::io("create", folder))?;
        }
        // The new folder's own name is as precious as what will be in it.
        match self.root.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => self.sync(disk, parent),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes the folder for this process.
    pub(crate) fn lock(
        &self,
        disk: &dyn Disk,
        owner: &str,
    ) -> Result<Box<dyn DiskLock>, JournalError> {
        let file = self.root.join("in_use.lock");
        match disk.lock(&file, owner) {
            Ok(LockAttempt::Held(lock)) => {
                // Earlier releases made it for everybody.
                if let Err(error) = disk.make_private(&self.root) {
                    tracing::warn!(folder = %self.root.display(), %error, "others may read the journal");
                }
                Ok(lock)
            }
            Ok(LockAttempt::Taken { owner }) => Err(JournalError::InUse {
                folder: self.root.clone(),
                owner: if owner.is_empty() {
                    "another process".to_owned()
                } else {
                    owner
                },
            }),
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                Err(JournalError::NotFormatted {
                    folder: self.root.clone(),
                })
            }
            Err(source) => Err(JournalError::io("lock", &file)(source)),
        }
    }

    /// Writes the segment before the first one: it holds nothing, and a folder of logs without any
    /// is never taken for that of a new journal.
    fn begin_log(&self, disk: &dyn Disk, request: &FormatRequest) -> Result<(), JournalError> {
        let segments = SegmentFolder {
            logs: self.logs.clone(),
            temporary: self.temporary.clone(),
            format_id: request.format_id,
            epoch: FORMAT_EPOCH,
            segment_size: HEADER_LENGTH as u64,
        };
        let segment = segments.create(disk, 0, request.formatted_at)?;
        segment.seal(disk, &self.logs, 0)?;
        self.sync(disk, &self.logs)
    }

    fn markers(&self, disk: &dyn Disk) -> Result<Vec<String>, JournalError> {
        let mut names = self.list(disk, &self.root)?;
        names.retain(|name| name.starts_with(MARKER_PREFIX));
        Ok(names)
    }

    /// The identity in the format marker.
    pub(crate) fn format_id(&self, disk: &dyn Disk) -> Result<FormatId, JournalError> {
        let Some(marker) = self.markers(disk)?.pop() else {
            return Err(JournalError::NotFormatted {
                folder: self.root.clone(),
            });
        };
        let path = self.root.join(marker);
        let file = disk.open(&path).map_err(JournalError::io("open", &path))?;
        let mut bytes = [0; MARKER_LIMIT];
        let read = file
            .read_full_at(0, &mut bytes)
            .map_err(JournalError::io("read", &path))?;
        parse_marker(&bytes[..read])
            .ok_or_else(|| JournalError::damaged(&path, 0, DamageKind::NotAJournalFile))
    }

    /// The names of a sub-folder's files that are journal files, sorted by epoch and start. What else
    /// may lie there (`lost+found`, an editor's copy) is none of ours.
    pub(crate) fn names(
        &self,
        disk: &dyn Disk,
        folder: &Path,
    ) -> Result<Vec<FileName>, JournalError> {
        let names = self.list(disk, folder)?;
        let mut names: Vec<FileName> = names.iter().filter_map(|n| FileName::parse(n)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the files in a folder; none when there is no such folder.
    pub(crate) fn list(&self, disk: &dyn Disk, folder: &Path) -> Result<Vec<String>, JournalError> {
        match disk.list(folder) {
            Ok(names) => Ok(names),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(source) => Err(JournalError::io("list", folder)(source)),
        }
    }

    pub(crate) fn remove(&self, disk: &dyn Disk, file: &Path) -> Result<(), JournalError> {
        disk.remove(file).map_err(JournalError::io("remove", file))
    }

    pub(crate) fn sync(&self, disk: &dyn Disk, folder: &Path) -> Result<(), JournalError> {
        disk.sync_dir(folder)
            .map_err(JournalError::io("sync", folder))
    }
}

fn parse_marker(bytes: &[u8]) -> Option<FormatId> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    if lines.next() != Some(MARKER_TITLE) {
        return None;
    }
    FormatId::parse(lines.next()?.strip_prefix("format_id=")?)
}
