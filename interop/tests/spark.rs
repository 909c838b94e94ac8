//! Spark over our servers: `make interop-full` installs it and runs this test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use alluxio_interop::{Cluster, Kind, run_spark};

/// What `parquet.py` prints for one committer.
const OF_A_COMMITTER: &str = "\
written 20000 199990000 name 0 name 9999
files _SUCCESS 4 of data
appended 40000 399980000 name 0 name 9999
overwritten 100 4950 name 0 name 99
refused AnalysisException
parts _SUCCESS rest=0 rest=1 rest=2 0 of data
one part 6667 66670000 name 1 name 9997
some rows 333 6493167 name 19001 name 19997
joined 20000 199990000 name 0 name 9999
";

fn write_and_read(kind: Kind, write_type: &str) {
    // Parquet asks for blocks of 128 MB.
    let room = ("alluxio.worker.ramdisk.size", "512MB");
    let settings = [("alluxio.user.file.writetype.default", write_type), room];
    let cluster = Cluster::start(kind, &settings).unwrap();
    let answer = run_spark(&cluster, "parquet.py").unwrap();
    let wanted = format!("committer 1\n{OF_A_COMMITTER}committer 2\n{OF_A_COMMITTER}");
    assert_eq!(answer.out, wanted, "{write_type}: {answer}");
    assert_eq!(answer.code, 0, "{write_type}: {answer}");
}

#[test]
#[ignore = "needs Spark: make interop-full"]
fn spark_writes_and_reads_parquet_with_both_committers() {
    for write_type in ["CACHE_THROUGH", "ASYNC_THROUGH"] {
        write_and_read(Kind::Ours, write_type);
    }
}

/// What is wanted of ours is what theirs does.
#[test]
#[ignore = "needs Spark: make interop-full"]
fn spark_sees_the_same_over_java_servers() {
    write_and_read(Kind::Theirs, "ASYNC_THROUGH");
}
