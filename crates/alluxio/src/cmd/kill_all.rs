//! `killAll`: ends server processes by a word in their command line.

use alluxio_common::conf::Machine;

use super::environment::Call;
use super::process::{Kill, Running, kill};

/// Ends all servers of this program with the word in their command line.
pub(super) fn run(call: Call) -> u8 {
    let output = &call.output;
    let [word] = &call.arguments[..] else {
        output.error_line("Usage: alluxio killAll <WORD>");
        return 1;
    };
    let killed = kill(&Running::with_word(word), Kill::AtLast, call.clock.as_ref());
    if killed.by_force > 0 {
        output.line("Process did not complete after 120 seconds, killing.");
    }
    let host = Machine::detect().host_name;
    output.line(format_args!(
        "Killed {} process(es) on {host}",
        killed.ended
    ));
    u8::from(killed.left > 0)
}
