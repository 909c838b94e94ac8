//! The directories of the memory tier: whether they are in memory, and how they get there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use alluxio_common::conf::{Conf, key};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, statfs};
use nix::unistd::geteuid;

use super::arguments::MountOption;
use crate::output::Output;

const MEMORY: &str = "MEM";

/// The type number of ramfs, which the system's headers keep to themselves.
const RAMFS_MAGIC: FsType = FsType(0x8584_58f6);

/// The directories of the top tier, when it is the memory tier.
pub(super) fn directories(conf: &Conf) -> Vec<PathBuf> {
    if conf.string(key::WORKER_TIEREDSTORE_LEVEL0_ALIAS) != MEMORY {
        return Vec::new();
    }
    let paths = conf.list(key::WORKER_TIEREDSTORE_LEVEL0_DIRS_PATH);
    paths.into_iter().map(PathBuf::from).collect()
}

/// Where a kernel that can keep the files of a tmpfs on huge pages says so. Each block that is written
/// there costs it a quarter of the time.
const HUGE_PAGES: &str = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";

/// What a person may do who cannot mount.
const WITHOUT_A_MOUNT: &str = "  try     a directory below /dev/shm, which is in memory already, for \
    alluxio.worker.tieredstore.level0.dirs.path, and NoMount";

/// Sees to it that the memory tier is in memory, as far as the option allows.
///
/// # Errors
/// What to print when it cannot be done.
pub(super) fn prepare(conf: &Conf, option: MountOption, output: &Output) -> Result<(), String> {
    if option != MountOption::NoMount && conf.string(key::WORKER_TIEREDSTORE_LEVEL0_ALIAS) != MEMORY
    {
        return Err(format!(
            "ERROR: Can't Mount/SudoMount when {} is not {MEMORY}",
            key::WORKER_TIEREDSTORE_LEVEL0_ALIAS
        ));
    }
    for directory in directories(conf) {
        let shown = directory.display();
        match (is_in_memory(&directory), option) {
            (true, MountOption::NoMount) => {}
            (true, MountOption::Mount | MountOption::SudoMount) => output.line(format_args!(
                "Ramdisk {shown} already mounted. Skipping mounting procedure."
            )),
            (false, MountOption::NoMount) => output.error_line(format_args!(
                "WARNING: {shown} is no memory file system: the memory tier lies on a disk."
            )),
            (false, MountOption::Mount | MountOption::SudoMount) => {
                output.line(format_args!("Ramdisk {shown} not detected. Mounting..."));
                let bytes = conf.bytes(key::WORKER_RAMDISK_SIZE).bytes();
                output.line(format_args!("Formatting RamFS: {shown} ({bytes})"));
                check_memory(conf, bytes)?;
                mount(&directory, bytes, option).map_err(|error| {
                    format!("ERROR: mounting {shown} failed: {error}\n{WITHOUT_A_MOUNT}")
                })?;
            }
        }
    }
    Ok(())
}

/// Refuses a tier that the machine's memory cannot hold: it would be full before it is.
fn check_memory(conf: &Conf, bytes: u64) -> Result<(), String> {
    match conf.machine().memory_bytes {
        Some(memory) if memory < bytes => Err(format!(
            "ERROR: Memory({memory}) is less than requested ramdisk size({bytes}). Please reduce \
             {}",
            key::WORKER_RAMDISK_SIZE
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whether the directory, or the nearest one above it that exists, is kept in memory.
fn is_in_memory(directory: &Path) -> bool {
    let existing = directory.ancestors().find_map(|path| statfs(path).ok());
    existing.is_some_and(|status| [TMPFS_MAGIC, RAMFS_MAGIC].contains(&status.filesystem_type()))
}

fn mount(directory: &Path, bytes: u64, option: MountOption) -> Result<(), String> {
    let shown = directory.display().to_string();
    let mut options = format!("size={bytes},mode=1777");
    if fs::exists(HUGE_PAGES).unwrap_or(false) {
        options.push_str(",huge=within_size");
    }
    step(&["mkdir", "-p", &shown], option)?;
    step(
        &["mount", "-t", "tmpfs", "-o", &options, "tmpfs", &shown],
        option,
    )
}

/// Gives back the memory of those directories of the memory tier that are mounts of their own.
///
/// # Errors
/// What to print when it cannot be done.
pub(super) fn release(conf: &Conf, option: MountOption, output: &Output) -> Result<(), String> {
    for directory in directories(conf) {
        let shown = directory.display().to_string();
        if !is_own_mount(&directory) {
            output.line(format_args!("Ramdisk {shown} is not mounted. Skipping."));
            continue;
        }
        output.line(format_args!("Unmounting {shown}"));
        step(&["umount", &shown], option)
            .map_err(|error| format!("ERROR: unmounting {shown} failed: {error}"))?;
    }
    Ok(())
}

/// Whether the directory is a memory file system that was mounted for the tier. The one of the
/// machine is not: other programs live in it.
fn is_own_mount(directory: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).ok().map(|status| status.dev());
    let Some(above) = directory.parent() else {
        return false;
    };
    directory != Path::new("/dev/shm")
        && directory.is_dir()
        && is_in_memory(directory)
        && device(directory) != device(above)
}

/// Runs one program, with `sudo` when the option says so.
fn step(words: &[&str], option: MountOption) -> Result<(), String> {
    let shown = words.join(" ");
    let told = |ended: io::Result<ExitStatus>| match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown}: {status}")),
        Err(error) => Err(format!("{shown}: {error}")),
    };
    if option != MountOption::SudoMount {
        return told(Command::new(words[0]).args(&words[1..]).status());
    }
    match Command::new("sudo").args(words).status() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !geteuid().is_root() {
                return Err("there is no sudo on this machine".to_owned());
            }
            // The superuser does without.
            step(words, MountOption::Mount)
        }
        ended => told(ended),
    }
}

/// Copies what a folder holds into another one, with everything below: how the memory tier is saved
/// before a machine restarts, and filled again afterwards.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut todo = vec![(from.to_path_buf(), to.to_path_buf())];
    while let Some((from, to)) = todo.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                todo.push((entry.path(), target));
            } else {
                fs::copy(entry.path(), target)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_tier_holds_what_the_tier_held() {
        let (tier, saved) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(tier.path().join("alluxioworker/7")).unwrap();
        fs::write(tier.path().join("alluxioworker/7/block"), "bytes").unwrap();
        copy(tier.path(), saved.path()).unwrap();
        let copied = fs::read(saved.path().join("alluxioworker/7/block")).unwrap();
        assert_eq!(copied, b"bytes");
    }

    #[test]
    fn dev_shm_is_in_memory_and_what_lies_below_it_too() {
        if statfs("/dev/shm").is_ok_and(|status| status.filesystem_type() == TMPFS_MAGIC) {
            assert!(is_in_memory(Path::new("/dev/shm/not/there/yet")));
        }
        assert!(!is_in_memory(Path::new("/proc/self")));
    }
}
