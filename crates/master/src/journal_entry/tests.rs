//! Every kind of entry reads back what it wrote, and what earlier versions wrote.

use std::collections::{BTreeMap, BTreeSet};

use alluxio_common::{
    Access, InodeId, JobId, Mode, MountId, OperationId, PersistenceState, Timestamp, TtlAction,
};
use proptest::prelude::*;

use super::codec::{put_bytes, put_number};
use super::*;
use crate::inode::{Acl, DefaultAcl, Mount, MountOptions, Replication, Ttl};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z/ ]{1,12}", "\\PC{0,200}"]
}

fn id() -> impl Strategy<Value = InodeId> {
    any::<i64>().prop_map(InodeId::from_raw)
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<i64>(),
        Just(0),
        Just(-1),
        1_500_000_000_000..1_900_000_000_000i64
    ]
    .prop_map(Timestamp::from_millis)
}

fn mode() -> impl Strategy<Value = Mode> {
    (0..0o1000u16).prop_map(Mode::from_bits)
}

fn persistence() -> impl Strategy<Value = PersistenceState> {
    prop::sample::select(PersistenceState::ALL)
}

fn media() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[A-Z]{1,5}", 0..3)
}

fn ttl() -> impl Strategy<Value = Ttl> {
    (any::<i64>(), prop::sample::select(TtlAction::ALL))
        .prop_map(|(millis, action)| Ttl { millis, action })
}

fn replication() -> impl Strategy<Value = Replication> {
    (any::<i32>(), any::<i32>()).prop_map(|(min, max)| Replication { min, max })
}

fn xattr() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    prop::collection::btree_map(text(), prop::collection::vec(any::<u8>(), 0..9), 0..3)
}

fn properties() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map(text(), text(), 0..3)
}

fn access() -> impl Strategy<Value = Access> {
    (0u8..8).prop_map(Access::from_bits)
}

fn acl() -> impl Strategy<Value = Acl> {
    let named = || prop::collection::btree_map(text(), access(), 0..3);
    (named(), named(), prop::option::of(access())).prop_map(|(users, groups, mask)| Acl {
        users,
        groups,
        mask,
    })
}

fn default_acl() -> impl Strategy<Value = DefaultAcl> {
    (mode(), acl()).prop_map(|(mode, named)| DefaultAcl { mode, named })
}

fn mount_options() -> impl Strategy<Value = MountOptions> {
    (any::<bool>(), any::<bool>(), properties()).prop_map(|(read_only, shared, properties)| {
        MountOptions {
            read_only,
            shared,
            properties,
        }
    })
}

prop_compose! {
    fn inode_file()(
        (id, parent_id, name, owner, group, mode, block_size) in
            (id(), id(), text(), text(), text(), mode(), any::<i64>()),
        (creation_time, modification_time, access_time, length, persistence) in
            (time(), time(), time(), any::<Option<i64>>(), persistence()),
        (cacheable, pinned, media, ttl, replication) in
            (any::<bool>(), any::<bool>(), media(), ttl(), replication()),
        (xattr, acl, fingerprint, parent_time) in
            (xattr(), prop::option::of(acl()), text(), prop::option::of(time())),
    ) -> JournalEntry {
        JournalEntry::InodeFile(Box::new(InodeFileEntry {
            id, parent_id, name, owner, group, mode, block_size, creation_time,
            modification_time, access_time, length, persistence, cacheable, pinned, media, ttl,
            replication, xattr, acl, fingerprint, parent_time,
        }))
    }
}

prop_compose! {
    fn inode_directory()(
        (id, parent_id, name, owner, group, mode) in
            (id(), id(), text(), text(), text(), mode()),
        (creation_time, modification_time, access_time, persistence) in
            (time(), time(), time(), persistence()),
        (pinned, media, ttl, mount_point, children_loaded) in
            (any::<bool>(), media(), ttl(), any::<bool>(), any::<bool>()),
        (xattr, acl, default_acl, fingerprint, parent_time) in (
            xattr(), prop::option::of(acl()), prop::option::of(default_acl()), text(),
            prop::option::of(time()),
        ),
    ) -> JournalEntry {
        JournalEntry::InodeDirectory(Box::new(InodeDirectoryEntry {
            id, parent_id, name, owner, group, mode, creation_time, modification_time,
            access_time, persistence, pinned, media, ttl, mount_point, children_loaded, xattr,
            acl, default_acl, fingerprint, parent_time,
        }))
    }
}

prop_compose! {
    fn update_inode()(
        (id, owner, group, mode, creation_time) in (
            id(), prop::option::of(text()), prop::option::of(text()), prop::option::of(mode()),
            prop::option::of(time()),
        ),
        (modification_time, access_time, persistence, pinned, media) in (
            prop::option::of(time()), prop::option::of(time()), prop::option::of(persistence()),
            any::<Option<bool>>(), prop::option::of(media()),
        ),
        (ttl, replication, xattr, acl, default_acl) in (
            prop::option::of(ttl()), prop::option::of(replication()), prop::option::of(xattr()),
            prop::option::of(acl()),
            prop::option::of(prop_oneof![
                Just(DefaultAclChange::Remove),
                default_acl()
                    .prop_filter("a default ACL is never empty", |acl| *acl != DefaultAcl::default())
                    .prop_map(DefaultAclChange::Replace),
            ]),
        ),
        (fingerprint, mount_point, children_loaded, job, temporary_ufs_path) in (
            prop::option::of(text()), any::<Option<bool>>(), any::<Option<bool>>(),
            any::<Option<i64>>(), prop::option::of(text()),
        ),
        should_persist_time in prop::option::of(time()),
    ) -> JournalEntry {
        JournalEntry::UpdateInode(Box::new(UpdateInodeEntry {
            id, owner, group, mode, creation_time, modification_time, access_time, persistence,
            pinned, media, ttl, replication, xattr, acl, default_acl, fingerprint, mount_point,
            children_loaded, persist_job_id: job.map(JobId::from_raw), temporary_ufs_path,
            should_persist_time,
        }))
    }
}

fn change_of_a_file() -> impl Strategy<Value = JournalEntry> {
    let persistence = prop::option::of(persistence());
    prop_oneof![
        (
            id(),
            any::<i64>(),
            time(),
            prop::option::of(text()),
            (persistence, any::<Option<u32>>()),
        )
            .prop_map(|(id, length, operation_time, fingerprint, rare)| {
                let (persistence, withdrawn_from) = rare;
                JournalEntry::CompleteFile(CompleteFileEntry {
                    id,
                    length,
                    operation_time,
                    fingerprint,
                    persistence,
                    withdrawn_from,
                })
            }),
        id().prop_map(|id| JournalEntry::NewBlock(NewBlockEntry { id })),
        (id(), any::<u32>(), any::<i64>()).prop_map(|(id, block_index, length)| {
            JournalEntry::BlockCommitted(BlockCommittedEntry {
                id,
                block_index,
                length,
            })
        }),
    ]
}

fn change_of_place() -> impl Strategy<Value = JournalEntry> {
    prop_oneof![
        (id(), id(), text(), time()).prop_map(|(id, new_parent_id, new_name, operation_time)| {
            JournalEntry::Rename(RenameEntry {
                id,
                new_parent_id,
                new_name,
                operation_time,
            })
        }),
        (id(), time()).prop_map(|(id, operation_time)| {
            JournalEntry::Delete(DeleteEntry { id, operation_time })
        }),
    ]
}

fn change_of_a_mount() -> impl Strategy<Value = JournalEntry> {
    let mount_id = || any::<i64>().prop_map(MountId::from_raw);
    prop_oneof![
        (text(), text(), mount_id(), mount_options()).prop_map(
            |(path, ufs_uri, mount_id, options)| {
                JournalEntry::AddMountPoint(AddMountPointEntry {
                    path,
                    ufs_uri,
                    mount_id,
                    options,
                })
            }
        ),
        (text(), mount_id(), mount_options()).prop_map(|(path, mount_id, options)| {
            JournalEntry::UpdateMountPoint(UpdateMountPointEntry {
                path,
                mount_id,
                options,
            })
        }),
        text().prop_map(|path| JournalEntry::DeleteMountPoint(DeleteMountPointEntry { path })),
    ]
}

fn change_of_a_setting() -> impl Strategy<Value = JournalEntry> {
    let ufs_modes = [UfsMode::ReadWrite, UfsMode::ReadOnly, UfsMode::NoAccess];
    prop_oneof![
        any::<i64>().prop_map(|next| JournalEntry::ContainerId(ContainerIdEntry { next })),
        (any::<i64>(), any::<u32>()).prop_map(|(container_id, next_sequence)| {
            JournalEntry::DirectoryId(DirectoryIdEntry {
                container_id,
                next_sequence,
            })
        }),
        (text(), properties()).prop_map(|(path, properties)| {
            JournalEntry::PathProperties(PathPropertiesEntry { path, properties })
        }),
        text().prop_map(|path| {
            JournalEntry::RemovePathProperties(RemovePathPropertiesEntry { path })
        }),
        (text(), prop::sample::select(ufs_modes.to_vec()))
            .prop_map(|(ufs_uri, mode)| { JournalEntry::UfsMode(UfsModeEntry { ufs_uri, mode }) }),
        text().prop_map(|cluster_id| JournalEntry::ClusterInfo(ClusterInfoEntry { cluster_id })),
        text().prop_map(|ufs_uri| JournalEntry::RootStore(RootStoreEntry { ufs_uri })),
    ]
}

fn store_target() -> impl Strategy<Value = StoreTarget> {
    let mount = (text(), any::<i64>(), mount_options()).prop_map(|(ufs_uri, id, options)| Mount {
        ufs_uri,
        mount_id: MountId::from_raw(id),
        options,
    });
    let flags = any::<(bool, bool)>();
    (text(), flags, prop::option::of(mount)).prop_map(|(ufs_uri, flags, mount)| StoreTarget {
        ufs_uri,
        is_directory: flags.0,
        mount,
        is_copy: flags.1,
    })
}

fn operation_id() -> impl Strategy<Value = Option<OperationId>> {
    prop::option::of(
        any::<(i64, i64)>().prop_map(|(most_significant, least_significant)| OperationId {
            most_significant,
            least_significant,
        }),
    )
}

fn work_in_a_store() -> impl Strategy<Value = JournalEntry> {
    let targets = prop::collection::btree_map(text(), store_target(), 0..3);
    let delete = (text(), operation_id(), time(), any::<bool>(), targets);
    let rename = (
        text(),
        text(),
        operation_id(),
        any::<bool>(),
        text(),
        text(),
    );
    prop_oneof![
        (delete, prop::option::of(id()), any::<[bool; 2]>()).prop_map(|(delete, inode, flags)| {
            let (path, operation_id, time, recursive, targets) = delete;
            let [sync_parent, makes] = flags;
            JournalEntry::StoreDelete(Box::new(StoreDeleteEntry {
                path,
                operation_id,
                time,
                recursive,
                targets,
                inode,
                sync_parent,
                makes,
            }))
        }),
        text().prop_map(|path| JournalEntry::StoreDeleteDone(StoreDeleteDoneEntry { path })),
        rename.prop_map(
            |(source, target, operation_id, is_directory, ufs_source, ufs_target)| {
                JournalEntry::StoreRename(Box::new(StoreRenameEntry {
                    source,
                    target,
                    operation_id,
                    is_directory,
                    ufs_source,
                    ufs_target,
                }))
            }
        ),
        text().prop_map(|source| JournalEntry::StoreRenameDone(StoreRenameDoneEntry { source })),
        id().prop_map(|id| JournalEntry::StoreUnknown(StoreUnknownEntry { id })),
        id().prop_map(|id| JournalEntry::StoreCompared(StoreComparedEntry { id })),
    ]
}

fn entry() -> impl Strategy<Value = JournalEntry> {
    prop_oneof![
        work_in_a_store(),
        inode_file(),
        inode_directory(),
        update_inode(),
        change_of_a_file(),
        change_of_place(),
        change_of_a_mount(),
        change_of_a_setting(),
    ]
}

proptest! {
    #[test]
    fn every_entry_reads_back_as_it_was_written(entry in entry()) {
        let transaction = Transaction {
            operation_id: None,
            time: Timestamp::from_millis(0),
            entries: vec![entry],
        };
        prop_assert_eq!(Transaction::decode(&transaction.encode()), Ok(transaction));
    }

    #[test]
    fn a_transaction_keeps_its_entries_in_order(
        halves in any::<Option<(i64, i64)>>(),
        time in time(),
        entries in prop::collection::vec(entry(), 0..5),
    ) {
        let operation_id = halves.map(|(most_significant, least_significant)| OperationId {
            most_significant,
            least_significant,
        });
        let transaction = Transaction { operation_id, time, entries };
        prop_assert_eq!(Transaction::decode(&transaction.encode()), Ok(transaction));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_another_transaction_but_never_a_panic(
        entries in prop::collection::vec(entry(), 1..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let time = Timestamp::from_millis(5);
        let mut bytes = Transaction { operation_id: None, time, entries }.encode();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        drop(Transaction::decode(&bytes));
    }
}

#[test]
fn a_field_that_a_later_version_added_is_skipped() {
    let mut payload = Vec::new();
    put_number(&mut payload, 1, 14);
    put_bytes(&mut payload, 999, b"from the future");
    put_number(&mut payload, 1_000, u64::MAX);
    let entry = JournalEntry::decode(19, &payload);
    let id = InodeId::from_raw(7);
    assert_eq!(entry, Ok(JournalEntry::NewBlock(NewBlockEntry { id })));
}

#[test]
fn an_entry_of_an_unknown_kind_is_an_error() {
    let mut frame = Vec::new();
    put_bytes(&mut frame, 900, b"");
    assert_eq!(
        Transaction::decode(&frame),
        Err(DecodeError::UnknownKind { kind: 900 })
    );
}

/// One entry of every kind with every field set, as version 1 wrote it.
#[test]
fn what_the_first_version_wrote_reads_as_it_did_then() {
    for (sample, (kind, name)) in samples().iter().zip(JournalEntry::KINDS) {
        assert_eq!((sample.kind(), sample.kind_name()), (*kind, *name));
        let (_, hex) = FIXTURES
            .iter()
            .find(|(fixture, _)| fixture == name)
            .unwrap_or_else(|| panic!("{name} has no fixture: {}", to_hex(sample)));
        assert_eq!(hex.trim(), to_hex(sample), "{name}");
        let bytes = from_hex(hex.trim());
        let decoded = Transaction::decode(&bytes).unwrap();
        assert_eq!(decoded.entries, std::slice::from_ref(sample), "{name}");
    }
    assert_eq!(samples().len(), JournalEntry::KINDS.len());
}

#[test]
fn an_entry_without_the_fields_of_later_versions_reads_as_it_did_then() {
    let before_withdrawals = "92011f08feffff1f1080808080401892b6c7dcd4662209545950457c46494c452803";
    let decoded = Transaction::decode(&from_hex(before_withdrawals)).unwrap();
    let [JournalEntry::CompleteFile(complete)] = &decoded.entries[..] else {
        panic!("{decoded:?}");
    };
    assert_eq!(complete.persistence, Some(PersistenceState::Lost));
    assert_eq!(complete.withdrawn_from, None);
    let namespace_first = "8a027a0a092f6d6e742f73332f611210feffffffffffffff67120000000000001898b6c7dcd4\
        6620012a520a0b2f6d6e742f73332f612f6d12430a0f73333a2f2f6275636b65742f64697210011a2e0a0f7333\
        3a2f2f6275636b65742f64697210ce491a18080110011a120a0a6177732e726567696f6e120465752d31";
    let decoded = Transaction::decode(&from_hex(namespace_first)).unwrap();
    let [JournalEntry::StoreDelete(delete)] = &decoded.entries[..] else {
        panic!("{decoded:?}");
    };
    assert_eq!((delete.inode, delete.sync_parent), (None, false));
    assert!(!delete.makes);
    assert_eq!(delete.targets.len(), 1);
}

macro_rules! fixtures {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("fixtures/", $name, ".hex")))),+]
    };
}

const FIXTURES: &[(&str, &str)] = fixtures![
    "InodeFile",
    "InodeDirectory",
    "CompleteFile",
    "NewBlock",
    "BlockCommitted",
    "Rename",
    "Delete",
    "UpdateInode",
    "AddMountPoint",
    "UpdateMountPoint",
    "DeleteMountPoint",
    "ContainerId",
    "DirectoryId",
    "PathProperties",
    "RemovePathProperties",
    "UfsMode",
    "ClusterInfo",
    "StoreDelete",
    "StoreDeleteDone",
    "StoreRename",
    "StoreRenameDone",
    "RootStore",
    "StoreUnknown",
    "StoreCompared",
];

fn to_hex(entry: &JournalEntry) -> String {
    let mut bytes = Vec::new();
    entry.encode(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let pairs = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn millis(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_763_718_000_000 + millis)
}

fn sample_acl() -> Acl {
    Acl {
        users: [("grace".to_owned(), Access::READ)].into(),
        groups: [("ops".to_owned(), Access::ALL)].into(),
        mask: Some(Access::WRITE),
    }
}

fn sample_file() -> InodeFileEntry {
    InodeFileEntry {
        id: InodeId::from_raw(33_554_431),
        parent_id: InodeId::from_raw(5),
        name: "part-00000".to_owned(),
        owner: "ada".to_owned(),
        group: "staff".to_owned(),
        mode: Mode::from_bits(0o644),
        block_size: 64 << 20,
        creation_time: millis(1),
        modification_time: millis(2),
        access_time: millis(3),
        length: Some(-1),
        persistence: PersistenceState::Persisted,
        cacheable: true,
        pinned: true,
        media: ["SSD".to_owned()].into(),
        ttl: Ttl {
            millis: 60_000,
            action: TtlAction::Free,
        },
        replication: Replication { min: 1, max: 3 },
        xattr: [("key".to_owned(), vec![0, 255])].into(),
        acl: Some(sample_acl()),
        fingerprint: "TYPE|FILE".to_owned(),
        parent_time: Some(millis(4)),
    }
}

fn sample_directory() -> InodeDirectoryEntry {
    let file = sample_file();
    InodeDirectoryEntry {
        id: InodeId::from_raw(5),
        parent_id: InodeId::from_raw(0),
        name: "logs".to_owned(),
        owner: file.owner,
        group: file.group,
        mode: Mode::from_bits(0o755),
        creation_time: file.creation_time,
        modification_time: file.modification_time,
        access_time: file.access_time,
        persistence: PersistenceState::ToBePersisted,
        pinned: true,
        media: file.media,
        ttl: file.ttl,
        mount_point: true,
        children_loaded: true,
        xattr: file.xattr,
        acl: file.acl,
        default_acl: Some(DefaultAcl {
            mode: Mode::from_bits(0o750),
            named: sample_acl(),
        }),
        fingerprint: file.fingerprint,
        parent_time: file.parent_time,
    }
}

fn sample_update() -> UpdateInodeEntry {
    let file = sample_file();
    UpdateInodeEntry {
        id: file.id,
        owner: Some("grace".to_owned()),
        group: Some(String::new()),
        mode: Some(Mode::from_bits(0)),
        creation_time: Some(millis(5)),
        modification_time: Some(millis(6)),
        access_time: Some(millis(7)),
        persistence: Some(PersistenceState::NotPersisted),
        pinned: Some(false),
        media: Some(BTreeSet::new()),
        ttl: Some(Ttl::NONE),
        replication: Some(Replication::UNLIMITED),
        xattr: Some(file.xattr),
        acl: Some(Acl::default()),
        default_acl: Some(DefaultAclChange::Remove),
        fingerprint: Some("TYPE|FILE".to_owned()),
        mount_point: Some(true),
        children_loaded: Some(false),
        persist_job_id: Some(JobId::from_raw(-1)),
        temporary_ufs_path: Some("/tmp/x".to_owned()),
        should_persist_time: Some(millis(8)),
    }
}

fn sample_options() -> MountOptions {
    MountOptions {
        read_only: true,
        shared: true,
        properties: [("aws.region".to_owned(), "eu-1".to_owned())].into(),
    }
}

/// In the order of the kinds.
fn samples() -> Vec<JournalEntry> {
    let id = InodeId::from_raw(33_554_431);
    let path = "/mnt/s3".to_owned();
    let mount_id = MountId::from_raw(4_711);
    let mut samples = vec![
        JournalEntry::InodeFile(Box::new(sample_file())),
        JournalEntry::InodeDirectory(Box::new(sample_directory())),
        JournalEntry::CompleteFile(CompleteFileEntry {
            id,
            length: 1 << 33,
            operation_time: millis(9),
            fingerprint: Some("TYPE|FILE".to_owned()),
            persistence: Some(PersistenceState::Lost),
            withdrawn_from: Some(2),
        }),
        JournalEntry::NewBlock(NewBlockEntry { id }),
        JournalEntry::BlockCommitted(BlockCommittedEntry {
            id,
            block_index: 300,
            length: 64 << 20,
        }),
        JournalEntry::Rename(RenameEntry {
            id,
            new_parent_id: InodeId::from_raw(6),
            new_name: "moved".to_owned(),
            operation_time: millis(10),
        }),
        JournalEntry::Delete(DeleteEntry {
            id,
            operation_time: millis(11),
        }),
        JournalEntry::UpdateInode(Box::new(sample_update())),
    ];
    samples.extend([
        JournalEntry::AddMountPoint(AddMountPointEntry {
            path: path.clone(),
            ufs_uri: "s3://bucket/dir".to_owned(),
            mount_id,
            options: sample_options(),
        }),
        JournalEntry::UpdateMountPoint(UpdateMountPointEntry {
            path: path.clone(),
            mount_id,
            options: sample_options(),
        }),
        JournalEntry::DeleteMountPoint(DeleteMountPointEntry { path: path.clone() }),
        JournalEntry::ContainerId(ContainerIdEntry { next: 1_001 }),
        JournalEntry::DirectoryId(DirectoryIdEntry {
            container_id: 12,
            next_sequence: 9_000,
        }),
        JournalEntry::PathProperties(PathPropertiesEntry {
            path: path.clone(),
            properties: sample_options().properties,
        }),
        JournalEntry::RemovePathProperties(RemovePathPropertiesEntry { path }),
        JournalEntry::UfsMode(UfsModeEntry {
            ufs_uri: "s3://bucket".to_owned(),
            mode: UfsMode::NoAccess,
        }),
        JournalEntry::ClusterInfo(ClusterInfoEntry {
            cluster_id: "2f6c8b1e-0000-4000-8000-000000000001".to_owned(),
        }),
    ]);
    samples.extend(samples_of_work_in_a_store());
    samples.push(JournalEntry::RootStore(RootStoreEntry {
        ufs_uri: "s3://bucket/alluxio".to_owned(),
    }));
    samples.push(JournalEntry::StoreUnknown(StoreUnknownEntry { id }));
    samples.push(JournalEntry::StoreCompared(StoreComparedEntry { id }));
    samples
}

fn samples_of_work_in_a_store() -> [JournalEntry; 4] {
    let (source, target) = ("/mnt/s3/a".to_owned(), "/mnt/s3/b".to_owned());
    let operation_id = Some(OperationId {
        most_significant: -2,
        least_significant: 4_711,
    });
    let ufs_uri = "s3://bucket/dir".to_owned();
    let mount = Mount {
        ufs_uri: ufs_uri.clone(),
        mount_id: MountId::from_raw(4_711),
        options: sample_options(),
    };
    let store_target = StoreTarget {
        ufs_uri,
        is_directory: true,
        mount: Some(mount),
        is_copy: true,
    };
    [
        JournalEntry::StoreDelete(Box::new(StoreDeleteEntry {
            path: source.clone(),
            operation_id,
            time: millis(12),
            recursive: true,
            targets: [("/mnt/s3/a/m".to_owned(), store_target)].into(),
            inode: Some(InodeId::from_raw(33_554_431)),
            sync_parent: true,
            makes: true,
        })),
        JournalEntry::StoreDeleteDone(StoreDeleteDoneEntry {
            path: source.clone(),
        }),
        JournalEntry::StoreRename(Box::new(StoreRenameEntry {
            source: source.clone(),
            target,
            operation_id,
            is_directory: true,
            ufs_source: "s3://bucket/dir/a".to_owned(),
            ufs_target: "s3://bucket/dir/b".to_owned(),
        })),
        JournalEntry::StoreRenameDone(StoreRenameDoneEntry { source }),
    ]
}
