//! From Alluxio to the local file system.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use alluxio_client::{FileStatus, FileSystem, ListStatusOptions};
use alluxio_common::AlluxioPath;
use indicatif::ProgressBar;
use rand::Rng;
use rand::distr::Alphanumeric;

use super::jobs::{Jobs, Watch, report};
use super::local;
use super::settings::Settings;
use super::upload::blocking;
use crate::shell::wildcard::{expand, has_wildcard};
use crate::shell::{CommandError, Outcome, Session};

/// The longest name, in bytes, that local file systems have.
const LONGEST_NAME: usize = 255;

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
    if sources.is_empty() {
        return Err(CommandError::refused(format!(
            "Path \"{source}\" does not exist."
        )));
    }
    let file_system = session.file_system().await?;
    let mut jobs = Jobs::new(session, settings.files);
    let outcome = match &sources[..] {
        [single] if !has_wildcard(source) => {
            let status = file_system.get_status(single).await?;
            if status.is_directory() {
                download_tree(session, &mut jobs, status, target, settings).await
            } else {
                return download_single(session, jobs, status, target, settings).await;
            }
        }
        several => download_several(session, &mut jobs, several, &target, settings).await,
    };
    let errors = jobs.finish().await?;
    report(session, errors, outcome)
}

/// Copies one file; what is wrong with it is said without a headline.
async fn download_single(
    session: &Session,
    jobs: Jobs<'_>,
    status: FileStatus,
    target: PathBuf,
    settings: Settings,
) -> Outcome {
    let file_system = session.file_system().await?.clone();
    let target = if target.is_dir() {
        target.join(&status.name)
    } else {
        target
    };
    let said = format!("Copied {} to {}", status.path, local::uri(&target));
    download_file(file_system, status, target, settings, jobs.watch()).await?;
    drop(jobs);
    session.output.line(said);
    Ok(())
}

/// Copies each of several sources into the target directory, under its own name.
async fn download_several(
    session: &Session,
    jobs: &mut Jobs<'_>,
    sources: &[AlluxioPath],
    target: &Path,
    settings: Settings,
) -> Outcome {
    let file_system = session.file_system().await?;
    make_directory(jobs, target).await?;
    for path in sources {
        jobs.may_go_on()?;
        let status = match file_system.get_status(path).await {
            Ok(status) => status,
            Err(error) => {
                jobs.failed(format!("Failed to copy {path}: {error}"));
                continue;
            }
        };
        let target = target.join(&status.name);
        if status.is_directory() {
            download_tree(session, jobs, status, target, settings).await?;
        } else {
            start_file(session, jobs, status, target, settings).await?;
        }
    }
    Ok(())
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
        jobs.may_go_on()?;
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
    let copy = download_file(file_system, status, target, settings, jobs.watch());
    jobs.start(success, failure, Box::pin(copy)).await;
    Ok(())
}

/// Copies one file under a temporary name beside the target, then renames it: nobody ever sees a
/// part of it.
async fn download_file(
    file_system: FileSystem,
    status: FileStatus,
    target: PathBuf,
    settings: Settings,
    watch: Watch,
) -> Outcome {
    watch.bar.inc_length(status.length_bytes());
    let temporary = temporary_name(&target);
    let bar = &watch.bar;
    // What a reader holds is large, and several futures are wrapped around this one.
    let copying = Box::pin(pump(
        &file_system,
        &status.path,
        &temporary,
        settings.buffer,
        bar,
    ));
    let copied = watch.interruption.or(copying).await;
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
    bar: &ProgressBar,
) -> Outcome {
    let mut reader = file_system.open_file(source, None).await?;
    let mut file = File::create(target).map_err(|error| local::failed(target, &error))?;
    let mut bytes = reader.read(buffer).await?;
    while !bytes.is_empty() {
        bar.inc(bytes.len() as u64);
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
    let end = format!(".{random}_copyToLocal_");
    let name = target.file_name().unwrap_or_default();
    if name.len() + end.len() > LONGEST_NAME {
        return target.with_file_name(end);
    }
    let mut name = name.to_owned();
    name.push(end);
    target.with_file_name(name)
}
