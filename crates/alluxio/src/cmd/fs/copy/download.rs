//! From Alluxio to the local file system.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use alluxio_client::{FileStatus, FileSystem, ListStatusOptions};
use alluxio_common::AlluxioPath;
use indicatif::ProgressBar;
use rand::Rng;
use rand::distr::Alphanumeric;

use super::jobs::{Jobs, report};
use super::local;
use super::settings::Settings;
use super::upload::{blocking, is_pattern};
use crate::shell::wildcard::expand;
use crate::shell::{CommandError, Outcome, Session};

/// How long the random part of a temporary name is.
const RANDOM_LETTERS: usize = 8;

/// Copies a file, a directory, or everything that a pattern matches.
pub(in super::super) async fn download(
    session: &Session,
    source: &str,
    target: &str,
    settings: Settings,
) -> Outcome {
    let target = local::local_path(target)?;
    let sources = expand(session, source).await?;
    let file_system = session.file_system().await?;
    let mut jobs = Jobs::new(session, settings.files);
    match &sources[..] {
        [] => {
            jobs.finish().await;
            return Err(CommandError::refused(format!(
                "Path \"{source}\" does not exist."
            )));
        }
        [single] if !is_pattern(source) => {
            let status = file_system.get_status(single).await?;
            if status.is_directory() {
                download_tree(session, &mut jobs, status, target, settings).await?;
            } else {
                let target = if target.is_dir() {
                    target.join(&status.name)
                } else {
                    target
                };
                let file_system = file_system.clone();
                let said = format!("Copied {single} to {}", local::uri(&target));
                let progress = jobs.progress();
                let outcome = download_file(file_system, status, target, settings, progress).await;
                jobs.finish().await;
                outcome?;
                session.output.line(said);
                return Ok(());
            }
        }
        several => {
            make_directory(&mut jobs, &target).await?;
            for path in several {
                let status = file_system.get_status(path).await?;
                let target = target.join(&status.name);
                if status.is_directory() {
                    download_tree(session, &mut jobs, status, target, settings).await?;
                } else {
                    start_file(session, &mut jobs, status, target, settings).await?;
                }
            }
        }
    }
    report(session, &jobs.finish().await)
}

/// Copies a directory with everything below it.
async fn download_tree(
    session: &Session,
    jobs: &mut Jobs<'_>,
    root: FileStatus,
    target: PathBuf,
    settings: Settings,
) -> Outcome {
    let mut todo = vec![(root, target)];
    while let Some((status, target)) = todo.pop() {
        if !status.is_directory() {
            start_file(session, jobs, status, target, settings).await?;
            continue;
        }
        if let Err(error) = make_directory(jobs, &target).await {
            jobs.failed(error.to_string());
            continue;
        }
        let file_system = session.file_system().await?;
        let listed = file_system
            .list_status(&status.path, ListStatusOptions::default())
            .await;
        match listed {
            Ok(children) => todo.extend(children.into_iter().rev().map(|child| {
                let target = target.join(&child.name);
                (child, target)
            })),
            Err(error) => jobs.failed(error.to_string()),
        }
    }
    Ok(())
}

async fn make_directory(jobs: &mut Jobs<'_>, path: &Path) -> Outcome {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(|error| local::failed(path, &error))?;
    jobs.say(format!("Create directory: {}", local::uri(path)))
        .await;
    Ok(())
}

async fn start_file(
    session: &Session,
    jobs: &mut Jobs<'_>,
    status: FileStatus,
    target: PathBuf,
    settings: Settings,
) -> Outcome {
    let file_system = session.file_system().await?.clone();
    let uri = local::uri(&target);
    let success = format!("Copied {} to {uri}", status.path);
    let failure = format!("Failed to copy {} to {uri}: ", status.path);
    let progress = jobs.progress();
    jobs.start(
        success,
        failure,
        Box::pin(download_file(
            file_system,
            status,
            target,
            settings,
            progress,
        )),
    )
    .await;
    Ok(())
}

/// Copies one file under a temporary name beside the target, then renames it: nobody ever sees a
/// part of it.
async fn download_file(
    file_system: FileSystem,
    status: FileStatus,
    target: PathBuf,
    settings: Settings,
    progress: ProgressBar,
) -> Outcome {
    progress.inc_length(status.length_bytes());
    let temporary = temporary_name(&target);
    let copied = {
        let path = &status.path;
        pump(&file_system, path, &temporary, settings.buffer, &progress).await
    };
    let renamed = copied.and_then(|()| {
        fs::rename(&temporary, &target).map_err(|error| local::failed(&target, &error))
    });
    if renamed.is_err() {
        // It may not have been created at all.
        drop(fs::remove_file(&temporary));
    }
    renamed
}

/// Reads a piece while the one before is written.
async fn pump(
    file_system: &FileSystem,
    source: &AlluxioPath,
    target: &Path,
    buffer: usize,
    progress: &ProgressBar,
) -> Outcome {
    let mut reader = file_system.open_file(source, None).await?;
    let mut file = File::create(target).map_err(|error| local::failed(target, &error))?;
    let mut bytes = reader.read(buffer).await?;
    while !bytes.is_empty() {
        progress.inc(bytes.len() as u64);
        let writing = blocking(move || {
            let written = file.write_all(&bytes);
            (file, written)
        });
        let (written, read) = tokio::join!(writing, reader.read(buffer));
        let (back, written) = written?;
        written.map_err(|error| local::failed(target, &error))?;
        file = back;
        bytes = read?;
    }
    Ok(())
}

fn temporary_name(target: &Path) -> PathBuf {
    let random = rand::rng().sample_iter(&Alphanumeric).take(RANDOM_LETTERS);
    let random: String = random.map(char::from).collect();
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{random}_copyToLocal_"));
    PathBuf::from(name)
}
