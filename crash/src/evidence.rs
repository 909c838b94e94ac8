//! [`Evidence`]: what the machine shows of a cluster in which an operation hangs, gathered while it
//! still does.

use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use tokio::time::timeout;

/// What takes longer than this waits for something that may never come: nobody is away for so long.
const SUSPICIOUS: Duration = Duration::from_secs(20);

/// What one hanging operation shows is enough; the next ones may be its victims.
const KEPT: usize = 4;

/// Gathers evidence in a folder of its own. Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    home: PathBuf,
    /// What takes longer is suspicious.
    patience: Duration,
    taken: Arc<AtomicUsize>,
}

/// An operation had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoAnswer(pub(crate) Duration);

impl Evidence {
    pub(crate) fn new(home: &Path) -> Self {
        Self {
            home: home.to_path_buf(),
            patience: SUSPICIOUS,
            taken: Arc::default(),
        }
    }

    /// Waits for an answer, and gathers evidence when it does not come soon.
    pub(crate) fn watch<T>(
        &self,
        what: &str,
        longest: Duration,
        answer: impl Future<Output = T>,
    ) -> impl Future<Output = Result<T, NoAnswer>> {
        // Operations are large, and the loops around them should not be.
        let mut answer = Box::pin(answer);
        async move {
            if let Ok(answer) = timeout(self.patience, &mut answer).await {
                return Ok(answer);
            }
            // The answer counts, with or without evidence.
            self.take(what).ok();
            let left = longest.saturating_sub(self.patience);
            let answered = timeout(left, answer).await;
            answered.map_err(|_elapsed| NoAnswer(longest))
        }
    }

    /// Writes down what processes and sockets do, and keeps the logs as they are now.
    fn take(&self, what: &str) -> io::Result<()> {
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        if number >= KEPT {
            return Ok(());
        }
        let folder = self.home.join(format!("evidence-{number}"));
        fs::create_dir_all(&folder)?;
        let now = SystemClock::new().now().millis();
        fs::write(folder.join("what"), format!("{now} ms: {what}\n"))?;
        // Not every machine has the program.
        if let Ok(sockets) = Command::new("ss").arg("-tanpo").output() {
            fs::write(folder.join("sockets"), sockets.stdout)?;
        }
        let mut text = String::new();
        for process in self.processes()? {
            describe(&process, &mut text);
        }
        fs::write(folder.join("processes"), text)?;
        for log in fs::read_dir(self.home.join("logs"))? {
            let log = log?;
            fs::copy(log.path(), folder.join(log.file_name()))?;
        }
        Ok(())
    }

    /// The processes of the cluster, which work in its folder, and this one.
    fn processes(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = vec![PathBuf::from("/proc/self")];
        for entry in fs::read_dir("/proc")?.flatten() {
            let is_here = |folder: PathBuf| folder == self.home;
            if fs::read_link(entry.path().join("cwd")).is_ok_and(is_here) {
                found.push(entry.path());
            }
        }
        Ok(found)
    }
}

/// What each thread of a process is called and waits for.
fn describe(process: &Path, text: &mut String) {
    // A process may end meanwhile: what can be read counts.
    let line = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
    text.push_str(&format!(
        "{}: {}\n",
        process.display(),
        line.replace('\0', " ")
    ));
    for thread in fs::read_dir(process.join("task")).into_iter().flatten() {
        let Ok(thread) = thread else { continue };
        let part = |name: &str| fs::read_to_string(thread.path().join(name)).unwrap_or_default();
        text.push_str(&format!(
            "  {} {}: {} {}",
            thread.file_name().display(),
            part("comm").trim(),
            part("wchan"),
            part("stat")
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn what_hangs_leaves_evidence_and_what_answers_does_not() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("logs")).unwrap();
        fs::write(home.path().join("logs/master.log"), "started").unwrap();
        let evidence = Evidence {
            patience: Duration::from_millis(50),
            ..Evidence::new(home.path())
        };
        let longest = Duration::from_millis(100);
        assert_eq!(evidence.watch("quick", longest, ready(7)).await, Ok(7));
        let folder = home.path().join("evidence-0");
        assert!(!folder.try_exists().unwrap());
        let hanging = evidence.watch("read /f", longest, pending::<()>()).await;
        assert_eq!(hanging, Err(NoAnswer(longest)));
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        assert!(read("what").ends_with("read /f\n"));
        assert_eq!(read("master.log"), "started");
        assert!(read("processes").contains("/proc/self"));
    }
}
