//! The outer form of a backup: a gzip file whose blocks are stored as they are.
//!
//! Every tool that knows the ending `.gz` unpacks it and finds damage by its checksum. It is not
//! made smaller: names and times hardly get shorter, and a master has better things to do.

use bytes::{Buf, BytesMut};

/// What a stored block can hold: its length has 16 bits.
const BLOCK: usize = 0xffff;

/// Deflate, no name, no time, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A block's kind, its length, and the complement of that.
const BLOCK_HEADER: usize = 5;

const STORED: u8 = 0;
const STORED_AND_LAST: u8 = 1;

/// Checksum and length of everything.
const TRAILER: usize = 8;

/// Puts bytes into an archive.
#[derive(Debug)]
pub(super) struct Packer {
    sum: Sum,
}

impl Packer {
    /// An archive whose first bytes are in `out`.
    pub(super) fn begin(out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(&HEADER);
        Self { sum: Sum::new() }
    }

    /// Adds bytes.
    pub(super) fn add(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.sum.add(bytes);
        for block in bytes.chunks(BLOCK) {
            put_block(STORED, block, out);
        }
    }

    /// The end of the archive.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        put_block(STORED_AND_LAST, &[], out);
        out.extend_from_slice(&self.sum.value().to_le_bytes());
        out.extend_from_slice(&self.sum.length.to_le_bytes());
    }
}

fn put_block(kind: u8, block: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(block.len()).expect("a block is at most so long");
    out.push(kind);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(block);
}

/// Takes bytes out of an archive, as they come in.
#[derive(Debug)]
pub(super) struct Unpacker {
    input: BytesMut,
    at: At,
    sum: Sum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    BlockHeader,
    Block { left: usize },
    Trailer,
    End,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self {
            input: BytesMut::new(),
            at: At::Start,
            sum: Sum::new(),
        }
    }

    /// Takes the next bytes of the archive; what they hold is appended to `out`.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut BytesMut) -> Result<(), &'static str> {
        self.input.extend_from_slice(bytes);
        while self.step(out)? {}
        Ok(())
    }

    /// Whether the archive came to its end, whole.
    pub(super) fn is_whole(&self) -> bool {
        self.at == At::End
    }

    /// Whether there was enough for a step.
    fn step(&mut self, out: &mut BytesMut) -> Result<bool, &'static str> {
        match self.at {
            At::Start if self.input.len() >= HEADER.len() => {
                if self.input[..3] != HEADER[..3] {
                    return Err("it does not begin as a gzip file does");
                }
                if self.input[3] != 0 {
                    return Err("it was packed by another program");
                }
                self.input.advance(HEADER.len());
                self.at = At::BlockHeader;
            }
            At::BlockHeader if self.input.len() >= BLOCK_HEADER => self.block_header()?,
            At::Block { left: 0 } => self.at = At::BlockHeader,
            At::Block { left } if !self.input.is_empty() => {
                let taken = self.input.split_to(left.min(self.input.len()));
                self.sum.add(&taken);
                out.extend_from_slice(&taken);
                self.at = At::Block {
                    left: left - taken.len(),
                };
            }
            At::Trailer if self.input.len() >= TRAILER => {
                let sum = self.input.get_u32_le();
                let length = self.input.get_u32_le();
                if sum != self.sum.value() || length != self.sum.length {
                    return Err("its checksum is not that of its content");
                }
                self.at = At::End;
            }
            At::End if !self.input.is_empty() => return Err("something follows its end"),
            At::Start | At::BlockHeader | At::Block { .. } | At::Trailer | At::End => {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn block_header(&mut self) -> Result<(), &'static str> {
        let kind = self.input.get_u8();
        let length = self.input.get_u16_le();
        let complement = self.input.get_u16_le();
        if length != !complement {
            return Err("it was packed by another program, or is damaged");
        }
        self.at = match kind {
            STORED => At::Block {
                left: usize::from(length),
            },
            STORED_AND_LAST if length == 0 => At::Trailer,
            _ => return Err("it was packed by another program, or is damaged"),
        };
        Ok(())
    }
}

/// The checksum of gzip, and the length, of 32 bits each.
#[derive(Debug)]
struct Sum {
    crc: u32,
    length: u32,
}

impl Sum {
    const fn new() -> Self {
        Self {
            crc: u32::MAX,
            length: 0,
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = (self.crc ^ u32::from(*byte)) & 0xff;
            self.crc = TABLE[index as usize] ^ (self.crc >> 8);
        }
        // Longer content wraps, as the format says.
        let length = bytes.len() as u64 & u64::from(u32::MAX);
        let length = u32::try_from(length).expect("the upper half was cut off");
        self.length = self.length.wrapping_add(length);
    }

    const fn value(&self) -> u32 {
        !self.crc
    }
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                0xedb8_8320 ^ (value >> 1)
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(parts: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut packer = Packer::begin(&mut out);
        for part in parts {
            packer.add(part, &mut out);
        }
        packer.finish(&mut out);
        out
    }

    fn unpacked(archive: &[u8], step: usize) -> Result<Vec<u8>, &'static str> {
        let (mut unpacker, mut out) = (Unpacker::new(), BytesMut::new());
        for part in archive.chunks(step) {
            unpacker.push(part, &mut out)?;
        }
        match unpacker.is_whole() {
            true => Ok(out.to_vec()),
            false => Err("not whole"),
        }
    }

    #[test]
    fn what_goes_in_comes_out_however_it_is_cut() {
        let long = vec![7; 3 * BLOCK + 1];
        let archive = packed(&[b"a", b"", &long]);
        let mut expected = b"a".to_vec();
        expected.extend_from_slice(&long);
        for step in [1, 4_096, archive.len()] {
            assert_eq!(unpacked(&archive, step).unwrap(), expected, "{step}");
        }
    }

    #[test]
    fn the_checksum_is_that_of_gzip() {
        let archive = packed(&[b"123456789"]);
        let sum = &archive[archive.len() - TRAILER..archive.len() - 4];
        assert_eq!(sum, 0xcbf4_3926_u32.to_le_bytes());
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let archive = packed(&[b"some content", b"more"]);
        for index in 0..archive.len() {
            // The time, the hints and the system in the header mean nothing.
            if !(4..HEADER.len()).contains(&index) {
                let mut changed = archive.clone();
                changed[index] ^= 0x40;
                assert!(unpacked(&changed, 5).is_err(), "{index}");
            }
            assert!(unpacked(&archive[..index], 5).is_err(), "{index}");
        }
        let mut longer = archive;
        longer.push(0);
        assert!(unpacked(&longer, 64).is_err());
    }
}
