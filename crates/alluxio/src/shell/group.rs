//! A family of commands with one table: `fs`, `fsadmin`, `job`.

use alluxio_common::conf::{Conf, key};
use alluxio_common::{BoxedError, Hint};

use super::{Command, CommandError, Outcome, Session};
use crate::output::Output;

/// What Java's `System.exit(-1)` looks like to the caller.
const FAILED: u8 = 255;

/// The width to which the lines of a usage block are padded.
const USAGE_COLUMN: usize = 60;

/// A family of commands.
#[derive(Debug)]
pub(crate) struct CommandGroup {
    /// As it is typed: `fs`.
    pub(crate) name: &'static str,
    /// Its commands, sorted by name.
    pub(crate) commands: &'static [&'static Command],
    /// What has commands of its own, sorted by name.
    pub(crate) families: &'static [&'static Family],
}

/// Commands with a first word in common: `pathConf list`, `pathConf add`.
#[derive(Debug)]
pub(crate) struct Family {
    /// The first word.
    pub(crate) name: &'static str,
    /// The synopsis, as Alluxio prints it.
    pub(crate) usage: &'static str,
    /// What they are for.
    pub(crate) description: &'static str,
    /// The commands by their second words.
    pub(crate) commands: &'static [&'static Command],
}

impl Family {
    /// The command that the second word names, and what stands behind it.
    fn find<'a>(&self, tokens: &'a [String]) -> Result<(&'static Command, &'a [String]), String> {
        let Some((name, tokens)) = tokens.split_first() else {
            return Err("No sub-command is specified".to_owned());
        };
        let found = self.commands.iter().find(|command| command.name == name);
        match found {
            Some(command) => Ok((command, tokens)),
            None => Err(format!("Unknown sub-command: {name}")),
        }
    }
}

impl CommandGroup {
    /// Runs the command that `arguments` name, prints what it says, and returns the exit code.
    pub(crate) async fn run(&self, session: &Session, arguments: &[String]) -> u8 {
        let output = &session.output;
        let Some((name, tokens)) = arguments.split_first() else {
            output.text(self.usage());
            return FAILED;
        };
        if let Some(family) = self.families.iter().find(|family| family.name == name) {
            return match family.find(tokens) {
                Ok((command, tokens)) => run(session, command, tokens).await,
                Err(sentence) => {
                    output.line(sentence);
                    output.line(format_args!("Usage: {}", family.usage));
                    output.line(family.description);
                    FAILED
                }
            };
        }
        let Some(command) = self.find(name) else {
            output.text(self.usage());
            output.error_line(format_args!("{name} is an unknown command."));
            return FAILED;
        };
        run(session, command, tokens).await
    }

    /// The command of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static Command> {
        let found = self.commands.iter().find(|command| command.name == name);
        found.copied()
    }

    /// Every command with its synopsis.
    pub(crate) fn usage(&self) -> String {
        let mut text = format!("Usage: alluxio {} [generic options]\n", self.name);
        let commands = self
            .commands
            .iter()
            .map(|command| (command.name, command.usage));
        let families = self
            .families
            .iter()
            .map(|family| (family.name, family.usage));
        let mut lines: Vec<_> = commands.chain(families).collect();
        lines.sort_unstable();
        for (_name, usage) in lines {
            let line = format!("\t [{usage}]");
            text.push_str(&format!("{line:USAGE_COLUMN$}\n"));
        }
        text
    }
}

/// Runs a command with what stands behind its name, prints what it says, and returns the exit code.
async fn run(session: &Session, command: &Command, tokens: &[String]) -> u8 {
    let outcome = match command.parse(tokens) {
        Ok(invocation) => (command.run)(session, invocation).await,
        Err(error) => Err(error),
    };
    report(session, command, outcome)
}

/// Prints why a command failed, as Alluxio does: the sentence on standard output; what to try next,
/// which is ours, on standard error.
fn report(session: &Session, command: &Command, outcome: Outcome) -> u8 {
    let output = &session.output;
    let Err(error) = outcome else {
        return 0;
    };
    match error {
        CommandError::Usage { sentence } => {
            output.line(sentence);
            output.line(format_args!("Usage: {}", command.usage));
            output.line(command.description);
            FAILED
        }
        CommandError::Refused { sentence } => {
            output.line(sentence);
            FAILED
        }
        CommandError::Failed(error) => {
            output.line(&error);
            advise(output, &session.conf, &error);
            FAILED
        }
        CommandError::Exit(code) => code,
    }
}

/// Prints what a person may try next, if there is something.
pub(crate) fn advise(output: &Output, conf: &Conf, error: &BoxedError) {
    if let Some(hint) = error.inner().hint() {
        output.error_line(format_args!("  try     {}", advice(conf, &hint)));
    }
}

/// Whether a mount may have a value of its own for a property.
fn may_be_an_option(name: &str) -> bool {
    name.starts_with("alluxio.underfs.") || !name.starts_with("alluxio.")
}

/// What a person may try next. A property has the name that this person has given it.
pub(crate) fn advice(conf: &Conf, hint: &Hint) -> String {
    match hint {
        Hint::CheckProperty(name) => {
            let or_else = if *name == key::MASTER_MOUNT_TABLE_ROOT_UFS {
                ", or the URI of the mount"
            } else if may_be_an_option(name) {
                ", or that --option of the mount"
            } else {
                ""
            };
            let written = conf.written(name);
            let name = written.map_or(*name, |assignment| assignment.name.as_str());
            format!("check {name}{or_else}:   alluxio getConf {name}")
        }
        Hint::CheckMountCredentials(path) => {
            format!("check the options of the mount at {path}:   alluxio fs mount")
        }
        Hint::RunCommand(command) => command.clone(),
    }
}

#[cfg(test)]
mod tests {
    use alluxio_common::conf::Machine;

    use super::*;

    #[test]
    fn a_hint_calls_a_property_as_its_owner_does() {
        let advice_of = |pairs: &[(&str, &str)], name: &'static str| {
            let conf = Conf::of(Machine::detect(), pairs).unwrap();
            advice(&conf, &Hint::CheckProperty(name))
        };
        let root = key::MASTER_MOUNT_TABLE_ROOT_UFS;
        let alias = "alluxio.dora.client.ufs.root";
        for (set, called) in [(None, root), (Some(root), root), (Some(alias), alias)] {
            let pairs: Vec<_> = set.into_iter().map(|name| (name, "/store")).collect();
            assert_eq!(
                advice_of(&pairs, root),
                format!("check {called}, or the URI of the mount:   alluxio getConf {called}")
            );
        }
        let short = "alluxio.underfs.s3.endpoint";
        assert_eq!(
            advice_of(&[], short),
            format!("check {short}, or that --option of the mount:   alluxio getConf {short}")
        );
    }
}
