//! The claims of those who work and of those who wait, found by their paths.
//!
//! A claim is granted when no earlier one conflicts with it, be that granted or waiting: so there is
//! neither starvation nor deadlock. A waiting claim follows one of those that it has to wait for, and
//! is looked at again when that one goes; thousands that wait for one directory cost nobody else
//! anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use smallvec::SmallVec;
use tokio::sync::oneshot;

use super::reserved_path::{Extent, ReservedPath};

/// Numbers claims in the order of their arrival.
pub(super) type Ticket = u64;

/// What is claimed at one path.
#[derive(Debug, Default)]
struct Marks {
    entries: BTreeSet<Ticket>,
    subtrees: BTreeSet<Ticket>,
    /// Subtrees right below. This directory's list of children holds their names, and a listing
    /// must not bring back what is being deleted.
    children: BTreeSet<Ticket>,
    /// How many of the entries and subtrees are granted.
    held_entries: usize,
    held_subtrees: usize,
}

impl Marks {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.subtrees.is_empty() && self.children.is_empty()
    }

    fn held(&mut self, extent: Extent) -> &mut usize {
        match extent {
            Extent::Entry => &mut self.held_entries,
            Extent::Subtree => &mut self.held_subtrees,
        }
    }

    fn claimed(&mut self, extent: Extent) -> &mut BTreeSet<Ticket> {
        match extent {
            Extent::Entry => &mut self.entries,
            Extent::Subtree => &mut self.subtrees,
        }
    }
}

#[derive(Debug)]
struct Claim {
    paths: SmallVec<[ReservedPath; 2]>,
    /// Taken when the claim is granted.
    waiting: Option<oneshot::Sender<()>>,
    /// Later claims that are looked at again when this one goes.
    followers: Vec<Ticket>,
}

/// All claims.
#[derive(Debug, Default)]
pub(super) struct Claims {
    next_ticket: Ticket,
    claims: HashMap<Ticket, Claim>,
    /// Ordered by path, so that what is below a path stands together.
    marks: BTreeMap<Box<str>, Marks>,
}

impl Claims {
    /// Takes a new claim; the receiver hears when it is granted.
    pub(super) fn add(
        &mut self,
        paths: SmallVec<[ReservedPath; 2]>,
    ) -> (Ticket, oneshot::Receiver<()>) {
        let (sender, granted) = oneshot::channel();
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        for reserved in &paths {
            let marks = self.marks_at(reserved.path.as_str());
            marks.claimed(reserved.extent).insert(ticket);
            if let Some(parent) = parent_of_subtree(reserved) {
                self.marks_at(parent).children.insert(ticket);
            }
        }
        let claim = Claim {
            paths,
            waiting: Some(sender),
            followers: Vec::new(),
        };
        self.claims.insert(ticket, claim);
        self.settle(ticket);
        (ticket, granted)
    }

    /// Takes a claim away. Those that followed it are to be settled.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Vec<Ticket> {
        let Some(claim) = self.claims.remove(&ticket) else {
            return Vec::new();
        };
        let was_held = claim.waiting.is_none();
        for reserved in &claim.paths {
            self.unmark(reserved.path.as_str(), |marks| {
                marks.claimed(reserved.extent).remove(&ticket);
                *marks.held(reserved.extent) -= usize::from(was_held);
            });
            if let Some(parent) = parent_of_subtree(reserved) {
                self.unmark(parent, |marks| {
                    marks.children.remove(&ticket);
                });
            }
        }
        claim.followers
    }

    /// Grants a claim, or lets it follow one that it has to wait for.
    pub(super) fn settle(&mut self, ticket: Ticket) {
        // Who gave up waiting has taken the claim away.
        let Some(claim) = self.claims.get(&ticket) else {
            return;
        };
        let mut paths = claim.paths.iter();
        let earlier = paths.find_map(|reserved| self.earlier_than(ticket, reserved));
        if let Some(earlier) = earlier.and_then(|earlier| self.claims.get_mut(&earlier)) {
            earlier.followers.push(ticket);
            return;
        }
        self.grant(ticket);
    }

    fn grant(&mut self, ticket: Ticket) {
        let Some(claim) = self.claims.get_mut(&ticket) else {
            return;
        };
        let Some(sender) = claim.waiting.take() else {
            return;
        };
        for reserved in &claim.paths {
            if let Some(marks) = self.marks.get_mut(reserved.path.as_str()) {
                *marks.held(reserved.extent) += 1;
            }
        }
        // A waiter that has gone takes its own claim away when it is dropped.
        let _gone = sender.send(());
    }

    /// A claim that came earlier and conflicts.
    fn earlier_than(&self, ticket: Ticket, reserved: &ReservedPath) -> Option<Ticket> {
        // The last of them: those who wait for one path form a chain, of which one goes on at a
        // time, instead of all looking again each time.
        let last = |tickets: &BTreeSet<Ticket>| tickets.range(..ticket).next_back().copied();
        let path = reserved.path.as_str();
        let here = self.marks.get(path);
        if let Some(earlier) = here.and_then(|marks| last(&marks.entries)) {
            return Some(earlier);
        }
        let mut above = prefixes(path).filter_map(|prefix| self.marks.get(prefix));
        if let Some(earlier) = above.find_map(|marks| last(&marks.subtrees)) {
            return Some(earlier);
        }
        match reserved.extent {
            Extent::Entry => here.and_then(|marks| last(&marks.children)),
            Extent::Subtree => {
                let parent = parent_of_subtree(reserved);
                let parent = parent.and_then(|parent| self.marks.get(parent));
                parent.and_then(|marks| last(&marks.entries)).or_else(|| {
                    let mut below = self.below(path);
                    below.find_map(|marks| last(&marks.entries).or(last(&marks.subtrees)))
                })
            }
        }
    }

    /// Whether a granted claim covers this inode.
    pub(super) fn is_held(&self, path: &str) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        let entry = self.marks.get(path).map_or(0, |marks| marks.held_entries);
        let mut above = prefixes(path).filter_map(|prefix| self.marks.get(prefix));
        entry > 0 || above.any(|marks| marks.held_subtrees > 0)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.claims.len()
    }

    fn below<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Marks> {
        let root = path == "/";
        let start = format!("{}/", if root { "" } else { path });
        let from = (Bound::Excluded(start.as_str()), Bound::Unbounded);
        let range = self.marks.range::<str, _>(from);
        let inside = range.take_while(move |(at, _)| at.starts_with(&start));
        inside.map(|(_, marks)| marks)
    }

    fn marks_at(&mut self, path: &str) -> &mut Marks {
        self.marks.entry(path.into()).or_default()
    }

    fn unmark(&mut self, path: &str, change: impl FnOnce(&mut Marks)) {
        if let Some(marks) = self.marks.get_mut(path) {
            change(marks);
            if marks.is_empty() {
                self.marks.remove(path);
            }
        }
    }
}

/// The path and all above it, the root first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let slashes = path.match_indices('/').map(|(at, _)| at);
    let above = slashes.map(move |at| if at == 0 { "/" } else { &path[..at] });
    above.chain((path != "/").then_some(path))
}

fn parent_of_subtree(reserved: &ReservedPath) -> Option<&str> {
    let path = reserved.path.as_str();
    match (reserved.extent, path.rsplit_once('/')) {
        (Extent::Subtree, Some((_, ""))) => None,
        (Extent::Subtree, Some(("", _))) => Some("/"),
        (Extent::Subtree, Some((parent, _))) => Some(parent),
        (Extent::Subtree | Extent::Entry, _) => None,
    }
}
