//! Whether anybody could still change a file.
//!
//! A process of this machine that writes a block has its file open, and may keep it open when the
//! block is committed. Cutting the file short then would end every process that looks at the missing
//! bytes through a mapping, so such a file is not mapped.

#![expect(
    unsafe_code,
    reason = "the system tells who writes a file by a lease, which has no safe form"
)]

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

/// What others than the owner need for writing.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// `F_SETSIG` of Linux on every processor: which signal tells of a lease.
const F_SETSIG: libc::c_int = 10;

/// The permission bits of a file.
const PERMISSIONS: u32 = 0o777;

/// Makes sure that nobody but the owner can change a file that is open for reading here.
///
/// # Errors
/// `ResourceBusy` when somebody has it open for writing, this process included; another one when
/// the file belongs to somebody else, or its file system cannot tell.
pub(super) fn shut_out(file: &File) -> io::Result<()> {
    let mode = file.metadata()?.mode();
    if mode & WRITABLE_BY_OTHERS != 0 {
        let sealed = mode & PERMISSIONS & !WRITABLE_BY_OTHERS;
        file.set_permissions(Permissions::from_mode(sealed))?;
    }
    // Nobody can open it any more, and the system gives a lease for reading only when nobody has it
    // open for writing.
    let held = Lease::take(file);
    match held {
        Ok(_lease) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(io::ErrorKind::ResourceBusy.into())
        }
        Err(error) => Err(error),
    }
}

/// A lease for reading, held for a moment.
struct Lease<'file>(&'file File);

impl<'file> Lease<'file> {
    fn take(file: &'file File) -> io::Result<Self> {
        // The owner may open the file for writing just now. The signal that tells of it would end
        // this process; this one is ignored.
        control(file, F_SETSIG, libc::SIGURG)?;
        control(file, libc::F_SETLEASE, libc::F_RDLCK)?;
        Ok(Self(file))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // There may be none any more: another thread has looked at the same file.
        control(self.0, libc::F_SETLEASE, libc::F_UNLCK).ok();
    }
}

fn control(file: &File, command: libc::c_int, argument: libc::c_int) -> io::Result<()> {
    // SAFETY: these commands take a number and touch no memory of this process; the descriptor is
    // open as long as `file` lives.
    match unsafe { libc::fcntl(file.as_raw_fd(), command, argument) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_somebody_has_open_for_writing_can_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("block");
        let writer = File::create(&path).unwrap();
        let reader = File::open(&path).unwrap();
        let error = shut_out(&reader).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        drop(writer);
        shut_out(&reader).unwrap();
        shut_out(&reader).unwrap();
        // The lease is gone: opening it waits for nobody.
        drop(File::options().write(true).open(&path).unwrap());
    }

    #[test]
    fn what_others_may_write_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("block");
        drop(File::create(&path).unwrap());
        std::fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        let reader = File::open(&path).unwrap();
        shut_out(&reader).unwrap();
        assert_eq!(reader.metadata().unwrap().mode() & PERMISSIONS, 0o644);
    }
}
