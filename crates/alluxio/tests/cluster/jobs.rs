//! The work that takes long, as administrators look at it.

use crate::harness::{Cluster, Said};

impl Cluster {
    /// Runs `alluxio job …`, split at blanks.
    fn job(&self, line: &str) -> Said {
        let words = ["job"].into_iter().chain(line.split_whitespace());
        self.run(&words.collect::<Vec<_>>())
    }
}

#[test]
fn a_file_that_is_persisted_is_a_job_that_can_be_looked_at() {
    let cluster = Cluster::started();
    assert_eq!(cluster.job("ls").out, "");
    cluster.fs_out("touch -Dalluxio.user.file.writetype.default=MUST_CACHE /f");
    cluster.fs_out("persist /f");
    let listed = cluster.job("ls");
    assert_eq!(listed.code, 0, "{listed:?}");
    let id = listed.out.split_whitespace().next().unwrap().to_owned();
    assert_eq!(listed.out, format!("{id:<15} Persist    COMPLETED \n"));
    let told = cluster.job(&format!("stat -v {id}")).out;
    let head = format!("ID: {id}\nName: Persist\nDescription: PersistConfig{{filePath=/f, ");
    assert!(told.starts_with(&head), "{told}");
    assert!(
        told.ends_with("}\nStatus: COMPLETED\nTask 0\n\tWorker: localhost\n\tStatus: COMPLETED\n"),
        "{told}"
    );
    assert_eq!(cluster.job(&format!("cancel {id}")).code, 0);
    assert!(
        cluster
            .job(&format!("stat {id}"))
            .out
            .contains("Status: COMPLETED")
    );
    assert_eq!(cluster.job("leader").out, "localhost\n");
    let report = cluster.run(&["fsadmin", "report", "jobservice"]).out;
    let address = format!(
        "localhost:{}",
        cluster.property("alluxio.job.master.rpc.port")
    );
    assert!(
        report.contains(&format!("{address:<15} PRIMARY  ")),
        "{report}"
    );
    let worker = format!("\n{:<16} {:<32} rs-", "localhost", "2.9.4");
    assert!(report.contains(&worker), "{report}");
}

#[test]
fn a_job_that_nobody_knows_is_an_error_at_once() {
    let cluster = Cluster::started();
    for (line, sentence) in [
        ("stat 1", "Failed to get status of the job 1\n"),
        ("cancel 1", "Failed to cancel the job 1\n"),
        ("stat abc", "Arg abc is not type long\n"),
        ("cancel abc", "Arg abc is not type long\n"),
        ("stat", "Command stat takes 1 arguments, not 0\n"),
        (
            "getCmdStatus 1",
            "Unable to get detailed information for command 1. ",
        ),
        ("leader x", "Command leader takes 0 arguments, not 1\n"),
    ] {
        let said = cluster.job(line);
        assert_eq!(said.code, 255, "{line}: {said:?}");
        assert!(said.out.starts_with(sentence), "{line}: {said:?}");
    }
    cluster.run(&["process", "stop", "job_master"]);
    let said = cluster.job("ls -Dalluxio.user.rpc.retry.max.duration=1s");
    assert_eq!(
        (said.code, said.out.as_str()),
        (255, "Failed to list the jobs\n")
    );
}
