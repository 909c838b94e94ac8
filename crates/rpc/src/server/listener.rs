//! [`Listener`]: where a server takes connections from; [`DomainSocket`]: one on this machine.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use alluxio_common::{Describe, ErrorCode};
use rand::RngCore;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use uuid::{Builder, Uuid};

use crate::socket::{Peer, Socket};

/// What the system takes as the path of a domain socket, without the zero at its end.
const LONGEST_PATH: usize = 107;

/// Whoever may log in to the machine may connect; who is served says the handshake.
const MODE: u32 = 0o777;

/// Where a server takes connections from.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Domain(DomainSocket),
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<(Socket, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Socket::Tcp(stream), Peer::Network(peer)))
            }
            Self::Domain(socket) => {
                let (stream, _nameless) = socket.listener.accept().await?;
                Ok((Socket::Domain(stream), Peer::Machine))
            }
        }
    }
}

/// A domain socket that is listened on. Its file goes with it.
#[derive(Debug)]
pub struct DomainSocket {
    listener: UnixListener,
    path: PathBuf,
}

/// Why a domain socket cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum DomainSocketError {
    /// Longer than the system allows.
    #[error(
        "cannot listen on {path}: its {length} bytes are more than the {LONGEST_PATH} that the path \
         of a domain socket may have"
    )]
    PathTooLong {
        /// The path.
        path: PathBuf,
        /// How long it is, in bytes.
        length: usize,
    },
    /// Another process listens there.
    #[error("cannot listen on {path}: somebody else does")]
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// There is something that is no domain socket.
    #[error("cannot listen on {path}: there is a file which is not a domain socket")]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("cannot listen on {path}: {source}")]
    Refused {
        /// The path.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
}

impl Describe for DomainSocketError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::PathTooLong { .. } | Self::NotASocket { .. } => ErrorCode::InvalidArgument,
            Self::InUse { .. } | Self::Refused { .. } => ErrorCode::Unavailable,
        }
    }
}

impl DomainSocket {
    /// Listens at this path, for everybody on the machine. What a process left there that has ended
    /// is taken away.
    ///
    /// # Errors
    /// When somebody listens there, or nobody can.
    pub async fn bind(path: PathBuf) -> Result<Self, DomainSocketError> {
        let length = path.as_os_str().len();
        if length > LONGEST_PATH {
            return Err(DomainSocketError::PathTooLong { path, length });
        }
        match what_is_at(&path).await {
            Found::Nothing => {}
            Found::Abandoned => remove(&path),
            Found::Live => return Err(DomainSocketError::InUse { path }),
            Found::Other => return Err(DomainSocketError::NotASocket { path }),
        }
        let listener = UnixListener::bind(&path).and_then(|listener| {
            fs::set_permissions(&path, Permissions::from_mode(MODE))?;
            Ok(listener)
        });
        match listener {
            Ok(listener) => Ok(Self { listener, path }),
            Err(source) => Err(DomainSocketError::Refused { path, source }),
        }
    }

    /// Listens in this folder, at a file with a name of its own. What processes left there that have
    /// ended is taken away.
    ///
    /// # Errors
    /// As [`DomainSocket::bind`].
    pub async fn bind_in(
        folder: &Path,
        rng: &mut (dyn RngCore + Send),
    ) -> Result<Self, DomainSocketError> {
        // A folder that cannot be read is no reason to stop here, if files can be made in it.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            // Of the others in the folder, none is ours.
            let is_named_so = Uuid::try_parse_ascii(entry.file_name().as_bytes()).is_ok();
            if is_named_so && what_is_at(&entry.path()).await == Found::Abandoned {
                remove(&entry.path());
            }
        }
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        let name = Builder::from_random_bytes(random).into_uuid();
        Self::bind(folder.join(name.to_string())).await
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DomainSocket {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// What stands in the way, when it does.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// A socket of a process that has ended.
    Abandoned,
    /// A socket that somebody listens on.
    Live,
    Other,
}

async fn what_is_at(path: &Path) -> Found {
    match fs::symlink_metadata(path) {
        // Whatever hides it is told by the attempt to listen.
        Err(_nothing_to_see) => return Found::Nothing,
        Ok(metadata) if !metadata.file_type().is_socket() => return Found::Other,
        Ok(_socket) => {}
    }
    match UnixStream::connect(path)
        .await
        .map_err(|error| error.kind())
    {
        Err(io::ErrorKind::ConnectionRefused) => Found::Abandoned,
        Err(io::ErrorKind::NotFound) => Found::Nothing,
        // One that takes no more at the moment, or not from this user, is somebody's.
        Ok(_) | Err(_) => Found::Live,
    }
}

/// What cannot be taken away stands in the way of the next one, who tells of it.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "domain socket was not taken away");
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    /// The file of a listener that was killed.
    fn leave_behind(path: &Path) {
        drop(std::os::unix::net::UnixListener::bind(path).expect("it is free"));
    }

    #[tokio::test]
    async fn everybody_may_connect_and_nothing_is_left() {
        let folder = folder();
        let path = folder.path().join("socket");
        let socket = DomainSocket::bind(path.clone()).await.expect("free");
        let mode = fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, MODE);
        drop(socket);
        assert_eq!(what_is_at(&path).await, Found::Nothing);
    }

    #[tokio::test]
    async fn what_a_dead_process_left_is_replaced_and_a_live_one_is_not() {
        let folder = folder();
        let path = folder.path().join("socket");
        leave_behind(&path);
        let live = DomainSocket::bind(path.clone()).await.expect("replaced");
        let second = DomainSocket::bind(path.clone()).await.expect_err("taken");
        assert!(
            matches!(second, DomainSocketError::InUse { .. }),
            "{second}"
        );
        UnixStream::connect(&path).await.expect("untouched");
        drop(live);
    }

    #[tokio::test]
    async fn of_a_folder_only_what_dead_processes_left_is_taken_away() {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        let old = Uuid::from_u128(1);
        let mut rng = SmallRng::seed_from_u64(1);
        leave_behind(&at(&old.to_string()));
        leave_behind(&at("of-somebody-else"));
        let neighbour = DomainSocket::bind_in(folder.path(), &mut rng)
            .await
            .expect("free");
        let socket = DomainSocket::bind_in(folder.path(), &mut rng)
            .await
            .expect("free");
        assert_eq!(what_is_at(&at(&old.to_string())).await, Found::Nothing);
        assert_eq!(what_is_at(&at("of-somebody-else")).await, Found::Abandoned);
        assert_eq!(what_is_at(neighbour.path()).await, Found::Live);
        assert_eq!(what_is_at(socket.path()).await, Found::Live);
    }

    #[tokio::test]
    async fn what_cannot_be_listened_on_is_told() {
        let folder = folder();
        let file = folder.path().join("file");
        fs::write(&file, "mine").expect("room");
        let told = |error: DomainSocketError, why: &str| {
            let said = error.to_string();
            assert!(said.contains(why), "{said}");
        };
        let other = DomainSocket::bind(file.clone()).await.expect_err("a file");
        told(other, "there is a file which is not a domain socket");
        assert_eq!(fs::read(&file).expect("still there"), b"mine");
        let missing = folder.path().join("missing/socket");
        let missing = DomainSocket::bind(missing).await.expect_err("no folder");
        told(missing, "No such file or directory");
        let long = folder.path().join("x".repeat(LONGEST_PATH));
        let long = DomainSocket::bind(long).await.expect_err("too long");
        told(long, "are more than the 107 that");
    }
}
