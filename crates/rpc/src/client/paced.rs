//! The socket of a client's connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::socket::Socket;
use crate::turn::Turn;

/// A socket that is read in turns: those who wait for block data get it while it is in the cache.
#[derive(Debug)]
pub(super) struct PacedSocket {
    socket: Socket,
    read: Turn,
}

impl PacedSocket {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            socket,
            read: Turn::default(),
        }
    }
}

impl AsyncRead for PacedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { socket, read } = &mut *self;
        let moved = read.poll_move(context, |context| {
            let before = buffer.filled().len();
            let read = Pin::new(&mut *socket).poll_read(context, buffer);
            read.map_ok(|()| buffer.filled().len() - before)
        });
        moved.map_ok(|_bytes| ())
    }
}

impl AsyncWrite for PacedSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::turn::TURN;

    #[tokio::test]
    async fn what_is_read_in_several_turns_is_all_that_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (near, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (mut far, _peer) = accepted.expect("it was connected to");
        let sent: Vec<u8> = (0..5 * TURN).map(|index| (index % 251) as u8).collect();
        let mut socket = PacedSocket::new(Socket::Tcp(near.expect("it listens")));
        let mut received = Vec::new();
        let (written, read) = tokio::join!(
            async {
                far.write_all(&sent).await?;
                far.shutdown().await
            },
            socket.read_to_end(&mut received)
        );
        written.expect("the socket is fine");
        read.expect("the socket is fine");
        assert!(received == sent, "the bytes differ");
    }
}
