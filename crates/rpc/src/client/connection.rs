//! [`Connections`]: the connections of a process, shared by all its channels.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use alluxio_common::{ErrorCode, Tasks};
use http::uri::Authority;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::net::{TcpStream, UnixStream};

use super::paced::PacedSocket;
use super::single_flight::SingleFlight;
use super::transport::Transport;
use super::{Channel, Login, ServerAddress};
use crate::error::ClientError;
use crate::limits;
use crate::socket::Socket;

/// Streams that this side gave up, kept until the other side has noticed. A reader that closes
/// early leaves one.
const MAX_RESET_STREAMS: usize = 1_024;

/// Closed connections are thrown away when there are more slots than this: two for each worker of a
/// large cluster.
const PRUNE_ABOVE: usize = 2_048;

/// Most calls are answered long before. Those that work for longer are few, and worth a line.
const SILENCE: Duration = Duration::from_secs(20);

/// Which of several connections to the same server a channel uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Short calls. One connection, so that they never wait behind block data.
    Rpc,
    /// Block streams, on one of several connections.
    Streaming(u16),
}

/// Settings of the calling side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConf {
    /// For reaching the server, and for the HTTP/2 preface.
    pub connect_timeout: Duration,
    /// For the answer to the handshake.
    pub authentication_timeout: Duration,
    /// Pause between pings on a connection with open streams.
    pub keepalive_interval: Duration,
    /// How long a ping may stay without answer before the connection counts as lost.
    pub keepalive_timeout: Duration,
    /// After which time without an answer the log tells of a call, and a server that may work on a call
    /// for as long as it likes is asked whether it is there.
    pub silence: Duration,
}

impl Default for ClientConf {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            authentication_timeout: Duration::from_secs(30),
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(30),
            silence: SILENCE,
        }
    }
}

/// The connections of a process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    conf: ClientConf,
    tasks: Tasks,
    slots: Mutex<HashMap<(ServerAddress, Lane), Arc<Slot>>>,
}

/// At most one connection.
type Slot = SingleFlight<Transport>;

impl Connections {
    /// No connections yet. They end with the tasks.
    pub fn new(conf: ClientConf, tasks: Tasks) -> Self {
        Self {
            shared: Arc::new(Shared {
                conf,
                tasks,
                slots: Mutex::default(),
            }),
        }
    }

    /// A new logical channel to a server. Nothing is sent before its first call.
    pub fn channel(&self, address: ServerAddress, lane: Lane, login: Login) -> Channel {
        Channel::new(self.clone(), address, lane, login)
    }

    pub(super) fn conf(&self) -> &ClientConf {
        &self.shared.conf
    }

    pub(super) fn tasks(&self) -> &Tasks {
        &self.shared.tasks
    }

    /// The open connection to this address, made now if there is none.
    pub(super) async fn transport(
        &self,
        address: &ServerAddress,
        lane: Lane,
    ) -> Result<Transport, ClientError> {
        self.slot(address, lane)
            .find_or_make(Transport::is_open, || self.connect(address))
            .await
    }

    /// The next channel makes a new connection, if there is none but this one; who uses it keeps it.
    pub(super) fn forget(&self, address: &ServerAddress, lane: Lane, silent: &Transport) {
        self.slot(address, lane)
            .discard(|current| current.is_same(silent));
    }

    fn slot(&self, address: &ServerAddress, lane: Lane) -> Arc<Slot> {
        let mut slots = self.shared.slots.lock();
        if slots.len() > PRUNE_ABOVE {
            slots.retain(|_, slot| {
                Arc::strong_count(slot) > 1 || slot.find(Transport::is_open).is_some()
            });
        }
        let slot = slots.entry((address.clone(), lane));
        Arc::clone(slot.or_insert_with(|| Arc::new(Slot::new())))
    }

    async fn connect(&self, address: &ServerAddress) -> Result<Transport, ClientError> {
        let limit = self.shared.conf.connect_timeout;
        tokio::time::timeout(limit, self.connect_for_ever(address))
            .await
            .map_err(|_elapsed| {
                let sentence = format!("cannot reach {address}: no answer within {limit:?}");
                ClientError::before_sending(ErrorCode::Unavailable, sentence)
            })?
    }

    async fn connect_for_ever(&self, address: &ServerAddress) -> Result<Transport, ClientError> {
        let authority = Authority::try_from(address.to_string()).map_err(|error| {
            let sentence = format!("{:?} is not the name of a host", address.host);
            ClientError::before_sending(ErrorCode::InvalidArgument, sentence).caused_by(error)
        })?;
        let failed = |error: &dyn std::fmt::Display| {
            let sentence = match address.domain_socket() {
                Some(path) => format!("cannot reach {address} at {}: {error}", path.display()),
                None => format!("cannot reach {address}: {error}"),
            };
            ClientError::before_sending(ErrorCode::Unavailable, sentence)
        };
        let socket = open(address)
            .await
            .map_err(|error| failed(&error).caused_by(error))?;
        let conf = &self.shared.conf;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(limits::CLIENT_STREAM_WINDOW)
            .initial_connection_window_size(limits::CLIENT_CONNECTION_WINDOW)
            .max_frame_size(limits::MAX_FRAME)
            .max_send_buf_size(limits::SEND_BUFFER)
            .max_concurrent_reset_streams(MAX_RESET_STREAMS)
            .keep_alive_interval(conf.keepalive_interval)
            .keep_alive_timeout(conf.keepalive_timeout)
            .handshake(TokioIo::new(PacedSocket::new(socket)))
            .await
            .map_err(|error| failed(&error).caused_by(error))?;
        let peer = address.clone();
        self.shared
            .tasks
            .spawn("rpc client connection", async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%peer, %error, "connection ended with an error");
                }
            });
        Ok(Transport::new(sender, authority))
    }
}

async fn open(address: &ServerAddress) -> io::Result<Socket> {
    let socket = if let Some(path) = address.domain_socket() {
        Socket::Domain(UnixStream::connect(path).await?)
    } else {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        Socket::Tcp(other_end(stream)?)
    };
    socket.prepare()?;
    Ok(socket)
}

/// The connection, unless it is one of a socket to itself.
///
/// On the machine of the server, the system may choose the very port that is to be reached for this
/// end, if it is one of those that it gives away and nobody listens there. Such a socket hears its own
/// words, and holds the port, so that the server could not start again.
fn other_end(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn a_socket_that_is_connected_to_itself_counts_as_refused() {
        let socket = TcpSocket::new_v4().expect("a socket");
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        socket.bind(any).expect("a free port");
        let own = socket.local_addr().expect("it is bound");
        let stream = socket.connect(own).await.expect("nobody listens there");
        let error = other_end(stream).expect_err("there is no server");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);

        let server = TcpListener::bind(any).await.expect("a free port");
        let address = server.local_addr().expect("it is bound");
        let stream = TcpStream::connect(address).await.expect("it listens");
        other_end(stream).expect("it is another end");
    }
}
