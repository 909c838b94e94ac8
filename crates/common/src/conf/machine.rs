//! What defaults depend on: facts about the machine and the user, read once and passed in.

use std::net::ToSocketAddrs;
use std::path::PathBuf;

use super::property::Computed;

/// The memory file system that needs no mount.
const MEMORY_FOLDER: &str = "/dev/shm";

/// The memory tier when nothing is known about the machine.
const FALLBACK_MEMORY_TIER: u64 = 1 << 30;

/// Facts about the machine and the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: u32,
    /// Memory of the machine in bytes, or the limit of its container; `None` if unknown.
    pub memory_bytes: Option<u64>,
    /// Size in bytes of the file system under `/dev/shm`; `None` if there is none.
    pub memory_folder_bytes: Option<u64>,
    /// A name under which the machine finds itself.
    pub host_name: String,
    /// The name of the user of this process.
    pub user_name: String,
    /// The user's home directory.
    pub user_home: PathBuf,
    /// The default of `alluxio.home`: where this installation lies.
    pub home: PathBuf,
}

impl Machine {
    /// Asks the operating system. Whatever it does not tell falls back to something harmless.
    pub fn detect() -> Self {
        let user = nix::unistd::User::from_uid(nix::unistd::getuid())
            .ok()
            .flatten();
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        Self {
            cores: u32::try_from(cores).unwrap_or(u32::MAX),
            memory_bytes: memory_of_machine(),
            memory_folder_bytes: size_of_file_system(MEMORY_FOLDER),
            host_name: own_host_name(),
            user_name: user.as_ref().map_or_else(
                || nix::unistd::getuid().to_string(),
                |user| user.name.clone(),
            ),
            user_home: user.map_or_else(|| PathBuf::from("/"), |user| user.dir),
            home: installation_home(),
        }
    }

    /// A machine with two processors and 4 GiB, for tests and for documents.
    pub fn sample() -> Self {
        Self {
            cores: 2,
            memory_bytes: Some(4 << 30),
            memory_folder_bytes: Some(2 << 30),
            host_name: "localhost".to_owned(),
            user_name: "alluxio".to_owned(),
            user_home: PathBuf::from("/home/alluxio"),
            home: PathBuf::from("/opt/alluxio"),
        }
    }

    /// Works out a default.
    pub fn compute(&self, computed: Computed) -> String {
        match computed {
            Computed::Cores {
                times,
                divided_by,
                at_least,
                at_most,
            } => {
                let cores = self.cores.saturating_mul(times) / divided_by;
                cores.clamp(at_least, at_most).to_string()
            }
            Computed::MemoryTierPath => MEMORY_FOLDER.to_owned(),
            Computed::MemoryTierSize => self.memory_tier_size().to_string(),
            Computed::InodeCacheSize => {
                let memory = self.memory_bytes.unwrap_or(FALLBACK_MEMORY_TIER);
                (memory / 2 / 2048)
                    .min(i32::MAX.unsigned_abs().into())
                    .to_string()
            }
        }
    }

    /// Two thirds of the memory, but never more than the memory folder can hold: a larger default
    /// would be refused on every machine whose `/dev/shm` has the usual half of the memory.
    fn memory_tier_size(&self) -> u64 {
        let wanted = self
            .memory_bytes
            .map_or(FALLBACK_MEMORY_TIER, |memory| memory / 3 * 2);
        self.memory_folder_bytes
            .map_or(wanted, |folder| wanted.min(folder))
    }
}

fn memory_of_machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let physical = kibibytes.saturating_mul(1024);
    // A container may have less than the machine around it.
    let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    Some(limit.map_or(physical, |limit| limit.min(physical)))
}

fn size_of_file_system(path: &str) -> Option<u64> {
    let status = nix::sys::statvfs::statvfs(path).ok()?;
    Some(status.blocks().saturating_mul(status.fragment_size()))
}

/// The host name, if the machine can find itself by it; `localhost` otherwise, because a cluster on
/// a machine with an unknown name would not reach itself.
fn own_host_name() -> String {
    let Ok(name) = nix::unistd::gethostname() else {
        return "localhost".to_owned();
    };
    let name = name.to_string_lossy().into_owned();
    // The hosts file first: it costs microseconds, while a resolver without a network takes seconds.
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    if is_in_hosts(&hosts, &name) || (name.as_str(), 0).to_socket_addrs().is_ok() {
        name
    } else {
        "localhost".to_owned()
    }
}

fn is_in_hosts(hosts: &str, name: &str) -> bool {
    hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .any(|line| line.split_whitespace().skip(1).any(|host| host == name))
}

/// The folder above `bin/` or `lib/` of the running program.
fn installation_home() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().map(PathBuf::from).unwrap_or_default();
    let is_inside = folder
        .file_name()
        .is_some_and(|name| name == "bin" || name == "lib" || name == "libexec");
    match folder.parent() {
        Some(parent) if is_inside => parent.to_path_buf(),
        _ => PathBuf::from("/opt/alluxio"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_tier_takes_two_thirds_of_the_memory_and_fits_its_folder() {
        let mut machine = Machine::sample();
        assert_eq!(machine.memory_tier_size(), 2 << 30);
        machine.memory_folder_bytes = Some(64 << 30);
        assert_eq!(machine.memory_tier_size(), (4 << 30) / 3 * 2);
        machine.memory_bytes = None;
        assert_eq!(machine.memory_tier_size(), 1 << 30);
    }

    #[test]
    fn numbers_of_threads_follow_the_processors_within_bounds() {
        let mut machine = Machine::sample();
        let twice = Computed::Cores {
            times: 2,
            divided_by: 1,
            at_least: 8,
            at_most: 16,
        };
        assert_eq!(machine.compute(twice), "8");
        machine.cores = 6;
        assert_eq!(machine.compute(twice), "12");
        machine.cores = 60;
        assert_eq!(machine.compute(twice), "16");
    }

    #[test]
    fn the_hosts_file_is_searched_by_whole_names_outside_comments() {
        let hosts = "127.0.0.1 localhost vm1 # vm2\n::1 ip6-localhost\n";
        assert!(is_in_hosts(hosts, "vm1"));
        assert!(!is_in_hosts(hosts, "vm2"));
        assert!(!is_in_hosts(hosts, "vm"));
        assert!(!is_in_hosts(hosts, "127.0.0.1"));
    }

    #[test]
    fn this_machine_is_detected() {
        let machine = Machine::detect();
        assert!(machine.cores >= 1);
        assert!(!machine.host_name.is_empty());
        assert!(!machine.user_name.is_empty());
    }
}
