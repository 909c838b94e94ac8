//! A disk in memory that can break, fill up, or lose its power at any step.
//!
//! It keeps apart what a program sees (the page cache) and what a power loss leaves: bytes that were
//! synced, names whose folder was synced. A failed sync behaves as Linux does: the bytes stay
//! readable, count as clean, and a later successful sync does not write them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile, DiskLock, DiskSpace, LockAttempt};

/// The unit that survives a power loss, or not, as a whole.
const SECTOR: usize = 512;

/// The size of a disk that nobody has limited.
const DEFAULT_CAPACITY: u64 = 1 << 40;

/// What a disk may do wrong, until it is healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Writing to a file answers EIO.
    Write,
    /// A write takes one byte only, and the next one answers EIO.
    ShortWrite,
    /// Syncing a file answers EIO; what was written before is lost, though it can still be read.
    Sync,
    /// Syncing a file answers success and does nothing, as a drive does whose cache lies.
    LyingSync,
    /// Creating a file answers EIO.
    Create,
    /// Renaming a file answers EIO.
    Rename,
    /// Syncing a folder answers EIO.
    SyncDir,
    /// Reading from a file answers EIO.
    Read,
}

/// What a power loss leaves of that which was never synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashImage {
    /// Nothing.
    OnlySynced,
    /// Everything: the process ended, the machine did not.
    Everything,
    /// Some of it, by this seed: any sectors of any file, and the first few changes of names.
    Some(u64),
}

/// The disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

type FileNumber = u64;

#[derive(Debug, Clone, Default)]
struct State {
    files: BTreeMap<FileNumber, Content>,
    names: BTreeMap<PathBuf, FileNumber>,
    durable_names: BTreeMap<PathBuf, FileNumber>,
    pending_names: Vec<NameChange>,
    locks: BTreeMap<PathBuf, String>,
    faults: BTreeSet<Fault>,
    next_file: FileNumber,
    /// Changes asked for so far; the step that a test counts in.
    steps: u64,
    crash_at: Option<u64>,
    fail_at: Option<u64>,
    is_short_write_over: bool,
    capacity: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    visible: Vec<u8>,
    durable: Vec<u8>,
    dirty: Vec<Range<usize>>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(PathBuf, FileNumber),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf),
}

impl SimulatedDisk {
    /// An empty, healthy disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Breaks it in this way, until [`Self::heal`].
    pub fn inject(&self, fault: Fault) {
        self.state.lock().faults.insert(fault);
    }

    /// Limits its size; writes beyond answer ENOSPC.
    pub fn limit_capacity(&self, bytes: u64) {
        self.state.lock().capacity = Some(bytes);
    }

    /// How many bytes its files have together.
    pub fn used_bytes(&self) -> u64 {
        self.state.lock().used_bytes()
    }

    /// Takes back every fault, and the limit of its size.
    pub fn heal(&self) {
        let mut state = self.state.lock();
        state.faults.clear();
        state.capacity = None;
        state.is_short_write_over = false;
    }

    /// How many changes were asked for so far.
    pub fn steps(&self) -> u64 {
        self.state.lock().steps
    }

    /// Lets `steps` changes succeed, counted from the very first one; all later ones fail and change
    /// nothing, as if the power were gone.
    pub fn crash_after(&self, steps: u64) {
        self.state.lock().crash_at = Some(steps);
    }

    /// Lets one change fail, counted from the very first one as 0.
    pub fn fail_once_at(&self, step: u64) {
        self.state.lock().fail_at = Some(step);
    }

    /// The disk as the next start of the machine (or of the process) finds it.
    pub fn after_crash(&self, image: CrashImage) -> Self {
        let state = self.state.lock();
        let mut names = state.durable_names.clone();
        let mut chance = Chance::new(image);
        let kept_changes = chance.up_to(state.pending_names.len());
        for change in &state.pending_names[..kept_changes] {
            apply_change(&mut names, change);
        }
        let mut files = BTreeMap::new();
        for number in names.values() {
            let content = &state.files[number];
            let bytes = content.after_crash(&mut chance);
            files.insert(
                *number,
                Content {
                    visible: bytes.clone(),
                    durable: bytes,
                    dirty: Vec::new(),
                },
            );
        }
        let next = State {
            files,
            durable_names: names.clone(),
            names,
            next_file: state.next_file,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(next)),
        }
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state.lock().names.keys().cloned().collect()
    }

    /// What a program would read from this file.
    pub fn content(&self, file: &Path) -> Option<Vec<u8>> {
        let state = self.state.lock();
        let number = state.names.get(file)?;
        Some(state.files[number].visible.clone())
    }

    /// Puts a file there, durable at once; or replaces its bytes.
    pub fn put(&self, file: &Path, bytes: &[u8]) {
        let mut state = self.state.lock();
        let number = state.new_file();
        state.names.insert(file.to_owned(), number);
        state.durable_names.insert(file.to_owned(), number);
        let content = Content {
            visible: bytes.to_vec(),
            durable: bytes.to_vec(),
            dirty: Vec::new(),
        };
        state.files.insert(number, content);
    }

    /// A copy that shares nothing with this one: same bytes, healthy.
    pub fn copy(&self) -> Self {
        self.after_crash(CrashImage::Everything)
    }
}

impl State {
    fn new_file(&mut self) -> FileNumber {
        self.next_file += 1;
        self.next_file
    }

    fn used_bytes(&self) -> u64 {
        let used = |number| self.files[number].visible.len() as u64;
        self.names.values().map(used).sum()
    }

    /// Counts a change, and refuses it if the disk is to refuse.
    fn step(&mut self, fault: Fault) -> io::Result<()> {
        let step = self.steps;
        self.steps += 1;
        if self.crash_at.is_some_and(|crash_at| step >= crash_at) {
            return Err(io::Error::other("the power is gone"));
        }
        if self.fail_at == Some(step) || self.faults.contains(&fault) {
            return Err(input_output_error());
        }
        Ok(())
    }

    fn number(&self, file: &Path) -> io::Result<FileNumber> {
        let number = self.names.get(file).copied();
        number.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change_name(&mut self, change: NameChange) {
        apply_change(&mut self.names, &change);
        self.pending_names.push(change);
    }
}

fn input_output_error() -> io::Error {
    nix::errno::Errno::EIO.into()
}

fn apply_change(names: &mut BTreeMap<PathBuf, FileNumber>, change: &NameChange) {
    match change {
        NameChange::Link(path, number) => {
            names.insert(path.clone(), *number);
        }
        NameChange::Unlink(path) => {
            names.remove(path);
        }
        NameChange::Rename(from, to) => {
            if let Some(number) = names.remove(from) {
                names.insert(to.clone(), number);
            }
        }
    }
}

impl Content {
    fn sync(&mut self) {
        self.durable.resize(self.visible.len(), 0);
        for range in self.dirty.drain(..) {
            let end = range.end.min(self.visible.len());
            if range.start < end {
                self.durable[range.start..end].copy_from_slice(&self.visible[range.start..end]);
            }
        }
    }

    fn after_crash(&self, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        if chance.coin() {
            bytes.resize(self.visible.len(), 0);
        }
        for range in &self.dirty {
            let mut start = range.start;
            while start < range.end {
                // Up to the next boundary of a sector, which a disk writes as a whole.
                let end = ((start / SECTOR + 1) * SECTOR).min(range.end);
                let (from, to) = (start, end.min(self.visible.len()));
                if chance.coin() && from < to {
                    if bytes.len() < to {
                        bytes.resize(to, 0);
                    }
                    bytes[from..to].copy_from_slice(&self.visible[from..to]);
                }
                start = end;
            }
        }
        bytes
    }
}

/// Decides what survives; the same seed decides the same.
struct Chance {
    image: CrashImage,
    state: u64,
}

impl Chance {
    fn new(image: CrashImage) -> Self {
        let state = match image {
            CrashImage::OnlySynced | CrashImage::Everything => 0,
            CrashImage::Some(seed) => seed,
        };
        Self { image, state }
    }

    /// One step of the splitmix generator.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn coin(&mut self) -> bool {
        match self.image {
            CrashImage::OnlySynced => false,
            CrashImage::Everything => true,
            CrashImage::Some(_) => self.next() & 1 == 1,
        }
    }

    fn up_to(&mut self, count: usize) -> usize {
        match self.image {
            CrashImage::OnlySynced => 0,
            CrashImage::Everything => count,
            CrashImage::Some(_) => (self.next() % (count as u64 + 1)) as usize,
        }
    }
}

impl Disk for SimulatedDisk {
    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state.lock();
        state.step(Fault::Create)?;
        let number = state.new_file();
        state.files.insert(number, Content::default());
        state.change_name(NameChange::Link(file.to_owned(), number));
        Ok(self.handle(number))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let number = self.state.lock().number(file)?;
        Ok(self.handle(number))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step(Fault::Rename)?;
        state.number(from)?;
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step(Fault::Rename)?;
        state.number(file)?;
        state.change_name(NameChange::Unlink(file.to_owned()));
        Ok(())
    }

    fn create_dir_all(&self, _folder: &Path) -> io::Result<()> {
        // Folders come and go with their files here.
        Ok(())
    }

    fn make_private(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state.lock();
        let inside = state
            .names
            .keys()
            .filter(|path| path.parent() == Some(folder));
        let name = |path: &PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned());
        Ok(inside.filter_map(name).collect())
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut guard = self.state.lock();
        guard.step(Fault::SyncDir)?;
        let state = &mut *guard;
        let is_inside = |path: &Path| path.parent() == Some(folder);
        let last = state.pending_names.iter().rposition(|change| match change {
            NameChange::Link(path, _) | NameChange::Unlink(path) => is_inside(path),
            NameChange::Rename(from, to) => is_inside(from) || is_inside(to),
        });
        // Changes of names reach the disk in order, so all that came before come along.
        for change in state.pending_names.drain(..last.map_or(0, |last| last + 1)) {
            apply_change(&mut state.durable_names, &change);
        }
        Ok(())
    }

    fn lock(&self, file: &Path, owner: &str) -> io::Result<LockAttempt> {
        let mut state = self.state.lock();
        if let Some(owner) = state.locks.get(file) {
            return Ok(LockAttempt::Taken {
                owner: owner.clone(),
            });
        }
        state.locks.insert(file.to_owned(), owner.to_owned());
        Ok(LockAttempt::Held(Box::new(SimulatedLock {
            disk: self.clone(),
            file: file.to_owned(),
        })))
    }

    fn space(&self, _folder: &Path) -> io::Result<DiskSpace> {
        let state = self.state.lock();
        let total_bytes = state.capacity.unwrap_or(DEFAULT_CAPACITY);
        Ok(DiskSpace {
            total_bytes,
            free_bytes: total_bytes.saturating_sub(state.used_bytes()),
        })
    }
}

impl SimulatedDisk {
    fn handle(&self, number: FileNumber) -> Box<dyn DiskFile> {
        Box::new(SimulatedFile {
            disk: self.clone(),
            number,
        })
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    number: FileNumber,
}

impl SimulatedFile {
    fn write(&self, state: &mut State, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start + bytes.len();
        let growth = end.saturating_sub(state.files[&self.number].visible.len()) as u64;
        if let Some(capacity) = state.capacity
            && growth > 0
            && state.used_bytes() + growth > capacity
        {
            return Err(nix::errno::Errno::ENOSPC.into());
        }
        let content = state.files.entry(self.number).or_default();
        if content.visible.len() < end {
            content.visible.resize(end, 0);
        }
        content.visible[start..end].copy_from_slice(bytes);
        content.dirty.push(start..end);
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.state.lock();
        if state.faults.contains(&Fault::Read) {
            return Err(input_output_error());
        }
        let visible = &state.files[&self.number].visible;
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(visible.len());
        let count = buffer.len().min(visible.len() - start);
        buffer[..count].copy_from_slice(&visible[start..start + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state.lock();
        state.step(Fault::Write)?;
        let mut count = bytes.len();
        if state.faults.contains(&Fault::ShortWrite) {
            if state.is_short_write_over {
                return Err(input_output_error());
            }
            state.is_short_write_over = true;
            count = count.min(1);
        }
        self.write(&mut state, offset, &bytes[..count])?;
        Ok(count)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut guard = self.disk.state.lock();
        let outcome = guard.step(Fault::Sync);
        if guard.faults.contains(&Fault::LyingSync) {
            return outcome;
        }
        let content = guard.files.entry(self.number).or_default();
        match outcome {
            Ok(()) => content.sync(),
            // The kernel reports a lost write once, and takes the pages for clean from then on.
            Err(_) => content.dirty.clear(),
        }
        outcome
    }

    fn preallocate(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        state.step(Fault::Write)?;
        let present = state.files[&self.number].visible.len() as u64;
        let missing = usize::try_from(length.saturating_sub(present)).map_err(io::Error::other)?;
        self.write(&mut state, present, &vec![0; missing])
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        state.step(Fault::Write)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let content = state.files.entry(self.number).or_default();
        content.visible.resize(length, 0);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        let state = self.disk.state.lock();
        Ok(state.files[&self.number].visible.len() as u64)
    }
}

#[derive(Debug)]
struct SimulatedLock {
    disk: SimulatedDisk,
    file: PathBuf,
}

impl DiskLock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.state.lock().locks.remove(&self.file);
    }
}
