//! [`StoreFailures`]: how stores have failed, for those who waited meanwhile.
//!
//! Those who want the same of a store come one after the other. When it does not answer, the first
//! of them waits until its time is over; if each of the others waited as long again, a crowd in front
//! of a store that hangs would wait for hours.

use std::collections::HashMap;
use std::time::Duration;

use alluxio_common::MountId;
use alluxio_ufs::UfsError;
use parking_lot::Mutex;

use crate::error::FileSystemError;

/// The last failure of each mount. A mount that has gone leaves one behind, of some hundred bytes.
#[derive(Debug, Default)]
pub(super) struct StoreFailures {
    last: Mutex<HashMap<MountId, Failure>>,
}

#[derive(Debug)]
struct Failure {
    /// Monotonic.
    at: Duration,
    error: UfsError,
}

impl StoreFailures {
    /// Notes how a call ended; failures count when another try may succeed.
    pub(super) fn note<T>(
        &self,
        mount: MountId,
        now: Duration,
        ended: &Result<T, FileSystemError>,
    ) {
        if let Err(FileSystemError::Ufs(error)) = ended
            && error.kind().is_transient()
        {
            let failure = Failure {
                at: now,
                error: error.to_another(),
            };
            self.last.lock().insert(mount, failure);
        }
    }

    /// # Errors
    /// When the mount's store has failed since this time, with that failure.
    pub(super) fn check_since(&self, mount: MountId, since: Duration) -> Result<(), UfsError> {
        match self.last.lock().get(&mount) {
            Some(failure) if failure.at > since => Err(failure.error.to_another()),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use alluxio_common::Describe;
    use alluxio_ufs::layer::{Fault, FaultRule};
    use alluxio_ufs::{UfsErrorKind, UfsOperation};
    use futures::FutureExt;

    use super::super::testing::{Fixture, path};
    use super::*;

    #[tokio::test]
    async fn who_has_waited_for_another_hears_how_the_store_failed() {
        let fixture = Fixture::new().await;
        fixture.write_ufs("/f", b"x");
        let rule = FaultRule::on(UfsOperation::Status, Fault::Hang).always();
        fixture.stores.faults.add(rule);
        let ask = || fixture.status("/f");
        let (mut first, mut second) = (Box::pin(ask()), Box::pin(ask()));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        fixture.advance(Duration::from_secs(30));
        // As the first one does when its time is over.
        let mount = Arc::clone(fixture.master.mounts().mount_of(&path("/f")));
        let kind = UfsErrorKind::TimedOut;
        let failed = UfsError::new(kind, UfsOperation::Status, &mount.ufs)
            .with_property("alluxio.underfs.s3.request.timeout");
        let now = fixture.master.clock.monotonic();
        let ended: Result<(), _> = Err(failed.into());
        fixture.master.store_failures.note(mount.id, now, &ended);
        drop(first);
        let told = second.now_or_never().expect("it asks no store").err();
        let words = |error: FileSystemError| (error.to_string(), error.hint());
        assert_eq!(told.map(words), ended.err().map(words));
        // Who comes now asks again.
        let mut third = Box::pin(ask());
        assert!(third.as_mut().now_or_never().is_none());
    }
}
