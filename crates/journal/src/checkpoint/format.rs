//! The footer and the trailer of a checkpoint file. Drawn in `docs/formats/journal.md`.

use crate::checkpoint::Section;
use crate::file_header::{read_u32, read_u64};

/// The largest chunk. It bounds what a reader must hold per thread.
pub const MAX_CHUNK: usize = 64 << 20;

/// A chunk's length and checksum, in front of its bytes.
pub(super) const CHUNK_HEADER: usize = 8;

/// The last bytes of the file: where the footer is, and its checksum.
pub(super) const TRAILER_LENGTH: usize = 32;

const TRAILER_MAGIC: &[u8; 8] = b"ALXCKEND";

/// Where one chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChunkAt {
    /// Of the chunk's header.
    pub(super) offset: u64,
    /// Of the chunk's bytes, without the header.
    pub(super) length: u32,
}

/// The checksum of a chunk: its bytes, and its place, so that chunks cannot trade places.
pub(super) fn chunk_checksum(seed: u32, section: u32, index: u32, chunk: &[u8]) -> u32 {
    let mut place = [0; 8];
    place[0..4].copy_from_slice(&section.to_le_bytes());
    place[4..8].copy_from_slice(&index.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(seed, chunk), &place)
}

/// The footer: every section with every chunk's place.
pub(super) fn encode_footer(sections: &[Section]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_u32(&mut bytes, sections.len());
    for section in sections {
        let name = section.name.as_bytes();
        put_u32(&mut bytes, name.len());
        bytes.extend_from_slice(name);
        put_u32(&mut bytes, section.chunks.len());
        for chunk in &section.chunks {
            bytes.extend_from_slice(&chunk.offset.to_le_bytes());
            bytes.extend_from_slice(&chunk.length.to_le_bytes());
        }
    }
    bytes
}

fn put_u32(bytes: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("a checkpoint has fewer than 2^32 of anything");
    bytes.extend_from_slice(&count.to_le_bytes());
}

/// `None` when the bytes are no footer.
pub(super) fn decode_footer(bytes: &[u8]) -> Option<Vec<Section>> {
    let mut rest = bytes;
    let section_count = take_u32(&mut rest)?;
    let mut sections = Vec::new();
    for index in 0..section_count {
        let name_length = take_u32(&mut rest)? as usize;
        let name = std::str::from_utf8(take(&mut rest, name_length)?).ok()?;
        let chunk_count = take_u32(&mut rest)? as usize;
        // Taken at once, so that a wrong count cannot make a loop or an allocation of its size.
        let table = take(&mut rest, chunk_count.checked_mul(12)?)?;
        let chunks = table
            .chunks_exact(12)
            .map(|entry| ChunkAt {
                offset: read_u64(entry, 0),
                length: read_u32(entry, 8),
            })
            .collect();
        sections.push(Section {
            index,
            name: name.to_owned(),
            chunks,
        });
    }
    rest.is_empty().then_some(sections)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4).map(|bytes| read_u32(bytes, 0))
}

/// The trailer for this footer.
pub(super) fn encode_trailer(seed: u32, footer_offset: u64, footer: &[u8]) -> [u8; TRAILER_LENGTH] {
    let mut bytes = [0; TRAILER_LENGTH];
    bytes[0..8].copy_from_slice(&footer_offset.to_le_bytes());
    bytes[8..16].copy_from_slice(&(footer.len() as u64).to_le_bytes());
    let checksum = footer_checksum(seed, footer, &bytes);
    bytes[16..20].copy_from_slice(&checksum.to_le_bytes());
    bytes[24..32].copy_from_slice(TRAILER_MAGIC);
    bytes
}

/// Where the footer is, in a file of this length; `None` when the bytes are no trailer.
pub(super) fn decode_trailer(bytes: &[u8; TRAILER_LENGTH], file_length: u64) -> Option<(u64, u64)> {
    let (offset, length) = (read_u64(bytes, 0), read_u64(bytes, 8));
    let end = offset
        .checked_add(length)?
        .checked_add(TRAILER_LENGTH as u64)?;
    let is_trailer = &bytes[24..32] == TRAILER_MAGIC && bytes[20..24] == [0; 4];
    (is_trailer && end == file_length).then_some((offset, length))
}

/// Whether the trailer's checksum is that of the footer.
pub(super) fn is_footer_whole(seed: u32, footer: &[u8], trailer: &[u8; TRAILER_LENGTH]) -> bool {
    footer_checksum(seed, footer, trailer) == read_u32(trailer, 16)
}

fn footer_checksum(seed: u32, footer: &[u8], trailer: &[u8; TRAILER_LENGTH]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, footer), &trailer[0..16])
}
