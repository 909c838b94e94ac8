//! Choosing what to ask next.

use alluxio_common::{AlluxioPath, WriteType};
use nix::unistd::geteuid;
use rand::Rng;
use rand::rngs::SmallRng;

use super::namespace::{Model, Node};
use super::operation::{NAMED_USERS, Operation};
use crate::pattern::Content;

/// Beyond so many files and directories more is removed than made.
const CROWDED: usize = 60;

/// Paths are at most so deep below the root of the model, so that they meet.
const DEPTH: usize = 4;

/// How large files become.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Most are smaller than this.
    pub usual: u64,
    /// One of twenty is up to so large.
    pub large: u64,
}

/// What to ask next: mostly what should succeed, sometimes what should be refused.
pub fn next_operation(rng: &mut SmallRng, model: &Model, sizes: Sizes) -> Operation {
    if let Some((path, _)) = model.files().find(|(_, file)| !file.complete) {
        // A writer that failed takes its file away.
        return Operation::Delete {
            path: path.clone(),
            recursive: false,
        };
    }
    let mut picker = Picker { rng, model };
    let crowded = model.nodes().count() > CROWDED;
    match picker.below(100) {
        0..=27 if !crowded => picker.create_file(sizes),
        28..=36 if !crowded => picker.create_directory(),
        0..=10 | 37..=47 => picker.delete(),
        11..=27 | 48..=60 => picker.rename(),
        28..=36 | 61..=72 => picker.read(),
        73..=76 => Operation::SetMode {
            path: picker.some_path(),
            mode: picker.pick(&[0o600, 0o640, 0o644, 0o700, 0o755]),
        },
        77 => picker.set_owner(),
        78..=80 => Operation::SetPinned {
            path: picker.some_path(),
            pinned: picker.chance(50),
        },
        81 => Operation::SetTtl {
            path: picker.some_path(),
            millis: picker.pick(&[-1, 86_400_000]),
        },
        82 => picker.expire(),
        83 => picker.set_acl(),
        84..=88 => Operation::Free {
            path: picker.some_path(),
        },
        89..=94 => Operation::Persist {
            path: picker.some_path(),
        },
        95..=97 => picker.mount(),
        _ => picker.unmount(),
    }
}

struct Picker<'a> {
    rng: &'a mut SmallRng,
    model: &'a Model,
}

impl Picker<'_> {
    fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// What is there, but the root; now and then what is not.
    fn some_path(&mut self) -> AlluxioPath {
        let root = self.model.root();
        let known: Vec<&AlluxioPath> = self.model.nodes().map(|(path, _)| path).collect();
        let known: Vec<&AlluxioPath> = known.into_iter().filter(|path| *path != root).collect();
        if known.is_empty() || self.chance(4) {
            return self.new_path();
        }
        known[self.below(known.len())].clone()
    }

    /// A name in a directory that is there, mostly a free one.
    fn new_path(&mut self) -> AlluxioPath {
        let depth = self.model.root().depth() + DEPTH;
        let directories = self
            .model
            .nodes()
            .filter(|(path, node)| matches!(node, Node::Directory(_)) && path.depth() < depth);
        let directories: Vec<AlluxioPath> = directories.map(|(path, _)| path.clone()).collect();
        let above = self.pick(&directories);
        let kind = if self.chance(50) { 'f' } else { 'd' };
        let number = self.below(12);
        above.child(&format!("{kind}{number}"))
    }

    fn create_file(&mut self, sizes: Sizes) -> Operation {
        let length = match self.below(20) {
            0 => 0,
            1..=5 => self.rng.random_range(1..100),
            6..=18 => self.rng.random_range(100..sizes.usual),
            _ => self.rng.random_range(sizes.usual..=sizes.large),
        };
        let mut path = self.new_path();
        if self.chance(15) {
            path = path.child("deep").child("er");
        }
        // A file may be replaced; what has the path may also be in the way.
        let overwrite = self.chance(15);
        if overwrite && self.chance(70) {
            path = self.some_path();
        }
        let write_types = [
            WriteType::MustCache,
            WriteType::CacheThrough,
            WriteType::Through,
            WriteType::AsyncThrough,
        ];
        Operation::CreateFile {
            path,
            write_type: self.pick(&write_types),
            content: Content {
                seed: self.rng.random(),
                length,
            },
            block_size: if length > sizes.usual {
                sizes.large / 2
            } else {
                self.pick(&[64 << 10, 1 << 20])
            },
            overwrite,
        }
    }

    fn create_directory(&mut self) -> Operation {
        let recursive = self.chance(30);
        let mut path = self.new_path();
        if recursive {
            path = path.child("deep").child("est");
        }
        let write_types = [WriteType::MustCache, WriteType::CacheThrough];
        Operation::CreateDirectory {
            path,
            write_type: self.pick(&write_types),
            recursive,
        }
    }

    fn delete(&mut self) -> Operation {
        Operation::Delete {
            path: self.some_path(),
            recursive: self.chance(70),
        }
    }

    fn rename(&mut self) -> Operation {
        let source = self.some_path();
        let mut target = self.new_path();
        if target == source {
            target = target.child("inside");
        }
        Operation::Rename { source, target }
    }

    fn read(&mut self) -> Operation {
        let files: Vec<(&AlluxioPath, u64)> = self
            .model
            .files()
            .map(|(path, file)| (path, file.content.length))
            .collect();
        if files.is_empty() {
            let path = self.some_path();
            return Operation::Read {
                path,
                position: 0,
                length: 1,
            };
        }
        let (path, length) = files[self.below(files.len())];
        let path = path.clone();
        let position = self.rng.random_range(0..=length);
        if self.chance(50) {
            return Operation::Read {
                path,
                position: 0,
                length: u64::MAX,
            };
        }
        Operation::Read {
            path,
            position,
            length: self.rng.random_range(0..=length - position),
        }
    }

    fn set_owner(&mut self) -> Operation {
        let path = self.some_path();
        // A store that is a directory gives its files away as well, which is for root alone.
        if geteuid().is_root() {
            let owner = self.pick(&["daemon", "nobody"]);
            return Operation::SetOwner { path, owner };
        }
        Operation::SetMode { path, mode: 0o750 }
    }

    fn set_acl(&mut self) -> Operation {
        Operation::SetAcl {
            path: self.some_path(),
            user: self.below(NAMED_USERS.len()),
            access: self.pick(&[None, Some(0), Some(4), Some(7)]),
        }
    }

    /// What is above a mount never goes; of what a store has brought nobody knows how long it was to
    /// live.
    fn expire(&mut self) -> Operation {
        let path = self.some_path();
        let attributes = self.model.node(&path).map(Node::attributes);
        let is_known = attributes.is_none_or(|attributes| attributes.ttl_millis.is_some());
        if is_known && !self.model.has_mount_in(&path) {
            return Operation::Expire { path };
        }
        Operation::Free { path }
    }

    /// Mount points lie in the root of the model only, so that none hides another.
    fn mount(&mut self) -> Operation {
        let stores: Vec<usize> = self.model.unmounted().keys().copied().collect();
        if stores.is_empty() {
            return self.unmount();
        }
        let store = self.pick(&stores);
        let path = self.model.root().child(&format!("m{}", self.below(3)));
        Operation::Mount { path, store }
    }

    fn unmount(&mut self) -> Operation {
        let mounts: Vec<AlluxioPath> = self.model.mounts().keys().cloned().collect();
        if mounts.is_empty() {
            return self.read();
        }
        let path = self.pick(&mounts);
        Operation::Unmount { path }
    }
}
