//! How much memory the inode tree takes, and how fast it is: `inode_tree [files]`.
//!
//! Prints resident bytes per file beside what the tree says about itself, and rates on one thread for
//! replaying entries, lookups, listing, checkpoints and deletes, with the longest single pause.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark measures time and prints it"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use alluxio_common::{
    AlluxioPath, ContainerId, InodeId, Mode, PersistenceState, Timestamp, TtlAction,
};
use alluxio_master::inode::{InodeTree, Replication, TreeLoader, Ttl};
use alluxio_master::journal_entry::{
    CompleteFileEntry, DeleteEntry, InodeDirectoryEntry, InodeFileEntry, JournalEntry,
    NewBlockEntry, Transaction,
};
use nix::sys::resource::{UsageWho, getrusage};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROOT: InodeId = InodeId::from_raw(0);
const FILES_PER_DIRECTORY: u64 = 1_000;
/// Children of the one large directory.
const LARGE: u64 = 2_000_000;

fn main() {
    let files: u64 = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000_000);
    println!("{files} files with names of 20 bytes, {FILES_PER_DIRECTORY} per directory");
    let resident_before = resident();
    let mut tree = InodeTree::new();
    tree.apply(&directory(ROOT, ROOT, ""));
    replay_creates(&mut tree, files);
    report_memory(&tree, resident_before);
    look_up(&tree, files);
    list(&tree, directory_id(1), 2_000);
    let chunks = write_checkpoint(&mut tree);
    large_directory(&mut tree, files);
    drop(tree);
    load_checkpoint(&chunks, files);
}

/// Create, first block and completion of every file, each from its encoded frame.
fn replay_creates(tree: &mut InodeTree, files: u64) {
    let mut directory_count = 0;
    let (mut pauses, mut busy, mut entries) = (Pauses::new(), Duration::ZERO, 0u64);
    for n in 0..files {
        if n % FILES_PER_DIRECTORY == 0 {
            directory_count += 1;
            let name = format!("directory-{directory_count:010}");
            tree.apply(&directory(directory_id(directory_count), ROOT, &name));
        }
        let id = file_id(n);
        let parent = directory_id(directory_count);
        let frames = [
            frame(vec![file(id, parent, &file_name(n))]),
            frame(vec![JournalEntry::NewBlock(NewBlockEntry { id })]),
            frame(vec![JournalEntry::CompleteFile(CompleteFileEntry {
                id,
                length: 1_000_000,
                operation_time: time(n),
                fingerprint: None,
                persistence: None,
                withdrawn_from: None,
            })]),
        ];
        for frame in frames {
            let start = Instant::now();
            let transaction = Transaction::decode(&frame).expect("it was just encoded");
            for entry in &transaction.entries {
                tree.apply(entry);
            }
            let elapsed = start.elapsed();
            pauses.note(elapsed);
            busy += elapsed;
            entries += 1;
        }
    }
    rate("decode and apply (create, block, complete)", entries, busy);
    println!("    longest single entry {:?}", pauses.longest);
}

fn report_memory(tree: &InodeTree, resident_before: u64) {
    let grown = resident() - resident_before;
    let report = tree.memory_report();
    let per_file = |bytes: u64| bytes as f64 / report.inodes as f64;
    for part in &report.parts {
        if part.bytes > 0 {
            println!(
                "  {:28} {:8.2} bytes per inode",
                part.name,
                per_file(part.bytes)
            );
        }
    }
    println!(
        "  {:28} {:8.2} bytes per inode",
        "sum",
        per_file(report.total())
    );
    println!(
        "  {:28} {:8.2} bytes per inode",
        "resident",
        per_file(grown)
    );
}

fn look_up(tree: &InodeTree, files: u64) {
    let count = 1_000_000.min(files);
    // A prime step, so that neighbours in time are not neighbours in memory.
    let order = || (0..count).map(|n| n.wrapping_mul(7_368_787) % files);
    let paths: Vec<AlluxioPath> = order()
        .map(|n| {
            let directory = n / FILES_PER_DIRECTORY + 1;
            let text = format!("/directory-{directory:010}/{}", file_name(n));
            AlluxioPath::parse(&text).expect("a path")
        })
        .collect();
    let start = Instant::now();
    for path in &paths {
        black_box(tree.find(path).expect("it was created").length());
    }
    rate(
        "resolve a path of two levels, random",
        count,
        start.elapsed(),
    );
    let start = Instant::now();
    for n in order() {
        black_box(tree.inode(file_id(n)).expect("it was created").length());
    }
    rate("find by id, random", count, start.elapsed());
}

fn list(tree: &InodeTree, id: InodeId, page: usize) {
    let start = Instant::now();
    let (mut count, mut after) = (0u64, None::<String>);
    loop {
        let before = count;
        let mut last = None;
        for child in tree.children(id, after.as_deref()).take(page) {
            black_box((child.name(), child.id(), child.length(), child.owner()));
            last = Some(child);
            count += 1;
        }
        if before == count {
            break;
        }
        after = last.map(|child| child.name().to_owned());
    }
    rate("list in pages", count, start.elapsed());
}

fn write_checkpoint(tree: &mut InodeTree) -> Vec<(&'static str, Vec<u8>)> {
    let start = Instant::now();
    let mut snapshot = tree.begin_snapshot().expect("no other is being written");
    let mut chunks = Vec::new();
    let mut pauses = Pauses::new();
    loop {
        let chunk_start = Instant::now();
        let Some(chunk) = snapshot.next_chunk(tree) else {
            break;
        };
        pauses.note(chunk_start.elapsed());
        chunks.push((chunk.section, chunk.bytes));
    }
    let counts = tree.counts();
    rate(
        "write a checkpoint",
        counts.files + counts.directories,
        start.elapsed(),
    );
    let bytes: usize = chunks.iter().map(|(_, bytes)| bytes.len()).sum();
    println!(
        "    {} MiB, longest chunk {:?}",
        bytes >> 20,
        pauses.longest
    );
    chunks
}

fn load_checkpoint(chunks: &[(&'static str, Vec<u8>)], files: u64) {
    let start = Instant::now();
    let mut loader = TreeLoader::new();
    for (section, bytes) in chunks {
        loader
            .add_chunk(section, bytes)
            .expect("it was just written");
    }
    let decoded = start.elapsed();
    let tree = loader.finish().expect("it was just written");
    rate("load a checkpoint, verified", files, start.elapsed());
    println!("    decoding {decoded:?} of {:?}", start.elapsed());
    black_box(tree.state_hash());
}

/// One directory with two million children whose names come in no order.
fn large_directory(tree: &mut InodeTree, files: u64) {
    let large = directory_id(16_000_000);
    tree.apply(&directory(large, ROOT, "large"));
    let name = |n: u64| format!("part-{:015}", n.wrapping_mul(7_368_787) % LARGE);
    let entries: Vec<JournalEntry> = (0..LARGE)
        .map(|n| file(file_id(files + n), large, &name(n)))
        .collect();
    timed(
        tree,
        "insert into a large directory, random",
        entries.iter(),
    );
    list(tree, large, 2_000);
    let deletes: Vec<JournalEntry> = (0..LARGE / 10)
        .map(|n| {
            JournalEntry::Delete(DeleteEntry {
                id: file_id(files + n * 7),
                operation_time: time(n),
            })
        })
        .collect();
    timed(
        tree,
        "delete from a large directory, random",
        deletes.iter(),
    );
    let all = [JournalEntry::Delete(DeleteEntry {
        id: large,
        operation_time: time(1),
    })];
    timed(tree, "delete the large directory", all.iter());
    let start = Instant::now();
    let (mut freed, mut pauses) = (0u64, Pauses::new());
    while tree.has_garbage() {
        let step = Instant::now();
        freed += tree.reclaim(100).files.len() as u64;
        pauses.note(step.elapsed());
    }
    rate("reclaim", freed, start.elapsed());
    println!("    longest step of 100: {:?}", pauses.longest);
}

fn timed<'a>(tree: &mut InodeTree, what: &str, entries: impl Iterator<Item = &'a JournalEntry>) {
    let (mut pauses, mut busy, mut count) = (Pauses::new(), Duration::ZERO, 0);
    for entry in entries {
        let start = Instant::now();
        tree.apply(entry);
        let elapsed = start.elapsed();
        pauses.note(elapsed);
        busy += elapsed;
        count += 1;
    }
    rate(what, count, busy);
    println!("    longest {:?}", pauses.longest);
}

/// The longest single step of this thread's own making: a step during which the system gave the
/// processor to somebody else says nothing about the tree.
struct Pauses {
    longest: Duration,
    preemptions: i64,
    steps: u32,
}

/// After so many steps the count of preemptions is read even if no step was long.
const STEPS_PER_READING: u32 = 512;

impl Pauses {
    fn new() -> Self {
        Self {
            longest: Duration::ZERO,
            preemptions: preemptions(),
            steps: 0,
        }
    }

    fn note(&mut self, step: Duration) {
        self.steps += 1;
        if step > self.longest || self.steps == STEPS_PER_READING {
            let preemptions = preemptions();
            if preemptions == self.preemptions {
                self.longest = self.longest.max(step);
            }
            self.preemptions = preemptions;
            self.steps = 0;
        }
    }
}

fn preemptions() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("a thread may ask about itself");
    usage.involuntary_context_switches()
}

fn rate(what: &str, count: u64, elapsed: Duration) {
    let per_second = count as f64 / elapsed.as_secs_f64();
    println!("{what}: {per_second:.0}/s ({count} in {elapsed:.2?})");
}

fn frame(entries: Vec<JournalEntry>) -> Vec<u8> {
    let time = time(0);
    Transaction {
        operation_id: None,
        time,
        entries,
    }
    .encode()
}

fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_763_700_000_000 + millis as i64 / 16)
}

fn file_id(n: u64) -> InodeId {
    ContainerId::from_raw(1_000 + n as i64).file_id()
}

fn directory_id(n: u32) -> InodeId {
    ContainerId::from_raw(0).directory_id(n)
}

/// Twenty bytes.
fn file_name(n: u64) -> String {
    format!("part-{n:015}")
}

fn directory(id: InodeId, parent_id: InodeId, name: &str) -> JournalEntry {
    JournalEntry::InodeDirectory(Box::new(InodeDirectoryEntry {
        id,
        parent_id,
        name: name.to_owned(),
        owner: "alluxio".to_owned(),
        group: "alluxio".to_owned(),
        mode: Mode::from_bits(0o755),
        creation_time: time(0),
        modification_time: time(0),
        access_time: time(0),
        persistence: PersistenceState::NotPersisted,
        pinned: false,
        media: std::collections::BTreeSet::new(),
        ttl: Ttl::NONE,
        mount_point: false,
        children_loaded: true,
        xattr: std::collections::BTreeMap::new(),
        acl: None,
        default_acl: None,
        fingerprint: String::new(),
        parent_time: None,
    }))
}

fn file(id: InodeId, parent_id: InodeId, name: &str) -> JournalEntry {
    let now = time(id.container().raw().unsigned_abs());
    JournalEntry::InodeFile(Box::new(InodeFileEntry {
        id,
        parent_id,
        name: name.to_owned(),
        owner: "alluxio".to_owned(),
        group: "alluxio".to_owned(),
        mode: Mode::from_bits(0o644),
        block_size: 64 << 20,
        creation_time: now,
        modification_time: now,
        access_time: now,
        length: None,
        persistence: PersistenceState::NotPersisted,
        cacheable: true,
        pinned: false,
        media: std::collections::BTreeSet::new(),
        ttl: Ttl {
            millis: -1,
            action: TtlAction::Delete,
        },
        replication: Replication::UNLIMITED,
        xattr: std::collections::BTreeMap::new(),
        acl: None,
        fingerprint: String::new(),
        parent_time: Some(now),
    }))
}

/// Bytes of this process that are in memory now.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = status
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("the second field is the resident pages") * 4_096
}
