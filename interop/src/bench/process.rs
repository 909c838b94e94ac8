//! What processes use of the machine, as the kernel tells.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The kernel counts the time of other processes in hundredths of a second.
pub(crate) const TICK: f64 = 0.01;

/// User and system time of a process so far, in seconds.
pub(crate) fn processor_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks(&stat).map(|ticks| f64::from(ticks) * TICK)
}

/// What a process holds in memory, in MiB. Memory that it shares is left out: the blocks of the tier are
/// there once, whoever has mapped them.
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = field(&status, "RssAnon:")? + field(&status, "RssFile:")?;
    Ok(f64::from(kib) / 1024.0)
}

/// The memory of this machine, in MiB.
pub(crate) fn machine_mib() -> Result<u32> {
    let info = fs::read_to_string("/proc/meminfo")?;
    Ok(field(&info, "MemTotal:")? / 1024)
}

/// How many processors there are, and how busy they were in the last minute.
pub(crate) fn machine() -> Result<String> {
    let processors = std::thread::available_parallelism()?;
    let gib = machine_mib()? / 1024;
    Ok(format!(
        "{processors} processors, {gib} GiB of memory, load average {}",
        load()?
    ))
}

/// How many threads wanted to run in the last minute.
pub(crate) fn load() -> Result<String> {
    let load = fs::read_to_string(Path::new("/proc/loadavg"))?;
    let last_minute = load.split(' ').next();
    Ok(last_minute.context("a load average")?.to_owned())
}

fn ticks(stat: &str) -> Result<u32> {
    // The name of the program may hold anything, so count behind its parenthesis.
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = behind.split_whitespace().skip(11);
    let mut next = || -> Result<u32> { Ok(fields.next().context("a number of ticks")?.parse()?) };
    Ok(next()? + next()?)
}

/// A line such as `MemTotal:  123 kB`.
fn field(text: &str, name: &str) -> Result<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.with_context(|| format!("no {name}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_that_of_user_and_system_whatever_the_program_is_called() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 900 0 3 0 250 31 5 6 20 0 9 0 100 1 2";
        assert_eq!(ticks(stat).unwrap(), 281);
        assert!(ticks("7 (a) S 1").is_err());
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        let text = "VmRSS:\t  1234 kB\nRssAnon:\t    1000 kB\n";
        assert_eq!(field(text, "RssAnon:").unwrap(), 1_000);
        assert!(field(text, "RssFile:").is_err());
    }

    #[test]
    fn this_very_process_can_be_measured() {
        let pid = std::process::id();
        assert!(processor_seconds(pid).unwrap() >= 0.0);
        assert!(resident_mib(pid).unwrap() > 0.0);
        assert!(machine_mib().unwrap() > 0);
    }
}
