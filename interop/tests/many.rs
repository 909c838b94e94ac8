//! Ten thousand files of a Java program: `make interop-full` runs this test.

use std::time::Duration;

use alluxio_interop::{Cluster, Kind, Program};

/// The program alone needs a minute or two for them.
const PATIENCE: Duration = Duration::from_secs(600);

const FILES: &str = "10000";

#[test]
#[ignore = "needs Java: make interop-full"]
fn ten_thousand_small_files_are_written_read_listed_and_deleted() {
    let cluster = Cluster::start(Kind::Ours, &[]).unwrap();
    let mut client = cluster.runner(Program::Shells, &[]).unwrap();
    let mut say = |words: &[&str]| {
        let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
        client.begin(&words).unwrap();
        client.finish(PATIENCE).unwrap().to_string()
    };
    assert_eq!(say(&["client", "createDirectory", "/many"]), "[0]");
    let written = say(&["client", "many", "/many", "writeType: CACHE_THROUGH", FILES]);
    assert_eq!(written, format!("[0]\n{FILES} files"));
    let counted = say(&["fs", "count", "/many"]);
    assert!(counted.contains(FILES), "{counted}");
    let listed = say(&["fs", "ls", "/many"]);
    assert_eq!(listed.lines().count(), 10_001, "{listed:.300}");
    let freed = say(&["fs", "free", "/many"]);
    assert!(freed.starts_with("[0]"), "{freed}");
    let deleted = say(&["fs", "rm", "-R", "/many"]);
    assert!(deleted.starts_with("[0]"), "{deleted}");
    assert_eq!(say(&["client", "exists", "/many"]), "[0]\nfalse");
}
