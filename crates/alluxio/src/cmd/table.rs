//! Which words behind `alluxio` mean what.

use alluxio_common::conf::{GenericOptions, Machine, Role, Sources, environment_of_process, load};
use alluxio_common::{Describe, SystemClock};

use super::{fs, version};
use crate::output::Output;
use crate::shell::{CommandGroup, Session};

/// The exit code for a command that there is not.
const NO_SUCH_COMMAND: u8 = 1;

/// A command line, parted.
#[derive(Debug)]
pub(super) struct Call {
    /// `-D` options.
    pub(super) properties: Vec<(String, String)>,
    /// Everything behind the command's name.
    pub(super) arguments: Vec<String>,
}

/// Runs what the command line asks for; the result is the exit code.
pub(crate) fn run(command_line: impl Iterator<Item = std::ffi::OsString>) -> u8 {
    let output = Output::standard();
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
    let call = Call {
        properties: generic.properties,
        arguments,
    };
    match name.as_str() {
        "fs" => group(&fs::GROUP, call, output),
        "version" => version::run(&output, &call.arguments),
        _ => {
            output.error_line(format_args!("Unsupported command {name}"));
            output.text(usage());
            NO_SUCH_COMMAND
        }
    }
}

fn usage() -> String {
    String::new()
}

fn group(group: &CommandGroup, call: Call, output: Output) -> u8 {
    let loaded = match load(Sources {
        role: Role::User,
        command_line: call.properties,
        environment: environment_of_process(),
        machine: Machine::detect(),
    }) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.line(error);
            return u8::MAX;
        }
    };
    let session = Session::new(loaded.conf, output, SystemClock::shared());
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            session.output.line(error);
            return u8::MAX;
        }
    };
    runtime.block_on(group.run(&session, &call.arguments))
}
