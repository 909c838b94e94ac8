//! A local cluster in a temporary folder, on free ports.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use alluxio_crash::FreePorts;

/// A local cluster; it is stopped when this is dropped.
pub(crate) struct Cluster {
    home: tempfile::TempDir,
}

/// What a command has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) const PORTS: [&str; 8] = [
    "alluxio.master.rpc.port",
    "alluxio.master.web.port",
    "alluxio.worker.rpc.port",
    "alluxio.worker.web.port",
    "alluxio.job.master.rpc.port",
    "alluxio.job.master.web.port",
    "alluxio.job.worker.rpc.port",
    "alluxio.job.worker.web.port",
];

impl Cluster {
    /// A configuration, formatted, with nothing running.
    pub(crate) fn formatted() -> Self {
        let cluster = Self {
            home: tempfile::tempdir().unwrap(),
        };
        fs::create_dir_all(cluster.path("conf")).unwrap();
        fs::create_dir_all(cluster.path("underFSStorage")).unwrap();
        for name in ["masters", "workers"] {
            fs::write(cluster.path(&format!("conf/{name}")), "localhost\n").unwrap();
        }
        cluster.configure(&[]);
        assert_eq!(cluster.run(&["format"]).code, 0);
        cluster
    }

    /// A cluster that serves.
    pub(crate) fn started() -> Self {
        let cluster = Self::formatted();
        let said = cluster.start();
        assert_eq!(said.code, 0, "{said:?}");
        cluster
    }

    /// Writes the site file: free ports, everything on loopback, and these lines.
    pub(crate) fn configure(&self, more: &[(&str, &str)]) {
        let mut free = FreePorts::of(self.home.path());
        let tier = self.path("tier");
        let mut site = format!(
            "alluxio.worker.tieredstore.level0.dirs.path={}\n\
             alluxio.worker.ramdisk.size=256MB\n\
             alluxio.user.metrics.collection.enabled=false\n",
            tier.display()
        );
        for name in ["master", "worker", "job.master", "job.worker", "user"] {
            site.push_str(&format!("alluxio.{name}.hostname=localhost\n"));
        }
        for server in ["master", "worker", "job.master", "job.worker"] {
            site.push_str(&format!("alluxio.{server}.bind.host=127.0.0.1\n"));
            site.push_str(&format!("alluxio.{server}.web.bind.host=127.0.0.1\n"));
        }
        for name in PORTS {
            site.push_str(&format!("{name}={}\n", free.port().unwrap()));
        }
        for (name, value) in more {
            site.push_str(&format!("{name}={value}\n"));
        }
        fs::write(self.path("conf/alluxio-site.properties"), site).unwrap();
    }

    /// A path below the installation.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.home.path().join(relative)
    }

    /// The store that is mounted at the root.
    pub(crate) fn store(&self) -> PathBuf {
        self.path("underFSStorage")
    }

    pub(crate) fn start(&self) -> Said {
        self.run(&["process", "start", "local", "NoMount"])
    }

    pub(crate) fn stop(&self) -> Said {
        self.run(&["process", "stop", "local"])
    }

    /// Runs `alluxio` with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// Runs `alluxio` after a line for this shell, such as `["sh"]`.
    pub(crate) fn run_after(&self, shell: &[&str], line: &str, arguments: &[&str]) -> Said {
        let wanted = self.command(arguments);
        let mut command = Command::new(shell[0]);
        command
            .args(&shell[1..])
            .args(["-c", &format!("{line} && exec \"$0\" \"$@\"")])
            .arg(wanted.get_program())
            .args(wanted.get_args())
            .env_clear()
            .current_dir(self.home.path());
        for (name, value) in wanted.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        Said::of(&command.output().unwrap())
    }

    /// Runs `alluxio` with these arguments as somebody at a terminal does; both of its streams are one.
    pub(crate) fn run_at_terminal(&self, arguments: &[&str]) -> Said {
        let line = format!("{} {}", env!("CARGO_BIN_EXE_alluxio"), arguments.join(" "));
        let mut script = self.program("script", &["-qec", &line, "/dev/null"]);
        Said::of(&script.output().unwrap())
    }

    /// `alluxio` with these arguments, not yet running.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_alluxio"), arguments)
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command
            .args(arguments)
            .env_clear()
            .env("ALLUXIO_HOME", self.home.path())
            .env("PATH", self.programs())
            .current_dir(self.home.path());
        command
    }

    /// Where programs are looked for; a test may put its own into the folder `programs`.
    fn programs(&self) -> String {
        let own = self.path("programs");
        format!("{}:/usr/local/bin:/usr/bin:/bin", own.display())
    }

    /// Puts a shell script before the program with the same name.
    pub(crate) fn replace_program(&self, name: &str, script: &str) {
        let file = self.path("programs").join(name);
        fs::create_dir_all(self.path("programs")).unwrap();
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs `alluxio fs …`, split at blanks.
    pub(crate) fn fs(&self, line: &str) -> Said {
        let words: Vec<&str> = ["fs"].into_iter().chain(line.split_whitespace()).collect();
        self.run(&words)
    }

    /// Runs `alluxio fs …`, which must succeed, and returns what it prints.
    pub(crate) fn fs_out(&self, line: &str) -> String {
        let said = self.fs(line);
        assert_eq!(said.code, 0, "fs {line}: {said:?}");
        said.out
    }

    /// What the site file says of a property; the last line counts.
    pub(crate) fn property(&self, name: &str) -> String {
        let site = fs::read_to_string(self.path("conf/alluxio-site.properties")).unwrap();
        let lines = site.lines().filter_map(|line| line.split_once('='));
        let mut values = lines.filter(|(other, _)| *other == name);
        values.next_back().unwrap().1.to_owned()
    }

    /// A connection to the port that this property names.
    pub(crate) fn connect(&self, port: &str) -> TcpStream {
        let port: u16 = self.property(port).parse().unwrap();
        TcpStream::connect(("127.0.0.1", port)).unwrap()
    }

    /// What the web server at this port answers, head and body.
    pub(crate) fn get(&self, port: &str, address: &str) -> String {
        let mut stream = self.connect(port);
        let request = format!("GET {address} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The id of the process with this title.
    pub(crate) fn pid(&self, name: &str) -> Option<i32> {
        let text = fs::read_to_string(self.path(&format!("logs/{name}.pid"))).ok()?;
        text.trim().parse().ok()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Whether two directory trees hold the same names and bytes.
pub(crate) fn assert_same_tree(left: &Path, right: &Path) {
    assert_eq!(listing(left), listing(right));
}

/// Relative paths and contents of all files, and the relative paths of all directories.
fn listing(root: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(root).unwrap().to_path_buf();
            if path.is_dir() {
                found.push((relative, None));
                todo.push(path);
            } else {
                found.push((relative, Some(fs::read(&path).unwrap())));
            }
        }
    }
    found.sort();
    found
}
