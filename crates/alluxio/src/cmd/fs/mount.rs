//! `mount`: attaches a store, or lists what is attached.

use std::collections::BTreeMap;

use alluxio_client::{MountAccess, MountOptions, MountPointStatus, Sharing};
use alluxio_common::conf::shown_option;
use alluxio_common::{AlluxioPath, ByteSize};

use crate::shell::{Command, CommandError, Count, Invocation, OptionSpec, Outcome, Session, Value};
use crate::text::percent;

pub(crate) const COMMAND: Command = Command {
    name: "mount",
    usage: "mount [--readonly] [--shared] [--remount] [--option <key=val>] <alluxioPath> <ufsURI>",
    description: "Attaches a directory of an under store at a path that does not exist yet. \
                  Without arguments: lists what is attached.",
    options: &[
        OptionSpec::long("option", "a setting of the store for this mount alone")
            .taking(Value::Pair("key=value")),
        OptionSpec::long("readonly", "refuse to change anything in the store"),
        OptionSpec::long("remount", "detach what is there first"),
        OptionSpec::long("shared", "all users may read and write"),
    ],
    count: Count::Any,
    run: |session, call| Box::pin(run(session, call)),
};

async fn run(session: &Session, call: Invocation) -> Outcome {
    let (path, uri) = match call.arguments() {
        [] => return print_mounts(session).await,
        [path, uri] => (path, uri),
        others => {
            let sentence = format!("Command mount takes 0 or 2 arguments, not {}", others.len());
            return Err(CommandError::usage(sentence));
        }
    };
    let path = mount_path(session, path)?;
    let file_system = session.file_system().await?;
    if call.has("remount") {
        file_system.unmount(&path).await?;
    }
    file_system.mount(&path, uri, mount_options(&call)).await?;
    session.output.line(format_args!("Mounted {uri} at {path}"));
    Ok(())
}

/// The path of a mount; the slash in front may be left out (`mount kodo/ kodo://bucket/`).
pub(super) fn mount_path(session: &Session, text: &str) -> Result<AlluxioPath, CommandError> {
    let is_bare = !text.is_empty() && !text.starts_with('/') && !text.contains("://");
    if is_bare {
        session.path(&format!("/{text}"))
    } else {
        session.path(text)
    }
}

/// What the switches of `mount` and `updateMount` ask for.
pub(super) fn mount_options(call: &Invocation) -> MountOptions {
    MountOptions {
        access: match call.has("readonly") {
            true => MountAccess::ReadOnly,
            false => MountAccess::ReadWrite,
        },
        sharing: if call.has("shared") {
            Sharing::Shared
        } else {
            Sharing::Private
        },
        properties: call.parsed.pairs("option").into_iter().collect(),
    }
}

/// Prints one line for each mount, the root last.
pub(crate) async fn print_mounts(session: &Session) -> Outcome {
    let mut mounts = session.file_system().await?.mount_table().await?;
    mounts.sort_by(|left, right| right.path.cmp(&left.path));
    let width = |text: &dyn Fn(&MountPointStatus) -> usize| mounts.iter().map(text).max();
    let uri_width = width(&|mount| mount.ufs_uri.chars().count()).unwrap_or(0);
    let path_width = width(&|mount| mount.path.as_str().chars().count()).unwrap_or(0);
    for mount in &mounts {
        session.output.line(format_args!(
            "{:<uri_width$}  on  {:<path_width$}  {}",
            mount.ufs_uri,
            mount.path.as_str(),
            details(mount)
        ));
    }
    Ok(())
}

fn details(mount: &MountPointStatus) -> String {
    let size = |bytes: i64| match u64::try_from(bytes) {
        Ok(bytes) => ByteSize::from_bytes(bytes).to_string(),
        Err(_unknown) => format!("{bytes}B"),
    };
    let used = match (
        u64::try_from(mount.used_bytes),
        u64::try_from(mount.capacity_bytes),
    ) {
        (Ok(used), Ok(capacity)) if capacity > 0 => {
            format!("{}({}%)", size(mount.used_bytes), percent(used, capacity))
        }
        (Ok(_) | Err(_), _) => size(mount.used_bytes),
    };
    let access = match mount.access {
        MountAccess::ReadOnly => "read-only",
        MountAccess::ReadWrite => "not read-only",
    };
    let sharing = match mount.sharing {
        Sharing::Shared => "shared",
        Sharing::Private => "not shared",
    };
    format!(
        "({}, capacity={}, used={used}, {access}, {sharing}, properties={})",
        mount.ufs_type,
        size(mount.capacity_bytes),
        properties(&mount.properties)
    )
}

/// `{k1=v1, k2=v2}`, with stars for secrets.
fn properties(properties: &BTreeMap<String, String>) -> String {
    let pairs = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", shown_option(name, value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}
