//! `chmod`: changes permissions.

use alluxio_client::{Descend, SetAttributeOptions};
use alluxio_common::Mode;

use crate::shell::wildcard::for_each_match;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

pub(crate) const COMMAND: Command = Command {
    name: "chmod",
    usage: "chmod [-R/--recursive] <mode> <path>",
    description: "Sets the permissions of a file or directory, given in octal (755) or by name \
                  (u=rwx,g=rx,o=r). With -R/--recursive also those of everything below.",
    options: &[OptionSpec::both("R", "recursive", "also everything below")],
    count: Count::Exactly(2),
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let mode = parse(call.argument(0))?;
    let descend = if call.has("R") {
        Descend::All
    } else {
        Descend::No
    };
    for_each_match(session, call.argument(1), async |path| {
        let options = SetAttributeOptions {
            mode: Some(mode),
            ..SetAttributeOptions::default()
        };
        session
            .file_system()
            .await?
            .set_attribute(&path, descend, options)
            .await?;
        session.output.line(format_args!(
            "Changed permission of {path} to {:o}",
            mode.bits()
        ));
        Ok(())
    })
    .await
}

fn parse(text: &str) -> Result<Mode, CommandError> {
    Mode::parse(text).map_err(|_neither_form| {
        let segments = text.split(',');
        let mut wrong = segments.filter(|segment| Mode::parse(segment).is_err());
        let segment = wrong.next_back().unwrap_or(text);
        CommandError::refused(format!(
            "Invalid mode {text} - contains invalid segment {segment}"
        ))
    })
}
