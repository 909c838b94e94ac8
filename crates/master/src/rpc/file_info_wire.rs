//! `FileInfo` straight from the tree into the bytes of a message.
//!
//! A listing sends millions of them, and every status is one. Making each as a message of its own costs a dozen allocations
//! and a microsecond; writing the fields costs a tenth of that. `file_info.rs` is the definition,
//! and a test holds the two together.

use std::sync::Arc;

use alluxio_common::WorkerAddress;
use alluxio_rpc::convert;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{
    DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, key_len, skip_field,
};
use prost::{DecodeError, Message};

use super::file_info::{acl_message, default_acl_message};
use crate::file_system::{BlockLocation, FileBlock, PathPieces, StatusView};

/// Wire types of protocol buffers.
const VARINT: u32 = 0;
const BYTES: u32 = 2;

/// The field that holds the entries of a `ListStatusPResponse`, and the one `FileInfo` of a
/// `GetStatusPResponse` and of a `CreateFilePResponse`.
const FILE_INFO: u32 = 1;

/// Most entries are not longer, without their paths.
const USUAL_ENTRY: usize = 384;

/// Collects the entries of one `ListStatusPResponse`.
#[derive(Debug, Default)]
pub(super) struct ListStatusMessage {
    bytes: Vec<u8>,
    /// One entry, while its length is not known.
    entry: Vec<u8>,
    /// The same for messages inside an entry.
    nested: Vec<u8>,
    blocks: Vec<FileBlock>,
    /// Addresses of workers, encoded once for all blocks of a message.
    addresses: Vec<(Arc<WorkerAddress>, Vec<u8>)>,
}

impl ListStatusMessage {
    /// Appends an entry.
    pub(super) fn push(&mut self, status: &StatusView<'_>) {
        self.entry.clear();
        self.blocks.clear();
        let blocks = &mut self.blocks;
        status.for_each_block(|block| blocks.push(block));
        self.write_entry(status);
        put_bytes(&mut self.bytes, FILE_INFO, &self.entry);
    }

    /// The message; the collector is empty again.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let length = self.bytes.len();
        // The next message is about as long as this one.
        std::mem::replace(&mut self.bytes, Vec::with_capacity(length))
    }

    fn write_entry(&mut self, status: &StatusView<'_>) {
        let inode = status.inode;
        let ttl = inode.ttl();
        let replication = inode.replication();
        let cached = status.cached(self.blocks.iter());
        let out = &mut self.entry;
        put_i64(out, 1, inode.id().raw());
        put_bytes(out, 2, inode.name().as_bytes());
        put_path(out, 3, status.path);
        put_path(out, 4, status.ufs_path);
        put_i64(out, 5, status.length());
        put_i64(out, 6, inode.block_size());
        put_i64(out, 7, inode.creation_time().millis());
        put_bool(out, 8, inode.is_completed());
        put_bool(out, 9, inode.is_directory());
        put_bool(out, 10, inode.is_pinned());
        put_bool(out, 11, inode.is_cacheable());
        put_bool(out, 12, status.is_persisted());
        for id in inode.block_ids() {
            put_i64(out, 13, id.raw());
        }
        put_i64(out, 14, inode.modification_time().millis());
        put_i64(out, 15, ttl.millis);
        put_bytes(out, 16, inode.owner().as_bytes());
        put_bytes(out, 17, inode.group().as_bytes());
        put_i64(out, 18, i64::from(inode.mode().bits()));
        put_bytes(out, 19, inode.persistence().as_str().as_bytes());
        put_bool(out, 20, inode.is_mount_point());
        self.write_blocks();
        let out = &mut self.entry;
        put_i64(out, 22, convert::ttl_action_to_proto(ttl.action) as i64);
        put_i64(out, 23, status.mount_id.raw());
        put_i64(out, 24, i64::from(cached.in_alluxio));
        put_i64(out, 25, i64::from(cached.in_memory));
        put_bytes(out, 26, inode.fingerprint().as_bytes());
        self.write_acl(status);
        let out = &mut self.entry;
        let max = if inode.is_directory() {
            0
        } else {
            replication.max
        };
        put_i64(out, 29, i64::from(max));
        put_i64(out, 30, i64::from(replication.min));
        put_i64(out, 31, status.access_time.millis());
        for (name, value) in inode.xattr() {
            self.nested.clear();
            put_bytes(&mut self.nested, 1, name.as_bytes());
            put_bytes(&mut self.nested, 2, value);
            put_bytes(out, 32, &self.nested);
        }
        for medium in inode.media() {
            put_bytes(out, 33, medium.as_bytes());
        }
    }

    fn write_blocks(&mut self) {
        let mut block_info = Vec::new();
        for block in std::mem::take(&mut self.blocks) {
            block_info.clear();
            put_i64(&mut block_info, 1, block.block_id.raw());
            put_i64(&mut block_info, 2, block.length.cast_signed());
            for copy in &block.copies {
                self.nested.clear();
                put_i64(&mut self.nested, 1, copy.worker_id.raw());
                let index = self.address(copy);
                put_bytes(&mut self.nested, 2, &self.addresses[index].1);
                put_bytes(&mut self.nested, 3, copy.tier_alias.as_bytes());
                put_bytes(&mut self.nested, 4, copy.medium_type.as_bytes());
                put_bytes(&mut block_info, 3, &self.nested);
            }
            self.nested.clear();
            put_bytes(&mut self.nested, 1, &block_info);
            put_i64(&mut self.nested, 2, block.offset.cast_signed());
            put_bytes(&mut self.entry, 21, &self.nested);
        }
    }

    /// Where the encoded address of a copy's worker stands in the list.
    fn address(&mut self, copy: &BlockLocation) -> usize {
        let known = self
            .addresses
            .iter()
            .position(|(address, _)| Arc::ptr_eq(address, &copy.address));
        known.unwrap_or_else(|| {
            let encoded = convert::worker_address_to_proto(&copy.address).encode_to_vec();
            self.addresses.push((Arc::clone(&copy.address), encoded));
            self.addresses.len() - 1
        })
    }

    fn write_acl(&mut self, status: &StatusView<'_>) {
        let inode = status.inode;
        self.nested.clear();
        if inode.acl().is_some() {
            acl_message(inode).encode_raw(&mut self.nested);
        } else {
            put_bytes(&mut self.nested, 1, inode.owner().as_bytes());
            put_bytes(&mut self.nested, 2, inode.group().as_bytes());
            put_i64(&mut self.nested, 4, i64::from(inode.mode().bits()));
            put_bool(&mut self.nested, 5, false);
        }
        put_bytes(&mut self.entry, 27, &self.nested);
        if let Some(default) = default_acl_message(inode) {
            put_bytes(&mut self.entry, 28, &default.encode_to_vec());
        }
    }
}

/// A `GetStatusPResponse` or a `CreateFilePResponse`, which are the same on the wire.
#[derive(Debug, Default)]
pub(super) struct FileInfoMessage {
    /// The `FileInfo`.
    entry: Vec<u8>,
}

impl FileInfoMessage {
    /// The answer for this status.
    pub(super) fn of(status: &StatusView<'_>) -> Self {
        let paths = status.path.len() + status.ufs_path.len();
        let mut writer = ListStatusMessage {
            entry: Vec::with_capacity(USUAL_ENTRY + paths),
            ..ListStatusMessage::default()
        };
        status.for_each_block(|block| writer.blocks.push(block));
        writer.write_entry(status);
        Self {
            entry: writer.entry,
        }
    }
}

/// It is only ever written.
impl Message for FileInfoMessage {
    fn encode_raw(&self, out: &mut impl BufMut) {
        encode_key(FILE_INFO, WireType::LengthDelimited, out);
        encode_varint(self.entry.len() as u64, out);
        out.put_slice(&self.entry);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        bytes: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        skip_field(wire_type, tag, bytes, context)
    }

    fn encoded_len(&self) -> usize {
        let length = self.entry.len();
        key_len(FILE_INFO) + encoded_len_varint(length as u64) + length
    }

    fn clear(&mut self) {
        self.entry.clear();
    }
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        // The low seven bits, and the mark that more follow.
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

fn put_key(out: &mut Vec<u8>, field: u32, wire_type: u32) {
    put_varint(out, u64::from(field << 3 | wire_type));
}

fn put_i64(out: &mut Vec<u8>, field: u32, value: i64) {
    put_key(out, field, VARINT);
    put_varint(out, value.cast_unsigned());
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "a bool is what the field holds"
)]
fn put_bool(out: &mut Vec<u8>, field: u32, value: bool) {
    put_key(out, field, VARINT);
    out.push(u8::from(value));
}

fn put_bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    put_key(out, field, BYTES);
    put_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn put_path(out: &mut Vec<u8>, field: u32, path: PathPieces<'_>) {
    put_key(out, field, BYTES);
    put_varint(out, path.len() as u64);
    out.extend_from_slice(path.prefix.as_bytes());
    out.extend_from_slice(path.name.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alluxio_common::Access;
    use alluxio_proto::grpc::file::{
        CreateFilePResponse, FileInfo, GetStatusPResponse, ListStatusPResponse,
    };

    use super::*;
    use crate::file_system::testing::{Fixture, path};
    use crate::file_system::{
        AclEntry, AclSubject, ListStatusOptions, SetAcl, SetAclAction, SetAttributeOptions,
        XattrUpdate,
    };
    use crate::inode::Ttl;
    use crate::rpc::file_info::file_info;

    async fn everything() -> Fixture {
        let fixture = Fixture::new().await;
        fixture.mkdir("/d").await.unwrap();
        fixture
            .write_file("/d/several blocks", &[100, 100, 7])
            .await;
        fixture.write_through("/d/stored", b"0123456789").await;
        fixture.create("/incomplete").await.unwrap();
        fixture.mount("/m", "other").await;
        let entry = |subject, is_default| AclEntry {
            subject,
            access: Access::from_bits(5),
            is_default,
        };
        let change = SetAcl {
            action: SetAclAction::Modify,
            entries: vec![
                entry(AclSubject::User("alice".to_owned()), false),
                entry(AclSubject::Group("staff2".to_owned()), true),
            ],
            recursive: false,
        };
        let request = fixture.root();
        fixture
            .master
            .set_acl(&request, &path("/d"), &change)
            .await
            .unwrap();
        let options = SetAttributeOptions {
            pinned: Some(true),
            media: ["MEM".to_owned(), "SSD".to_owned()].into(),
            ttl: Some(Ttl {
                millis: 5,
                action: alluxio_common::TtlAction::Free,
            }),
            xattr: Some((
                BTreeMap::from([("k".to_owned(), b"v".to_vec())]),
                XattrUpdate::Truncate,
            )),
            ..SetAttributeOptions::default()
        };
        let target = path("/d/several blocks");
        fixture
            .master
            .set_attribute(&request, &target, options)
            .await
            .unwrap();
        fixture
    }

    #[tokio::test]
    async fn the_bytes_are_those_of_the_message() {
        let fixture = everything().await;
        let options = ListStatusOptions {
            recursive: true,
            ..ListStatusOptions::default()
        };
        let (request, root) = (fixture.root(), path("/"));
        let mut listing = fixture
            .master
            .list_status(&request, &root, options)
            .await
            .unwrap();
        let mut message = ListStatusMessage::default();
        let mut expected: Vec<FileInfo> = Vec::new();
        let visit = |status: &StatusView<'_>| {
            message.push(status);
            let info = file_info(status);
            let alone = FileInfoMessage::of(status);
            let answer = GetStatusPResponse {
                file_info: Some(info.clone()),
            };
            assert_eq!(alone.encode_to_vec(), answer.encode_to_vec());
            assert_eq!(alone.encoded_len(), answer.encoded_len());
            let created = CreateFilePResponse {
                file_info: answer.file_info,
            };
            assert_eq!(alone.encode_to_vec(), created.encode_to_vec());
            expected.push(info);
        };
        assert_eq!(listing.next_page(100, visit).await.unwrap(), 5);
        let bytes = message.take();
        let decoded = ListStatusPResponse::decode(&*bytes).unwrap();
        assert_eq!(decoded.file_infos, expected);
        assert_eq!(decoded.encode_to_vec(), bytes);
        assert!(message.take().is_empty());
    }

    #[tokio::test]
    async fn without_a_ttl_the_action_shown_is_free() {
        let fixture = everything().await;
        let options = ListStatusOptions {
            recursive: true,
            ..ListStatusOptions::default()
        };
        let (request, root) = (fixture.root(), path("/"));
        let mut listing = fixture
            .master
            .list_status(&request, &root, options)
            .await
            .unwrap();
        let mut actions = Vec::new();
        let visit = |status: &StatusView<'_>| {
            let info = file_info(status);
            if info.ttl() == -1 {
                actions.push(info.ttl_action());
            }
        };
        listing.next_page(100, visit).await.unwrap();
        assert_eq!(actions, [alluxio_proto::grpc::TtlAction::Free; 4]);
    }
}
