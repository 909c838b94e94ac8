//! [`run_spark`]: a Python script for Spark, with Alluxio's client on Spark's class path.

use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::answer::Answer;
use crate::cluster::Cluster;
use crate::java::{PeerSet, class_path, mortal, repository, said};

/// How the jar is called that Spark loads.
const CLIENT: &str = "alluxio-shaded-client-";

/// Runs a script of `interop/python` against a cluster. Its arguments are the address of the root, the
/// client's jar, and the options of the JVM.
///
/// # Errors
/// When Spark is not installed, or does not start.
pub fn run_spark(cluster: &Cluster, script: &str) -> Result<Answer> {
    let python = said(&repository().join("libexec/pyspark.sh"), &["path"])?;
    let path = class_path(PeerSet::Hadoop)?;
    let client = path.split(':').find(|jar| jar.contains(CLIENT));
    let client = client.context("Alluxio's client for Hadoop is in its set")?;
    let done = mortal(python)
        .arg(repository().join("interop/python").join(script))
        .args([&cluster.address(), client, &cluster.options().join(" ")])
        // Otherwise it listens where others can reach it.
        .env("SPARK_LOCAL_IP", "127.0.0.1")
        .env("SPARK_LOCAL_DIRS", cluster.path("tmp"))
        .env("TMPDIR", cluster.path("tmp"))
        .current_dir(cluster.path(""))
        .stdin(Stdio::null())
        .output()?;
    let Some(code) = done.status.code() else {
        bail!("{script}: {}", done.status);
    };
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(Answer {
        code,
        out: text(&done.stdout),
        err: text(&done.stderr),
    })
}
