//! Which block files stay open, so that a positioned read of a cached block opens nothing.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::meta::Block;

/// Keeps a limited number of block files open. Finding an open one takes no lock; opening one does,
/// and closes another that was not read since it was last looked at (a clock with one hand).
#[derive(Debug)]
pub(super) struct OpenFiles {
    limit: usize,
    clock: Mutex<VecDeque<Weak<Block>>>,
}

impl OpenFiles {
    /// At most `limit` files, and at least one.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            clock: Mutex::new(VecDeque::new()),
        }
    }

    /// The open file of the block.
    pub(super) fn open(&self, block: &Arc<Block>) -> io::Result<Arc<File>> {
        if !block.recently_read.load(Ordering::Relaxed) {
            block.recently_read.store(true, Ordering::Relaxed);
        }
        if let Some(file) = block.opened() {
            return Ok(file);
        }
        let file = block.open()?;
        let closing = self.admit(block);
        // Outside of the lock: this may be the last reference, and closing is a system call.
        if let Some(victim) = closing.and_then(|weak| weak.upgrade()) {
            victim.close();
        }
        Ok(file)
    }

    fn admit(&self, block: &Arc<Block>) -> Option<Weak<Block>> {
        let mut clock = self.clock.lock();
        clock.push_back(Arc::downgrade(block));
        if clock.len() <= self.limit {
            return None;
        }
        // One round at most: if every file was read since, the first one goes all the same.
        for _ in 0..self.limit {
            let candidate = clock.pop_front()?;
            // A block that is gone has made the place that is needed.
            let found = candidate.upgrade()?;
            if !found.recently_read.swap(false, Ordering::Relaxed) {
                return Some(candidate);
            }
            clock.push_back(candidate);
        }
        clock.pop_front()
    }
}
