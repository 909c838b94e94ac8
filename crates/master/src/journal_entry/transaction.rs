//! [`Transaction`]: the entries that become true together.

use alluxio_common::{OperationId, Timestamp};

use super::JournalEntry;
use super::codec::{DecodeError, Field, FieldValue, Fields, put_bytes};

/// One atomic frame of the journal: after a crash either all of its entries are there or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The request that caused it, so that a retry can be answered after a fail-over, too.
    pub operation_id: Option<OperationId>,
    /// When it was decided. For people; nothing is derived from it.
    pub time: Timestamp,
    /// The changes, in the order in which they are applied.
    pub entries: Vec<JournalEntry>,
}

/// Numbers of the fields beside the entries, which have the numbers of their kinds.
const OPERATION_ID: u32 = 1;
const TIME: u32 = 2;
/// Below this stand fields of the transaction, from here on kinds of entries.
const FIRST_KIND: u32 = 16;

impl Transaction {
    /// The bytes of one journal frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + self.entries.len() * 128);
        self.operation_id.put(OPERATION_ID, &mut out);
        self.time.put(TIME, &mut out);
        for entry in &self.entries {
            entry.encode(&mut out);
        }
        out
    }

    /// Reads a frame back.
    ///
    /// # Errors
    /// When the bytes are malformed or hold an entry of a kind that this version does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut transaction = Self {
            operation_id: FieldValue::absent(),
            time: FieldValue::absent(),
            entries: Vec::new(),
        };
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next_field()? {
            match field.tag {
                OPERATION_ID => transaction.operation_id.merge(field)?,
                TIME => transaction.time.merge(field)?,
                kind @ FIRST_KIND.. => {
                    let entry = JournalEntry::decode(kind, field.bytes()?)?;
                    transaction.entries.push(entry);
                }
                _ => {}
            }
        }
        Ok(transaction)
    }
}

/// Both halves, little-endian; an id is never left out.
impl FieldValue for OperationId {
    fn absent() -> Self {
        Self {
            most_significant: 0,
            least_significant: 0,
        }
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        let mut halves = [0; 16];
        halves[..8].copy_from_slice(&self.most_significant.to_le_bytes());
        halves[8..].copy_from_slice(&self.least_significant.to_le_bytes());
        put_bytes(out, tag, &halves);
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        let halves: &[u8; 16] = field
            .bytes()?
            .try_into()
            .map_err(|_wrong_length| DecodeError::Truncated { tag: field.tag })?;
        let (most, least) = halves.split_at(8);
        let half = |bytes: &[u8]| {
            bytes
                .iter()
                .rev()
                .fold(0, |value, b| value << 8 | i64::from(*b))
        };
        self.most_significant = half(most);
        self.least_significant = half(least);
        Ok(())
    }
}
