//! The four processes of a local cluster, as a user starts them.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use alluxio_common::{Clock, SystemClock};
use anyhow::{Context, Result, bail};

use crate::arguments::Arguments;
use crate::report::{self, Target, figure, median, number};
use crate::usage;

pub(crate) const ABOUT: &str =
    "start of a whole local cluster, and what it takes when idle (--idle: seconds)";

/// The names of the pid files.
const PROCESSES: [&str; 4] = ["master", "worker", "job_master", "job_worker"];

/// Properties that name ports.
const PORTS: [&str; 9] = [
    "alluxio.master.rpc.port",
    "alluxio.master.web.port",
    "alluxio.worker.rpc.port",
    "alluxio.worker.web.port",
    "alluxio.job.master.rpc.port",
    "alluxio.job.master.web.port",
    "alluxio.job.worker.rpc.port",
    "alluxio.job.worker.data.port",
    "alluxio.job.worker.web.port",
];

/// Files whose names are `<process>.pid` lie here, below the folder of the site.
const LOGS: &str = "logs";

/// Runs the workload.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    report::heading("cluster");
    let site = Site::new()?;
    report::line(&format!(
        "bin/alluxio-start.sh local NoMount, with a configuration of its own and the program {}",
        site.program.display()
    ));
    site.shell("bin/alluxio", &["format"])?;
    let mut seconds = Vec::new();
    for _ in 0..arguments.number("rounds", 5) {
        let clock = SystemClock::new();
        site.shell("bin/alluxio-start.sh", &["local", "NoMount"])?;
        seconds.push(clock.monotonic().as_secs_f64());
        site.shell("bin/alluxio-stop.sh", &["local"])?;
    }
    let more = "to the return of the script, when everything serves";
    figure(
        "start of a local cluster",
        median(seconds),
        "seconds",
        Target::AtMost(1.0),
        more,
    );
    site.shell("bin/alluxio-start.sh", &["local", "NoMount"])?;
    let idle = site.idle(Duration::from_secs(arguments.number("idle", 30)));
    site.shell("bin/alluxio-stop.sh", &["local"])?;
    idle
}

/// A configuration with free ports over temporary folders.
struct Site {
    folder: tempfile::TempDir,
    _memory: tempfile::TempDir,
    home: std::path::PathBuf,
    program: std::path::PathBuf,
}

impl Site {
    fn new() -> Result<Self> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .canonicalize()?;
        let program = home.join("target/release/alluxio");
        if !std::fs::exists(&program)? {
            bail!("{} is not built: make build", program.display());
        }
        let folder = tempfile::tempdir()?;
        let memory = tempfile::tempdir_in("/dev/shm")?;
        let at = |name: &str| folder.path().join(name).display().to_string();
        let mut lines = vec![
            "alluxio.master.hostname=127.0.0.1".to_owned(),
            "alluxio.worker.hostname=127.0.0.1".to_owned(),
            format!("alluxio.work.dir={}", at("work")),
            format!("alluxio.logs.dir={}", at(LOGS)),
            format!("alluxio.master.mount.table.root.ufs={}", at("store")),
            format!("alluxio.worker.ramdisk.size={}", 256 << 20),
            format!(
                "alluxio.worker.tieredstore.level0.dirs.path={}",
                memory.path().display()
            ),
        ];
        // All are held until the last one is known, so that no two are the same.
        let mut held = Vec::new();
        for name in PORTS {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            lines.push(format!("{name}={}", listener.local_addr()?.port()));
            held.push(listener);
        }
        std::fs::create_dir_all(folder.path().join("conf"))?;
        std::fs::create_dir_all(folder.path().join("store"))?;
        let path = folder.path().join("conf/alluxio-site.properties");
        std::fs::write(path, lines.join("\n") + "\n")?;
        Ok(Self {
            folder,
            _memory: memory,
            home,
            program,
        })
    }

    fn shell(&self, script: &str, arguments: &[&str]) -> Result<()> {
        let output = Command::new(self.home.join(script))
            .args(arguments)
            .env("ALLUXIO_CONF_DIR", self.folder.path().join("conf"))
            .env("ALLUXIO_LOGS_DIR", self.folder.path().join(LOGS))
            .env("ALLUXIO_BINARY", &self.program)
            .output()?;
        if !output.status.success() {
            bail!(
                "{script} {} failed: {}{}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }

    /// What the processes take when nobody asks for anything.
    fn idle(&self, span: Duration) -> Result<()> {
        let pids = self.pids()?;
        // The heartbeats of the start are no idling.
        std::thread::sleep(Duration::from_secs(3));
        let before = total_time(&pids)?;
        std::thread::sleep(span);
        let used = total_time(&pids)? - before;
        let mut total = 0;
        let mut shares = Vec::new();
        for (name, pid) in PROCESSES.iter().zip(&pids) {
            let resident = usage::resident(*pid)?;
            total += resident;
            shares.push(format!("{name} {}", number(resident as f64 / 1e6)));
        }
        let megabytes = total as f64 / 1e6;
        let more = shares.join(", ");
        figure(
            "resident, idle, all processes",
            megabytes,
            "MB",
            Target::AtMost(60.0),
            &more,
        );
        let percent = used.as_secs_f64() / span.as_secs_f64() * 100.0;
        let more = format!("{used:?} in {span:?}");
        figure(
            "idle processor time",
            percent,
            "% of a core",
            Target::AtMost(0.5),
            &more,
        );
        Ok(())
    }

    fn pids(&self) -> Result<Vec<u32>> {
        let pids = PROCESSES.iter().map(|name| {
            let path = self.folder.path().join(LOGS).join(format!("{name}.pid"));
            let text = std::fs::read_to_string(&path);
            let text = text.with_context(|| path.display().to_string())?;
            Ok(text.trim().parse()?)
        });
        pids.collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // After an error something may still run; stopping what does not run is no error.
        self.shell("bin/alluxio-stop.sh", &["local"]).ok();
    }
}

fn total_time(pids: &[u32]) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for pid in pids {
        total += usage::processor_time(*pid)?;
    }
    Ok(total)
}
