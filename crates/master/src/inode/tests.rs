//! The tree against its model, under random sequences of valid entries.

use alluxio_common::{
    Access, AlluxioPath, ContainerId, InodeId, JobId, Mode, MountId, PersistenceState, Timestamp,
    TtlAction,
};
use proptest::prelude::*;

use super::model::ModelTree;
use super::*;
use crate::journal_entry::{
    AddMountPointEntry, BlockCommittedEntry, ClusterInfoEntry, CompleteFileEntry, ContainerIdEntry,
    DefaultAclChange, DeleteEntry, DirectoryIdEntry, InodeDirectoryEntry, InodeFileEntry,
    JournalEntry, NewBlockEntry, PathPropertiesEntry, RenameEntry, StoreDeleteEntry,
    StoreRenameEntry, UfsMode, UfsModeEntry, UpdateInodeEntry,
};

const ROOT: InodeId = InodeId::from_raw(0);

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_763_700_000_000 + millis)
}

pub(super) fn directory(id: InodeId, parent_id: InodeId, name: &str) -> JournalEntry {
    JournalEntry::InodeDirectory(Box::new(InodeDirectoryEntry {
        id,
        parent_id,
        name: name.to_owned(),
        owner: "ada".to_owned(),
        group: "staff".to_owned(),
        mode: Mode::from_bits(0o755),
        creation_time: time(0),
        modification_time: time(0),
        access_time: time(0),
        persistence: PersistenceState::NotPersisted,
        pinned: false,
        media: Default::default(),
        ttl: Ttl::NONE,
        mount_point: false,
        children_loaded: false,
        xattr: Default::default(),
        acl: None,
        default_acl: None,
        fingerprint: String::new(),
        parent_time: None,
    }))
}

pub(super) fn file(id: InodeId, parent_id: InodeId, name: &str) -> JournalEntry {
    JournalEntry::InodeFile(Box::new(InodeFileEntry {
        id,
        parent_id,
        name: name.to_owned(),
        owner: "ada".to_owned(),
        group: "staff".to_owned(),
        mode: Mode::from_bits(0o644),
        block_size: 1_024,
        creation_time: time(0),
        modification_time: time(0),
        access_time: time(0),
        length: None,
        persistence: PersistenceState::NotPersisted,
        cacheable: true,
        pinned: false,
        media: Default::default(),
        ttl: Ttl::NONE,
        replication: Replication::UNLIMITED,
        xattr: Default::default(),
        acl: None,
        fingerprint: String::new(),
        parent_time: None,
    }))
}

fn file_id(n: i64) -> InodeId {
    ContainerId::from_raw(1_000 + n).file_id()
}

fn directory_id(n: u32) -> InodeId {
    ContainerId::from_raw(0).directory_id(n)
}

fn tree_with_root() -> InodeTree {
    let mut tree = InodeTree::new();
    tree.apply(&directory(ROOT, ROOT, ""));
    tree
}

/// What a step of a random test tries; the numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    CreateFile(usize, u8, u8),
    CreateDirectory(usize, u8, u8),
    Complete(usize, i64),
    NewBlock(usize),
    Commit(usize, u32, i64),
    Rename(usize, usize, u8),
    Delete(usize),
    Update(usize, u8, u8),
    Setting(u8, u8),
    Reclaim(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let pick = 0usize..1_000;
    prop_oneof![
        8 => (pick.clone(), any::<u8>(), any::<u8>()).prop_map(|(p, n, v)| Step::CreateFile(p, n, v)),
        5 => (pick.clone(), any::<u8>(), any::<u8>())
            .prop_map(|(p, n, v)| Step::CreateDirectory(p, n, v)),
        3 => (pick.clone(), -1i64..5_000).prop_map(|(p, l)| Step::Complete(p, l)),
        3 => pick.clone().prop_map(Step::NewBlock),
        2 => (pick.clone(), 0u32..4, 0i64..1_024).prop_map(|(p, i, l)| Step::Commit(p, i, l)),
        4 => (pick.clone(), pick.clone(), any::<u8>()).prop_map(|(p, q, n)| Step::Rename(p, q, n)),
        3 => pick.clone().prop_map(Step::Delete),
        6 => (pick, any::<u8>(), any::<u8>()).prop_map(|(p, w, v)| Step::Update(p, w, v)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(w, v)| Step::Setting(w, v)),
        3 => (0usize..20).prop_map(Step::Reclaim),
    ]
}

/// Names of all lengths: usual ones, empty rooms of other sizes, and one too long for the arena.
fn name(n: u8) -> String {
    match n % 16 {
        0 => format!("{}-{n}", "l".repeat(260)),
        1 => format!("\u{1F600}{n}"),
        2 => format!("middle-sized-name-of-a-file-{n:040}"),
        _ => format!("n{}", n % 64),
    }
}

fn fingerprint(v: u8) -> String {
    match v % 8 {
        0 => "x".repeat(300),
        1 | 2 => format!("TYPE|FILE CONTENT_HASH|{v}"),
        _ => String::new(),
    }
}

fn pick<T: Copy>(all: &[T], n: usize) -> Option<T> {
    (!all.is_empty()).then(|| all[n % all.len()])
}

/// Turns steps into entries that are valid in the state of the model.
#[derive(Debug, Default)]
struct Decider {
    next: i64,
}

impl Decider {
    fn decide(&mut self, model: &ModelTree, step: &Step) -> Option<JournalEntry> {
        self.next += 1;
        let ids = |kind: Option<InodeKind>| {
            let nodes = model.nodes.values();
            let nodes = nodes.filter(move |node| kind == Some(node.kind) || kind.is_none());
            nodes.map(|node| node.id).collect::<Vec<_>>()
        };
        let files = || ids(Some(InodeKind::File));
        let directories = || ids(Some(InodeKind::Directory));
        let free = |parent: &InodeId, name: &str| !model.nodes[parent].children.contains_key(name);
        match *step {
            Step::CreateFile(parent, n, v) => {
                let parent = pick(&directories(), parent)?;
                free(&parent, &name(n)).then(|| self.file(parent, n, v))
            }
            Step::CreateDirectory(parent, n, v) => {
                let parent = pick(&directories(), parent)?;
                free(&parent, &name(n)).then(|| self.directory(parent, n, v))
            }
            Step::Complete(n, length) => Some(JournalEntry::CompleteFile(CompleteFileEntry {
                id: pick(&files(), n)?,
                length,
                operation_time: time(self.next),
                fingerprint: (length % 3 == 0).then(|| fingerprint(length as u8)),
                persistence: (length % 5 == 0).then_some(PersistenceState::Persisted),
                withdrawn_from: (length % 7 == 0).then_some(length as u32 % 4),
            })),
            Step::NewBlock(n) => {
                let id = pick(&files(), n).filter(|id| !model.nodes[id].completed)?;
                Some(JournalEntry::NewBlock(NewBlockEntry { id }))
            }
            Step::Commit(n, block_index, length) => {
                let id = pick(&files(), n)?;
                let node = &model.nodes[&id];
                let valid = node.completed || node.uncommitted.len() > block_index as usize;
                valid.then_some(JournalEntry::BlockCommitted(BlockCommittedEntry {
                    id,
                    block_index,
                    length,
                }))
            }
            Step::Rename(n, parent, new) => {
                let id = pick(&ids(None), n).filter(|id| *id != ROOT)?;
                let new_parent_id = pick(&directories(), parent)?;
                let mut above = new_parent_id;
                while above != ROOT && above != id {
                    above = model.nodes[&above].parent_id;
                }
                let valid = above != id && free(&new_parent_id, &name(new));
                valid.then(|| {
                    JournalEntry::Rename(RenameEntry {
                        id,
                        new_parent_id,
                        new_name: name(new),
                        operation_time: time(self.next),
                    })
                })
            }
            Step::Delete(n) => Some(JournalEntry::Delete(DeleteEntry {
                id: pick(&ids(None), n).filter(|id| *id != ROOT)?,
                operation_time: time(self.next),
            })),
            Step::Update(n, which, v) => {
                let id = pick(&ids(None), n)?;
                Some(self.update(id, model.nodes[&id].kind, which, v))
            }
            Step::Setting(which, v) => Some(setting(which, v)),
            Step::Reclaim(_) => None,
        }
    }

    fn file(&self, parent: InodeId, n: u8, v: u8) -> JournalEntry {
        let mut entry = file(file_id(self.next), parent, &name(n));
        if let JournalEntry::InodeFile(file) = &mut entry {
            file.owner = format!("user-{}", v % 4);
            file.block_size = 512 << (v % 3);
            file.creation_time = time(self.next);
            file.length = v.is_multiple_of(3).then(|| i64::from(v) * 100);
            file.pinned = v.is_multiple_of(7);
            file.parent_time = v.is_multiple_of(2).then(|| time(self.next));
            file.fingerprint = fingerprint(v);
            if v.is_multiple_of(5) {
                file.ttl = Ttl {
                    millis: i64::from(v) - 10,
                    action: TtlAction::Free,
                };
                file.xattr = [("k".to_owned(), vec![v])].into();
                file.acl = Some(acl(v));
            }
        }
        entry
    }

    fn directory(&self, parent: InodeId, n: u8, v: u8) -> JournalEntry {
        let mut entry = directory(directory_id(self.next as u32), parent, &name(n));
        if let JournalEntry::InodeDirectory(directory) = &mut entry {
            directory.mode = Mode::from_bits(u16::from(v));
            directory.children_loaded = v.is_multiple_of(2);
            directory.mount_point = v.is_multiple_of(3);
            directory.parent_time = v.is_multiple_of(4).then(|| time(self.next));
            directory.default_acl = v.is_multiple_of(5).then(|| DefaultAcl {
                mode: Mode::from_bits(0o700),
                named: acl(v),
            });
        }
        entry
    }

    fn update(&self, id: InodeId, kind: InodeKind, which: u8, v: u8) -> JournalEntry {
        let mut update = UpdateInodeEntry::of(id);
        match which % 10 {
            0 => update.owner = Some(format!("user-{}", v % 6)),
            1 => update.mode = Some(Mode::from_bits(u16::from(v))),
            2 => update.modification_time = Some(time(-i64::from(v))),
            3 => {
                update.ttl = Some(Ttl {
                    millis: i64::from(v) - 100,
                    action: TtlAction::Delete,
                });
            }
            4 => update.persistence = pick(PersistenceState::ALL, v.into()),
            5 => {
                update.pinned = Some(v.is_multiple_of(2));
                update.media = Some([format!("M{}", v % 3)].into());
            }
            6 => {
                update.xattr = Some((0..v % 3).map(|n| (format!("k{n}"), vec![v])).collect());
                update.acl = Some(if v.is_multiple_of(2) {
                    acl(v)
                } else {
                    Acl::default()
                });
            }
            7 => update.fingerprint = Some(fingerprint(v)),
            8 if kind == InodeKind::Directory => {
                update.children_loaded = Some(v.is_multiple_of(2));
                update.default_acl = Some(if v.is_multiple_of(3) {
                    DefaultAclChange::Replace(DefaultAcl::default())
                } else {
                    DefaultAclChange::Remove
                });
            }
            _ => {
                update.creation_time = Some(time(i64::from(v)));
                update.replication = Some(Replication {
                    min: 1,
                    max: v.into(),
                });
                update.persist_job_id = Some(JobId::from_raw(i64::from(v) - 100));
                update.temporary_ufs_path = Some(name(v % 3));
                update.should_persist_time = Some(Timestamp::from_millis(i64::from(v) - 50));
            }
        }
        JournalEntry::UpdateInode(Box::new(update))
    }
}

fn acl(v: u8) -> Acl {
    Acl {
        users: [(format!("user-{v}"), Access::from_bits(v))].into(),
        groups: Default::default(),
        mask: v.is_multiple_of(2).then_some(Access::READ),
    }
}

fn setting(which: u8, v: u8) -> JournalEntry {
    match which % 7 {
        0 => JournalEntry::AddMountPoint(AddMountPointEntry {
            path: format!("/mnt/{}", v % 4),
            ufs_uri: format!("s3://bucket-{v}"),
            mount_id: MountId::from_raw(v.into()),
            options: MountOptions::default(),
        }),
        1 => JournalEntry::ContainerId(ContainerIdEntry { next: v.into() }),
        2 => JournalEntry::DirectoryId(DirectoryIdEntry {
            container_id: 1,
            next_sequence: v.into(),
        }),
        3 => JournalEntry::PathProperties(PathPropertiesEntry {
            path: format!("/{}", v % 4),
            properties: [("k".to_owned(), v.to_string())].into(),
        }),
        4 => JournalEntry::StoreDelete(Box::new(StoreDeleteEntry {
            path: format!("/{}", v % 4),
            ..StoreDeleteEntry::default()
        })),
        5 => JournalEntry::StoreRename(Box::new(StoreRenameEntry {
            source: format!("/{}", v % 4),
            ..StoreRenameEntry::default()
        })),
        _ if v < 200 => JournalEntry::UfsMode(UfsModeEntry {
            ufs_uri: format!("s3://bucket-{}", v % 3),
            mode: if v.is_multiple_of(2) {
                UfsMode::ReadOnly
            } else {
                UfsMode::ReadWrite
            },
        }),
        _ => JournalEntry::ClusterInfo(ClusterInfoEntry {
            cluster_id: format!("cluster-{v}"),
        }),
    }
}

/// The tree and its model after some steps, and the entries that led there.
fn run(steps: &[Step]) -> (InodeTree, ModelTree, Vec<JournalEntry>) {
    let (mut tree, mut model, mut decider) =
        (tree_with_root(), ModelTree::default(), Decider::default());
    let mut entries = vec![directory(ROOT, ROOT, "")];
    model.apply(&entries[0]);
    for step in steps {
        if let Step::Reclaim(budget) = step {
            tree.reclaim(*budget);
        }
        if let Some(entry) = decider.decide(&model, step) {
            assert_eq!(tree.check(std::slice::from_ref(&entry)), Ok(()));
            tree.apply(&entry);
            model.apply(&entry);
            entries.push(entry);
        }
    }
    (tree, model, entries)
}

fn replay(entries: &[JournalEntry]) -> InodeTree {
    let mut tree = InodeTree::new();
    for entry in entries {
        tree.apply(entry);
    }
    tree
}

fn load(chunks: &[SnapshotChunk]) -> InodeTree {
    let mut loader = TreeLoader::new();
    for chunk in chunks {
        loader.add_chunk(chunk.section, &chunk.bytes).unwrap();
    }
    loader.finish().unwrap()
}

fn snapshot(tree: &mut InodeTree) -> Vec<SnapshotChunk> {
    let mut snapshot = tree.begin_snapshot().unwrap();
    std::iter::from_fn(|| snapshot.next_chunk(tree)).collect()
}

fn assert_same(tree: &InodeTree, model: &ModelTree) {
    let found = ModelTree::of(tree);
    for (id, node) in &model.nodes {
        assert_eq!(found.nodes.get(id), Some(node));
    }
    assert!(found.nodes.keys().eq(model.nodes.keys()));
    assert_eq!(found.settings, model.settings);
    let kind = |kind| {
        model
            .nodes
            .values()
            .filter(|node| node.kind == kind)
            .count() as u64
    };
    let counts = Counts {
        files: kind(InodeKind::File),
        directories: kind(InodeKind::Directory),
    };
    assert_eq!(tree.counts(), counts);
    for node in model.nodes.values() {
        let inode = tree.inode(node.id).unwrap();
        let path = inode.path();
        assert_eq!(tree.resolve(&path).unwrap().id(), node.id);
        assert_eq!(tree.trace(&path).target().unwrap().id(), node.id);
    }
    let mut expired: Vec<_> = model
        .nodes
        .values()
        .filter_map(|node| Some((node.expiry()?, node.id)))
        .filter(|(expiry, _)| *expiry <= time(100))
        .collect();
    expired.sort();
    assert_eq!(
        tree.expired(time(100))
            .map(InodeRef::id)
            .collect::<Vec<_>>(),
        expired.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    );
    let files = || {
        model
            .nodes
            .values()
            .filter(|node| node.kind == InodeKind::File)
    };
    assert!(
        files()
            .filter(|node| node.pinned)
            .map(|node| node.id)
            .eq(tree.pinned().map(InodeRef::id))
    );
    assert!(
        files()
            .filter(|node| node.persistence == PersistenceState::ToBePersisted)
            .map(|node| node.id)
            .eq(tree.to_be_persisted().map(InodeRef::id))
    );
}

/// Fewer cases than the default of 256: each runs hundreds of steps on several trees.
fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(48)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_tree_says_what_its_model_says(steps in prop::collection::vec(step(), 1..250)) {
        let (mut tree, model, _) = run(&steps);
        assert_same(&tree, &model);
        while tree.has_garbage() {
            tree.reclaim(7);
        }
        assert_same(&tree, &model);
        prop_assert_eq!(u64::from(tree.store.records.live()), model.nodes.len() as u64);
        prop_assert_eq!(tree.by_id.len(), model.nodes.len());
        prop_assert_eq!(tree.by_name.len(), model.nodes.len() - 1);
    }

    #[test]
    fn equal_states_have_equal_hashes_whatever_the_history(
        steps in prop::collection::vec(step(), 1..250),
    ) {
        let (tree, model, entries) = run(&steps);
        prop_assert_eq!(replay(&entries).state_hash(), tree.state_hash());
        let mut rebuilt = replay(&model.rebuilding_entries());
        rebuilt.settings = model.settings.clone();
        assert_same(&rebuilt, &model);
        prop_assert_eq!(rebuilt.state_hash(), tree.state_hash());
    }

    #[test]
    fn a_checkpoint_holds_the_state_at_its_beginning_whatever_happens_meanwhile(
        before in prop::collection::vec(step(), 1..150),
        meanwhile in prop::collection::vec((step(), 0usize..3), 1..150),
        slots_per_chunk in 1u32..20,
    ) {
        let (mut tree, mut model, _) = run(&before);
        let mut decider = Decider { next: before.len() as i64 };
        let (expected, hash) = (model.clone(), tree.state_hash());
        let mut snapshot = tree.begin_snapshot_in_chunks_of(slots_per_chunk).unwrap();
        prop_assert!(tree.begin_snapshot().is_none());
        let mut chunks = Vec::new();
        for (step, chunk_count) in meanwhile {
            for _ in 0..chunk_count {
                chunks.extend(snapshot.next_chunk(&tree));
            }
            if let Step::Reclaim(budget) = step {
                tree.reclaim(budget);
            }
            if let Some(entry) = decider.decide(&model, &step) {
                tree.apply(&entry);
                model.apply(&entry);
            }
        }
        chunks.extend(std::iter::from_fn(|| snapshot.next_chunk(&tree)));
        let loaded = load(&chunks);
        assert_same(&loaded, &expected);
        prop_assert_eq!(loaded.state_hash(), hash);
        assert_same(&tree, &model);
    }

    #[test]
    fn a_loaded_tree_goes_on_like_the_one_that_was_saved(
        before in prop::collection::vec(step(), 1..150),
        after in prop::collection::vec(step(), 1..150),
    ) {
        let (mut tree, mut model, _) = run(&before);
        let mut loaded = load(&snapshot(&mut tree));
        let mut decider = Decider { next: before.len() as i64 };
        for step in after {
            if let Some(entry) = decider.decide(&model, &step) {
                tree.apply(&entry);
                loaded.apply(&entry);
                model.apply(&entry);
            }
        }
        assert_same(&loaded, &model);
        prop_assert_eq!(loaded.state_hash(), tree.state_hash());
    }

    #[test]
    fn reclaiming_frees_what_was_deleted_and_names_every_file_once(
        steps in prop::collection::vec(step(), 1..250),
    ) {
        let (mut tree, model, mut entries) = run(&steps);
        let top = directory(directory_id(9_999), ROOT, "top");
        let hash = tree.state_hash();
        tree.apply(&top);
        entries.push(top);
        let moved: Vec<InodeId> = model.nodes[&ROOT].children.values().copied().collect();
        for (n, id) in moved.iter().enumerate() {
            tree.apply(&JournalEntry::Rename(RenameEntry {
                id: *id,
                new_parent_id: directory_id(9_999),
                new_name: format!("moved-{n}"),
                operation_time: time(0),
            }));
        }
        while tree.has_garbage() {
            tree.reclaim(100);
        }
        tree.apply(&JournalEntry::Delete(DeleteEntry { id: directory_id(9_999), operation_time: time(0) }));
        prop_assert_eq!(tree.counts(), Counts { files: 0, directories: 1 });
        let mut files = Vec::new();
        let mut directories = 0;
        while tree.has_garbage() {
            for id in model.nodes.keys().filter(|id| **id != ROOT) {
                prop_assert!(tree.inode(*id).is_none());
                prop_assert!(tree.path_of(*id).is_none());
            }
            let step = tree.reclaim(3);
            files.extend(step.files.into_iter().map(|file| file.id));
            directories += step.directories;
        }
        files.sort();
        let expected = model.nodes.values().filter(|node| node.kind == InodeKind::File);
        prop_assert!(files.into_iter().eq(expected.map(|node| node.id)));
        prop_assert_eq!(directories, model.nodes.values().filter(|n| n.kind == InodeKind::Directory).count());
        prop_assert_eq!(tree.store.records.live(), 1);
        if model.nodes.len() > 1 {
            prop_assert_ne!(tree.state_hash(), hash);
        }
    }

    #[test]
    fn a_listing_continues_after_any_name(
        names in prop::collection::btree_set("[a-d]{1,4}", 0..80),
        start_after in "[a-e]{0,4}",
    ) {
        let mut tree = tree_with_root();
        for (n, name) in names.iter().rev().enumerate() {
            tree.apply(&file(file_id(n as i64), ROOT, name));
        }
        let listed: Vec<&str> = tree.children(ROOT, Some(&start_after)).map(InodeRef::name).collect();
        let expected: Vec<&str> = names.iter().map(String::as_str).filter(|name| **name > *start_after).collect();
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn a_walk_in_steps_visits_everything_once(
        steps in prop::collection::vec(step(), 1..150),
        limit in 1usize..10,
    ) {
        let (tree, model, _) = run(&steps);
        let mut walk = SubtreeWalk::below(ROOT);
        let mut visited = Vec::new();
        while !walk.is_finished() {
            let before = visited.len();
            walk.next_batch(&tree, limit, |inode| visited.push(inode.path()));
            prop_assert!(visited.len() - before <= limit);
        }
        prop_assert_eq!(visited.len(), model.nodes.len() - 1);
        for (n, path) in visited.iter().enumerate() {
            let parent = path.parent().unwrap();
            prop_assert!(parent.is_root() || visited[..n].contains(&parent));
        }
    }

    #[test]
    fn damaged_checkpoints_are_refused_and_never_panic(
        steps in prop::collection::vec(step(), 1..60),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let (mut tree, ..) = run(&steps);
        let mut chunks = snapshot(&mut tree);
        let which = at.index(chunks.len());
        let place = at.index(chunks[which].bytes.len());
        chunks[which].bytes[place] ^= 1 << bit;
        let mut loader = TreeLoader::new();
        let loaded = chunks
            .iter()
            .try_for_each(|chunk| loader.add_chunk(chunk.section, &chunk.bytes))
            .and_then(|()| loader.finish());
        // Where only the layout is damaged the tree is still the right one.
        if let Ok(loaded) = loaded {
            prop_assert_eq!(loaded.state_hash(), tree.state_hash());
        }
    }
}

#[test]
fn a_path_of_a_thousand_levels_works() {
    let mut tree = tree_with_root();
    let mut path = AlluxioPath::root();
    let mut parent = ROOT;
    for n in 1..=1_000 {
        tree.apply(&directory(directory_id(n), parent, "d"));
        parent = directory_id(n);
        path = path.child("d");
    }
    assert_eq!(tree.resolve(&path).unwrap().id(), parent);
    assert_eq!(tree.path_of(parent), Some(path.clone()));
    assert_eq!(tree.inode(parent).unwrap().ancestors().count(), 1_000);
    let unresolved = tree.resolve(&path.child("x").child("y")).unwrap_err();
    assert_eq!((unresolved.depth, unresolved.nearest.id()), (1_000, parent));
    let deep = path.child("x").child("y");
    let trace = tree.trace(&deep);
    assert_eq!(
        (trace.existing.len(), trace.missing.as_slice()),
        (1_001, ["x", "y"].as_slice())
    );
    drop(trace);
    assert_eq!(load(&snapshot(&mut tree)).state_hash(), tree.state_hash());
    tree.apply(&JournalEntry::Delete(DeleteEntry {
        id: directory_id(1),
        operation_time: time(1),
    }));
    while tree.has_garbage() {
        tree.reclaim(100);
    }
    assert_eq!(tree.store.records.live(), 1);
}

#[test]
fn block_lengths_follow_from_the_length_of_a_complete_file() {
    let mut tree = tree_with_root();
    let id = file_id(1);
    tree.apply(&file(id, ROOT, "f"));
    tree.apply(&JournalEntry::NewBlock(NewBlockEntry { id }));
    assert_eq!(tree.inode(id).unwrap().block_length(0), None);
    tree.apply(&JournalEntry::BlockCommitted(BlockCommittedEntry {
        id,
        block_index: 0,
        length: 7,
    }));
    assert_eq!(tree.inode(id).unwrap().block_length(0), Some(7));
    for (length, blocks) in [
        (0, vec![]),
        (-1, vec![]),
        (1_024, vec![1_024]),
        (2_049, vec![1_024, 1_024, 1]),
    ] {
        tree.apply(&JournalEntry::CompleteFile(CompleteFileEntry {
            id,
            length,
            operation_time: time(2),
            fingerprint: None,
            persistence: None,
            withdrawn_from: None,
        }));
        let inode = tree.inode(id).unwrap();
        let lengths: Vec<i64> = (0..inode.block_count())
            .map(|n| inode.block_length(n).unwrap())
            .collect();
        assert_eq!(lengths, blocks);
        assert_eq!(inode.block_ids().len(), blocks.len());
        assert_eq!(inode.block_length(blocks.len() as u32), None);
    }
}

#[test]
#[should_panic(expected = "the journal contradicts the tree: the name is taken: InodeFile")]
fn an_entry_that_contradicts_the_tree_stops_the_master() {
    let mut tree = tree_with_root();
    tree.apply(&file(file_id(1), ROOT, "f"));
    tree.apply(&file(file_id(2), ROOT, "f"));
}

#[test]
fn an_abandoned_checkpoint_makes_room_for_the_next() {
    let mut tree = tree_with_root();
    drop(tree.begin_snapshot());
    tree.apply(&file(file_id(1), ROOT, "f"));
    assert_eq!(load(&snapshot(&mut tree)).state_hash(), tree.state_hash());
}

#[test]
fn half_a_million_files_come_back_from_a_checkpoint_and_their_room_from_a_delete() {
    const FILES: i64 = 500_000;
    let mut tree = tree_with_root();
    tree.apply(&directory(directory_id(1), ROOT, "big"));
    for n in 0..FILES {
        // A prime step: not in the order of their names.
        let name = format!("part-{:015}", n * 7_919 % FILES);
        tree.apply(&file(file_id(n), directory_id(1), &name));
    }
    let report = tree.memory_report();
    assert!(report.total() / (FILES as u64) < 128, "{report:?}");
    let loaded = load(&snapshot(&mut tree));
    assert_eq!(loaded.state_hash(), tree.state_hash());
    assert_eq!(loaded.children(directory_id(1), None).count() as i64, FILES);
    let before = tree.store.texts.allocated_bytes();
    tree.apply(&JournalEntry::Delete(DeleteEntry {
        id: directory_id(1),
        operation_time: time(1),
    }));
    assert_eq!(
        tree.counts(),
        Counts {
            files: 0,
            directories: 1
        }
    );
    let mut freed = 0;
    while tree.has_garbage() {
        freed += tree.reclaim(1_000).files.len() as i64;
    }
    assert_eq!(freed, FILES);
    tree.apply(&directory(directory_id(2), ROOT, "big"));
    for n in 0..FILES {
        tree.apply(&file(
            file_id(FILES + n),
            directory_id(2),
            &format!("part-{n:015}"),
        ));
    }
    assert_eq!(tree.store.texts.allocated_bytes(), before);
}
