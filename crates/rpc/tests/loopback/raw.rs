//! A client that speaks HTTP/2 frame by frame, and so can say what no library would.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RESET: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

/// The last frame of its side, and the last one with fields.
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One end of a connection of which nothing has been said.
pub(crate) struct Raw<S>(pub(crate) S);

/// A frame that has come.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Raw<TcpStream> {
    pub(crate) async fn connect(address: std::net::SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.expect("it listens");
        Self::greet(socket).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(crate) async fn greet(socket: S) -> Self {
        let mut raw = Self(socket);
        raw.0.write_all(PREFACE).await.expect("it is open");
        raw.say(SETTINGS, 0, 0, &[]).await.expect("it is open");
        raw
    }

    pub(crate) async fn say(
        &mut self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> std::io::Result<()> {
        self.0.write_all(&frame(kind, flags, stream, payload)).await
    }

    /// The next frame; none when the server has hung up.
    pub(crate) async fn hear(&mut self) -> Option<Heard> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Heard {
            kind: head[3],
            stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            payload,
        })
    }

    /// The next frame of this stream; none when the server has hung up.
    pub(crate) async fn hear_on(&mut self, stream: u32) -> Option<Heard> {
        loop {
            let heard = self.hear().await?;
            if heard.stream == stream {
                return Some(heard);
            }
        }
    }
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [&head, stream.to_be_bytes().as_slice(), payload].concat()
}

/// The fields of a call, written out.
pub(crate) fn call(authority: &str, path: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = u8::try_from(text.len()).expect("short");
        assert!(length < 127, "a longer length has more bytes");
        [&[length], text.as_bytes()].concat()
    };
    [
        // POST, http; the authority; the path; a field.
        &[0x83, 0x86, 0x41][..],
        &text(authority),
        &[0x44],
        &text(path),
        &[0x40],
        &text("te"),
        &text("trailers"),
    ]
    .concat()
}

/// A message as gRPC frames it, of which so many bytes are announced.
pub(crate) fn message(announced: u32, bytes: &[u8]) -> Vec<u8> {
    [&[0], announced.to_be_bytes().as_slice(), bytes].concat()
}
