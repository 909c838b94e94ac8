//! HTTP/2 settings that both sides use.

/// How much of one stream may be on its way to a server unread. A block stream reaches at most this
/// per round trip: 4 GB/s where that takes half a millisecond.
pub(crate) const STREAM_WINDOW: u32 = 2 * 1024 * 1024;

/// The same for what a client reads: what has come and was not read yet leaves the
/// processor's cache, and several streams at once are a tenth slower with four times this.
pub(crate) const CLIENT_STREAM_WINDOW: u32 = 4 * 1024 * 1024;

/// How much of all streams of a connection together may be on its way to a client: all that HTTP/2
/// allows. Streams that nobody reads at the moment keep their part of it, and with less a client that
/// reads many files in step would wait for bytes that cannot come. What is bounded is each stream.
pub(crate) const CLIENT_CONNECTION_WINDOW: u32 = (1 << 31) - 1;

/// The same on the way to a server: 128 writers of one client whose store hangs, before they stop the
/// others of their connection. It is also the memory that one client can take in a server.
pub(crate) const CONNECTION_WINDOW: u32 = 128 * STREAM_WINDOW;

/// The largest frame that this side takes. The usual 16 KiB costs a third of the speed of block
/// streams.
pub(crate) const MAX_FRAME: u32 = 1024 * 1024;

/// How much of one stream is kept to be sent: two full frames.
pub(crate) const SEND_BUFFER: usize = 2 * 1024 * 1024;

/// What Alluxio's clients and masters take as one message.
pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 100 * 1024 * 1024;
