//! [`SharedPaths`]: files that all clients work on at the same time, and what each may be by now.
//!
//! Operations that overlap may happen in any order, and one whose end nobody has heard of may happen
//! later. So a file is one of several: missing, or with one of several contents, all of it, and never
//! with bytes of two.

use std::collections::BTreeMap;

use alluxio_common::{AlluxioPath, WriteType};
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use crate::pattern::Content;

/// The directories, and the names of the files in each of them and beside them: few enough that
/// clients meet.
const DIRECTORIES: [&str; 2] = ["d0", "d1"];
const NAMES: [&str; 2] = ["s0", "s1"];

const WRITE_TYPES: [WriteType; 3] = [
    WriteType::MustCache,
    WriteType::CacheThrough,
    WriteType::AsyncThrough,
];

/// A file that is missing, or has this content.
pub(crate) type State = Option<Content>;

/// What a client does to shared files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SharedChange {
    /// Writes it, whether or not something is there.
    Write(AlluxioPath, Content, WriteType),
    Delete(AlluxioPath),
    Rename(AlluxioPath, AlluxioPath),
    /// Deletes a directory with all that is in it.
    DeleteAll(AlluxioPath),
    /// Moves a directory with all that is in it.
    RenameAll(AlluxioPath, AlluxioPath),
}

/// What a client has heard of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    Done,
    Refused,
    /// Refused, but perhaps for want of a store: a part of it may have happened.
    BrokenOff,
    /// It has ended, perhaps half-way, though nobody was away: somebody else must have been in its
    /// way.
    Failed(String),
    /// It may still happen.
    Nothing,
}

/// A change that goes on.
#[derive(Debug)]
pub(crate) struct Begun {
    change: SharedChange,
    /// What each file was allowed to be, and the number of this change there.
    before: Vec<(AlluxioPath, Vec<State>, u64)>,
    was_alone: bool,
}

#[derive(Debug)]
struct Name {
    may_be: Vec<State>,
    /// How many changes have begun.
    begun: u64,
    /// How many of them may still happen.
    open: u64,
    writers: Writers,
}

/// What changes that overlap have done to one file.
#[derive(Debug)]
enum Writers {
    /// All of them write to the cache, and all that have ended have heard how: these were done. The
    /// last one that has begun is in nobody's way, so it is one of them.
    Only(Vec<Content>),
    /// Something else happens as well. What goes through to a store is not done in one step: whoever
    /// ends there later than another is refused, or refuses the other.
    AndOthers,
}

/// What all clients know together.
#[derive(Debug)]
pub(crate) struct SharedPaths {
    root: AlluxioPath,
    names: Mutex<BTreeMap<AlluxioPath, Name>>,
    /// All that was written since all was quiet, and what was there then.
    written: Mutex<Vec<Content>>,
}

impl SharedChange {
    /// Draws one. The content of a file that is written is drawn by `content`.
    pub(crate) fn draw(
        rng: &mut SmallRng,
        root: &AlluxioPath,
        content: impl FnOnce(&mut SmallRng) -> Content,
    ) -> Self {
        let mut two = all_files(root);
        let mut directories = DIRECTORIES.map(|name| root.child(name));
        if rng.random() {
            directories.reverse();
        }
        let [directory, other] = directories;
        let path = two.swap_remove(rng.random_range(0..two.len()));
        match rng.random_range(0..20) {
            0..=11 => {
                let write_type = WRITE_TYPES[rng.random_range(0..WRITE_TYPES.len())];
                Self::Write(path, content(rng), write_type)
            }
            12..=14 => Self::Delete(path),
            15..=16 => {
                let target = two.swap_remove(rng.random_range(0..two.len()));
                Self::Rename(path, target)
            }
            17 => Self::DeleteAll(directory),
            _ => Self::RenameAll(directory, other),
        }
    }

    /// The files that it may change. Those of a move come in pairs, of what moves and where to.
    fn files(&self) -> Vec<AlluxioPath> {
        let inside = |directory: &AlluxioPath| NAMES.map(|name| directory.child(name));
        match self {
            Self::Write(path, ..) | Self::Delete(path) => vec![path.clone()],
            Self::Rename(source, target) => vec![source.clone(), target.clone()],
            Self::DeleteAll(directory) => inside(directory).to_vec(),
            Self::RenameAll(source, target) => {
                let pairs = inside(source).into_iter().zip(inside(target));
                pairs.flat_map(|(from, to)| [from, to]).collect()
            }
        }
    }

    /// What its files may be afterwards, in their order, of what they may have been.
    fn after(&self, may_be: &[&[State]], heard: &Heard) -> Result<Vec<Vec<State>>, String> {
        let as_before = || may_be.iter().map(|states| states.to_vec()).collect();
        let missing = |states: &&[State]| some_of(states, Option::is_none);
        match (self, *heard == Heard::Done) {
            (Self::Write(_, content, _), true) => Ok(vec![vec![Some(*content)]]),
            (Self::Write(..), false) => Err("was refused".to_owned()),
            (Self::Delete(_), true) => {
                some_of(may_be[0], Option::is_some)?;
                Ok(vec![vec![None]])
            }
            (Self::DeleteAll(_), true) => Ok(vec![vec![None]; may_be.len()]),
            // There is nothing to delete.
            (Self::Delete(_) | Self::DeleteAll(_), false) => may_be.iter().map(missing).collect(),
            (Self::Rename(..), true) => {
                some_of(may_be[1], Option::is_none)?;
                Ok(vec![vec![None], some_of(may_be[0], Option::is_some)?])
            }
            (Self::Rename(_, target), false) => {
                // A directory may be missing that it was to move to.
                let is_at_top = target.depth() == 2;
                if is_at_top && !may_be[0].contains(&None) && may_be[1] == [None] {
                    return Err("was refused".to_owned());
                }
                Ok(as_before())
            }
            (Self::RenameAll(..), true) => {
                let mut after = Vec::new();
                for pair in may_be.chunks_exact(2) {
                    missing(&pair[1])?;
                    after.extend([vec![None], pair[0].to_vec()]);
                }
                Ok(after)
            }
            (Self::RenameAll(..), false) => Ok(as_before()),
        }
    }
}

impl SharedPaths {
    /// Nothing is there yet.
    pub(crate) fn new(root: AlluxioPath) -> Self {
        let missing = |path| {
            let name = Name {
                may_be: vec![None],
                begun: 0,
                open: 0,
                writers: Writers::AndOthers,
            };
            (path, name)
        };
        let names = all_files(&root).into_iter().map(missing);
        Self {
            names: Mutex::new(names.collect()),
            root,
            written: Mutex::default(),
        }
    }

    /// The directory that they are in.
    pub(crate) fn root(&self) -> &AlluxioPath {
        &self.root
    }

    /// Whether it is one of the directories in it.
    pub(crate) fn is_directory(&self, path: &AlluxioPath) -> bool {
        DIRECTORIES
            .iter()
            .any(|name| self.root.child(name) == *path)
    }

    /// Notes that a change begins: from now on it may have happened.
    pub(crate) fn begin(&self, change: SharedChange) -> Begun {
        let mut names = self.names.lock();
        let writes_to_cache = match &change {
            SharedChange::Write(_, content, write_type) => {
                self.written.lock().push(*content);
                !write_type.writes_through()
            }
            SharedChange::Delete(_)
            | SharedChange::Rename(..)
            | SharedChange::DeleteAll(_)
            | SharedChange::RenameAll(..) => false,
        };
        let mut begun = Begun {
            before: Vec::new(),
            was_alone: true,
            change,
        };
        for path in begun.change.files() {
            if let Some(name) = names.get_mut(&path) {
                if !writes_to_cache {
                    name.writers = Writers::AndOthers;
                } else if name.open == 0 {
                    name.writers = Writers::Only(Vec::new());
                }
                name.begun += 1;
                name.open += 1;
                begun.was_alone &= name.open == 1;
                begun.before.push((path, name.may_be.clone(), name.begun));
            }
        }
        widen(&mut names, &begun.change);
        begun
    }

    /// Notes what was heard of a change.
    ///
    /// # Errors
    /// When that cannot be: the sentence says why.
    pub(crate) fn end(&self, begun: &Begun, heard: &Heard) -> Result<(), String> {
        let mut names = self.names.lock();
        let mut is_alone = begun.was_alone;
        for (path, _, number) in &begun.before {
            if let Some(name) = names.get_mut(path) {
                is_alone &= name.begun == *number;
                // What nobody has heard of stays open until all is quiet.
                name.open -= u64::from(*heard != Heard::Nothing);
            }
        }
        if let (true, Heard::Failed(error)) = (is_alone, heard) {
            return Err(format!("has failed, though nobody was away: {error}"));
        }
        let is_certain = is_alone && matches!(heard, Heard::Done | Heard::Refused);
        if !is_certain {
            // Others may have brought something meanwhile that has moved with it.
            widen(&mut names, &begun.change);
            return end_writing(&mut names, &begun.change, heard);
        }
        let before = begun.before.iter();
        let before: Vec<&[State]> = before.map(|(_, may_be, _)| may_be.as_slice()).collect();
        let after = begun.change.after(&before, heard)?;
        for ((path, _, _), after) in begun.before.iter().zip(after) {
            if let Some(name) = names.get_mut(path) {
                name.may_be = after;
            }
        }
        Ok(())
    }

    /// One of the files.
    pub(crate) fn some_path(&self, rng: &mut SmallRng) -> AlluxioPath {
        let all = all_files(&self.root);
        all.choose(rng).unwrap_or(&self.root).clone()
    }

    /// Whether somebody has written this, all of it. A reader may meet what is long replaced.
    pub(crate) fn was_written(&self, bytes: &[u8]) -> bool {
        let written = self.written.lock();
        written.iter().any(|content| content.is_whole(bytes))
    }

    /// What each file may be, by its path.
    pub(crate) fn all(&self) -> BTreeMap<AlluxioPath, Vec<State>> {
        let names = self.names.lock();
        let all = names
            .iter()
            .map(|(path, name)| (path.clone(), name.may_be.clone()));
        all.collect()
    }

    /// Nothing goes on any more, and this is what was found.
    pub(crate) fn settle(&self, found: &BTreeMap<AlluxioPath, State>) {
        *self.written.lock() = found.values().copied().flatten().collect();
        for (path, name) in self.names.lock().iter_mut() {
            name.may_be = vec![found.get(path).copied().flatten()];
            name.open = 0;
        }
    }
}

fn all_files(root: &AlluxioPath) -> Vec<AlluxioPath> {
    let directories = DIRECTORIES.map(|name| root.child(name));
    let directories = directories.iter().chain([root]);
    let files = directories.flat_map(|directory| NAMES.map(|name| directory.child(name)));
    files.collect()
}

/// When all have ended that wrote a file at the same time, and nothing else went on, it is one of
/// those that were done: whoever has failed has found another in its way, the last one nobody.
fn end_writing(
    names: &mut BTreeMap<AlluxioPath, Name>,
    change: &SharedChange,
    heard: &Heard,
) -> Result<(), String> {
    let SharedChange::Write(path, content, _) = change else {
        return Ok(());
    };
    let Some(name) = names.get_mut(path) else {
        return Ok(());
    };
    let Writers::Only(done) = &mut name.writers else {
        return Ok(());
    };
    match heard {
        Heard::Done => done.push(*content),
        Heard::Refused | Heard::Failed(_) => {}
        Heard::BrokenOff | Heard::Nothing => {
            name.writers = Writers::AndOthers;
            return Ok(());
        }
    }
    if name.open > 0 {
        return Ok(());
    }
    if done.is_empty() {
        return Err("all that wrote it have failed".to_owned());
    }
    name.may_be = done.iter().copied().map(Some).collect();
    Ok(())
}

/// Only those that were to be expected.
fn some_of(may_be: &[State], fits: impl Fn(&State) -> bool) -> Result<Vec<State>, String> {
    let fitting: Vec<State> = may_be.iter().copied().filter(|state| fits(state)).collect();
    if fitting.is_empty() {
        return Err(format!("cannot be, of what may be there: {may_be:?}"));
    }
    Ok(fitting)
}

/// The change may have happened.
fn widen(names: &mut BTreeMap<AlluxioPath, Name>, change: &SharedChange) {
    let brought: Vec<State> = match change {
        SharedChange::Write(_, content, _) => vec![Some(*content), None],
        SharedChange::Delete(_) | SharedChange::DeleteAll(_) => vec![None],
        // Whatever has come to any of them may have come here.
        SharedChange::Rename(..) | SharedChange::RenameAll(..) => {
            let all = names.values().flat_map(|name| name.may_be.clone());
            all.chain([None]).collect()
        }
    };
    for path in change.files() {
        if let Some(name) = names.get_mut(&path) {
            let new = brought.iter().filter(|state| !name.may_be.contains(state));
            let new: Vec<State> = new.copied().collect();
            for state in new {
                if !name.may_be.contains(&state) {
                    name.may_be.push(state);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(seed: u64) -> Content {
        Content { seed, length: 1 }
    }

    fn shared() -> (SharedPaths, AlluxioPath, AlluxioPath) {
        let root = AlluxioPath::root().child("shared");
        let paths = (root.child("s0"), root.child("s1"));
        (SharedPaths::new(root), paths.0, paths.1)
    }

    #[test]
    fn what_nobody_disturbs_is_known_and_what_overlaps_is_one_of_several() {
        let (shared, path, _) = shared();
        let write = |seed| SharedChange::Write(path.clone(), content(seed), WriteType::MustCache);
        let first = shared.begin(write(1));
        shared.end(&first, &Heard::Done).unwrap();
        assert_eq!(shared.all()[&path], [Some(content(1))]);
        let second = shared.begin(write(2));
        let deletion = shared.begin(SharedChange::Delete(path.clone()));
        shared.end(&second, &Heard::Done).unwrap();
        shared.end(&deletion, &Heard::Refused).unwrap();
        let all = [Some(content(1)), Some(content(2)), None];
        assert_eq!(shared.all()[&path], all);
        let third = shared.begin(write(3));
        shared.end(&third, &Heard::Done).unwrap();
        assert_eq!(shared.all()[&path], [Some(content(3))]);
    }

    #[test]
    fn of_those_that_write_at_once_one_that_was_done_stays() {
        let (shared, path, _) = shared();
        let write = |seed| {
            shared.begin(SharedChange::Write(
                path.clone(),
                content(seed),
                WriteType::MustCache,
            ))
        };
        let failed = || Heard::Failed("replaced".to_owned());
        let (first, second, third) = (write(1), write(2), write(3));
        shared.end(&first, &Heard::Done).unwrap();
        shared.end(&second, &failed()).unwrap();
        shared.end(&third, &Heard::Done).unwrap();
        let done = [Some(content(1)), Some(content(3))];
        assert_eq!(shared.all()[&path], done);
        let (first, second) = (write(4), write(5));
        shared.end(&first, &failed()).unwrap();
        shared.end(&second, &failed()).unwrap_err();
        // Where somebody was away nobody knows.
        let (first, second) = (write(6), write(7));
        shared.end(&first, &Heard::Nothing).unwrap();
        shared.end(&second, &Heard::Done).unwrap();
        assert!(shared.all()[&path].contains(&None));
    }

    #[test]
    fn what_is_in_a_directory_moves_and_goes_with_it() {
        let (shared, top, _) = shared();
        let root = top.parent().unwrap();
        let (from, to) = (root.child("d0"), root.child("d1"));
        let does = |change| shared.end(&shared.begin(change), &Heard::Done).unwrap();
        does(SharedChange::Write(
            from.child("s0"),
            content(1),
            WriteType::MustCache,
        ));
        does(SharedChange::RenameAll(from.clone(), to.clone()));
        assert_eq!(shared.all()[&from.child("s0")], [None]);
        assert_eq!(shared.all()[&to.child("s0")], [Some(content(1))]);
        assert_eq!(shared.all()[&to.child("s1")], [None]);
        let deletion = SharedChange::DeleteAll(to.clone());
        let begun = shared.begin(deletion.clone());
        shared.end(&begun, &Heard::Refused).unwrap_err();
        does(deletion);
        assert_eq!(shared.all()[&to.child("s0")], [None]);
    }

    #[test]
    fn what_moved_is_gone_and_what_nobody_heard_of_may_come_later() {
        let (shared, source, target) = shared();
        let write = shared.begin(SharedChange::Write(
            source.clone(),
            content(1),
            WriteType::MustCache,
        ));
        shared.end(&write, &Heard::Done).unwrap();
        let moved = shared.begin(SharedChange::Rename(source.clone(), target.clone()));
        shared.end(&moved, &Heard::Done).unwrap();
        assert_eq!(shared.all()[&source], [None]);
        assert_eq!(shared.all()[&target], [Some(content(1))]);
        let lost = shared.begin(SharedChange::Write(
            source.clone(),
            content(2),
            WriteType::MustCache,
        ));
        shared.end(&lost, &Heard::Nothing).unwrap();
        let deletion = shared.begin(SharedChange::Delete(source.clone()));
        shared.end(&deletion, &Heard::Done).unwrap();
        assert!(shared.all()[&source].contains(&Some(content(2))));
        shared.settle(&BTreeMap::new());
        assert_eq!(shared.all()[&source], [None]);
    }

    #[test]
    fn an_answer_that_cannot_be_is_told() {
        let (shared, path, _) = shared();
        let deletion = shared.begin(SharedChange::Delete(path.clone()));
        shared.end(&deletion, &Heard::Done).unwrap_err();
        let write = shared.begin(SharedChange::Write(
            path.clone(),
            content(1),
            WriteType::MustCache,
        ));
        shared.end(&write, &Heard::Done).unwrap();
        let deletion = shared.begin(SharedChange::Delete(path));
        shared.end(&deletion, &Heard::Refused).unwrap_err();
    }
}
