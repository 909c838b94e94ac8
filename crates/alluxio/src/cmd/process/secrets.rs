//! Keeping what this process knows of the keys of stores from others.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use alluxio_common::conf::{Conf, ConfSource, Secrecy, secrecy_of_option};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Whether everybody of the machine may read a file.
const READABLE_BY_OTHERS: u32 = 0o004;

/// The smallest file is larger, so none is written; and of all limits only this one keeps the system
/// from handing the memory to a program that collects core files.
const NO_CORE_FILE: u64 = 1;

/// Takes care that the memory of this process, in which keys stand in clear, ends in no core file. Who
/// needs one raises the limit of the running process, with `prlimit --core`.
pub(in super::super) fn forbid_core_files() {
    if let Ok((_soft, hard)) = getrlimit(Resource::RLIMIT_CORE) {
        // Where that is refused, the old limit goes on to hold.
        setrlimit(Resource::RLIMIT_CORE, hard.min(NO_CORE_FILE), hard).ok();
    }
}

/// Overwrites the keys on the command line of this process, where `ps` shows them to everybody: those of
/// `-D` options, and of the options of mounts. What was read of the command line before stays as it was.
pub(in super::super) fn hide_arguments() {
    // Where the system does not allow it, they stay as long as the command runs.
    overwrite_arguments().ok();
}

fn overwrite_arguments() -> io::Result<()> {
    let spans = secret_spans(&fs::read("/proc/self/cmdline")?);
    if spans.is_empty() {
        return Ok(());
    }
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the program stands in parentheses and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_name, fields)| fields);
    let start = fields.split_whitespace().nth(START_OF_ARGUMENTS);
    let start: u64 = start
        .and_then(|field| field.parse().ok())
        .filter(|start| *start > 0)
        .ok_or(io::ErrorKind::Unsupported)?;
    let memory = OpenOptions::new().write(true).open("/proc/self/mem")?;
    for span in spans {
        memory.write_all_at(&vec![b'*'; span.len()], start + span.start as u64)?;
    }
    Ok(())
}

/// Which field of `/proc/self/stat` says where in memory the command line begins, counted behind the name.
const START_OF_ARGUMENTS: usize = 45;

/// Where in a command line the values of keys stand.
fn secret_spans(command_line: &[u8]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut end = 0;
    for word in command_line.split(|byte| *byte == 0) {
        end += word.len();
        let text = String::from_utf8_lossy(word);
        // `name=value`, `-Dname=value`, `--option=name=value`
        let pair = match text
            .strip_prefix("--")
            .and_then(|long| long.split_once('='))
        {
            Some((_option, pair)) => pair,
            None => &text,
        };
        if let Some((name, value)) = pair.split_once('=')
            && secrecy_of_option(name) == Secrecy::Secret
        {
            spans.push(end - value.len().min(word.len())..end);
        }
        end += 1;
    }
    spans
}

/// Warns of site files that hold keys and that everybody of the machine may read.
pub(super) fn warn_of_open_files(conf: &Conf) {
    let files: BTreeSet<&Path> = conf
        .all_written()
        .filter(|(name, _)| conf.secrecy(name) == Secrecy::Secret)
        .filter_map(|(_, assignment)| match &assignment.source {
            ConfSource::SiteProperty(file) => Some(file.as_path()),
            ConfSource::Default
            | ConfSource::ClusterDefault
            | ConfSource::PathDefault
            | ConfSource::Environment(_)
            | ConfSource::SystemProperty
            | ConfSource::Runtime
            | ConfSource::MountOption => None,
        })
        .collect();
    for file in files {
        let mode = fs::metadata(file).map_or(0, |metadata| metadata.permissions().mode());
        if mode & READABLE_BY_OTHERS != 0 {
            tracing::warn!(
                "{} holds keys of stores, and everybody of this machine may read it: chmod o-r",
                file.display()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_keys_are_found_on_a_command_line() {
        let words = [
            "alluxio",
            "-Ds3a.secretKey=one",
            "-Da=b",
            "fs",
            "mount",
            "--option",
            "s3a.accessKeyId=two",
            "--option=b.token=three=3",
            "--option=c=d",
            "/secret",
        ];
        let command_line = words.join("\0") + "\0";
        let spans = secret_spans(command_line.as_bytes());
        let found: Vec<_> = spans.into_iter().map(|span| &command_line[span]).collect();
        assert_eq!(found, ["one", "two", "three=3"]);
    }
}
