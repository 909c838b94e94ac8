//! [`Claim`]: who may create or remove the files of a block.
//!
//! All files of one block have the same name in every directory. So whoever creates one must know
//! that nobody removes one at the same time: a late `unlink` would hit the new file.

use alluxio_common::BlockId;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use super::error::BlockError;
use super::store::BlockStore;

/// By block, how many are at work on its files. A block that nobody works on has no entry.
#[derive(Debug, Default)]
pub(super) struct Claims(DashMap<BlockId, usize>);

impl Claims {
    /// Claims the files of a block that nobody works on.
    pub(super) fn take(&self, block_id: BlockId) -> bool {
        match self.0.entry(block_id) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(1);
                true
            }
        }
    }

    fn join(&self, block_id: BlockId) {
        *self.0.entry(block_id).or_insert(0) += 1;
    }

    /// Gives a claim back.
    pub(super) fn give_back(&self, block_id: BlockId) {
        if let Entry::Occupied(mut held) = self.0.entry(block_id) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

/// The claim of a move, an eviction or a removal. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    block_id: BlockId,
}

impl BlockStore {
    /// For a move or an eviction, of which a block has one at a time.
    pub(super) fn claim(&self, block_id: BlockId) -> Result<Claim<'_>, BlockError> {
        if self.claims.take(block_id) {
            let claims = &self.claims;
            Ok(Claim { claims, block_id })
        } else {
            Err(BlockError::Busy { block_id })
        }
    }

    /// For a removal, which nobody can refuse. Nobody starts to write the block before it is over.
    pub(super) fn claim_removal(&self, block_id: BlockId) -> Claim<'_> {
        let claims = &self.claims;
        claims.join(block_id);
        Claim { claims, block_id }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claims.give_back(self.block_id);
    }
}
