//! [`Step`]: one run of one benchmark, with its flags.

use crate::server::Server;

use super::form::{Part, Scale};

/// How many threads ask the master at the same time.
const CALLERS: &str = "32";
/// How many threads read or write at the same time, each a file of its own.
const READERS: &str = "4";
/// How many threads of the benchmark of the worker read, all of them one file.
const READERS_OF_ONE: &str = "16";
/// How much they read or write at a time, and where they like.
const BUFFER: &str = "1m";
const SMALL_BUFFER: &str = "4k";
/// The benchmark would make pauses to stay below.
const NO_LIMIT: &str = "1000000000";

/// A line of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    CreateFile,
    GetFileStatus,
    OpenFile,
    ListDir,
    ListDirLocated,
    CreateDir,
    RenameFile,
    DeleteFile,
    Write(Circuit),
    Read(Circuit),
    PositionedRead(Circuit),
    WorkerBench,
}

/// How bytes come to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Circuit {
    /// The client opens the file of the block.
    Short,
    /// Through the worker, over a socket.
    Remote,
}

/// One run of one benchmark.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) row: Row,
    /// The directory in which it works, without a slash in front.
    base: String,
    /// Whether its files are there already.
    prepared: bool,
}

impl Row {
    pub(crate) const NAMESPACE: [Self; 8] = [
        Self::CreateFile,
        Self::GetFileStatus,
        Self::OpenFile,
        Self::ListDir,
        Self::ListDirLocated,
        Self::CreateDir,
        Self::RenameFile,
        Self::DeleteFile,
    ];
    pub(crate) const DATA: [Self; 7] = [
        Self::Write(Circuit::Short),
        Self::Write(Circuit::Remote),
        Self::Read(Circuit::Short),
        Self::Read(Circuit::Remote),
        Self::PositionedRead(Circuit::Short),
        Self::PositionedRead(Circuit::Remote),
        Self::WorkerBench,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CreateFile => "CreateFile",
            Self::GetFileStatus => "GetFileStatus",
            Self::OpenFile => "OpenFile",
            Self::ListDir => "ListDir, 100 entries",
            Self::ListDirLocated => "ListDirLocated, 100 entries",
            Self::CreateDir => "CreateDir",
            Self::RenameFile => "RenameFile",
            Self::DeleteFile => "DeleteFile",
            Self::Write(Circuit::Short) => "write, short circuit",
            Self::Write(Circuit::Remote) => "write, remote",
            Self::Read(Circuit::Short) => "sequential read, short circuit",
            Self::Read(Circuit::Remote) => "sequential read, remote",
            Self::PositionedRead(Circuit::Short) => "positioned read of 4 KiB, short circuit",
            Self::PositionedRead(Circuit::Remote) => "positioned read of 4 KiB, remote",
            Self::WorkerBench => "StressWorkerBench, 4 KiB at a time, remote",
        }
    }

    pub(crate) fn part(self) -> Part {
        if Self::NAMESPACE.contains(&self) {
            Part::Namespace
        } else {
            Part::Data
        }
    }

    /// Whose processor time is counted.
    pub(crate) fn server(self) -> Server {
        match self.part() {
            Part::Namespace => Server::Master,
            Part::Data | Part::Restart => Server::Worker,
        }
    }

    /// How many times more than theirs a second of our server's processor time should do.
    pub(crate) fn goal(self) -> Option<f64> {
        match self {
            Self::CreateFile | Self::CreateDir => Some(10.0),
            Self::GetFileStatus | Self::OpenFile | Self::ListDir | Self::ListDirLocated => {
                Some(5.0)
            }
            Self::Read(Circuit::Remote)
            | Self::PositionedRead(Circuit::Remote)
            | Self::WorkerBench => Some(3.0),
            Self::RenameFile
            | Self::DeleteFile
            | Self::Write(_)
            | Self::Read(Circuit::Short)
            | Self::PositionedRead(Circuit::Short) => None,
        }
    }

    /// The benchmark, for the program that runs it.
    fn benchmark(self) -> &'static str {
        match self {
            Self::WorkerBench => "worker",
            Self::Write(_) | Self::Read(_) | Self::PositionedRead(_) => "io",
            Self::CreateFile
            | Self::GetFileStatus
            | Self::OpenFile
            | Self::ListDir
            | Self::ListDirLocated
            | Self::CreateDir
            | Self::RenameFile
            | Self::DeleteFile => "master",
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Self::ListDir => "ListDir",
            Self::ListDirLocated => "ListDirLocated",
            Self::Write(_) => "Write",
            Self::Read(_) => "ReadArray",
            Self::PositionedRead(_) => "PosRead",
            Self::CreateFile
            | Self::GetFileStatus
            | Self::OpenFile
            | Self::CreateDir
            | Self::RenameFile
            | Self::DeleteFile
            | Self::WorkerBench => self.name(),
        }
    }
}

impl Circuit {
    fn folder(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Remote => "remote",
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::Short => "alluxio.user.short.circuit.enabled=true",
            Self::Remote => "alluxio.user.short.circuit.enabled=false",
        }
    }
}

impl Step {
    /// Everything of these parts that is measured, once. Rounds with other names work in other directories, but for the
    /// files that are read: those are written anew.
    pub(crate) fn round(name: &str, parts: &[Part]) -> Vec<Self> {
        let step = |row, base: String| Self {
            row,
            base,
            prepared: true,
        };
        let first = || format!("stress/{name}-first");
        let second = || format!("stress/{name}-second");
        let mut steps = vec![
            step(Row::CreateFile, first()),
            step(Row::GetFileStatus, first()),
            step(Row::OpenFile, first()),
            step(Row::ListDir, first()),
            step(Row::ListDirLocated, first()),
            step(Row::RenameFile, first()),
            // What was renamed cannot be deleted by the benchmark.
            step(Row::CreateFile, second()),
            step(Row::DeleteFile, second()),
            step(Row::CreateDir, first()),
        ];
        for row in [Row::Write, Row::Read, Row::PositionedRead] {
            for circuit in [Circuit::Short, Circuit::Remote] {
                steps.push(step(row(circuit), format!("files/{}", circuit.folder())));
            }
        }
        steps.push(step(Row::WorkerBench, "files/one".to_owned()));
        steps.retain(|step| parts.contains(&step.row.part()));
        steps
    }

    /// The same, the first time: it makes its files.
    pub(crate) fn first(mut self) -> Self {
        self.prepared = false;
        self
    }

    /// The command that runs it over a cluster with this address. A benchmark that moves bytes would wait
    /// for ten seconds if it were not told when to begin: `start`, in milliseconds.
    pub(crate) fn words(&self, scale: &Scale, address: &str, start: u128) -> Vec<String> {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let row = self.row;
        let mut command = words(&format!(
            "{} --in-process --base {address}/{} --write-type MUST_CACHE --warmup 0s --duration {}s",
            row.benchmark(),
            self.base,
            scale.seconds,
        ));
        if row != Row::WorkerBench {
            command.extend(words(&format!("--operation {}", row.operation())));
        }
        let more = match row {
            Row::CreateFile | Row::CreateDir | Row::RenameFile | Row::DeleteFile => format!(
                "--threads {CALLERS} --target-throughput {NO_LIMIT} --stop-count {}",
                scale.paths
            ),
            Row::GetFileStatus | Row::OpenFile | Row::ListDir | Row::ListDirLocated => {
                format!("--threads {CALLERS} --target-throughput {NO_LIMIT}")
            }
            Row::Write(circuit) | Row::Read(circuit) => format!(
                "--threads {READERS} --file-size {} --buffer-size {BUFFER} --conf {} --start-ms {start}",
                scale.file_size,
                circuit.setting()
            ),
            Row::PositionedRead(circuit) => format!(
                "--threads {READERS} --file-size {} --buffer-size {SMALL_BUFFER} --read-random \
                 --conf {} --start-ms {start}",
                scale.file_size,
                circuit.setting()
            ),
            Row::WorkerBench => format!(
                "--threads {READERS_OF_ONE} --conf {} --start-ms {start}",
                Circuit::Remote.setting()
            ),
        };
        command.extend(words(&more));
        if row == Row::WorkerBench && self.prepared {
            command.push("--skip-creation".to_owned());
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Form;

    fn text(step: &Step) -> String {
        let scale = Form::Short.scale();
        step.words(&scale, "alluxio://h:1", 77).join(" ")
    }

    #[test]
    fn a_round_has_every_row() {
        let rows = |rows: &[Row]| rows.iter().copied().collect::<BTreeSet<_>>();
        let round = Step::round("1", &Part::ALL)
            .iter()
            .map(|step| step.row)
            .collect();
        let tables = &rows(&Row::NAMESPACE) | &rows(&Row::DATA);
        assert_eq!(tables, round);
    }

    #[test]
    fn a_part_is_run_alone() {
        let rows = |part| Step::round("1", &[part]).into_iter().map(|step| step.row);
        assert!(rows(Part::Namespace).all(|row| Row::NAMESPACE.contains(&row)));
        assert!(rows(Part::Data).eq(Row::DATA));
        assert_eq!(rows(Part::Restart).count(), 0);
    }

    #[test]
    fn what_changes_the_namespace_goes_on_for_a_number_of_paths() {
        let round = Step::round("1", &Part::ALL);
        assert_eq!(
            text(&round[0]),
            "master --in-process --base alluxio://h:1/stress/1-first --write-type MUST_CACHE \
             --warmup 0s --duration 1s --operation CreateFile --threads 32 \
             --target-throughput 1000000000 --stop-count 2000"
        );
        assert!(!text(&round[1]).contains("--stop-count"));
    }

    #[test]
    fn what_moves_bytes_is_told_how_and_when() {
        let round = Step::round("1", &Part::ALL);
        let remote = round
            .iter()
            .find(|step| step.row == Row::Read(Circuit::Remote))
            .unwrap();
        assert_eq!(
            text(remote),
            "io --in-process --base alluxio://h:1/files/remote --write-type MUST_CACHE \
             --warmup 0s --duration 1s --operation ReadArray --threads 4 --file-size 64m \
             --buffer-size 1m --conf alluxio.user.short.circuit.enabled=false --start-ms 77"
        );
    }

    #[test]
    fn the_benchmark_of_the_worker_makes_its_file_once() {
        let last = Step::round("1", &Part::ALL).pop().unwrap();
        assert!(text(&last).ends_with("--start-ms 77 --skip-creation"));
        assert!(text(&last.first()).ends_with("--start-ms 77"));
    }
}
