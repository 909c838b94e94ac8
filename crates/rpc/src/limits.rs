//! HTTP/2 settings that both sides use.

/// How much of one stream may be on its way unread. A block stream reaches at most this per round
/// trip.
pub(crate) const STREAM_WINDOW: u32 = 8 * 1024 * 1024;

/// The same for what a client reads. Half as much: what has come and was not read yet leaves the
/// processor's cache, and several streams at once are a tenth slower with four times this.
pub(crate) const CLIENT_STREAM_WINDOW: u32 = 4 * 1024 * 1024;

/// How much of all streams of a connection together. Eight full streams, so that one slow reader
/// does not stop the others.
pub(crate) const CONNECTION_WINDOW: u32 = 64 * 1024 * 1024;

/// The largest frame that this side takes. The usual 16 KiB costs a third of the speed of block
/// streams.
pub(crate) const MAX_FRAME: u32 = 1024 * 1024;

/// How much of one stream is kept to be sent: two full frames.
pub(crate) const SEND_BUFFER: usize = 2 * 1024 * 1024;

/// What Alluxio's clients and masters take as one message.
pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 100 * 1024 * 1024;
