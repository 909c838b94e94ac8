//! [`SharedPaths`]: files that all clients work on at the same time, and what each may be by now.
//!
//! Operations that overlap may happen in any order, and one whose end nobody has heard of may happen
//! later. So a file is one of several: missing, or with one of several contents, all of it.
//!
//! Only one client writes a file at a time. The protocol says which path is complete, not whose
//! writing is, so what two of them leave is not promised.

use std::collections::BTreeMap;

use alluxio_common::AlluxioPath;
use parking_lot::Mutex;
use rand::Rng;
use rand::rngs::SmallRng;

use crate::pattern::Content;

/// Few enough that clients meet.
const NAMES: [&str; 4] = ["s0", "s1", "s2", "s3"];

/// A file that is missing, or has this content.
pub(crate) type State = Option<Content>;

/// What a client does to shared files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SharedChange {
    /// Writes it, whether or not something is there.
    Write(AlluxioPath, Content),
    Delete(AlluxioPath),
    Rename(AlluxioPath, AlluxioPath),
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
    /// Whether one of those writes.
    is_written: bool,
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
        let path = root.child(NAMES[rng.random_range(0..NAMES.len())]);
        match rng.random_range(0..10) {
            0..=5 => Self::Write(path, content(rng)),
            6..=7 => Self::Delete(path),
            _ => {
                let others = NAMES.iter().map(|name| root.child(name));
                let others: Vec<_> = others.filter(|other| *other != path).collect();
                let target = others[rng.random_range(0..others.len())].clone();
                Self::Rename(path, target)
            }
        }
    }

    fn paths(&self) -> Vec<&AlluxioPath> {
        match self {
            Self::Write(path, _) | Self::Delete(path) => vec![path],
            Self::Rename(source, target) => vec![source, target],
        }
    }
}

impl SharedPaths {
    /// Nothing is there yet.
    pub(crate) fn new(root: AlluxioPath) -> Self {
        let missing = || Name {
            may_be: vec![None],
            begun: 0,
            open: 0,
            is_written: false,
        };
        let names = NAMES.map(|name| (root.child(name), missing()));
        Self {
            root,
            names: Mutex::new(names.into()),
            written: Mutex::default(),
        }
    }

    /// The directory that they are in.
    pub(crate) fn root(&self) -> &AlluxioPath {
        &self.root
    }

    /// Notes that a change begins: from now on it may have happened. `None` when it must not, as
    /// somebody else writes there.
    pub(crate) fn begin(&self, change: SharedChange) -> Option<Begun> {
        let mut names = self.names.lock();
        if let SharedChange::Write(path, content) = &change {
            let name = names.get_mut(path)?;
            if std::mem::replace(&mut name.is_written, true) {
                return None;
            }
            self.written.lock().push(*content);
        }
        let mut begun = Begun {
            before: Vec::new(),
            was_alone: true,
            change,
        };
        for path in begun.change.paths() {
            if let Some(name) = names.get_mut(path) {
                name.begun += 1;
                name.open += 1;
                begun.was_alone &= name.open == 1;
                let before = (path.clone(), name.may_be.clone(), name.begun);
                begun.before.push(before);
            }
        }
        widen(&mut names, &begun.change);
        Some(begun)
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
                if matches!(begun.change, SharedChange::Write(..)) && *heard != Heard::Nothing {
                    name.is_written = false;
                }
            }
        }
        if let (true, Heard::Failed(error)) = (is_alone, heard) {
            return Err(format!("has failed, though nobody was away: {error}"));
        }
        let is_certain = is_alone && matches!(heard, Heard::Done | Heard::Refused);
        if !is_certain {
            // Others may have brought something meanwhile that has moved with it.
            widen(&mut names, &begun.change);
            return Ok(());
        }
        let may_be = |at: usize| begun.before[at].1.as_slice();
        let after = match (&begun.change, heard) {
            (SharedChange::Write(_, content), Heard::Done) => vec![vec![Some(*content)]],
            (SharedChange::Write(..), _) => return Err("was refused".to_owned()),
            (SharedChange::Delete(_), Heard::Done) => {
                some_of(may_be(0), Option::is_some)?;
                vec![vec![None]]
            }
            (SharedChange::Delete(_), _) => vec![some_of(may_be(0), Option::is_none)?],
            (SharedChange::Rename(..), Heard::Done) => {
                some_of(may_be(1), Option::is_none)?;
                vec![vec![None], some_of(may_be(0), Option::is_some)?]
            }
            (SharedChange::Rename(..), _) => {
                if !may_be(0).contains(&None) && may_be(1) == [None] {
                    return Err("was refused".to_owned());
                }
                vec![may_be(0).to_vec(), may_be(1).to_vec()]
            }
        };
        for ((path, _, _), after) in begun.before.iter().zip(after) {
            if let Some(name) = names.get_mut(path) {
                name.may_be = after;
            }
        }
        Ok(())
    }

    /// One of the files.
    pub(crate) fn some_path(&self, rng: &mut SmallRng) -> AlluxioPath {
        self.root.child(NAMES[rng.random_range(0..NAMES.len())])
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
            name.is_written = false;
        }
    }
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
        SharedChange::Write(_, content) => vec![Some(*content), None],
        SharedChange::Delete(_) => vec![None],
        // Whatever has come to any of them may have come here.
        SharedChange::Rename(..) => {
            let all = names.values().flat_map(|name| name.may_be.clone());
            all.chain([None]).collect()
        }
    };
    for path in change.paths() {
        if let Some(name) = names.get_mut(path) {
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
        let root = AlluxioPath::root();
        let paths = (root.child("s0"), root.child("s1"));
        (SharedPaths::new(root), paths.0, paths.1)
    }

    #[test]
    fn what_nobody_disturbs_is_known_and_what_overlaps_is_one_of_several() {
        let (shared, path, _) = shared();
        let write = |seed| SharedChange::Write(path.clone(), content(seed));
        let first = shared.begin(write(1)).unwrap();
        shared.end(&first, &Heard::Done).unwrap();
        assert_eq!(shared.all()[&path], [Some(content(1))]);
        let second = shared.begin(write(2)).unwrap();
        assert!(shared.begin(write(4)).is_none(), "one writer at a time");
        let deletion = shared.begin(SharedChange::Delete(path.clone())).unwrap();
        shared.end(&second, &Heard::Done).unwrap();
        shared.end(&deletion, &Heard::Refused).unwrap();
        let all = [Some(content(1)), Some(content(2)), None];
        assert_eq!(shared.all()[&path], all);
        let third = shared.begin(write(3)).unwrap();
        shared.end(&third, &Heard::Done).unwrap();
        assert_eq!(shared.all()[&path], [Some(content(3))]);
    }

    #[test]
    fn what_moved_is_gone_and_what_nobody_heard_of_may_come_later() {
        let (shared, source, target) = shared();
        let write = shared
            .begin(SharedChange::Write(source.clone(), content(1)))
            .unwrap();
        shared.end(&write, &Heard::Done).unwrap();
        let rename = || SharedChange::Rename(source.clone(), target.clone());
        let moved = shared.begin(rename()).unwrap();
        shared.end(&moved, &Heard::Done).unwrap();
        assert_eq!(shared.all()[&source], [None]);
        assert_eq!(shared.all()[&target], [Some(content(1))]);
        let lost = shared
            .begin(SharedChange::Write(source.clone(), content(2)))
            .unwrap();
        shared.end(&lost, &Heard::Nothing).unwrap();
        let deletion = shared.begin(SharedChange::Delete(source.clone())).unwrap();
        shared.end(&deletion, &Heard::Done).unwrap();
        assert!(shared.all()[&source].contains(&Some(content(2))));
        shared.settle(&BTreeMap::new());
        assert_eq!(shared.all()[&source], [None]);
    }

    #[test]
    fn an_answer_that_cannot_be_is_told() {
        let (shared, path, _) = shared();
        let deletion = shared.begin(SharedChange::Delete(path.clone())).unwrap();
        shared.end(&deletion, &Heard::Done).unwrap_err();
        let write = shared
            .begin(SharedChange::Write(path.clone(), content(1)))
            .unwrap();
        shared.end(&write, &Heard::Done).unwrap();
        let deletion = shared.begin(SharedChange::Delete(path)).unwrap();
        shared.end(&deletion, &Heard::Refused).unwrap_err();
    }
}
