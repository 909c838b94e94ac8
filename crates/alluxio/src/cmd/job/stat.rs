//! `job stat`: one job.

use alluxio_proto::grpc::job::JobInfo;

use crate::output::Output;
use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session};

pub(super) const COMMAND: Command = Command {
    name: "stat",
    usage: "stat [-v] <id>",
    description: "Prints how a job is going; with -v every task of it, too.",
    options: &[OptionSpec::short("v", "every task, too")],
    count: Count::Exactly(1),
    run: |session, call| Box::pin(run(session, call)),
};

/// Longer descriptions are cut, but for -v.
const DESCRIPTION_LENGTH: usize = 200;

async fn run(session: &Session, call: Invocation) -> Outcome {
    let id = super::id(call.argument(0))?;
    let output = &session.output;
    let job = session.file_system().await?.job_master().job(id).await;
    let job = job.map_err(|error| {
        output.error_line(error);
        CommandError::refused(format!("Failed to get status of the job {id}"))
    })?;
    let is_verbose = call.has("v");
    output.line(format_args!("ID: {}\nName: {}", job.id(), job.name()));
    let description = match is_verbose {
        true => job.description().to_owned(),
        false => abbreviated(job.description()),
    };
    output.line(format_args!("Description: {description}"));
    print_status(output, "", &job);
    if is_verbose {
        for task in &job.children {
            output.line(format_args!("Task {}", task.id()));
            output.line(format_args!("\tWorker: {}", task.worker_host()));
            print_status(output, "\t", task);
        }
    }
    Ok(())
}

fn print_status(output: &Output, indent: &str, job: &JobInfo) {
    output.line(format_args!(
        "{indent}Status: {}",
        job.status().as_str_name()
    ));
    if !job.error_message().is_empty() {
        output.line(format_args!("{indent}Error: {}", job.error_message()));
    }
}

fn abbreviated(text: &str) -> String {
    const DOTS: &str = "...";
    if text.chars().count() <= DESCRIPTION_LENGTH {
        return text.to_owned();
    }
    let kept = text.chars().take(DESCRIPTION_LENGTH - DOTS.len());
    kept.chain(DOTS.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_description_ends_with_dots() {
        let (fits, long) = ("é".repeat(200), "é".repeat(201));
        assert_eq!(abbreviated(&fits), fits);
        assert_eq!(abbreviated(&long), format!("{}...", "é".repeat(197)));
    }
}
