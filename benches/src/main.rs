//! How fast it is: `bench [WORKLOAD...] [--OPTION VALUE...]`; without a workload, all of them.
//!
//! **Owns** the workloads and how their figures are shown. Servers run in processes of their own,
//! which are this program under another first argument, so that every process's time is counted by
//! itself.
//! **Must never know** anything that a user of the crates could not: it calls what is public.
//! **Start reading** at [`WORKLOADS`], then at the workload that you want to repeat.
#![expect(
    clippy::disallowed_types,
    reason = "nobody matches on the errors of a measurement; they end it"
)]

mod arguments;
mod child;
mod cluster;
mod data;
mod fill;
mod latency;
mod load;
mod memory;
mod metadata;
mod report;
mod restart;
mod serve;
mod stores;
mod usage;

use std::process::ExitCode;

use anyhow::Result;

use arguments::Arguments;

/// Something that can be measured.
struct Workload {
    name: &'static str,
    about: &'static str,
    run: fn(&Arguments) -> Result<()>,
}

/// All of them, in the order of a full run.
const WORKLOADS: [Workload; 7] = [
    Workload {
        name: "metadata",
        about: metadata::ABOUT,
        run: metadata::run,
    },
    Workload {
        name: "latency",
        about: latency::ABOUT,
        run: latency::run,
    },
    Workload {
        name: "restart",
        about: restart::ABOUT,
        run: restart::run,
    },
    Workload {
        name: "memory",
        about: memory::ABOUT,
        run: memory::run,
    },
    Workload {
        name: "data",
        about: data::ABOUT,
        run: data::run,
    },
    Workload {
        name: "cluster",
        about: cluster::ABOUT,
        run: cluster::run,
    },
    Workload {
        name: "stores",
        about: stores::ABOUT,
        run: stores::run,
    },
];

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let result = match given.split_first() {
        Some((mode, rest)) if serve::is_mode(mode) => serve::run(mode, rest),
        Some((word, _)) if matches!(word.as_str(), "help" | "--help" | "-h") => {
            list_workloads();
            Ok(())
        }
        _ => Arguments::parse(&given).and_then(|arguments| measure(&arguments)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::line(&format!("{}{error:#}", report::ERROR));
            ExitCode::FAILURE
        }
    }
}

fn list_workloads() {
    report::line("bench [WORKLOAD...] [--OPTION VALUE...]");
    for workload in WORKLOADS {
        report::line(&format!("  {:10} {}", workload.name, workload.about));
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let names: Vec<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
    arguments.check_workloads(&names)?;
    for workload in WORKLOADS {
        if arguments.wants(workload.name) {
            (workload.run)(arguments)?;
        }
    }
    Ok(())
}
