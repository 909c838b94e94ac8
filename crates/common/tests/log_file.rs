//! The log of a whole process; in a file of its own because a process has one log only.

use alluxio_common::SystemClock;
use alluxio_common::logging::{LogSettings, LogTarget, Logging};

const THREADS: usize = 4;
const LINES: usize = 500;

#[test]
fn everything_that_was_logged_is_in_the_file_when_the_log_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logs/master.log");
    let target = LogTarget::File(file.clone());
    let settings = LogSettings::load(folder.path()).unwrap();
    let logging = Logging::start_with(&target, &settings, SystemClock::shared()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for line in 0..LINES {
                    tracing::info!(thread, line, "counted");
                    tracing::debug!(thread, line, "below the level");
                }
            });
        }
    });
    let panicked = std::thread::spawn(|| panic!("on purpose")).join();
    assert!(panicked.is_err());
    drop(logging);
    let text = std::fs::read_to_string(&file).unwrap();
    let counted = text.matches("INFO  LogFile - counted thread=").count();
    assert_eq!(counted, THREADS * LINES);
    assert_eq!(text.matches("below").count(), 0);
    assert_eq!(text.matches(" ERROR ").count(), 1);
    assert!(text.contains("on purpose"), "{text}");
}
