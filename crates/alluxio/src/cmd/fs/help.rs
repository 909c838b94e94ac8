//! `help`: what commands are for.

use super::GROUP;
use crate::shell::command_help;
use crate::shell::{Command, CommandError, Count, DEFAULT_WIDTH, Invocation, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "help",
    usage: "help [<command>]",
    description: "Explains one command, or all of them.",
    options: &[],
    count: Count::AtMost(1),
    run: |session, call| Box::pin(async move { run(session, &call) }),
};

fn run(session: &Session, call: &Invocation) -> Outcome {
    let output = &session.output;
    let Some(name) = call.arguments().first() else {
        for command in GROUP.commands {
            output.line(command_help(command, DEFAULT_WIDTH));
            output.line("");
        }
        return Ok(());
    };
    match GROUP.find(name) {
        Some(command) => {
            output.line(command_help(command, DEFAULT_WIDTH));
            Ok(())
        }
        None => Err(CommandError::refused(format!(
            "{name} is an unknown command."
        ))),
    }
}
