//! Small writes of a connection, gathered into one.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::authority::PlainAuthority;
use super::executor::Calls;
use super::lasting::LastPiece;
use super::pending::{BATCH, PARTS, Pending};
use crate::socket::Socket;
use crate::turn::Turn;

/// How many buffers are kept for the next batches of any connection: more than there are threads
/// that write, and a megabyte at most.
const KEPT: usize = 16;

/// Buffers that wait for their next use, shared by the connections of a server: a connection that
/// has nothing to write holds none, and one that writes does not let a new one grow each time.
#[derive(Debug, Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        self.0.lock().pop().unwrap_or_default()
    }

    fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut kept = self.0.lock();
        if kept.len() < KEPT {
            kept.push(buffer);
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The socket of a connection. HTTP/2 flushes after every answer, and a system call for each of
/// them is the largest part of what a small call costs. So what is written here stays until the
/// connection has nothing more to do: see [`Batched`].
#[derive(Debug)]
pub(super) struct BatchedSocket {
    shared: Arc<Shared>,
    /// What was taken from the socket before, and is to be read again.
    head: &'static [u8],
    /// Where clients may call themselves what our HTTP/2 library does not take.
    authority: Option<PlainAuthority>,
    read: Turn,
    written: Turn,
}

impl BatchedSocket {
    /// The same socket, of which these bytes have been taken already: they are read first.
    pub(super) fn after(self, head: &'static [u8]) -> Self {
        Self { head, ..self }
    }
}

#[derive(Debug)]
struct Shared {
    socket: Socket,
    /// Never contended: the connection and [`Batched`] run on one task.
    pending: Mutex<Pending>,
    buffers: Buffers,
    last_piece: LastPiece,
}

impl Shared {
    /// Takes note of what is to be written.
    fn gather(&self, slices: &[IoSlice<'_>]) {
        let mut pending = self.pending.lock();
        if pending.is_empty() {
            pending.begin(self.buffers.take());
        }
        for slice in slices.iter().filter(|slice| !slice.is_empty()) {
            match self.last_piece.find(slice) {
                Some(bytes) => pending.add_lasting(bytes),
                None => pending.add(slice),
            }
        }
    }

    fn poll_write_pending(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut pending = self.pending.lock();
        if pending.is_empty() {
            return Poll::Ready(Ok(()));
        }
        while !pending.is_empty() {
            let mut slices = [IoSlice::new(&[]); PARTS];
            let count = pending.slices(&mut slices);
            let slices = &slices[..count];
            let written = ready!(self.poll_socket(context, |socket| match slices {
                [only] => socket.try_write(only),
                several => socket.try_write_vectored(several),
            }))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            pending.take(written);
        }
        self.buffers.give_back(pending.end());
        Poll::Ready(Ok(()))
    }

    /// Repeats a write until the socket takes a part of it, or is full.
    fn poll_socket(
        &self,
        context: &mut Context<'_>,
        write: impl Fn(&Socket) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_write_ready(context))?;
            match write(&self.socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                answer => return Poll::Ready(answer),
            }
        }
    }
}

impl AsyncRead for BatchedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self {
            shared,
            head,
            authority,
            read,
            ..
        } = &mut *self;
        if !head.is_empty() {
            let (now, later) = head.split_at(head.len().min(buffer.remaining()));
            buffer.put_slice(now);
            *head = later;
            return Poll::Ready(Ok(()));
        }
        let socket = &shared.socket;
        let read = read.poll_move(context, |context| {
            loop {
                ready!(socket.poll_read_ready(context))?;
                let before = buffer.filled().len();
                match socket.try_read_buf(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Poll::Ready(Err(error)),
                    Ok(length) => {
                        if let Some(authority) = authority {
                            authority.pass(&mut buffer.filled_mut()[before..]);
                        }
                        return Poll::Ready(Ok(length));
                    }
                }
            }
        });
        read.map_ok(|_length| ())
    }
}

impl AsyncWrite for BatchedSocket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self {
            shared, written, ..
        } = &mut *self;
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        if length > BATCH {
            ready!(shared.poll_write_pending(context))?;
            return written.poll_move(context, |context| {
                shared.poll_socket(context, |socket| socket.try_write_vectored(slices))
            });
        }
        if shared.pending.lock().is_full_for(slices, length) {
            ready!(shared.poll_write_pending(context))?;
        }
        written.poll_move(context, |_context| {
            shared.gather(slices);
            Poll::Ready(Ok(length))
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Does nothing on purpose: the batch is written when the connection has run dry.
    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.poll_write_pending(context)
    }
}

/// A connection together with the batch of its socket and the calls that wait on its task: whenever
/// the connection has done all it can do for now, the batch goes out.
#[derive(Debug)]
pub(super) struct Batched<C> {
    connection: Pin<Box<C>>,
    calls: Calls,
    shared: Arc<Shared>,
}

impl<C> Batched<C> {
    /// Makes a connection over a socket, whose calls wait here.
    pub(super) fn new(
        socket: Socket,
        calls: Calls,
        (buffers, last_piece): (Buffers, LastPiece),
        connect: impl FnOnce(BatchedSocket) -> C,
    ) -> Self {
        let authority = match &socket {
            Socket::Tcp(_) => None,
            Socket::Domain(_) => Some(PlainAuthority::default()),
        };
        let shared = Arc::new(Shared {
            socket,
            pending: Mutex::default(),
            buffers,
            last_piece,
        });
        let connection = connect(BatchedSocket {
            shared: Arc::clone(&shared),
            head: &[],
            authority,
            read: Turn::default(),
            written: Turn::default(),
        });
        Self {
            connection: Box::pin(connection),
            calls,
            shared,
        }
    }

    pub(super) fn connection(&mut self) -> Pin<&mut C> {
        self.connection.as_mut()
    }
}

impl<C, E> Future for Batched<C>
where
    C: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    type Output = Result<(), BoxError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // First the answers of those that have waited, then the connection, which sends them and
        // begins new calls, and then what these wait for.
        self.calls.poll(context);
        let ended = self.connection.as_mut().poll(context);
        self.calls.poll(context);
        // A full socket wakes this task when there is room again, and then the connection is
        // polled too: harmless, and it may have more to say. When the connection has ended it has
        // written everything itself, by the shutdown of its socket.
        let written = self.shared.poll_write_pending(context);
        self.shared.last_piece.forget();
        if let Poll::Ready(Err(error)) = written {
            return Poll::Ready(Err(error.into()));
        }
        ended.map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;
    use std::time::Duration;

    use bytes::{Buf, Bytes};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::super::lasting::Piece;
    use super::*;
    use crate::turn::TURN;
    use crate::turn::tests::Woken;

    /// Far longer than anything here takes.
    const SOON: Duration = Duration::from_secs(20);

    async fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (near, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (far, _peer) = accepted.expect("it was connected to");
        (Socket::Tcp(near.expect("it listens")), far)
    }

    fn no_calls() -> Calls {
        Calls::new(Arc::default())
    }

    fn parts() -> (Buffers, LastPiece) {
        (Buffers::default(), LastPiece::default())
    }

    fn pattern(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index % 251) as u8).collect()
    }

    #[tokio::test]
    async fn what_is_written_leaves_when_the_connection_waits() {
        let (near, mut far) = pair().await;
        let batched = Batched::new(near, no_calls(), parts(), |mut socket| async move {
            for byte in *b"gathered" {
                socket.write_all(&[byte]).await?;
                socket.flush().await?;
            }
            std::future::pending::<io::Result<()>>().await
        });
        let read = async {
            let mut bytes = [0; 64];
            let length = far.read(&mut bytes).await.expect("the socket is fine");
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        };
        let read = timeout(SOON, async {
            tokio::select! {
                _ended = batched => String::new(),
                read = read => read,
            }
        });
        assert_eq!(read.await.expect("soon"), "gathered", "in one piece");
    }

    #[tokio::test]
    async fn everything_arrives_in_order_past_a_slow_reader() {
        let (near, mut far) = pair().await;
        let sent = pattern(20 * 1024 * 1024);
        let expected = sent.clone();
        let writer = Batched::new(near, no_calls(), parts(), |mut socket| async move {
            // Small and large writes in turn, of every kind that the socket treats differently.
            let lengths = [1, 9, 16_393, 40_000, BATCH, BATCH + 1, 1 << 20];
            let mut rest = &sent[..];
            for length in lengths.into_iter().cycle() {
                let (now, later) = rest.split_at(length.min(rest.len()));
                socket.write_all(now).await?;
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            socket.shutdown().await
        });
        let reader = async move {
            let mut received = Vec::new();
            let mut chunk = vec![0; 100_000];
            while received.len() < expected.len() {
                let length = far.read(&mut chunk).await.expect("the socket is fine");
                assert_ne!(length, 0, "it ended after {} bytes", received.len());
                received.extend_from_slice(&chunk[..length]);
            }
            assert!(received == expected, "the bytes differ");
        };
        // The writer is polled first and fills the socket before the reader has begun.
        let (written, ()) = timeout(SOON, async { tokio::join!(writer, reader) })
            .await
            .expect("soon");
        written.expect("the socket is fine");
    }

    #[tokio::test]
    async fn large_pieces_are_written_from_where_they_are_in_order_with_what_is_copied() {
        const FRAME: usize = 16 * 1024;
        let (near, mut far) = pair().await;
        let (buffers, last_piece) = parts();
        let all = Bytes::from(pattern(200 * FRAME + 5));
        let mut expected = Vec::new();
        for frame in all.chunks(FRAME) {
            expected.extend_from_slice(b"head");
            expected.extend_from_slice(frame);
        }
        let (piece, sent) = (last_piece.clone(), all.clone());
        let mut writer = Batched::new(
            near,
            no_calls(),
            (buffers, last_piece),
            |mut socket| async move {
                let mut piece = Piece::new(sent, &piece);
                while piece.has_remaining() {
                    let frame = &piece.chunk()[..FRAME.min(piece.remaining())];
                    socket.write_all(b"head").await?;
                    socket.write_all(frame).await?;
                    let length = frame.len();
                    piece.advance(length);
                }
                std::future::pending::<io::Result<()>>().await
            },
        );
        let shared = Arc::clone(&writer.shared);
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut writer).poll(&mut context).is_pending());
        assert!(shared.pending.lock().copied() < FRAME, "only heads");
        let mut received = vec![0; expected.len()];
        let read = async {
            tokio::select! {
                _ended = writer => panic!("it does not end"),
                read = far.read_exact(&mut received) => read.expect("the socket is fine"),
            }
        };
        timeout(SOON, read).await.expect("soon");
        assert!(received == expected, "the bytes differ");
        assert!(all.is_unique(), "nobody keeps the piece");
    }

    #[tokio::test]
    async fn a_connection_that_could_write_for_long_lets_others_run() {
        let (near, _far) = pair().await;
        let written = std::cell::Cell::new(0);
        let piece = vec![0; 2 * BATCH];
        let mut batched = std::pin::pin!(Batched::new(
            near,
            no_calls(),
            parts(),
            async |mut socket: BatchedSocket| -> io::Result<()> {
                loop {
                    socket.write_all(&piece).await?;
                    written.set(written.get() + piece.len());
                }
            },
        ));
        // What the system keeps for a peer that reads nothing is more than a turn.
        let woken = Arc::<Woken>::default();
        let waker = Arc::clone(&woken).into();
        let mut context = Context::from_waker(&waker);
        assert!(batched.as_mut().poll(&mut context).is_pending());
        assert_eq!(written.get(), TURN);
        assert!(woken.times() > 0, "it has its next turn");
        assert!(batched.as_mut().poll(&mut context).is_pending());
        assert!(written.get() > TURN);
    }

    #[tokio::test]
    async fn a_peer_that_is_gone_ends_the_connection() {
        let (near, far) = pair().await;
        drop(far);
        let write_for_ever = async |mut socket: BatchedSocket| -> io::Result<()> {
            loop {
                socket.write_all(&[0; 1_000]).await?;
                tokio::task::yield_now().await;
            }
        };
        let batched = Batched::new(near, no_calls(), parts(), write_for_ever);
        let ended = timeout(SOON, batched).await.expect("soon");
        assert!(ended.is_err());
    }
}
