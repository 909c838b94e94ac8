//! From the local file system into Alluxio.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use alluxio_client::{CreateFileOptions, FileSystem, FileWriter, IfExists, Parents};
use alluxio_common::AlluxioPath;
use bytes::Bytes;
use indicatif::ProgressBar;

use super::client::frugal;
use super::jobs::{Jobs, Watch, report};
use super::local::{self, Entry, Walk};
use super::settings::Settings;
use super::target::make_directory;
use crate::shell::{CommandError, Outcome, Session};

/// Copies a file, a directory, or everything that a pattern matches.
pub(in super::super) async fn upload(
    session: &Session,
    source: &str,
    target: &str,
    settings: Settings,
) -> Outcome {
    let pattern = local::local_path(source)?;
    let as_given = target;
    let target = session.path(target)?;
    let sources = local::expand(&pattern)?;
    let uri = local::uri(&pattern);
    // A whole address is repeated as it was given, a path as what it means.
    let said = if as_given.contains("://") {
        format!("Copied {uri} to {}", as_given.trim_end_matches('/'))
    } else {
        format!("Copied {uri} to {target}")
    };
    let what = match &sources[..] {
        [] => {
            return Err(CommandError::refused(format!(
                "Path \"{uri}\" does not exist."
            )));
        }
        [single] if local::metadata(single)?.is_dir() => What::Tree(single),
        [single] => What::File(single),
        several => What::Matches(several),
    };
    let mut upload = Upload {
        file_system: frugal(session).await?,
        settings,
        jobs: Jobs::new(session, settings.files),
    };
    let outcome = match what {
        What::File(source) => upload.single(source, target).await,
        What::Tree(source) => upload.tree(source, &target).await,
        What::Matches(sources) => upload.matches(sources, &target).await,
    };
    let errors = upload.jobs.finish().await?;
    report(session, errors, outcome)?;
    session.output.line(said);
    Ok(())
}

/// What a source stands for.
enum What<'a> {
    File(&'a Path),
    Tree(&'a Path),
    Matches(&'a [PathBuf]),
}

/// One upload.
struct Upload<'a> {
    file_system: FileSystem,
    settings: Settings,
    jobs: Jobs<'a>,
}

impl Upload<'_> {
    async fn single(&self, source: &Path, target: AlluxioPath) -> Outcome {
        let found = self.file_system.find_target(&target).await?;
        let is_directory = found.is_some_and(|status| status.is_directory());
        let target = if is_directory {
            target.child(&name_of(source)?)
        } else {
            target
        };
        let file_system = self.file_system.clone();
        let source = source.to_owned();
        let watch = self.jobs.watch();
        Box::pin(upload_file(
            file_system,
            source,
            target,
            self.settings,
            watch,
        ))
        .await
    }

    async fn tree(&mut self, root: &Path, target: &AlluxioPath) -> Outcome {
        prepare_directory(&self.file_system, target).await?;
        self.walk(root, target).await
    }

    /// Each of several sources goes into the target directory under its own name.
    async fn matches(&mut self, sources: &[PathBuf], target: &AlluxioPath) -> Outcome {
        prepare_directory(&self.file_system, target).await?;
        for source in sources {
            self.jobs.may_go_on()?;
            let target = match name_of(source) {
                Ok(name) => target.child(&name),
                Err(error) => {
                    self.failed(source, target, &error);
                    continue;
                }
            };
            if let Err(error) = self.one_match(source, &target).await {
                self.failed(source, &target, &error);
            }
        }
        Ok(())
    }

    async fn one_match(&mut self, source: &Path, target: &AlluxioPath) -> Outcome {
        if local::metadata(source)?.is_dir() {
            make_directory(&self.file_system, target, IfExists::Fail).await?;
            return self.walk(source, target).await;
        }
        self.start(source.to_owned(), target.clone()).await;
        Ok(())
    }

    /// Copies everything below `root`; each directory is made before what is in it.
    async fn walk(&mut self, root: &Path, target: &AlluxioPath) -> Outcome {
        let mut walk = Walk::below(root)?;
        loop {
            self.jobs.may_go_on()?;
            let (back, entry) = blocking(move || {
                let entry = walk.step();
                (walk, entry)
            })
            .await?;
            walk = back;
            let (place, is_directory) = match entry {
                None => return Ok(()),
                Some(Entry::Failed(path, error)) => {
                    self.jobs
                        .failed(format!("Failed to copy {}: {error}", local::uri(&path)));
                    continue;
                }
                Some(Entry::File(place)) => (place, false),
                Some(Entry::Directory(place)) => (place, true),
            };
            let target = match target.join(&place.relative) {
                Ok(target) => target,
                Err(invalid) => {
                    self.jobs.failed(invalid.to_string());
                    if is_directory {
                        walk.skip_last_directory();
                    }
                    continue;
                }
            };
            if !is_directory {
                self.start(place.path, target).await;
                continue;
            }
            let made = make_directory(&self.file_system, &target, IfExists::Fail).await;
            if let Err(error) = made {
                self.failed(&place.path, &target, &error);
                walk.skip_last_directory();
            }
        }
    }

    async fn start(&mut self, source: PathBuf, target: AlluxioPath) {
        let success = format!("Copied {} to {target}", local::uri(&source));
        let failure = failure(&source, &target);
        let file_system = self.file_system.clone();
        let watch = self.jobs.watch();
        let copy = upload_file(file_system, source, target, self.settings, watch);
        self.jobs.start(success, failure, Box::pin(copy)).await;
    }

    fn failed(&mut self, source: &Path, target: &AlluxioPath, error: &CommandError) {
        self.jobs
            .failed(failure(source, target) + &error.to_string());
    }
}

/// Copies one file. When that fails, nothing is left at the target.
async fn upload_file(
    file_system: FileSystem,
    source: PathBuf,
    target: AlluxioPath,
    settings: Settings,
    watch: Watch,
) -> Outcome {
    let opened = {
        let source = source.clone();
        blocking(move || open(&source)).await?
    };
    let (file, length) = opened.map_err(|error| local::failed(&source, &error))?;
    watch.bar.inc_length(length);
    let options = CreateFileOptions {
        parents: Parents::MustExist,
        ..CreateFileOptions::default()
    };
    let mut writer = file_system.create_file(&target, options).await?;
    let copying = pump(&mut writer, file, &source, settings.buffer, &watch.bar);
    let copied = watch.interruption.or(copying).await;
    match copied {
        Ok(()) => {
            let closed = writer.close_unless(watch.interruption.comes());
            Ok(Box::pin(closed).await??)
        }
        Err(error) => {
            writer.cancel().await;
            Err(error)
        }
    }
}

fn open(path: &Path) -> std::io::Result<(File, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Reads a piece while the one before is written.
async fn pump(
    writer: &mut FileWriter,
    file: File,
    source: &Path,
    buffer: usize,
    bar: &ProgressBar,
) -> Outcome {
    let mut next = tokio::task::spawn_blocking(move || read_piece(file, buffer));
    loop {
        let (file, read) = finished(next.await)?;
        let bytes = read.map_err(|error| local::failed(source, &error))?;
        if bytes.is_empty() {
            return Ok(());
        }
        next = tokio::task::spawn_blocking(move || read_piece(file, buffer));
        bar.inc(bytes.len() as u64);
        writer.write(Bytes::from(bytes)).await?;
    }
}

fn read_piece(mut file: File, buffer: usize) -> (File, std::io::Result<Vec<u8>>) {
    let mut bytes = Vec::new();
    let limit = u64::try_from(buffer).unwrap_or(u64::MAX);
    let read = file.by_ref().take(limit).read_to_end(&mut bytes);
    (file, read.map(|_length| bytes))
}

/// Makes sure that a directory is at `target`; its parent must be there.
async fn prepare_directory(file_system: &FileSystem, target: &AlluxioPath) -> Outcome {
    match file_system.find_target(target).await? {
        Some(status) if status.is_directory() => Ok(()),
        Some(_) => Err(CommandError::refused(
            "The destination cannot be an existing file when the source is a directory or a \
             list of files.",
        )),
        None => make_directory(file_system, target, IfExists::Accept).await,
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
    finished(tokio::task::spawn_blocking(work).await)
}

fn finished<T>(joined: Result<T, tokio::task::JoinError>) -> Result<T, CommandError> {
    joined.map_err(|_panicked| CommandError::refused("the local file system could not be used"))
}
