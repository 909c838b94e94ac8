//! [`Tier`]: the folder in memory below which workers keep their blocks.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::data::MEMORY;

/// What `alluxio-start.sh` with `Mount` gives a memory tier, but for its size: more than any worker here
/// keeps.
const OPTIONS: &str = "size=3g,mode=1777,huge=within_size";

/// A folder for tiers.
#[derive(Debug)]
pub(super) struct Tier {
    folder: PathBuf,
    about: String,
    /// Where a file system of its own is mounted, which goes with this.
    mounted: Option<TempDir>,
}

impl Tier {
    /// The folder that was named; without one, a file system like that of `Mount`, where this process
    /// may mount one, and the machine's otherwise.
    pub(super) fn choose(named: Option<&str>) -> Self {
        if let Some(folder) = named {
            return Self::in_folder(folder, format!("below {folder}"));
        }
        match mount() {
            Ok(mounted) => Self {
                folder: mounted.path().to_owned(),
                about: format!("on a tmpfs like that of Mount ({OPTIONS})"),
                mounted: Some(mounted),
            },
            Err(error) => {
                let about = format!("below {MEMORY}, not on a tmpfs like that of Mount: {error:#}");
                Self::in_folder(MEMORY, about)
            }
        }
    }

    fn in_folder(folder: &str, about: String) -> Self {
        Self {
            folder: folder.into(),
            about,
            mounted: None,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where it is, for the reader of the figures.
    pub(super) fn about(&self) -> &str {
        &self.about
    }
}

impl Drop for Tier {
    fn drop(&mut self) {
        if let Some(mounted) = &self.mounted {
            // It holds nothing any more; what cannot be unmounted now goes with the machine.
            step(Command::new("umount").arg(mounted.path())).ok();
        }
    }
}

fn mount() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", OPTIONS, "tmpfs"]);
    step(mount.arg(folder.path()))?;
    Ok(folder)
}

fn step(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command.output().context(program)?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
