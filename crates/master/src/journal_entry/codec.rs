//! How fields become bytes: the tag, wire type and varint scheme of protocol buffers.
//!
//! A field that has its default value is not written, and a field with an unknown number is skipped
//! when read, so old readers survive new fields and new readers survive old files. The scheme is
//! written by hand because entries hold ids, times and modes, not raw integers, and because decoding
//! is on the path of every restart.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{InodeId, JobId, Mode, MountId, Timestamp};

/// Bytes that are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end inside a field.
    #[error("the record ends inside field {tag}")]
    Truncated {
        /// The number of the field, or 0 when the number itself is cut.
        tag: u32,
    },
    /// A varint of more than 64 bits.
    #[error("a number of field {tag} has more than 64 bits")]
    Overlong {
        /// The number of the field, or 0 when it is the number itself.
        tag: u32,
    },
    /// A text that is not UTF-8.
    #[error("the text of field {tag} is not UTF-8")]
    NotUtf8 {
        /// The number of the field.
        tag: u32,
    },
    /// The field is there, but it is a number where bytes belong, or the other way round.
    #[error("field {tag} has the wrong wire type {wire_type}")]
    WrongWireType {
        /// The number of the field.
        tag: u32,
        /// What was found.
        wire_type: u8,
    },
    /// A number that stands for no value of its enum.
    #[error("field {tag} has the unknown value {value}")]
    UnknownValue {
        /// The number of the field.
        tag: u32,
        /// What was found.
        value: u64,
    },
    /// An entry of a kind that this version does not know. It may not be skipped: the state would
    /// differ from that of the master that wrote it.
    #[error("an entry has the unknown kind {kind}")]
    UnknownKind {
        /// What was found.
        kind: u32,
    },
}

/// The value of one field as it stands in the bytes.
#[derive(Debug, Clone, Copy)]
pub enum RawValue<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
}

/// A numbered value.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The number that the format gives it.
    pub tag: u32,
    /// The value.
    pub value: RawValue<'a>,
}

impl<'a> Field<'a> {
    /// The number in this field.
    ///
    /// # Errors
    /// When it holds bytes.
    pub fn varint(self) -> Result<u64, DecodeError> {
        match self.value {
            RawValue::Varint(value) => Ok(value),
            RawValue::Bytes(_) => Err(DecodeError::WrongWireType {
                tag: self.tag,
                wire_type: 2,
            }),
        }
    }

    /// The bytes in this field.
    ///
    /// # Errors
    /// When it holds a number.
    pub fn bytes(self) -> Result<&'a [u8], DecodeError> {
        match self.value {
            RawValue::Bytes(bytes) => Ok(bytes),
            RawValue::Varint(_) => Err(DecodeError::WrongWireType {
                tag: self.tag,
                wire_type: 0,
            }),
        }
    }

    /// The error for a number that stands for nothing.
    pub fn unknown_value(self) -> DecodeError {
        let value = self.varint().unwrap_or(0);
        DecodeError::UnknownValue {
            tag: self.tag,
            value,
        }
    }
}

/// Reads the fields of one record in the order in which they stand.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Over the bytes of one record.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field; `None` at the end.
    ///
    /// # Errors
    /// When the bytes are cut or malformed.
    pub fn next_field(&mut self) -> Result<Option<Field<'a>>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = take_varint(&mut self.rest, 0)?;
        // The key holds a 29-bit number; more is cut off and then is an unknown field.
        let tag = (key >> 3) as u32;
        let value = match (key & 7) as u8 {
            0 => RawValue::Varint(take_varint(&mut self.rest, tag)?),
            2 => {
                let length = take_varint(&mut self.rest, tag)?;
                RawValue::Bytes(take_bytes(&mut self.rest, length, tag)?)
            }
            wire_type => return Err(DecodeError::WrongWireType { tag, wire_type }),
        };
        Ok(Some(Field { tag, value }))
    }
}

/// Cuts a varint off the front.
///
/// # Errors
/// When the bytes end inside it, or it has more than 64 bits.
pub fn take_varint(rest: &mut &[u8], tag: u32) -> Result<u64, DecodeError> {
    let mut value = 0u64;
    for (index, byte) in rest.iter().enumerate() {
        if index == 10 || (index == 9 && *byte > 1) {
            return Err(DecodeError::Overlong { tag });
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *rest = &rest[index + 1..];
            return Ok(value);
        }
    }
    Err(DecodeError::Truncated { tag })
}

/// Cuts `length` bytes off the front.
///
/// # Errors
/// When there are fewer.
pub fn take_bytes<'a>(rest: &mut &'a [u8], length: u64, tag: u32) -> Result<&'a [u8], DecodeError> {
    let (head, tail) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(DecodeError::Truncated { tag })?;
    *rest = tail;
    Ok(head)
}

/// Appends a varint: seven bits per byte, the lowest first.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the key and value of a number field.
pub fn put_number(out: &mut Vec<u8>, tag: u32, value: u64) {
    put_varint(out, u64::from(tag) << 3);
    put_varint(out, value);
}

/// Appends the key, length and content of a bytes field.
pub fn put_bytes(out: &mut Vec<u8>, tag: u32, bytes: &[u8]) {
    put_varint(out, u64::from(tag) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends the key, length and content of a nested record without copying it twice for the usual
/// length below 128.
pub fn put_record(out: &mut Vec<u8>, tag: u32, record: &impl Record) {
    put_varint(out, u64::from(tag) << 3 | 2);
    let length_at = out.len();
    out.push(0);
    record.encode(out);
    let length = out.len() - length_at - 1;
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out[length_at] = short;
        return;
    }
    let mut prefix = Vec::with_capacity(5);
    put_varint(&mut prefix, length as u64);
    out.splice(length_at..=length_at, prefix);
}

/// Small numbers of either sign become small varints.
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
pub const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Something made of numbered fields.
pub trait Record: Sized {
    /// Appends the fields.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads them back; what is absent has its default.
    ///
    /// # Errors
    /// When the bytes are cut or malformed.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError>;
}

impl<R: Record> Record for Box<R> {
    fn encode(&self, out: &mut Vec<u8>) {
        R::encode(self, out);
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        R::decode(bytes).map(Self::new)
    }
}

/// A type that can stand in a field.
pub trait FieldValue: Sized {
    /// What an absent field means.
    fn absent() -> Self;

    /// Appends the field, unless the value is what absence means.
    fn put(&self, tag: u32, out: &mut Vec<u8>);

    /// Takes one occurrence of the field. A list grows; everything else is replaced.
    ///
    /// # Errors
    /// When the bytes do not hold such a value.
    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError>;
}

/// Writes [`Record`] for a struct: the numbers are the format and never change their meaning.
macro_rules! record {
    ($type:ident { $($tag:literal => $field:ident),+ $(,)? }) => {
        impl $crate::journal_entry::codec::Record for $type {
            fn encode(&self, out: &mut Vec<u8>) {
                $($crate::journal_entry::codec::FieldValue::put(&self.$field, $tag, out);)+
            }

            fn decode(
                bytes: &[u8],
            ) -> Result<Self, $crate::journal_entry::codec::DecodeError> {
                use $crate::journal_entry::codec::{FieldValue, Fields};
                let mut record = Self { $($field: FieldValue::absent()),+ };
                let mut fields = Fields::new(bytes);
                while let Some(field) = fields.next_field()? {
                    match field.tag {
                        $($tag => FieldValue::merge(&mut record.$field, field)?,)+
                        _ => {}
                    }
                }
                Ok(record)
            }
        }
    };
}
pub(crate) use record;

/// Lets a [`Record`] stand in a field of another. It is always written, even when it is empty.
macro_rules! record_field {
    ($($type:ident),+ $(,)?) => {$(
        impl $crate::journal_entry::codec::FieldValue for $type {
            fn absent() -> Self {
                Self::default()
            }

            fn put(&self, tag: u32, out: &mut Vec<u8>) {
                $crate::journal_entry::codec::put_record(out, tag, self);
            }

            fn merge(
                &mut self,
                field: $crate::journal_entry::codec::Field<'_>,
            ) -> Result<(), $crate::journal_entry::codec::DecodeError> {
                *self = $crate::journal_entry::codec::Record::decode(field.bytes()?)?;
                Ok(())
            }
        }
    )+};
}
pub(crate) use record_field;

/// Lets an enum of numbered values stand in a field; the first one is the default.
macro_rules! enum_field {
    ($type:ident { $default:ident = $first:literal $(, $variant:ident = $number:literal)* $(,)? }) => {
        impl $crate::journal_entry::codec::FieldValue for $type {
            fn absent() -> Self {
                Self::$default
            }

            fn put(&self, tag: u32, out: &mut Vec<u8>) {
                let number = match self {
                    Self::$default => $first,
                    $(Self::$variant => $number,)*
                };
                if number != $first {
                    $crate::journal_entry::codec::put_number(out, tag, number);
                }
            }

            fn merge(
                &mut self,
                field: $crate::journal_entry::codec::Field<'_>,
            ) -> Result<(), $crate::journal_entry::codec::DecodeError> {
                *self = match field.varint()? {
                    $first => Self::$default,
                    $($number => Self::$variant,)*
                    _ => return Err(field.unknown_value()),
                };
                Ok(())
            }
        }
    };
}
pub(crate) use enum_field;

/// Writes [`FieldValue`] for types that are one number: the default, and how a value becomes a number
/// and comes back.
macro_rules! number_field {
    ($($type:ty = $default:expr, |$value:ident| $to:expr, |$raw:ident| $from:expr;)+) => {$(
        impl FieldValue for $type {
            fn absent() -> Self {
                $default
            }

            fn put(&self, tag: u32, out: &mut Vec<u8>) {
                let $value = *self;
                if $value != Self::absent() {
                    put_number(out, tag, $to);
                }
            }

            fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
                let $raw = field.varint()?;
                *self = $from;
                Ok(())
            }
        }
    )+};
}

number_field! {
    bool = false, |value| u64::from(value), |raw| raw != 0;
    u32 = 0, |value| u64::from(value), |raw| raw as Self;
    u64 = 0, |value| value, |raw| raw;
    i32 = 0, |value| zigzag(i64::from(value)), |raw| unzigzag(raw) as Self;
    i64 = 0, |value| zigzag(value), |raw| unzigzag(raw);
    InodeId = Self::from_raw(0), |id| zigzag(id.raw()), |raw| Self::from_raw(unzigzag(raw));
    JobId = Self::from_raw(0), |id| zigzag(id.raw()), |raw| Self::from_raw(unzigzag(raw));
    MountId = Self::from_raw(0), |id| zigzag(id.raw()), |raw| Self::from_raw(unzigzag(raw));
    Timestamp = Self::from_millis(0), |time| zigzag(time.millis()), |raw| Self::from_millis(unzigzag(raw));
    Mode = Self::from_bits(0), |mode| u64::from(mode.bits()), |raw| Self::from_bits(raw as u16);
}

impl FieldValue for String {
    fn absent() -> Self {
        Self::new()
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        if !self.is_empty() {
            put_bytes(out, tag, self.as_bytes());
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        let text = std::str::from_utf8(field.bytes()?)
            .map_err(|_not_utf8| DecodeError::NotUtf8 { tag: field.tag })?;
        text.clone_into(self);
        Ok(())
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    fn absent() -> Self {
        None
    }

    // Presence is the information here, so a present default must be written as well: the number
    // zero, or bytes of length zero.
    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        let Some(value) = self else { return };
        let length_before = out.len();
        value.put(tag, out);
        if out.len() == length_before {
            put_bytes(out, tag, &[]);
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        let value = self.get_or_insert_with(T::absent);
        if matches!(field.value, RawValue::Bytes([])) {
            return Ok(());
        }
        value.merge(field)
    }
}

/// A list of texts without repetition; an empty one is absent.
impl FieldValue for BTreeSet<String> {
    fn absent() -> Self {
        Self::new()
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        for text in self {
            put_bytes(out, tag, text.as_bytes());
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        let mut text = String::new();
        text.merge(field)?;
        self.insert(text);
        Ok(())
    }
}

impl FieldValue for BTreeSet<InodeId> {
    fn absent() -> Self {
        Self::new()
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        for id in self {
            put_number(out, tag, zigzag(id.raw()));
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        self.insert(InodeId::from_raw(unzigzag(field.varint()?)));
        Ok(())
    }
}

/// A map is a list of records with the key in field 1 and the value in field 2.
impl<V: FieldValue> FieldValue for BTreeMap<String, V> {
    fn absent() -> Self {
        Self::new()
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        let mut pair = Vec::new();
        for (key, value) in self {
            pair.clear();
            // The key is written even when it is empty: a pair without any field would look like
            // the empty map that is present.
            put_bytes(&mut pair, 1, key.as_bytes());
            value.put(2, &mut pair);
            put_bytes(out, tag, &pair);
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        let (mut key, mut value) = (String::new(), V::absent());
        let mut fields = Fields::new(field.bytes()?);
        while let Some(part) = fields.next_field()? {
            match part.tag {
                1 => key.merge(part)?,
                2 => value.merge(part)?,
                _ => {}
            }
        }
        self.insert(key, value);
        Ok(())
    }
}

/// The value of an extended attribute.
impl FieldValue for Vec<u8> {
    fn absent() -> Self {
        Self::new()
    }

    fn put(&self, tag: u32, out: &mut Vec<u8>) {
        if !self.is_empty() {
            put_bytes(out, tag, self);
        }
    }

    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        *self = field.bytes()?.to_vec();
        Ok(())
    }
}
