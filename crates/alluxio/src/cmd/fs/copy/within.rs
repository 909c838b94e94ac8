//! Inside Alluxio.

use alluxio_client::{
    CreateFileOptions, Descend, FileStatus, FileSystem, IfExists, ListStatusOptions, Parents,
    SetAclAction, SetAttributeOptions,
};
use alluxio_common::AlluxioPath;

use super::client::frugal;
use super::jobs::{Jobs, Watch};
use super::settings::Settings;
use super::target::make_directory;
use crate::shell::wildcard::{expand, has_wildcard};
use crate::shell::{CommandError, Outcome, Session};

/// What a copy takes along besides the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Keep {
    /// Nothing.
    Bytes,
    /// Owner, group, mode and access control list.
    Attributes,
}

/// Whether directories are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Directories {
    /// They are refused.
    Refuse,
    /// They are, with everything in them.
    Copy,
}

/// How to copy.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct How {
    pub(in super::super) keep: Keep,
    pub(in super::super) directories: Directories,
    pub(in super::super) settings: Settings,
}

/// Copies a file, a directory, or everything that a pattern matches.
pub(in super::super) async fn within(
    session: &Session,
    source: &str,
    target: &str,
    how: How,
) -> Outcome {
    let target = session.path(target)?;
    let sources = expand(session, source).await?;
    if sources.is_empty() {
        return Err(CommandError::refused(format!(
            "Path \"{source}\" does not exist."
        )));
    }
    let file_system = &frugal(session).await?;
    let existing = file_system.find_target(&target).await?;
    let is_directory = existing.as_ref().is_some_and(FileStatus::is_directory);
    let into_directory = is_directory || has_wildcard(source);
    if into_directory && !is_directory {
        if existing.is_some() {
            return Err(CommandError::refused(
                "The destination cannot be an existing file when the source is a list of files.",
            ));
        }
        make_directory(file_system, &target, IfExists::Fail).await?;
        session.output.line(format!("Created directory: {target}"));
    }
    let mut jobs = Jobs::new(session, how.settings.files);
    for source in sources {
        let outcome = async {
            jobs.may_go_on()?;
            let status = file_system.get_status(&source).await?;
            let target = match into_directory {
                true => target.child(&status.name),
                false => target.clone(),
            };
            copy_one(file_system, &mut jobs, status, target, how).await
        };
        if let Err(error) = outcome.await {
            jobs.failed(error.to_string());
        }
    }
    let errors = jobs.finish().await?;
    if errors.is_empty() {
        Ok(())
    } else {
        Err(CommandError::refused(errors.join("\n")))
    }
}

async fn copy_one(
    file_system: &FileSystem,
    jobs: &mut Jobs<'_>,
    status: FileStatus,
    target: AlluxioPath,
    how: How,
) -> Outcome {
    if !status.is_directory() {
        start_file(file_system, jobs, status, target, how).await;
        return Ok(());
    }
    let source = status.path.clone();
    if how.directories == Directories::Refuse {
        return Err(CommandError::refused(format!(
            "{source} is a directory, to copy it please use \"cp -R/-r/--recursive <src> <dst>\""
        )));
    }
    // Without this, the copy would find its own copies and never end.
    if source.is_ancestor_or_self_of(&target) {
        return Err(CommandError::refused(format!(
            "Cannot copy because {source} is a prefix of {target}"
        )));
    }
    copy_tree(file_system, jobs, status, target, how).await
}

async fn copy_tree(
    file_system: &FileSystem,
    jobs: &mut Jobs<'_>,
    root: FileStatus,
    target: AlluxioPath,
    how: How,
) -> Outcome {
    let mut todo = vec![(root, target)];
    while let Some((status, target)) = todo.pop() {
        jobs.may_go_on()?;
        if !status.is_directory() {
            start_file(file_system, jobs, status, target, how).await;
            continue;
        }
        make_directory(file_system, &target, IfExists::Fail).await?;
        jobs.say(format!("Created directory: {target}")).await;
        if how.keep == Keep::Attributes {
            keep_attributes(file_system, &status, &target).await?;
        }
        let children = file_system
            .list_status(&status.path, ListStatusOptions::default())
            .await?;
        todo.extend(children.into_iter().rev().map(|child| {
            let target = target.child(&child.name);
            (child, target)
        }));
    }
    Ok(())
}

async fn start_file(
    file_system: &FileSystem,
    jobs: &mut Jobs<'_>,
    status: FileStatus,
    target: AlluxioPath,
    how: How,
) {
    let success = format!("Copied {} to {target}", status.path);
    let watch = jobs.watch();
    let copy = copy_file(file_system.clone(), status, target, how, watch);
    jobs.start(success, String::new(), Box::pin(copy)).await;
}

/// Copies one file. When that fails, nothing is left at the target.
async fn copy_file(
    file_system: FileSystem,
    status: FileStatus,
    target: AlluxioPath,
    how: How,
    watch: Watch,
) -> Outcome {
    watch.bar.inc_length(status.length_bytes());
    let mut reader = file_system.open_file(&status.path, None).await?;
    let options = CreateFileOptions {
        parents: Parents::MustExist,
        ..CreateFileOptions::default()
    };
    let mut writer = file_system.create_file(&target, options).await?;
    let copying = async {
        loop {
            let bytes = reader.read(how.settings.buffer).await?;
            if bytes.is_empty() {
                return Ok(());
            }
            watch.bar.inc(bytes.len() as u64);
            writer.write(bytes).await?;
        }
    };
    let copied = watch.interruption.or(Box::pin(copying)).await;
    match copied {
        Ok(()) => {
            let closed = writer.close_unless(watch.interruption.comes());
            Box::pin(closed).await??;
        }
        Err(error) => {
            writer.cancel().await;
            return Err(error);
        }
    }
    match how.keep {
        Keep::Bytes => Ok(()),
        Keep::Attributes => keep_attributes(&file_system, &status, &target).await,
    }
}

async fn keep_attributes(
    file_system: &FileSystem,
    status: &FileStatus,
    target: &AlluxioPath,
) -> Outcome {
    let owners = SetAttributeOptions {
        owner: Some(status.owner.clone()),
        group: Some(status.group.clone()),
        ..SetAttributeOptions::default()
    };
    let changed = file_system.set_attribute(target, Descend::No, owners).await;
    changed.map_err(|error| {
        CommandError::refused(format!(
            "Could not update owner:group for {target} to {}:{}. {error}",
            status.owner, status.group
        ))
    })?;
    let mode = SetAttributeOptions {
        mode: Some(status.mode),
        ..SetAttributeOptions::default()
    };
    file_system.set_attribute(target, Descend::No, mode).await?;
    let lists = [status.acl.as_ref(), status.default_acl.as_ref()];
    let entries: Vec<_> = lists
        .into_iter()
        .flatten()
        .flat_map(|acl| acl.entries.iter().cloned())
        .collect();
    if !entries.is_empty() {
        file_system
            .set_acl(target, Descend::No, SetAclAction::Replace, &entries)
            .await?;
    }
    Ok(())
}
