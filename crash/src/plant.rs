//! [`Planted`]: doing what a defect would have done, to see that the check finds it.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use alluxio_common::AlluxioPath;
use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};

use crate::cluster::{CrashCluster, Part, bucket};

/// A segment of the journal begins with so many bytes that are no frames.
const SEGMENT_HEADER: usize = 64;

/// Room of a segment that is not written yet reads as this; every frame begins with its length.
const FRAME_LENGTH: usize = 4;

/// What a defect may have done, most of it while processes were dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planted {
    /// A reply came before the sync: what was logged since is not on the disk.
    RepliedBeforeSync(JournalEnd),
    /// The blocks of workers are gone.
    BlocksLost,
    /// The blocks of workers have a wrong byte.
    BlocksDamaged,
    /// A file of the store is gone.
    ObjectLost(String),
    /// A file of the store is another.
    ObjectChanged(String),
    /// A file that nobody was told of, with its directories.
    ObjectLeft(String),
    /// The worker has died by itself, and nobody has noticed it.
    WorkerDied,
    /// The store moved something back.
    MovedBack {
        /// Where it is.
        from: String,
        /// Where it was.
        to: String,
    },
    /// A copy that nobody has given its name.
    CopyLeft,
    /// An upload that nobody has ended; only where there are uploads.
    UploadLeft(String),
    /// An upload that a worker has begun and noted before it died, whatever its key; only where there
    /// are uploads.
    UploadNoted(String),
    /// A block of no file.
    BlockLeft,
}

/// How far the journal had come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEnd {
    segment: PathBuf,
    offset: usize,
}

/// Where the journal ends now. The master must not run, or nothing must happen.
///
/// # Errors
/// When the journal cannot be read.
pub fn journal_end(cluster: &CrashCluster) -> Result<JournalEnd> {
    let logs = cluster.home().join("journal/FileSystemMaster/logs");
    let mut segments = Vec::new();
    for entry in fs::read_dir(logs)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let start = name.and_then(|name| name.strip_prefix("0x")?.split('-').next());
        let start = start.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        segments.extend(start.map(|start| (start, path)));
    }
    segments.sort();
    let (_, segment) = segments.pop().context("the journal has a segment")?;
    let bytes = fs::read(&segment)?;
    let mut offset = SEGMENT_HEADER;
    while let Some(length) = bytes.get(offset..offset + FRAME_LENGTH) {
        let length = u32::from_le_bytes(length.try_into()?) as usize;
        if length == 0 {
            break;
        }
        offset += length;
    }
    Ok(JournalEnd { segment, offset })
}

impl Planted {
    /// Does it. The processes whose files it changes must be dead.
    ///
    /// # Errors
    /// When a folder or a bucket cannot be changed.
    pub fn plant(&self, cluster: &CrashCluster) -> Result<()> {
        match self {
            Self::RepliedBeforeSync(end) => forget_since(end)?,
            Self::BlocksLost => {
                for block in blocks(cluster)? {
                    fs::remove_file(block)?;
                }
            }
            Self::BlocksDamaged => {
                for block in blocks(cluster)? {
                    damage(&block)?;
                }
            }
            Self::ObjectLost(path) => match &cluster.site().minio {
                Some(minio) => minio.remove(&bucket(None), path)?,
                None => fs::remove_file(in_store(cluster, path))?,
            },
            Self::ObjectChanged(path) => match &cluster.site().minio {
                Some(minio) => minio.put(&bucket(None), path, "something else")?,
                None => damage(&in_store(cluster, path))?,
            },
            Self::ObjectLeft(path) => put(cluster, path, "not acknowledged")?,
            Self::WorkerDied => {
                let pid = cluster.process_of(Part::Worker).context("it runs")?;
                kill(pid, Signal::SIGKILL)?;
            }
            Self::MovedBack { from, to } => {
                fs::rename(in_store(cluster, from), in_store(cluster, to))?;
            }
            Self::CopyLeft => {
                // Not as the program names its own: those it finds itself.
                let name = format!("{}/copy", crate::folder_view::COPIES);
                put(cluster, &name, "half")?;
            }
            Self::UploadLeft(key) => {
                let minio = cluster.site().minio.as_ref();
                let minio = minio.context("a directory has no uploads")?;
                minio.begin_upload(&bucket(None), key)?;
            }
            Self::UploadNoted(key) => {
                let minio = cluster.site().minio.as_ref();
                let minio = minio.context("a directory has no uploads")?;
                let id = minio.begin_upload(&bucket(None), key)?;
                let folder = format!("uploads/worker-localhost-{}", cluster.site().worker_port);
                let folder = cluster.home().join(folder);
                fs::create_dir_all(&folder)?;
                let store = format!("{} at {}", bucket(None), minio.address());
                fs::write(folder.join("0"), format!("{store}\n{key}\n{id}\n"))?;
            }
            // The master is told of blocks when the worker registers, and has those of no file
            // removed; what is no number it never hears of.
            Self::BlockLeft => {
                let folder = cluster.home().join("tier/alluxioworker");
                fs::write(folder.join("left-behind"), "half")?;
            }
        }
        Ok(())
    }
}

/// Another program writes a file into the store at the root.
fn put(cluster: &CrashCluster, path: &str, text: &str) -> Result<()> {
    if let Some(minio) = &cluster.site().minio {
        return minio.put(&bucket(None), path, text);
    }
    let file = in_store(cluster, path);
    fs::create_dir_all(file.parent().unwrap_or(&file))?;
    fs::write(file, text)?;
    Ok(())
}

/// The entries since then were never written.
fn forget_since(end: &JournalEnd) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(&end.segment)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(end.offset as u64))?;
    let rest = length.saturating_sub(end.offset as u64);
    file.write_all(&vec![0; usize::try_from(rest).unwrap_or(0)])?;
    file.sync_all()
}

/// Changes the byte in the middle.
fn damage(file: &Path) -> io::Result<()> {
    let mut bytes = fs::read(file)?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 0x55;
    }
    fs::write(file, bytes)
}

/// The files of committed blocks.
fn blocks(cluster: &CrashCluster) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(cluster.home().join("tier/alluxioworker"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.parse::<i64>().is_ok()) {
            found.push(path);
        }
    }
    Ok(found)
}

fn in_store(cluster: &CrashCluster, path: &str) -> PathBuf {
    cluster.site().folder(None).join(path)
}

/// The name of a file in the store at the root.
pub fn name_in_store(path: &AlluxioPath) -> String {
    path.as_str().trim_start_matches('/').to_owned()
}
