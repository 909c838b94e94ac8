//! A limit for those who wait until others have finished their work in a store.
//!
//! A move of an hour, or a store that hangs, holds up everybody who comes to its paths. Clients give up
//! and come again; each call that waits keeps its memory until its turn.

use std::collections::HashMap;

use alluxio_common::MountId;
use parking_lot::Mutex;

use super::FileSystemMaster;
use crate::error::FileSystemError;
use crate::reservation::{Reservation, ReservedPath};

/// How many calls may wait in one mount: some ten KB each, and more threads than a busy cluster has.
pub(super) const WAITING_LIMIT: usize = 10_000;

/// How long a call waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// Until the store hangs for somebody.
    UntilSilence,
    Endless,
}

/// How many calls wait in each mount.
#[derive(Debug, Default)]
pub(super) struct WaitingCalls {
    of_mounts: Mutex<HashMap<MountId, usize>>,
}

/// One call that waits; it does no more when this is dropped.
#[derive(Debug)]
struct Waiting<'a> {
    calls: &'a WaitingCalls,
    mount: MountId,
}

impl WaitingCalls {
    /// Counts one more, if there may be one.
    fn begin(&self, mount: MountId) -> Option<Waiting<'_>> {
        let mut of_mounts = self.of_mounts.lock();
        let waiting = of_mounts.entry(mount).or_default();
        if *waiting >= WAITING_LIMIT {
            return None;
        }
        *waiting += 1;
        Some(Waiting { calls: self, mount })
    }

    fn are_too_many(&self, mount: MountId) -> bool {
        let of_mounts = self.of_mounts.lock();
        of_mounts
            .get(&mount)
            .is_some_and(|waiting| *waiting >= WAITING_LIMIT)
    }

    #[cfg(test)]
    pub(super) fn are_none(&self) -> bool {
        self.of_mounts.lock().is_empty()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut of_mounts = self.calls.of_mounts.lock();
        if let Some(waiting) = of_mounts.get_mut(&self.mount) {
            *waiting -= 1;
            if *waiting == 0 {
                of_mounts.remove(&self.mount);
            }
        }
    }
}

impl FileSystemMaster {
    /// Waits until nobody who came earlier works under one of these paths, and takes them all, for work
    /// in the store.
    ///
    /// # Errors
    /// When too many wait in this mount already, or its store does not answer meanwhile.
    pub(crate) async fn reserve(
        &self,
        paths: impl IntoIterator<Item = ReservedPath>,
    ) -> Result<Reservation, FileSystemError> {
        self.reserve_unless(paths.into_iter().collect(), Patience::UntilSilence)
            .await
    }

    /// As [`Self::reserve`], for those who need nothing of the store: they wait for their turn.
    ///
    /// # Errors
    /// When too many wait in this mount already.
    pub(super) async fn reserve_in_turn(
        &self,
        paths: impl IntoIterator<Item = ReservedPath>,
    ) -> Result<Reservation, FileSystemError> {
        self.reserve_unless(paths.into_iter().collect(), Patience::Endless)
            .await
    }

    async fn reserve_unless(
        &self,
        paths: Vec<ReservedPath>,
        patience: Patience,
    ) -> Result<Reservation, FileSystemError> {
        let mount = paths.first().map_or(MountId::ROOT, |first| {
            self.mounts.load().mount_of(&first.path).id
        });
        let refusal = || FileSystemError::TooManyWaiting {
            limit: WAITING_LIMIT,
        };
        let is_held = |place: &ReservedPath| self.reservations.is_reserved(&place.path);
        if self.waiting_calls.are_too_many(mount) && paths.iter().any(is_held) {
            // Without a claim, which those who are before it would have to remember.
            return Err(refusal());
        }
        if let Some(reservation) = self.reservations.try_reserve(paths.clone()) {
            return Ok(reservation);
        }
        let _waiting = self.waiting_calls.begin(mount).ok_or_else(refusal)?;
        // Boxed, as few have to wait: the futures of the common case stay small.
        let silence = self.stores.next_silence(mount);
        let waits = async {
            tokio::select! {
                biased;
                reservation = self.reservations.reserve(paths) => Ok(reservation),
                error = silence, if patience == Patience::UntilSilence => Err(error.into()),
            }
        };
        Box::pin(waits).await
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::{Describe, ErrorCode};
    use futures::FutureExt;

    use super::*;
    use crate::file_system::testing::{Fixture, path};

    #[tokio::test]
    async fn who_would_wait_behind_too_many_others_is_refused_in_this_mount_alone() {
        let fixture = Fixture::new().await;
        fixture.mount_memory("/m", "bucket").await;
        let master = &fixture.master;
        let places = [path("/m/d"), path("/d")];
        let held = master
            .reserve(places.each_ref().map(ReservedPath::subtree))
            .await
            .unwrap();
        let mut waiting = Vec::new();
        for _call in 0..WAITING_LIMIT {
            let mut call = Box::pin(master.reserve([ReservedPath::entry(&places[0])]));
            assert!(call.as_mut().now_or_never().is_none());
            waiting.push(call);
        }
        let refused = fixture.create("/m/d/f").await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Busy, "{refused}");
        // Who need not wait, or waits elsewhere, does.
        fixture.create("/m/f").await.unwrap();
        let mut elsewhere = Box::pin(fixture.create("/d"));
        assert!(elsewhere.as_mut().now_or_never().is_none());
        drop(waiting);
        drop(held);
        elsewhere.await.unwrap();
        fixture.create_through("/m/d/f").await.unwrap();
        assert!(master.waiting_calls.are_none());
    }
}
