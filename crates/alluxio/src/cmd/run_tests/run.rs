//! Runs the tests one after the other.

use alluxio_client::{DeleteOptions, Descend, FileSystem, MountPoints, UfsDelete};
use alluxio_common::AlluxioPath;
use alluxio_common::conf::Role;

use super::super::environment::Call;
use super::super::runtime::runtime;
use super::arguments::{Arguments, Misunderstood, USAGE};
use crate::shell::{CommandError, Session, advise};

/// Where the files of the tests are, below the directory that was named.
const FOLDER: &str = "default_tests_files";

const PASSED: &str = "\u{1b}[32mPassed the test!\u{1b}[0m\n";
const FAILED: &str = "\u{1b}[31mFailed the test!\u{1b}[0m\n";

/// Runs the tests; the exit code is how many failed.
pub(in super::super) fn run(call: Call) -> u8 {
    let arguments = match Arguments::parse(&call.arguments) {
        Ok(arguments) => arguments,
        Err(Misunderstood::Help) => {
            call.output.text(USAGE);
            return 0;
        }
        Err(error) => {
            call.output.error_line(error);
            return 1;
        }
    };
    let loaded = match call.load(Role::User) {
        Ok(loaded) => loaded,
        Err(error) => {
            call.output.error_line(error);
            return 1;
        }
    };
    let session = Session::new(loaded, call.output, call.clock);
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            session.output.error_line(error);
            return 1;
        }
    };
    let outcome = runtime.block_on(run_all(&session, &arguments));
    runtime.shutdown_background();
    match outcome {
        Ok(failed) => u8::try_from(failed).unwrap_or(u8::MAX),
        Err(error) => {
            session.output.error_line(&error);
            if let CommandError::Failed(error) = &error {
                advise(&session.output, &session.conf, error);
            }
            1
        }
    }
}

async fn run_all(session: &Session, arguments: &Arguments) -> Result<usize, CommandError> {
    let file_system = session.file_system().await?;
    let folder = session.path(&arguments.directory)?.child(FOLDER);
    remove_folder(file_system, &folder).await?;
    let mut failed = 0;
    for read_type in &arguments.read_types {
        for write_type in &arguments.write_types {
            for operation in &arguments.operations {
                session.output.line(format_args!(
                    "runTest --operation {} --readType {read_type} --writeType {write_type}",
                    operation.name()
                ));
                let prefix = operation.file_prefix();
                let path = folder.child(&format!("{prefix}_{read_type}_{write_type}"));
                let outcome = operation
                    .run(file_system, &path, *write_type, *read_type)
                    .await;
                if let Err(failure) = outcome {
                    failed += 1;
                    session.output.bytes(FAILED.as_bytes());
                    session
                        .output
                        .error_line(format_args!("Exception running test: {path}: {failure}"));
                } else {
                    session.output.bytes(PASSED.as_bytes());
                }
                // Somebody watches them pass one by one.
                session.output.flush();
            }
        }
    }
    if failed > 0 {
        session
            .output
            .line(format_args!("Number of failed tests: {failed}"));
    }
    Ok(failed)
}

/// What an earlier run has left.
async fn remove_folder(file_system: &FileSystem, folder: &AlluxioPath) -> Result<(), CommandError> {
    if !file_system.exists(folder).await? {
        return Ok(());
    }
    let options = DeleteOptions {
        descend: Descend::All,
        ufs: UfsDelete::Unchecked,
        mount_points: MountPoints::Refuse,
    };
    Ok(file_system.delete(folder, options).await?)
}
