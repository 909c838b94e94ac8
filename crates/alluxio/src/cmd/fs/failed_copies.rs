//! [`FailedCopies`]: why files that are to be persisted are not in their stores yet.
//!
//! The master tries for a day, and says nothing meanwhile; the job service knows how each try has
//! ended.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use alluxio_proto::grpc::job::{JobInfo, Status};
use parking_lot::Mutex;

use crate::shell::{CommandError, Session};

/// How often the job service is asked. A file that meets no obstacle is mostly persisted before it is
/// asked at all.
const ROUND: Duration = Duration::from_secs(2);

/// What fails for so long is not waited for any more. A store that is restarted is back by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the job service tells of files whose copies have failed.
#[derive(Debug, Default)]
pub(super) struct FailedCopies {
    /// The last failure of each file, by its path.
    last: Mutex<HashMap<String, Failure>>,
}

#[derive(Debug)]
struct Failure {
    /// When we have heard of it; monotonic.
    at: Duration,
    reason: String,
}

impl FailedCopies {
    /// Asks the job service again and again what has failed, and tells the first reason at once.
    pub(super) async fn watch(&self, session: &Session) -> Result<Infallible, CommandError> {
        let jobs = session.file_system().await?.job_master();
        // What has failed before is no news.
        let mut known: Option<HashSet<i64>> = None;
        let mut has_told = false;
        loop {
            tokio::time::sleep(ROUND).await;
            let Ok(mut jobs) = jobs.list().await else {
                // Nobody copies; the master waits for the service to come back.
                continue;
            };
            jobs.retain(|job| job.status() == Status::Failed);
            let news = jobs.iter().filter(|job| {
                let known = known.as_ref();
                known.is_some_and(|known| !known.contains(&job.id()))
            });
            for job in news {
                let Some(path) = path_of(job) else { continue };
                if !has_told {
                    has_told = true;
                    session.output.error_line(format_args!(
                        "{path} is not persisted yet: {}. It is tried again.",
                        job.error_message()
                    ));
                }
                let failure = Failure {
                    at: session.clock.monotonic(),
                    reason: job.error_message().to_owned(),
                };
                self.last.lock().insert(path.to_owned(), failure);
            }
            known = Some(jobs.iter().map(JobInfo::id).collect());
        }
    }

    /// Why a file still fails that has been waited for since this time.
    pub(super) fn verdict(&self, path: &str, since: Duration) -> Option<String> {
        let last = self.last.lock();
        let failure = last.get(path)?;
        (failure.at >= since + PATIENCE).then(|| failure.reason.clone())
    }

    /// How the last try of a file has failed, if one has.
    pub(super) fn reason(&self, path: &str) -> Option<String> {
        let last = self.last.lock();
        last.get(path).map(|failure| failure.reason.clone())
    }
}

/// The file that a job was to persist: `PersistConfig{filePath=/f, mountId=1, overwrite=…`.
fn path_of(job: &JobInfo) -> Option<&str> {
    let rest = job.description().strip_prefix("PersistConfig{filePath=")?;
    let (path, _settings) = rest.rsplit_once(", mountId=")?;
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_names_its_file() {
        let job = |description: &str| JobInfo {
            description: Some(description.to_owned()),
            ..JobInfo::default()
        };
        let persist = job(
            "PersistConfig{filePath=/a, mountId=b, mountId=1, overwrite=false, ufsPath=/x.tmp}",
        );
        assert_eq!(path_of(&persist), Some("/a, mountId=b"));
        assert_eq!(path_of(&job("LoadConfig{filePath=/a}")), None);
    }

    #[test]
    fn what_fails_is_waited_for_a_minute() {
        let copies = FailedCopies::default();
        let second = Duration::from_secs(1);
        assert_eq!(copies.verdict("/f", second), None);
        for (at, ends) in [
            (second + PATIENCE - second / 2, false),
            (second + PATIENCE, true),
        ] {
            let reason = "the store is away".to_owned();
            copies
                .last
                .lock()
                .insert("/f".to_owned(), Failure { at, reason });
            assert_eq!(copies.verdict("/f", second).is_some(), ends);
        }
        assert_eq!(copies.verdict("/g", second), None);
        assert_eq!(copies.reason("/f").as_deref(), Some("the store is away"));
    }
}
