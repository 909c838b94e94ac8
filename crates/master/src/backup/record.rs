//! The inner form of a backup: named sections with their chunks.

use alluxio_journal::checkpoint::MAX_CHUNK;
use bytes::{Buf, Bytes, BytesMut};

/// What the content begins with: its name and its version.
pub(super) const MAGIC: &[u8; 8] = b"ALXBACK1";

/// A kind and a length of four bytes.
const RECORD_HEADER: usize = 5;

const SECTION: u8 = 1;
const CHUNK: u8 = 2;
const END: u8 = 3;

/// A piece of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// The chunks that follow are of this section.
    Section(String),
    /// A chunk.
    Chunk(Bytes),
    /// That was all, and so many records stood before.
    End(u64),
}

impl Record {
    pub(super) fn put(kind: &RecordRef<'_>, out: &mut Vec<u8>) {
        let count;
        let (kind, payload) = match kind {
            RecordRef::Section(name) => (SECTION, name.as_bytes()),
            RecordRef::Chunk(bytes) => (CHUNK, *bytes),
            RecordRef::End(records) => {
                count = records.to_le_bytes();
                (END, count.as_slice())
            }
        };
        let length = u32::try_from(payload.len()).expect("a chunk is at most MAX_CHUNK");
        out.push(kind);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(payload);
    }

    /// The next record, if the whole of it is there.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn take(content: &mut BytesMut) -> Result<Option<Self>, &'static str> {
        if content.len() < RECORD_HEADER {
            return Ok(None);
        }
        let length = u32::from_le_bytes([content[1], content[2], content[3], content[4]]);
        let length = usize::try_from(length).map_err(|_too_long| "a record is too long")?;
        if length > MAX_CHUNK {
            return Err("a record is too long");
        }
        if content.len() < RECORD_HEADER + length {
            return Ok(None);
        }
        let kind = content.get_u8();
        content.advance(RECORD_HEADER - 1);
        let payload = content.split_to(length).freeze();
        match kind {
            SECTION => match std::str::from_utf8(&payload) {
                Ok(name) => Ok(Some(Self::Section(name.to_owned()))),
                Err(_not_text) => Err("the name of a section is no text"),
            },
            CHUNK => Ok(Some(Self::Chunk(payload))),
            END => match <[u8; 8]>::try_from(&payload[..]) {
                Ok(count) => Ok(Some(Self::End(u64::from_le_bytes(count)))),
                Err(_wrong_length) => Err("its end is not understood"),
            },
            _ => Err("a record is of no known kind"),
        }
    }
}

/// As [`Record`], borrowed.
#[derive(Debug)]
pub(super) enum RecordRef<'a> {
    Section(&'a str),
    Chunk(&'a [u8]),
    End(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_when_they_are_whole() {
        let mut bytes = Vec::new();
        Record::put(&RecordRef::Section("inodes"), &mut bytes);
        Record::put(&RecordRef::Chunk(b"abc"), &mut bytes);
        Record::put(&RecordRef::End(2), &mut bytes);
        let (mut content, mut found) = (BytesMut::new(), Vec::new());
        for byte in bytes {
            content.extend_from_slice(&[byte]);
            found.extend(Record::take(&mut content).unwrap());
        }
        let chunk = Record::Chunk(Bytes::from_static(b"abc"));
        let section = Record::Section("inodes".to_owned());
        assert_eq!(found, [section, chunk, Record::End(2)]);
        assert!(content.is_empty());
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for wrong in [
            &[9, 0, 0, 0, 0][..],
            &[END, 1, 0, 0, 0, 7],
            &[SECTION, 1, 0, 0, 0, 0xff],
            &[CHUNK, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(
                Record::take(&mut BytesMut::from(wrong)).is_err(),
                "{wrong:?}"
            );
        }
    }
}
