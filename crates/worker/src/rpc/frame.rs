//! One message of a block stream, built in place around its data.
//!
//! A client in Java does not parse these messages, it expects exact bytes: tag 0x0A, a length that
//! covers the rest, tag 0x0A, a length that covers the rest, data; all lengths as short as they can
//! be, and never without data. So the bytes are written here and not by a generator, in front of
//! where the data was read to: the data is not moved again before it reaches the socket.

use std::ops::Range;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use parking_lot::Mutex;

/// The largest piece of a block that one message carries. Of the sizes that a 2.9 client takes (up
/// to 2 MiB), this one still stays in the cache of the core that reads it and sends it.
pub(super) const MAX_CHUNK: usize = 256 << 10;

/// Room in front of the data: 5 bytes of gRPC prefix, and two tags with lengths of up to 5 bytes.
const HEADROOM: usize = 17;

/// The tag of a length-delimited field with number 1.
const FIELD_ONE: u8 = 0x0A;

/// Buffers that are kept for the next message; 8 MiB. More streams than that allocate.
const KEPT_BUFFERS: usize = 32;

/// Messages up to this size get a buffer of their own instead of one of the pool.
const SMALL: usize = 32 << 10;

/// Gives out buffers for messages, and takes them back when the transport has sent them.
#[derive(Debug, Clone, Default)]
pub(super) struct FramePool {
    free: Arc<Mutex<Vec<Box<[u8]>>>>,
}

/// A message whose data is yet to be filled in.
#[derive(Debug)]
pub(super) struct Frame {
    buffer: Box<[u8]>,
    capacity: usize,
    home: Weak<Mutex<Vec<Box<[u8]>>>>,
}

/// A message on its way out.
struct SentFrame {
    frame: Frame,
    range: Range<usize>,
}

impl FramePool {
    /// A message with room for `capacity` bytes, at most [`MAX_CHUNK`].
    pub(super) fn take(&self, capacity: usize) -> Frame {
        let capacity = capacity.min(MAX_CHUNK);
        if capacity <= SMALL {
            return Frame {
                buffer: vec![0; HEADROOM + capacity].into_boxed_slice(),
                capacity,
                home: Weak::new(),
            };
        }
        let kept = self.free.lock().pop();
        Frame {
            buffer: kept.unwrap_or_else(|| vec![0; HEADROOM + MAX_CHUNK].into_boxed_slice()),
            capacity,
            home: Arc::downgrade(&self.free),
        }
    }
}

/// The beginning of a message whose `length` bytes of data, at least one, follow by themselves.
pub(super) fn header(length: usize) -> Bytes {
    let mut frame = Frame {
        buffer: vec![0; HEADROOM].into_boxed_slice(),
        capacity: 0,
        home: Weak::new(),
    };
    let start = frame.write_header(length);
    Bytes::from_owner(SentFrame {
        frame,
        range: start..HEADROOM,
    })
}

impl Frame {
    /// Where the data goes.
    pub(super) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[HEADROOM..HEADROOM + self.capacity]
    }

    /// Writes the header in front of the first `length` bytes of the data, of which there must be
    /// at least one.
    pub(super) fn seal(mut self, length: usize) -> Bytes {
        let start = self.write_header(length);
        let range = start..HEADROOM + length;
        Bytes::from_owner(SentFrame { frame: self, range })
    }

    /// Writes the header so that it ends where the data begins; returns where it begins.
    fn write_header(&mut self, length: usize) -> usize {
        debug_assert!(length > 0, "a client fails on a message without data");
        let mut start = HEADROOM;
        start = self.prepend_field(start, length);
        let chunk = HEADROOM - start + length;
        start = self.prepend_field(start, chunk);
        let message =
            u32::try_from(HEADROOM - start + length).expect("a message has at most a few MiB");
        start -= 5;
        self.buffer[start] = 0;
        self.buffer[start + 1..start + 5].copy_from_slice(&message.to_be_bytes());
        start
    }

    /// Writes tag and length so that they end at `end`; returns where they begin.
    fn prepend_field(&mut self, end: usize, mut length: usize) -> usize {
        let mut varint = [0_u8; 5];
        let mut used = 0;
        loop {
            // The mask keeps seven bits.
            let low = u8::try_from(length & 0x7F).unwrap_or(0);
            length >>= 7;
            varint[used] = if length == 0 { low } else { low | 0x80 };
            used += 1;
            if length == 0 {
                break;
            }
        }
        let start = end - used - 1;
        self.buffer[start] = FIELD_ONE;
        self.buffer[start + 1..end].copy_from_slice(&varint[..used]);
        start
    }
}

impl AsRef<[u8]> for SentFrame {
    fn as_ref(&self) -> &[u8] {
        &self.frame.buffer[self.range.clone()]
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(home) = self.home.upgrade() {
            let buffer = std::mem::take(&mut self.buffer);
            let mut free = home.lock();
            if free.len() < KEPT_BUFFERS {
                free.push(buffer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alluxio_proto::grpc::block::{Chunk, ReadResponse};
    use prost::Message;

    #[test]
    fn a_frame_is_byte_for_byte_what_a_generator_would_write() {
        let pool = FramePool::default();
        for length in [
            1, 2, 120, 121, 125, 126, 127, 128, 129, 16_380, 16_384, 40_000, MAX_CHUNK,
        ] {
            let data: Vec<u8> = (0..length)
                .map(|i| u8::try_from(i % 251).unwrap())
                .collect();
            let mut frame = pool.take(length);
            frame.data_mut().copy_from_slice(&data);
            let frame = frame.seal(length);
            let message = ReadResponse {
                chunk: Some(Chunk {
                    data: Some(data.into()),
                }),
            };
            let encoded = message.encode_to_vec();
            assert_eq!(frame[0], 0, "not compressed");
            let announced = u32::from_be_bytes(frame[1..5].try_into().unwrap());
            assert_eq!(usize::try_from(announced).unwrap(), encoded.len());
            assert_eq!(&frame[5..], &encoded, "length {length}");
            assert_eq!(header(length), frame[..frame.len() - length]);
        }
    }

    #[test]
    fn a_buffer_comes_back_when_the_message_is_sent() {
        let pool = FramePool::default();
        let sent = pool.take(MAX_CHUNK).seal(100_000);
        assert!(pool.free.lock().is_empty());
        drop(sent);
        assert_eq!(pool.free.lock().len(), 1);
        drop(pool.take(MAX_CHUNK));
        assert_eq!(pool.free.lock().len(), 1);
    }
}
