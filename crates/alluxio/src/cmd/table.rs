//! Which words behind `alluxio` mean what.

use std::ffi::OsString;

use alluxio_common::conf::{GenericOptions, Role as ConfRole};

use super::environment::Call;
use super::process::{self, Role};
use super::runtime::runtime;
use super::{
    bootstrap_conf, format, fs, fsadmin, get_conf, job, kill_all, log_level, read_journal,
    run_tests, run_ufs_io_test, run_ufs_tests, validate_conf, version,
};
use crate::output::Output;
use crate::shell::{CommandGroup, HeldSignals, Interruption, Session};

/// The exit code for a command that there is not.
const NO_SUCH_COMMAND: u8 = 1;

/// The exit code of a family of commands that could not even begin.
const FAILED: u8 = 255;

/// One word and what it does.
struct Entry {
    name: &'static str,
    /// What stands behind the name in the usage; `None` for what only scripts call.
    synopsis: Option<&'static str>,
    about: &'static str,
    run: fn(Call) -> u8,
}

/// Everything that can stand behind `alluxio`, sorted.
const TABLE: &[Entry] = &[
    Entry {
        name: "bootstrapConf",
        synopsis: Some("bootstrapConf <master_hostname>"),
        about: "Write a first conf/alluxio-site.properties.",
        run: bootstrap_conf::run,
    },
    Entry {
        name: "format",
        synopsis: Some("format [-s]"),
        about: "Forget everything in Alluxio, on all hosts; with -s only when the local under \
                store does not exist yet.",
        run: format::format,
    },
    Entry {
        name: "formatJournal",
        synopsis: Some("formatJournal"),
        about: "Forget the namespace: empty the journal of the master.",
        run: format::format_masters_here,
    },
    Entry {
        name: "formatMaster",
        synopsis: None,
        about: "The old name of formatMasters.",
        run: format::format_master_deprecated,
    },
    Entry {
        name: "formatMasters",
        synopsis: Some("formatMasters"),
        about: "The same as formatJournal.",
        run: format::format_masters_here,
    },
    Entry {
        name: "formatWorker",
        synopsis: Some("formatWorker"),
        about: "Drop all blocks of the worker on this machine.",
        run: format::format_worker_here,
    },
    Entry {
        name: "formatWorkers",
        synopsis: Some("formatWorkers"),
        about: "Drop all blocks of the workers on the hosts in conf/workers.",
        run: format::format_workers,
    },
    Entry {
        name: "fs",
        synopsis: Some("fs"),
        about: "Work with files and directories; lists its commands.",
        run: |call| group(&fs::GROUP, call),
    },
    Entry {
        name: "fsadmin",
        synopsis: Some("fsadmin"),
        about: "Look after the cluster; lists its commands.",
        run: |call| group(&fsadmin::GROUP, call),
    },
    Entry {
        name: "getConf",
        synopsis: Some("getConf [--master] [--source] [--unit <unit>] [key]"),
        about: "Print the value of a property, or all of them.",
        run: get_conf::run,
    },
    Entry {
        name: "job",
        synopsis: Some("job"),
        about: "Look after the work that takes long; lists its commands.",
        run: |call| group(&job::GROUP, call),
    },
    Entry {
        name: "killAll",
        synopsis: Some("killAll <WORD>"),
        about: "End all server processes with this word in their command line.",
        run: kill_all::run,
    },
    Entry {
        name: "launch-process",
        synopsis: Some("launch-process <master|job_master|worker|job_worker>"),
        about: "Be one of the servers, in the foreground.",
        run: launch_process,
    },
    Entry {
        name: "logLevel",
        synopsis: Some("logLevel --logName=<name> [--target=<target>] [--level=<level>]"),
        about: "Show or change what running servers log.",
        run: log_level::run,
    },
    Entry {
        name: "process",
        synopsis: None,
        about: "What the scripts beside alluxio call.",
        run: start_or_stop,
    },
    Entry {
        name: "readJournal",
        synopsis: Some("readJournal [-start <n>] [-end <n>] [-inputDir <dir>] [-outputDir <dir>]"),
        about: "Write the entries of the journal as text.",
        run: read_journal::run,
    },
    Entry {
        name: "runTest",
        synopsis: Some("runTest"),
        about: "The same as runTests.",
        run: run_tests::run,
    },
    Entry {
        name: "runTests",
        synopsis: Some("runTests"),
        about: "Write and read a file with every combination of read and write type.",
        run: run_tests::run,
    },
    Entry {
        name: "runUfsIOTest",
        synopsis: Some("runUfsIOTest --path <ufs> [--io-size <size>] [--threads <n>]"),
        about: "Measure how fast an under store is written and read.",
        run: run_ufs_io_test::run,
    },
    Entry {
        name: "runUfsTests",
        synopsis: Some("runUfsTests --path <ufs> [--test <name>]..."),
        about: "Try everything that an under store must be able to do.",
        run: run_ufs_tests::run,
    },
    Entry {
        name: "validateConf",
        synopsis: Some("validateConf"),
        about: "Look for mistakes in the configuration.",
        run: validate_conf::run,
    },
    Entry {
        name: "version",
        synopsis: Some("version [-r|--revision]"),
        about: "Print the version.",
        run: version::run,
    },
];

/// Runs what the command line asks for; the result is the exit code.
pub(crate) fn run(command_line: impl Iterator<Item = OsString>) -> u8 {
    process::forbid_core_files();
    process::hide_arguments();
    let output = Output::standard();
    let code = run_with(command_line, &output);
    output.finish(code)
}

fn run_with(command_line: impl Iterator<Item = OsString>, output: &Output) -> u8 {
    let generic = GenericOptions::split(command_line);
    let mut arguments = Vec::new();
    for argument in generic.arguments {
        match argument.into_string() {
            Ok(text) => arguments.push(text),
            Err(other) => {
                let shown = other.to_string_lossy();
                output.error_line(format_args!(
                    "{shown} is not UTF-8, as all names in Alluxio are"
                ));
                return NO_SUCH_COMMAND;
            }
        }
    }
    if arguments.is_empty() {
        output.text(usage());
        return NO_SUCH_COMMAND;
    }
    let name = arguments.remove(0);
    let call = Call::new(generic.properties, arguments, output.clone());
    if let Some(role) = Role::from_title(&name) {
        return process::serve(role, call.properties, &call.arguments, &call.output);
    }
    if let Some(entry) = TABLE.iter().find(|entry| entry.name == name) {
        return (entry.run)(call);
    }
    call.output
        .error_line(format_args!("Unsupported command {name}"));
    call.output.text(usage());
    NO_SUCH_COMMAND
}

fn usage() -> String {
    let mut text = "Usage: alluxio COMMAND [GENERIC_COMMAND_OPTIONS] [COMMAND_ARGS]\n\n\
                    COMMAND is one of:\n"
        .to_owned();
    for entry in TABLE {
        if let Some(synopsis) = entry.synopsis {
            text.push_str(&format!("  {synopsis}\n      {}\n", entry.about));
        }
    }
    text.push_str(
        "\nGENERIC_COMMAND_OPTIONS may stand anywhere:\n  -D<property=value>\n      \
         Set a property for this command.\n\n\
         Commands print their usage when they are called without what they need.\n",
    );
    text
}

/// Runs a command of `fs` or `fsadmin`.
fn group(group: &CommandGroup, call: Call) -> u8 {
    let loaded = match call.load(ConfRole::User) {
        Ok(loaded) => loaded,
        Err(error) => {
            call.output.line(error);
            return FAILED;
        }
    };
    // Before there are threads: they hold back what the thread holds back that starts them.
    let interruption = Interruption::default();
    let signals = HeldSignals::hold(interruption.clone());
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            call.output.line(error);
            return FAILED;
        }
    };
    let mut session = Session::new(loaded, call.output, call.clock);
    session.interruption = interruption;
    let command = group.run(&session, &call.arguments);
    let Some(mut signals) = signals else {
        return runtime.block_on(command);
    };
    let ended = runtime.block_on(signals.during(command));
    // What still runs in the background has nothing to add to the answer.
    runtime.shutdown_background();
    match ended {
        Ok(code) => code,
        Err(signal) => {
            session.output.flush();
            signals.die(signal)
        }
    }
}

fn launch_process(call: Call) -> u8 {
    let role = match call.arguments.first() {
        Some(name) => Role::from_name(name),
        None => None,
    };
    let Some(role) = role else {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        call.output.error_line(format_args!(
            "Usage: alluxio launch-process <{}>",
            names.join("|")
        ));
        return 1;
    };
    match call.load(role.conf_role()) {
        Ok(loaded) => process::launch(&loaded.conf, role, &call.properties, &call.output),
        Err(error) => {
            call.output.error_line(error);
            1
        }
    }
}

/// `process start …`, and the verbs of the other scripts.
fn start_or_stop(call: Call) -> u8 {
    let Some((verb, tokens)) = call.arguments.split_first() else {
        call.output
            .error_line("Usage: alluxio process <start|stop|mount|monitor|on> ...");
        return 1;
    };
    let tokens = tokens.to_vec();
    // Servers are found, and log, by properties that are the same for all of them.
    let loaded = match call.load(ConfRole::Master) {
        Ok(loaded) => loaded,
        Err(error) => {
            call.output.error_line(error);
            return 1;
        }
    };
    match verb.as_str() {
        "start" => {
            for problem in &loaded.problems {
                call.output.error_line(problem);
            }
            if !loaded.problems.is_empty() {
                return 1;
            }
            let starter = process::Starter {
                conf: &loaded.conf,
                properties: &call.properties,
                output: &call.output,
                clock: call.clock.as_ref(),
            };
            process::start(&starter, &tokens)
        }
        "stop" => process::stop(&loaded.conf, &tokens, &call.output, call.clock.as_ref()),
        "mount" => process::mount(&loaded.conf, &tokens, &call.output),
        "monitor" => {
            let session = Session::new(loaded, call.output, call.clock);
            match runtime() {
                Ok(runtime) => runtime.block_on(process::monitor(&session, &tokens)),
                Err(error) => {
                    session.output.error_line(error);
                    1
                }
            }
        }
        "on" => process::on(&loaded.conf, &tokens, &call.output),
        _ => {
            call.output
                .error_line("Usage: alluxio process <start|stop|mount|monitor|on> ...");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_word_twice() {
        let names: Vec<&str> = TABLE.iter().map(|entry| entry.name).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    }
}
