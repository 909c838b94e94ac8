//! One entry on disk: twenty bytes in front, then the payload. Drawn in `docs/formats/journal.md`.

use crate::file_header::{read_u32, read_u64};

/// What stands in front of a payload.
pub(crate) const FRAME_HEADER: usize = 20;

/// The longest payload in any journal, whatever is configured. It bounds what a reader believes.
pub(crate) const MAX_PAYLOAD: usize = 64 << 20;

/// A whole frame in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) sequence_number: u64,
    /// How many frames stand before it in the batch that was written and synced at once. Everything
    /// before the batch was durable when the batch was written.
    pub(crate) batch_index: u32,
    pub(crate) payload: &'a [u8],
}

impl Frame<'_> {
    /// The frame's length with its header.
    pub(crate) fn length(&self) -> usize {
        FRAME_HEADER + self.payload.len()
    }

    /// The first entry of the batch.
    pub(crate) fn batch_start(&self) -> u64 {
        self.sequence_number
            .saturating_sub(u64::from(self.batch_index))
    }
}

/// What stands at a place where a frame may start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    /// A whole frame.
    Frame(Frame<'a>),
    /// Room that was never written, or nothing at all.
    Unwritten,
    /// Something else.
    Garbage,
}

/// The part of the checksum that needs no sequence number, so that it can be computed before the
/// queue is locked.
pub(crate) fn payload_checksum(seed: u32, payload: &[u8]) -> u32 {
    crc32c::crc32c_append(seed, payload)
}

/// Adds a frame to `buffer`. `payload_checksum` is that of this payload.
pub(crate) fn push_frame(buffer: &mut Vec<u8>, payload_checksum: u32, frame: Frame<'_>) {
    let length = u32::try_from(frame.length()).expect("append refuses longer payloads");
    let mut header = [0; FRAME_HEADER];
    header[0..4].copy_from_slice(&length.to_le_bytes());
    header[8..16].copy_from_slice(&frame.sequence_number.to_le_bytes());
    header[16..20].copy_from_slice(&frame.batch_index.to_le_bytes());
    let checksum = finish_checksum(payload_checksum, &header);
    header[4..8].copy_from_slice(&checksum.to_le_bytes());
    buffer.extend_from_slice(&header);
    buffer.extend_from_slice(frame.payload);
}

/// Covers the header's other fields as well: length, sequence number, batch index.
fn finish_checksum(payload_checksum: u32, header: &[u8; FRAME_HEADER]) -> u32 {
    let mut covered = [0; FRAME_HEADER - 4];
    covered[0..4].copy_from_slice(&header[0..4]);
    covered[4..].copy_from_slice(&header[8..]);
    crc32c::crc32c_append(payload_checksum, &covered)
}

/// Reads the frame at the start of `bytes`, and checks it.
pub(crate) fn parse(seed: u32, bytes: &[u8]) -> Parsed<'_> {
    let Some((header, rest)) = bytes.split_first_chunk::<FRAME_HEADER>() else {
        return unwritten_or_garbage(bytes);
    };
    let length = read_u32(header, 0) as usize;
    let Some(payload) = length
        .checked_sub(FRAME_HEADER)
        .filter(|payload_length| *payload_length <= MAX_PAYLOAD)
        .and_then(|payload_length| rest.get(..payload_length))
    else {
        return unwritten_or_garbage(header);
    };
    let checksum = finish_checksum(payload_checksum(seed, payload), header);
    if checksum != read_u32(header, 4) {
        return Parsed::Garbage;
    }
    Parsed::Frame(Frame {
        sequence_number: read_u64(header, 8),
        batch_index: read_u32(header, 16),
        payload,
    })
}

/// The frame at the start of `bytes`, which were checked before.
pub(crate) fn parse_checked(bytes: &[u8]) -> Frame<'_> {
    let length = read_u32(bytes, 0) as usize;
    Frame {
        sequence_number: read_u64(bytes, 8),
        batch_index: read_u32(bytes, 16),
        payload: &bytes[FRAME_HEADER..length],
    }
}

fn unwritten_or_garbage(bytes: &[u8]) -> Parsed<'_> {
    // A frame's length is never zero, so a header of zeros is never a frame.
    if bytes.iter().all(|byte| *byte == 0) {
        return Parsed::Unwritten;
    }
    Parsed::Garbage
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(seed: u32, frame: Frame<'_>) -> Vec<u8> {
        let mut buffer = Vec::new();
        push_frame(&mut buffer, payload_checksum(seed, frame.payload), frame);
        buffer
    }

    proptest! {
        #[test]
        fn a_frame_reads_back_as_it_was_written(
            seed: u32,
            sequence_number: u64,
            batch_index: u32,
            payload: Vec<u8>,
        ) {
            let frame = Frame { sequence_number, batch_index, payload: &payload };
            let bytes = encode(seed, frame);
            prop_assert_eq!(parse(seed, &bytes), Parsed::Frame(frame));
            prop_assert_eq!(parse_checked(&bytes), frame);
        }

        #[test]
        fn a_frame_with_a_flipped_bit_is_no_frame(
            seed: u32,
            sequence_number: u64,
            payload in proptest::collection::vec(any::<u8>(), 0..64),
            bit: prop::sample::Index,
        ) {
            let frame = Frame { sequence_number, batch_index: 0, payload: &payload };
            let mut bytes = encode(seed, frame);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!matches!(parse(seed, &bytes), Parsed::Frame(_)));
        }

        #[test]
        fn a_frame_that_is_cut_is_no_frame(payload: Vec<u8>, cut: prop::sample::Index) {
            let frame = Frame { sequence_number: 9, batch_index: 1, payload: &payload };
            let bytes = encode(5, frame);
            let cut = cut.index(bytes.len());
            prop_assert!(!matches!(parse(5, &bytes[..cut]), Parsed::Frame(_)));
        }

        #[test]
        fn any_bytes_can_be_parsed(seed: u32, bytes: Vec<u8>) {
            prop_assert!(!matches!(parse(seed, &bytes), Parsed::Frame(_)));
        }
    }

    #[test]
    fn a_frame_of_another_owner_is_no_frame() {
        let frame = Frame {
            sequence_number: 0,
            batch_index: 0,
            payload: b"hello",
        };
        assert_eq!(parse(2, &encode(1, frame)), Parsed::Garbage);
    }
}
