//! From the local file system into Alluxio.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use alluxio_client::{
    CreateDirectoryOptions, CreateFileOptions, FileSystem, FileWriter, IfExists, Parents,
};
use alluxio_common::AlluxioPath;
use bytes::Bytes;
use indicatif::ProgressBar;

use super::jobs::{Jobs, report};
use super::local::{self, Entry, Walk};
use super::settings::Settings;
use super::within::discard;
use crate::shell::{CommandError, Outcome, Session, wildcard};

/// Copies a file, a directory, or everything that a pattern matches.
pub(in super::super) async fn upload(
    session: &Session,
    source: &str,
    target: &str,
    settings: Settings,
) -> Outcome {
    let pattern = local::local_path(source)?;
    let target = session.path(target)?;
    let sources = local::expand(&pattern)?;
    let said = format!("Copied {} to {target}", local::uri(&pattern));
    match &sources[..] {
        [] => {
            let uri = local::uri(&pattern);
            Err(CommandError::refused(format!(
                "Path \"{uri}\" does not exist."
            )))
        }
        [single] if local::metadata(single)?.is_dir() => {
            prepare_directory(session, &target).await?;
            let mut jobs = Jobs::new(session, settings.files);
            upload_tree(session, &mut jobs, single, &target, settings).await?;
            report(session, &jobs.finish().await)?;
            session.output.line(said);
            Ok(())
        }
        [single] => {
            let target = inside(session, target, single).await?;
            let file_system = session.file_system().await?.clone();
            let jobs = Jobs::new(session, 1);
            let outcome = upload_file(
                file_system,
                single.clone(),
                target,
                settings,
                jobs.progress(),
            )
            .await;
            jobs.finish().await;
            outcome?;
            session.output.line(said);
            Ok(())
        }
        several => {
            prepare_directory(session, &target).await?;
            let mut jobs = Jobs::new(session, settings.files);
            for source in several {
                upload_match(session, &mut jobs, source, &target, settings).await?;
            }
            report(session, &jobs.finish().await)?;
            session.output.line(said);
            Ok(())
        }
    }
}

/// One of several sources: it goes into the target directory under its own name.
async fn upload_match(
    session: &Session,
    jobs: &mut Jobs<'_>,
    source: &Path,
    target: &AlluxioPath,
    settings: Settings,
) -> Outcome {
    let target = target.child(&name_of(source)?);
    let is_directory = match local::metadata(source) {
        Ok(metadata) => metadata.is_dir(),
        Err(error) => {
            jobs.failed(failure(source, &target) + &error.to_string());
            return Ok(());
        }
    };
    if !is_directory {
        return start_file(session, jobs, source.to_owned(), target, settings).await;
    }
    match make_directory(session.file_system().await?, &target, IfExists::Fail).await {
        Ok(()) => upload_tree(session, jobs, source, &target, settings).await,
        Err(error) => {
            jobs.failed(failure(source, &target) + &error.to_string());
            Ok(())
        }
    }
}

/// Copies everything below `root`; each directory is made before what is in it.
async fn upload_tree(
    session: &Session,
    jobs: &mut Jobs<'_>,
    root: &Path,
    target: &AlluxioPath,
    settings: Settings,
) -> Outcome {
    let mut walk = Walk::below(root)?;
    loop {
        let (back, entry) = blocking(move || {
            let entry = walk.step();
            (walk, entry)
        })
        .await?;
        walk = back;
        match entry {
            None => return Ok(()),
            Some(Entry::Failed(path, error)) => {
                jobs.failed(format!("Failed to copy {}: {error}", local::uri(&path)));
            }
            Some(Entry::File(place)) => match target.join(&place.relative) {
                Ok(target) => start_file(session, jobs, place.path, target, settings).await?,
                Err(invalid) => jobs.failed(invalid.to_string()),
            },
            Some(Entry::Directory(place)) => {
                let made = match target.join(&place.relative) {
                    Ok(target) => {
                        let file_system = session.file_system().await?;
                        let made = make_directory(file_system, &target, IfExists::Fail).await;
                        made.map_err(|error| failure(&place.path, &target) + &error.to_string())
                    }
                    Err(invalid) => Err(invalid.to_string()),
                };
                if let Err(error) = made {
                    jobs.failed(error);
                    walk.skip_last_directory();
                }
            }
        }
    }
}

async fn start_file(
    session: &Session,
    jobs: &mut Jobs<'_>,
    source: PathBuf,
    target: AlluxioPath,
    settings: Settings,
) -> Outcome {
    let file_system = session.file_system().await?.clone();
    let success = format!("Copied {} to {target}", local::uri(&source));
    let failure = failure(&source, &target);
    let progress = jobs.progress();
    let copy = upload_file(file_system, source, target, settings, progress);
    jobs.start(success, failure, Box::pin(copy)).await;
    Ok(())
}

/// Copies one file. When that fails, nothing is left at the target.
async fn upload_file(
    file_system: FileSystem,
    source: PathBuf,
    target: AlluxioPath,
    settings: Settings,
    progress: ProgressBar,
) -> Outcome {
    let opened = {
        let source = source.clone();
        blocking(move || open(&source)).await?
    };
    let (file, length) = opened.map_err(|error| local::failed(&source, &error))?;
    progress.inc_length(length);
    let options = CreateFileOptions {
        parents: Parents::MustExist,
        ..CreateFileOptions::default()
    };
    let mut writer = file_system.create_file(&target, options).await?;
    let copied = pump(&mut writer, file, &source, settings.buffer, &progress).await;
    match copied {
        Ok(()) => match writer.close().await {
            Ok(()) => Ok(()),
            Err(error) => {
                discard(&file_system, &target).await;
                Err(error.into())
            }
        },
        Err(error) => {
            writer.cancel();
            discard(&file_system, &target).await;
            Err(error)
        }
    }
}

fn open(path: &Path) -> std::io::Result<(File, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

async fn pump(
    writer: &mut FileWriter,
    mut file: File,
    source: &Path,
    buffer: usize,
    progress: &ProgressBar,
) -> Outcome {
    loop {
        let (back, read) = blocking(move || {
            let mut bytes = Vec::new();
            let limit = u64::try_from(buffer).unwrap_or(u64::MAX);
            let read = file.by_ref().take(limit).read_to_end(&mut bytes);
            (file, read.map(|_length| bytes))
        })
        .await?;
        file = back;
        let bytes = read.map_err(|error| local::failed(source, &error))?;
        if bytes.is_empty() {
            return Ok(());
        }
        progress.inc(bytes.len() as u64);
        writer.write(Bytes::from(bytes)).await?;
    }
}

/// Makes sure that a directory is at `target`; its parent must be there.
async fn prepare_directory(session: &Session, target: &AlluxioPath) -> Outcome {
    let file_system = session.file_system().await?;
    match file_system.find_status(target).await? {
        Some(status) if status.is_directory() => Ok(()),
        Some(_) => Err(CommandError::refused(
            "The destination cannot be an existing file when the source is a directory or a \
             list of files.",
        )),
        None => make_directory(file_system, target, IfExists::Accept).await,
    }
}

pub(super) async fn make_directory(
    file_system: &FileSystem,
    path: &AlluxioPath,
    if_exists: IfExists,
) -> Outcome {
    let options = CreateDirectoryOptions {
        if_exists,
        parents: Parents::MustExist,
        mode: None,
        write_type: None,
    };
    Ok(file_system.create_directory(path, options).await?)
}

/// Where a file goes: into a directory that is there, otherwise to the path itself.
async fn inside(
    session: &Session,
    target: AlluxioPath,
    source: &Path,
) -> Result<AlluxioPath, CommandError> {
    let found = session.file_system().await?.find_status(&target).await?;
    match found {
        Some(status) if status.is_directory() => Ok(target.child(&name_of(source)?)),
        Some(_) | None => Ok(target),
    }
}

fn name_of(path: &Path) -> Result<String, CommandError> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| {
        CommandError::refused(format!(
            "{} has no name that Alluxio can keep",
            path.display()
        ))
    })
}

fn failure(source: &Path, target: &AlluxioPath) -> String {
    format!("Failed to copy {} to {target}: ", local::uri(source))
}

/// Runs what blocks on the disk beside the runtime.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CommandError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_panicked| CommandError::refused("the local file system could not be used"))
}

/// Whether a source is a pattern.
pub(super) fn is_pattern(text: &str) -> bool {
    wildcard::has_wildcard(text)
}
