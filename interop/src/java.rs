//! Which Java programs there are, and how a JVM is started for them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What of Java's own, closed since Java 9, is opened again for programs of that time.
const OPENED: [&str; 7] = [
    "java.base/java.lang",
    "java.base/java.util",
    "java.base/java.nio",
    "java.base/sun.nio.ch",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/jdk.internal.misc",
];
const EXPORTED: [&str; 2] = ["java.base/jdk.internal.ref", "java.base/sun.nio.ch"];

/// A small heap, and compiled once and quickly: a JVM lives for a minute here.
pub(crate) const SMALL: [&str; 3] = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// Programs that are on one class path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerSet {
    /// Alluxio's shells.
    Shell,
    /// Alluxio's servers.
    Servers,
    /// Hadoop with Alluxio's client.
    Hadoop,
}

impl PeerSet {
    /// Its name for `libexec/java-peers.sh`.
    fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Servers => "servers",
            Self::Hadoop => "hadoop",
        }
    }
}

/// A program of ours that runs the commands of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `fs`, `fsadmin`, `job`, `getConf`.
    Shells,
    /// Hadoop's `fs`, and its `FileContext`.
    Hadoop,
}

impl Program {
    pub(crate) fn set(self) -> PeerSet {
        match self {
            Self::Shells => PeerSet::Shell,
            Self::Hadoop => PeerSet::Hadoop,
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Shells => "interop.AlluxioShells",
            Self::Hadoop => "interop.HadoopShells",
        }
    }
}

/// The folder of this repository.
pub(crate) fn repository() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// A program that is killed when whoever starts it dies, in whatever way; nothing of the environment
/// is left but where programs are.
pub(crate) fn mortal(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL"])
        .arg(program)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        // Otherwise Java knows no names of files beyond ASCII.
        .env("LC_ALL", "C.UTF-8");
    command
}

/// What a script prints: one line.
pub(crate) fn said(script: &Path, words: &[&str]) -> Result<String> {
    let said = Command::new(script).args(words).output()?;
    if !said.status.success() {
        bail!("{}", String::from_utf8_lossy(&said.stderr).trim_end());
    }
    let line = String::from_utf8(said.stdout).context("a path is text")?;
    Ok(line.trim_end().to_owned())
}

/// The program that runs classes; others of the JDK are beside it.
pub(crate) fn java() -> Result<PathBuf> {
    Ok(said(&peers(), &["java"])?.into())
}

/// What has fetched the programs, and knows where they are.
fn peers() -> PathBuf {
    repository().join("libexec/java-peers.sh")
}

pub(crate) fn class_path(set: PeerSet) -> Result<String> {
    said(&peers(), &["path", set.name()])
}

/// A small JVM with the class path of this set, for a class and arguments that are added.
pub(crate) fn jvm(set: PeerSet) -> Result<Command> {
    jvm_with(set, &SMALL.map(str::to_owned))
}

/// The same, with options that say how large it is.
pub(crate) fn jvm_with(set: PeerSet, options: &[String]) -> Result<Command> {
    let mut command = mortal(java()?);
    command
        // Otherwise a library asks the network in which cloud it is.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(options);
    for package in OPENED {
        command.arg(format!("--add-opens={package}=ALL-UNNAMED"));
    }
    for package in EXPORTED {
        command.arg(format!("--add-exports={package}=ALL-UNNAMED"));
    }
    command
        .arg("-Dio.netty.tryReflectionSetAccessible=true")
        .arg("-Dfile.encoding=UTF-8")
        .args(["-cp", &class_path(set)?]);
    Ok(command)
}

/// Which Java it is, as it says.
pub(crate) fn version() -> Result<String> {
    let mut command = jvm(PeerSet::Servers)?;
    let said = command.arg("-version").output()?;
    let text = String::from_utf8_lossy(&said.stderr);
    Ok(text.lines().nth(1).unwrap_or_default().to_owned())
}
