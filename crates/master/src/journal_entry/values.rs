//! The bytes of the inode values that entries carry.

use alluxio_common::{Access, PersistenceState, TtlAction};

use crate::inode::{Acl, DefaultAcl, MountOptions, Replication, Ttl};

use super::codec::{
    DecodeError, Field, FieldValue, Record, enum_field, put_number, put_record, record,
    record_field,
};

enum_field!(PersistenceState {
    NotPersisted = 0,
    ToBePersisted = 1,
    Persisted = 2,
    Lost = 3,
});

enum_field!(TtlAction {
    Delete = 0,
    Free = 1,
    DeleteAlluxio = 2,
});

record!(Ttl { 1 => millis, 2 => action });
record!(Replication { 1 => min, 2 => max });
record!(Acl { 1 => users, 2 => groups, 3 => mask });
record!(DefaultAcl { 1 => mode, 2 => named });
record!(MountOptions { 1 => read_only, 2 => shared, 3 => properties });
record_field!(Acl, DefaultAcl, MountOptions);

impl FieldValue for Access {
    fn absent() -> Self {
        Self::NONE
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        if *self != Self::NONE {
            put_number(out, tag, u64::from(self.bits()));
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        *self = Self::from_bits((field.varint()? & 7) as u8);
        Ok(())
    }
}

// Nearly every inode has no TTL and no replication bounds; those cost no byte.
impl FieldValue for Ttl {
    fn absent() -> Self {
        Self::NONE
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        if *self != Self::NONE {
            put_record(out, tag, self);
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        *self = Record::decode(field.bytes()?)?;
        Ok(())
    }
}

impl FieldValue for Replication {
    fn absent() -> Self {
        Self::UNLIMITED
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        if *self != Self::UNLIMITED {
            put_record(out, tag, self);
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        *self = Record::decode(field.bytes()?)?;
        Ok(())
    }
}
