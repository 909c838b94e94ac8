//! [`Threads`]: how many calls of one mount wait for the kernel at the same time.
//!
//! A call to a file system that hangs (a server of NFS that has gone) keeps its thread until the
//! kernel gives it back, long after its caller has given up. Without a limit, one such mount takes
//! all the threads of the process, and with them the work of everybody else.

use std::sync::Arc;

use alluxio_common::UfsPath;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::{UfsError, UfsErrorKind, UfsOperation};

/// Far more than disks do at once, and a fraction of the threads that a process has for blocking
/// work, of which there are 512.
const THREADS: usize = 64;

/// The threads of one mount. A turn ends with the work, not with the one who waits for it.
#[derive(Debug, Clone)]
pub(super) struct Threads(Arc<Semaphore>);

impl Default for Threads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(THREADS)))
    }
}

impl Threads {
    async fn turn(&self) -> OwnedSemaphorePermit {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        turn.expect("the semaphore is never closed")
    }

    /// Begins work on a blocking thread, when there is one.
    pub(super) async fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let turn = self.turn().await;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
    }

    /// One hop to a blocking thread. The work goes on to its end even if nobody waits for it any
    /// more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        operation: UfsOperation,
        path: &UfsPath,
        work: impl FnOnce() -> Result<T, UfsError> + Send + 'static,
    ) -> Result<T, UfsError> {
        match self.start(work).await.await {
            Ok(answer) => answer,
            Err(join_error) => {
                let error = UfsError::new(UfsErrorKind::Unexpected, operation, path);
                Err(error.with_source(join_error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_that_hangs_keeps_its_thread_and_no_more_than_the_limit() {
        let threads = Threads::default();
        let path = UfsPath::parse("/mnt/gone").unwrap();
        let (release, hung) = mpsc::channel::<()>();
        let hung = Arc::new(parking_lot::Mutex::new(hung));
        for _ in 0..THREADS {
            let hung = Arc::clone(&hung);
            let work = threads.start(move || hung.lock().recv().ok()).await;
            // Its caller gives up.
            drop(work);
        }
        let mut next = pin!(threads.run(UfsOperation::Status, &path, || Ok(())));
        assert!(futures::poll!(&mut next).is_pending(), "all threads hang");
        drop(release);
        next.await.unwrap();
    }
}
